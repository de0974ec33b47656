"""Whoever submits the goals of a trial, and goes by what it was told.

Where the process may die, each goal gets an idempotency key, and is submitted again
until its acceptance was acknowledged.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from callboard.messages.errors.endings import GoalCancelled, GoalFailed
from callboard.messages.errors.journal import JournalFull
from callboard.messages.errors.lookups import AlreadyEnded, UnknownGoal
from callboard.messages.resources import Budget
from callboard.messages.values import Parent, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from callboard.actors.logic.records import GoalRecord
    from callboard.messages.base import GoalId
    from callboard.runtime.handle import GoalHandle
    from callboard.runtime.simulation.scenario import Commission
    from callboard.runtime.simulation.simulation import Simulation

_ENDS: dict[type, str] = {type(None): "completed", GoalFailed: "failed", GoalCancelled: "cancelled"}


class _Told(NamedTuple):
    """A goal whose acceptance was acknowledged."""

    goal: GoalId
    name: str


class Customer:
    """Submits goals, and remembers what it was told of them.

    Args:
        simulation: Where they are submitted.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._wanted: dict[str, Commission] = {}
        self._asked: dict[str, Future[GoalHandle]] = {}
        self._under: dict[str, Future[GoalHandle]] = {}
        self._told: dict[str, _Told] = {}
        self._ends: dict[str, str] = {}
        self._doubled: list[str] = []

    def submit(self, commission: Commission) -> None:
        """Submit it, for the first time or again."""
        if commission.under:
            self._submit_under(commission)
            return
        runtime, name = self._simulation.runtime, commission.name
        self._wanted[name] = commission
        plan = None if commission.planned else plan_of(commission)
        key = name if self._simulation.disk is not None else ""
        with contextlib.suppress(JournalFull):  # another time
            answer = runtime.submitting(
                name,
                plan=plan,
                deadline=commission.deadline,
                key=key,
                budget=budget_of(commission),
                repairs=commission.repairs,
                approve=None if commission.word is None else "all",
            )
            self._asked[name] = answer
            answer.add_done_callback(lambda done: self._taken(name, done))

    def _submit_under(self, commission: Commission) -> None:
        """As an attempt at its subtask would, which knows nothing of keys."""
        runtime, plan = self._simulation.runtime, plan_of(commission)
        superior = runtime.hub.board.subtasks.get(commission.under)
        if superior is None or superior.ended_at is not None or self._simulation.disk is not None:
            return
        parent = Parent(goal=superior.goal, subtask=commission.under)
        budget = budget_of(commission)
        answer = runtime.submitting(
            commission.name, plan=plan, parent=parent, budget=budget, repairs=commission.repairs
        )
        self._under[commission.name] = answer

    def insist(self, *, died: bool = False) -> None:
        """Submit again whatever was not acknowledged, and is not on its way.

        Args:
            died: Nothing is on its way any more; and like a script that is run again, it
                submits everything anew.
        """
        if died:
            self._asked.clear()
        for name, commission in self._wanted.items():
            answer = self._asked.get(name)
            if answer is None or (answer.done() and answer.exception() is not None):
                self.submit(commission)

    def complaints(self) -> Iterator[str]:
        """What is not as it was told: goals that are lost, and ends that are others."""
        yield from self._doubled
        for told in self._told.values():
            record = self.record(told.name)
            if record is None or record.goal.id != told.goal:
                yield f"{told.name} was acknowledged, and is not there"
                continue
            end = self._ends.get(told.name, "")
            if end and record.status.value != end:
                yield f"{told.name} was said to be {end}, and is {record.status.value}"

    def unanswered(self) -> Iterator[str]:
        """Goals whose submission has no answer, or a wrong one."""
        for name, handed_in in self._under.items():
            error = handed_in.exception() if handed_in.done() else None
            if not handed_in.done() or not isinstance(error, AlreadyEnded | None):
                yield f"submit {name}: {error!r}"
        for name in self._wanted:
            answer = self._asked.get(name)
            if answer is None or not answer.done():
                yield f"submit {name}: no answer"
            elif answer.exception() is not None:
                yield f"submit {name}: {answer.exception()!r}"

    def record(self, name: str) -> GoalRecord | None:
        """The goal of that name, in whatever life it was accepted."""
        runtime = self._simulation.runtime
        if self._simulation.disk is None:
            goals = runtime.hub.board.goals.values()
            return next((record for record in goals if record.goal.text == name), None)
        goal = runtime.hub.keyed(name) or runtime.journal.goal_of(name)
        return None if goal is None else runtime.hub.goal(goal)

    def _taken(self, name: str, done: Future[GoalHandle]) -> None:
        if self._simulation.disk is None or done.cancelled() or done.exception() is not None:
            return
        goal = done.result().id
        if self._told.setdefault(name, _Told(goal, name)).goal != goal:
            self._doubled.append(f"{name} is {goal} too, and was {self._told[name].goal}")
        with contextlib.suppress(UnknownGoal):
            outcome = self._simulation.runtime.hub.outcome(goal)
            outcome.add_done_callback(lambda ended: self._ended(name, ended))

    def _ended(self, name: str, ended: Future[None]) -> None:
        end = _ENDS.get(type(ended.exception()))
        if end is not None:  # else the runtime was closed
            self._ends[name] = end


def budget_of(commission: Commission) -> dict[str, float | Budget] | None:
    """What a goal may use up; None where nothing is said of that."""
    if commission.budget is None:
        return None
    return {"usd": Budget(commission.budget, then="fail")}


def plan_of(commission: Commission) -> Plan:
    """The plan of a goal as the runtime knows it."""
    return Plan(subtasks=tuple(job.subtask() for job in commission.jobs))
