"""Trials in which somebody has to approve plans: who is late, edits, rejects, or never comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callboard.actors.logic.records import GoalStatus
from callboard.messages.facts import PlanProposed
from callboard.messages.values import Plan
from callboard.runtime.simulation.scenario import Does, Word

if TYPE_CHECKING:
    from collections.abc import Container
    from concurrent.futures import Future
    from random import Random

    from callboard.messages.base import GoalId, SubtaskId
    from callboard.messages.facts import ChangeProposed
    from callboard.runtime.simulation.blows import Blows
    from callboard.runtime.simulation.oracle import Oracle
    from callboard.runtime.simulation.scenario import Commission, Scenario
    from callboard.runtime.simulation.simulation import Simulation

SHARE = 0.2
"""Of all seeds that have any of it."""

_LATEST = 6 * 3600.0


def with_approvals(drawn: Scenario, random: Random) -> Scenario:
    """The scenario, of some seeds with plans that somebody has to approve.

    Args:
        drawn: A scenario without any of that.
        random: Decides; another one than that of the scenario.
    """
    if random.random() >= SHARE:
        return drawn
    commissions = tuple(
        each if each.under or random.random() < 1 / 3 else _with_word(each, random)
        for each in drawn.commissions
    )
    return msgspec.structs.replace(drawn, commissions=commissions)


def _with_word(commission: Commission, random: Random) -> Commission:
    does = random.choice(_WORDS)
    after = random.choice((0.0, 1.0, _LATEST * random.random()))
    return msgspec.structs.replace(commission, word=Word(does=does, after=after))


_WORDS: tuple[Does, ...] = (
    "approves", "approves", "edits", "is behind", "rejects", "never comes",
)  # fmt: skip


def edited(plan: Plan) -> Plan:
    """The plan as somebody would rather have it: without its last subtask, if that can be."""
    shorter = plan.subtasks[:-1] or plan.subtasks
    return Plan(subtasks=shorter, source="edited")


def as_edited(commission: Commission, known: Container[SubtaskId]) -> Commission:
    """What was asked for, without what somebody may have left out before approving it.

    Args:
        commission: As it was asked for.
        known: The subtasks that there are; none before the plan is adopted.
    """
    word, first, last = commission.word, commission.jobs[0].id, commission.jobs[-1].id
    edits = word is not None and word.does in ("edits", "is behind")
    if not edits or first not in known or last in known:
        return commission
    return msgspec.structs.replace(commission, jobs=commission.jobs[:-1])


class Approver:
    """Whoever decides about the plans of a trial.

    Args:
        scenario: Says how.
        simulation: Where it is done.
        blows: Remember what was asked for.
        oracle: Knows what was carried out.
    """

    def __init__(
        self, scenario: Scenario, simulation: Simulation, blows: Blows, oracle: Oracle
    ) -> None:
        self._words = {c.name: c.word for c in scenario.commissions if c.word is not None}
        self._simulation = simulation
        self._blows = blows
        self._oracle = oracle
        self._approved: dict[tuple[GoalId, int], None] = {}

    def see(self, fact: PlanProposed | ChangeProposed) -> None:
        """A plan, or a change of one, is proposed: something will be said to it."""
        word = self._word(fact.goal)
        if word is not None:
            number = fact.number
            self._simulation.stepper.after(word.after, lambda: self._say(fact.goal, number))

    def settle(self) -> None:
        """The faults stop: what was about to be said when the process died is said now."""
        for goal, record in list(self._simulation.runtime.hub.board.goals.items()):
            if record.proposal is not None:
                self._say(goal, record.proposal.number)

    def complaints(self) -> list[str]:
        """What somebody was told to be approved, and is not."""
        told = (each for each in self._approved if each not in self._oracle.decided)
        return [f"{goal} was said to be approved as {number}, and is not" for goal, number in told]

    def _word(self, goal: GoalId) -> Word | None:
        record = self._simulation.runtime.hub.board.goals.get(goal)
        return None if record is None else self._words.get(record.goal.text)

    def _say(self, goal: GoalId, number: int) -> None:
        record, word = self._simulation.runtime.hub.board.goals.get(goal), self._word(goal)
        if record is None or word is None or record.status is not GoalStatus.PROPOSED:
            return
        proposal = record.proposal
        match word.does:
            case "never comes":
                pass
            case "rejects":
                answer = self._simulation.runtime.rejecting(goal, number)
                self._blows.note(f"reject {goal}", answer)
            case "edits" | "is behind" if number == 1 and isinstance(proposal, PlanProposed):
                plan = edited(proposal.plan)
                edit = self._simulation.runtime.proposing(goal, number, plan)
                self._blows.note(f"edit {goal}", edit)
            case "is behind":
                self._approve(goal, number - 1)
                self._approve(goal, number)
            case _:
                self._approve(goal, number)
                self._approve(goal, number)

    def _approve(self, goal: GoalId, number: int) -> None:
        answer = self._simulation.runtime.approving(goal, number)
        self._blows.note(f"approve {number} of {goal}", answer)
        answer.add_done_callback(lambda done: self._note(goal, number, done))

    def _note(self, goal: GoalId, number: int, done: Future[None]) -> None:
        if not done.cancelled() and done.exception() is None:
            self._approved[goal, number] = None
