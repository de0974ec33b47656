"""A rebuilt scheduler does not count the time that a subtask was paused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from callboard.actors.logic.effects import Tell
from callboard.actors.logic.history import histories
from callboard.actors.logic.limits import Limits
from callboard.actors.logic.scheduling import SchedulingLogic
from callboard.messages import facts
from callboard.messages.facts import Fact
from callboard.messages.supervision import Wake
from callboard.messages.values import Goal, Parent, Timeouts
from callboard.messages.work import Hold, Release, Resync, SubtaskGivenUp
from tests.actors.logic.desk import EQUIVALENT, TAU, ready

PAUSED: dict[str, Callable[[float], Fact]] = {
    "goal": lambda at: facts.GoalPaused(at=at, goal="g"),
    "subtask": lambda at: facts.SubtaskPaused(at=at, goal="g", subtask="s1"),
    "runtime": lambda at: facts.RuntimePaused(at=at),
}
RESUMED: dict[str, Callable[[float], Fact]] = {
    "goal": lambda at: facts.GoalResumed(at=at, goal="g"),
    "subtask": lambda at: facts.SubtaskResumed(at=at, goal="g", subtask="s1"),
    "runtime": lambda at: facts.RuntimeResumed(at=at),
}
HELD: dict[str, dict[str, Any]] = {
    "goal": {"goals": ("g",)},
    "subtask": {"subtasks": ("s1",)},
    "runtime": {"runtime": True},
}


def queued(at: float, uuid: str = "s1", of: str = "g") -> Fact:
    return facts.SubtaskQueued(at=at, goal=of, subtask=uuid)


def successor(*recorded: Fact, **limits: float) -> SchedulingLogic:
    logic = SchedulingLogic(
        boot=1,
        incarnation=2,
        equivalences=EQUIVALENT,
        limits=Limits(Timeouts(**limits)),
        heartbeat_timeout=30.0,
        tau=TAU,
        poison=3,
        recorded=recorded,
    )
    logic.start(100.0)
    return logic


def gives_up_at(logic: SchedulingLogic, *ats: float) -> list[float]:
    """At which of these instants it gives the subtask up."""
    return [at for at in ats if any(_given_up(effect) for effect in logic.handle(Wake(), at))]


def _given_up(effect: object) -> bool:
    return isinstance(effect, Tell) and isinstance(effect.message, SubtaskGivenUp)


@pytest.mark.parametrize("kind", PAUSED)
@pytest.mark.parametrize("limit", ["queue", "total"])
def test_a_pause_that_is_over_was_no_waiting(kind: str, limit: str) -> None:
    logic = successor(queued(10.0), PAUSED[kind](20.0), RESUMED[kind](90.0), **{limit: 60.0})
    logic.handle(Resync(subtasks=(ready("s1"),), incarnation=2), 100.0)
    # It waited for 10 s before the pause, which took 70 s.
    assert gives_up_at(logic, 139.9, 140.0) == [140.0]


@pytest.mark.parametrize("kind", PAUSED)
@pytest.mark.parametrize("limit", ["queue", "total"])
def test_of_a_pause_that_lasts_nothing_is_counted_either(kind: str, limit: str) -> None:
    logic = successor(queued(10.0), PAUSED[kind](20.0), **{limit: 60.0})
    held = HELD[kind]
    logic.handle(Hold(**held), 100.0)
    logic.handle(Resync(subtasks=(ready("s1"),), incarnation=2), 100.0)
    assert gives_up_at(logic, 999.0) == []
    logic.handle(Release(ready=("s1",), **held), 1000.0)
    assert gives_up_at(logic, 1049.9, 1050.0) == [1050.0]


def test_what_was_queued_while_its_goal_was_paused_has_all_its_time() -> None:
    logic = successor(PAUSED["goal"](5.0), queued(10.0), RESUMED["goal"](90.0), queue=60.0)
    logic.handle(Resync(subtasks=(ready("s1"),), incarnation=2), 100.0)
    assert gives_up_at(logic, 149.9, 150.0) == [150.0]


def test_sub_goals_stand_still_with_what_they_serve() -> None:
    child = Goal(id="h", text="help", parent=Parent(goal="g", subtask="s1"))
    recorded = [
        facts.GoalAccepted(at=1.0, goal=child),
        queued(10.0, "s2", "h"),
        PAUSED["goal"](20.0),
        PAUSED["subtask"](30.0),
        RESUMED["goal"](40.0),
        RESUMED["subtask"](50.0),
    ]
    past = histories(recorded)["s2"]
    assert (past.since, past.queued, past.stood) == (40.0, 40.0, None)


def test_other_goals_are_counted_on() -> None:
    past = histories([queued(10.0, "s2", "h"), PAUSED["goal"](20.0), RESUMED["goal"](90.0)])["s2"]
    assert (past.since, past.stood) == (10.0, None)


def test_two_pauses_at_once_are_one() -> None:
    past = histories(
        [
            queued(10.0),
            PAUSED["goal"](20.0),
            PAUSED["runtime"](30.0),
            RESUMED["goal"](40.0),
            RESUMED["runtime"](50.0),
        ]
    )["s1"]
    assert past.since == 40.0
