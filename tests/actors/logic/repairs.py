"""A plan that is to be mended, and what is said about that to the orchestrator and by it."""

from __future__ import annotations

from typing import Any

from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.messages import facts
from callboard.messages.base import DECOMPOSER, ORCHESTRATOR
from callboard.messages.errors import CannotRepair, problem_of
from callboard.messages.notices import DeadLetter
from callboard.messages.planning import ChangeReady, ChangeRefused, DropPlanning, Repair
from callboard.messages.values import PlanChange, Rewire
from tests.actors.logic.office import Office, goal, plan, subtask

A, B, C, X = subtask("a"), subtask("b", "a"), subtask("c", "b"), subtask("x")
D = subtask("d")
CHANGE = PlanChange(add=(D,), rewire=(Rewire(subtask="b", dependencies=("d",)),), source="m")
"""It makes up for "a": what waited for that waits for "d"."""


def office(*subtasks: Any, repairs: int = 1, **more: Any) -> Office:
    """Its goal "g" has these subtasks, or one, two that wait for it in turn, and one apart."""
    made = Office(repairs=repairs)
    made.submit(goal("g", **more), plan(*(subtasks or (A, B, C, X))))
    return made


def change(number: int = 1, *lost: str, of: PlanChange = CHANGE) -> ChangeReady:
    """The planner's answer."""
    return ChangeReady(goal="g", number=number, failed=lost or ("a",), change=of)


def refused(number: int = 1, *lost: str, why: str = "no idea") -> ChangeRefused:
    """The planner has none."""
    problem = problem_of(CannotRepair(why))
    return ChangeRefused(goal="g", number=number, failed=lost or ("a",), problem=problem)


def wanted(now: float, *lost: str, number: int = 1) -> Effect:
    """It is recorded that the planner is asked."""
    return Record(facts.RepairWanted(at=now, goal="g", number=number, failed=lost or ("a",)))


def abandoned(now: float, why: str = "no idea", number: int = 1) -> Effect:
    """It is recorded that the plan stays as it is."""
    problem = problem_of(CannotRepair(why))
    return Record(facts.RepairAbandoned(at=now, goal="g", number=number, problem=problem))


def dead(what: str, now: float) -> list[Effect]:
    """An answer that nobody waits for."""
    reason = "goal g waits for no such change"
    return [Show(DeadLetter(at=now, to=ORCHESTRATOR, what=what, reason=reason))]


def asked(effects: list[Effect]) -> list[Repair]:
    """What the planner is asked."""
    told = [e.message for e in effects if isinstance(e, Tell) and e.to == DECOMPOSER]
    return [message for message in told if isinstance(message, Repair)]


def dropped(effects: list[Effect]) -> bool:
    """Whether the planner need not answer any more."""
    return Tell(DECOMPOSER, DropPlanning(goal="g")) in effects
