# pyright: reportPrivateUsage=false
"""Whoever subscribes to a hub is shown what it sees."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import pytest

from callboard.messages.errors import CallTimedOut
from callboard.runtime.hub import Hub
from tests.actors.logic.happenings import accepted, goal_completed, queued, revoked
from tests.runtime.hubs import DONE, L1, PLANNED, show


def test_closing_ends_subscriptions(hub: Hub) -> None:
    show(hub, accepted())
    events, of_goal = hub.subscribe(), hub.subscribe("g1")
    hub.close()
    assert (list(events), list(of_goal)) == ([], [accepted()])
    assert list(hub.subscribe()) == []


def test_a_subscription_misses_nothing_of_its_goal(hub: Hub) -> None:
    show(hub, *PLANNED, accepted("g2"))
    events = hub.subscribe("g1")
    show(hub, *DONE, queued("t1", of="g2"), goal_completed(), revoked(L1))
    told = [*PLANNED[1:], *DONE, goal_completed()]
    assert list(events) == told
    assert list(hub.subscribe("g1")) == told


def test_a_subscription_to_all_shows_what_comes_from_now_on(hub: Hub) -> None:
    show(hub, accepted())
    events = hub.subscribe()
    show(hub, *DONE, goal_completed())
    hub.close()
    assert list(events) == [*DONE, goal_completed()]


def test_who_has_left_is_not_told(hub: Hub) -> None:
    show(hub, accepted())
    with hub.subscribe("g1") as one, hub.subscribe() as other:
        assert one.next() == accepted()
        with pytest.raises(CallTimedOut):
            other.next(timeout=0)
    assert len(hub._followers) == 0


def test_a_subscription_that_nobody_holds_is_forgotten(hub: Hub) -> None:
    events = hub.subscribe()
    del events
    gc.collect()
    show(hub, accepted())
    assert len(hub._followers) == 0


def test_a_goal_can_be_followed_from_an_event_loop(hub: Hub) -> None:
    show(hub, *PLANNED)

    async def follow() -> list[Any]:
        work = threading.Thread(target=show, args=(hub, *DONE, goal_completed()))
        events = hub.subscribe("g1")
        work.start()
        return [event async for event in events]

    assert asyncio.run(follow()) == [*PLANNED[1:], *DONE, goal_completed()]
