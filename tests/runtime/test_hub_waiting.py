"""Whoever waits for the end of a goal, for its plan, or for all goals is told by the hub."""

from __future__ import annotations

import asyncio

import pytest

from callboard.messages import facts
from callboard.messages.errors import CallboardError, GoalCancelled, RuntimeBroken, RuntimeClosed
from callboard.messages.facts import Fact
from callboard.runtime.hub import Hub
from tests.actors.logic.happenings import (
    WRONG,
    accepted,
    goal_cancelled,
    goal_completed,
    goal_failed,
    runtime_failed,
)
from tests.runtime.hubs import FAILED, PLANNED, same, show

CANCELLED = GoalCancelled("g1", "not wanted")
BROKEN = RuntimeBroken(WRONG.text)


@pytest.mark.parametrize(
    ("ending", "error"),
    [(goal_completed(), None), (goal_failed(), FAILED), (goal_cancelled(), CANCELLED)],
)
@pytest.mark.parametrize("asked", ["before", "after"])
def test_an_outcome_says_how_the_goal_ended(
    hub: Hub, ending: Fact, error: CallboardError | None, asked: str
) -> None:
    show(hub, *PLANNED)
    before = hub.outcome("g1")
    assert hub.outcome("g1") is before
    assert not before.done()
    show(hub, ending)
    found = (before if asked == "before" else hub.outcome("g1")).exception(0)
    assert found is None if error is None else same(found, error)


def test_who_has_a_goals_record_learns_its_end_though_it_is_forgotten(hub: Hub) -> None:
    show(hub, *PLANNED)
    record, before = hub.goal("g1"), hub.outcome("g1")
    assert hub.outcome_of(record) is before
    show(hub, goal_failed(), facts.GoalForgotten(at=9.0, goal="g1"))
    assert same(before.exception(0), FAILED)
    assert same(hub.outcome_of(record).exception(0), FAILED)


def test_a_goal_is_planned_when_its_plan_is_adopted(hub: Hub) -> None:
    show(hub, accepted())
    before = hub.planned("g1")
    assert not before.done()
    show(hub, PLANNED[2])
    assert before.result(0) is hub.planned("g1").result(0) is None
    show(hub, goal_failed())
    assert hub.planned("g1").result(0) is None


def test_a_goal_that_fails_without_a_plan_says_so_to_who_waits_for_one(hub: Hub) -> None:
    show(hub, accepted())
    before = hub.planned("g1")
    show(hub, goal_failed())
    assert same(before.exception(0), FAILED)
    assert same(hub.planned("g1").exception(0), FAILED)


def test_each_waiter_gets_an_error_of_its_own(hub: Hub) -> None:
    show(hub, accepted())
    waiting = (hub.planned("g1"), hub.outcome("g1"))
    show(hub, goal_failed())
    assert waiting[0].exception() is not waiting[1].exception()


def test_who_gives_up_waiting_does_not_stop_the_others(hub: Hub) -> None:
    show(hub, *PLANNED)
    future = hub.outcome("g1")

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(future), 0.01)

    asyncio.run(give_up())
    assert future.cancel() is False
    show(hub, goal_completed())
    assert future.result(0) is None


def test_a_broken_runtime_tells_every_waiter_why(hub: Hub) -> None:
    show(hub, *PLANNED, accepted("g2"), accepted("g3"), goal_completed("g3"))
    waiting = [hub.outcome("g1"), hub.outcome("g2"), hub.planned("g2")]
    events = hub.subscribe("g2")
    show(hub, runtime_failed())
    assert all(same(future.exception(0), BROKEN) for future in waiting)
    assert list(events) == [accepted("g2"), runtime_failed()]
    hub.close()
    assert same(hub.outcome("g1").exception(0), BROKEN)
    assert hub.outcome("g3").result(0) is None


def test_closing_tells_every_waiter(hub: Hub) -> None:
    show(hub, *PLANNED, accepted("g2"))
    waiting = [hub.outcome("g1"), hub.planned("g2")]
    hub.close()
    waiting += [hub.outcome("g1"), hub.planned("g2")]
    assert all(same(future.exception(0), RuntimeClosed()) for future in waiting)
    assert hub.planned("g1").result(0) is None


# Nothing open


def test_it_is_idle_when_the_last_goal_has_ended(hub: Hub) -> None:
    assert hub.idle().done()
    show(hub, accepted(), accepted("g2"))
    idle = hub.idle()
    show(hub, goal_completed())
    assert (idle.done(), hub.idle() is idle) == (False, True)
    show(hub, goal_failed("g2"))
    assert idle.result(timeout=0) is None


def test_who_waits_for_it_is_told_that_it_has_failed_or_was_closed(hub: Hub) -> None:
    show(hub, accepted())
    before = hub.idle()
    show(hub, runtime_failed())
    for idle in (before, hub.idle()):
        with pytest.raises(RuntimeBroken):
            idle.result(timeout=0)
    other = Hub()
    show(other, accepted())
    idle = other.idle()
    other.close()
    with pytest.raises(RuntimeClosed):
        idle.result(timeout=0)
