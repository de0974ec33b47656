# pyright: reportPrivateUsage=false
from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.messages.errors import CallTimedOut
from callboard.messages.facts import GoalCompleted
from callboard.messages.notices import EventsLost, ProgressMade
from callboard.messages.unions import Event
from callboard.runtime.subscription import Backlog, Subscription
from tests.actors.logic.happenings import lease

L1 = lease("s1", "a1")


def fact(n: int) -> Event:
    return GoalCompleted(at=float(n), goal=f"g{n}")


def progress(n: int) -> Event:
    return ProgressMade(at=float(n), lease=L1, fraction=0.5)


def test_what_is_pushed_is_read_in_order() -> None:
    subscription = Subscription([fact(1)])
    subscription.push(fact(2))
    subscription.push(progress(3))
    subscription.end()
    assert list(subscription) == [fact(1), fact(2), progress(3)]
    assert subscription.next() is None


def test_nothing_in_time_is_an_error_that_says_so() -> None:
    with pytest.raises(CallTimedOut, match="no answer within 0 s"):
        Subscription().next(timeout=0)


def test_a_reader_on_a_thread_is_woken() -> None:
    subscription = Subscription()
    read: list[Event] = []
    reader = threading.Thread(target=lambda: read.extend(subscription))
    reader.start()
    for n in range(100):
        subscription.push(fact(n))
    subscription.end()
    reader.join(10)
    assert read == [fact(n) for n in range(100)]


def test_closing_wakes_who_waits() -> None:
    subscription = Subscription()
    reader = threading.Thread(target=lambda: list(subscription))
    reader.start()
    subscription.close()
    reader.join(10)
    assert not reader.is_alive()


def test_what_was_not_read_is_dropped_by_closing() -> None:
    with Subscription([fact(1)]) as subscription:
        subscription.push(fact(2))
    subscription.push(fact(3))
    assert list(subscription) == []


def test_an_event_loop_goes_on_while_its_task_waits() -> None:
    subscription = Subscription()

    async def follow() -> list[Event]:
        return [event async for event in subscription]

    async def main() -> list[Event]:
        following = asyncio.create_task(follow())
        await asyncio.sleep(0)
        pusher = threading.Thread(target=push)
        pusher.start()
        return await asyncio.wait_for(following, 10)

    def push() -> None:
        for n in range(250):
            subscription.push(fact(n))
        subscription.end()

    assert asyncio.run(main()) == [fact(n) for n in range(250)]


def test_a_task_that_always_finds_an_event_lets_others_run() -> None:
    subscription = Subscription([fact(n) for n in range(1000)])
    subscription.end()
    turns: list[int] = []

    async def other() -> None:
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    async def main() -> int:
        beside = asyncio.create_task(other())
        read = [event async for event in subscription]
        beside.cancel()
        return len(read)

    assert asyncio.run(main()) == 1000
    assert len(turns) >= 5


def test_a_task_that_gave_up_waiting_loses_nothing() -> None:
    subscription = Subscription()

    async def main() -> Event:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(subscription), 0.01)
        assert subscription._sleepers == []
        subscription.push(fact(1))
        async with subscription:
            return await anext(subscription)

    assert asyncio.run(main()) == fact(1)


def test_a_closed_loop_does_no_harm() -> None:
    subscription = Subscription()
    loop = asyncio.new_event_loop()
    task = loop.create_task(anext(subscription))
    loop.run_until_complete(asyncio.sleep(0))
    sleepers = list(subscription._sleepers)
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
    subscription._sleepers = sleepers
    subscription.push(fact(1))
    assert subscription.next() == fact(1)


def test_a_slow_reader_loses_progress_first() -> None:
    subscription = Subscription(buffer=8)
    for n in range(4):
        subscription.push(progress(n))
    for n in range(4, 12):
        subscription.push(fact(n))
    subscription.end()
    lost = EventsLost(at=3.0, count=4)
    assert list(subscription) == [lost, *(fact(n) for n in range(4, 12))]


def test_then_it_loses_what_is_oldest() -> None:
    subscription = Subscription(buffer=4)
    for n in range(6):
        subscription.push(fact(n))
    subscription.end()
    assert list(subscription) == [EventsLost(at=1.0, count=2), *(fact(n) for n in range(2, 6))]


def test_the_latest_progress_is_kept_in_a_story_that_is_full_of_it() -> None:
    backlog = Backlog(100)
    backlog.add(fact(0))
    for n in range(1, 1001):
        backlog.add(progress(n))
    backlog.add(fact(2000))
    assert backlog.events[0] == fact(0)
    assert backlog.events[-2:] == (progress(1000), fact(2000))
    assert backlog.lost + len(backlog.events) == 1002


@given(st.integers(1, 20), st.lists(st.booleans(), max_size=100))
def test_a_backlog_is_bounded_and_counts_what_it_drops(limit: int, kinds: list[bool]) -> None:
    backlog = Backlog(limit)
    facts: list[Event] = []
    for n, is_fact in enumerate(kinds):
        event = fact(n) if is_fact else progress(n)
        facts += [event] * is_fact
        backlog.add(event)
        assert len(backlog.events) <= limit
    assert backlog.lost + len(backlog.events) == len(kinds)
    kept = [event for event in backlog.events if isinstance(event, GoalCompleted)]
    assert kept == facts[-limit:]
    assert list(backlog.events) == sorted(backlog.events, key=lambda event: event.at)


@given(st.integers(1, 20), st.lists(st.lists(st.booleans(), max_size=9), max_size=20))
def test_what_comes_together_is_kept_as_if_it_came_one_by_one(
    limit: int, batches: list[list[bool]]
) -> None:
    together, alone, number = Backlog(limit), Backlog(limit), 0
    for batch in batches:
        events: list[Event] = []
        for is_fact in batch:
            number += 1
            events.append(fact(number) if is_fact else progress(number))
            alone.add(events[-1])
        together.extend(events)
    assert together.told() == alone.told()
