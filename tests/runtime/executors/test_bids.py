# ruff: noqa: ARG001, ARG002, ARG005 - handlers take what they are given
"""An agent's own function for bids: where it runs, and what becomes of what it does."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from callboard import Bid
from callboard.actors.logic.effects import AskForBid
from callboard.messages.bids import BidDeclined, BidSent, CallForBids
from callboard.messages.errors import InvalidOption
from callboard.runtime.executors.definition import definition_of
from tests.runtime.executors.lab import LONG, Lab, start, token, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.runtime.executors.task import Task


def call(number: int = 1, seconds: float = 0.25) -> AskForBid:
    ready = start(number, estimated_duration=2.0).ready
    return AskForBid(CallForBids(call=token(number), ready=ready, attempt=3, seconds=seconds))


def work(task: Task) -> None:
    raise AssertionError("nobody asked for that")


def bid_of(lab: Lab, bid: Callable[[Task], Any]) -> Bid:
    lab.hire(work, id="a1", bid=bid).perform(call())
    return lab.wait_for(BidSent).bid


def refusal(lab: Lab, bid: Callable[[Task], Any]) -> str:
    lab.hire(work, id="a1", bid=bid).perform(call())
    return lab.wait_for(BidDeclined).reason


def test_it_bids_seconds_or_a_bid_for_the_attempt_that_it_would_be(lab: Lab) -> None:
    assert bid_of(lab, lambda task: len(task.name) * task.attempt) == Bid(seconds=18.0)
    sent = lab.wait_for(BidSent)
    assert (sent.call, sent.goal, sent.subtask, sent.agent) == (token(), "g", "s1", "a1")


def test_a_coroutine_function_bids_as_well(lab: Lab) -> None:
    async def bid(task: Task) -> Bid:
        return Bid(seconds=3.0, cost=0.5, confidence=0.9)

    assert bid_of(lab, bid) == Bid(seconds=3.0, cost=0.5, confidence=0.9)


def test_none_declines(lab: Lab) -> None:
    assert refusal(lab, lambda task: None) == "it would rather not"


def test_what_it_raises_is_a_refusal(lab: Lab) -> None:
    def raises(task: Task) -> float:
        raise ValueError("no rates today")

    assert refusal(lab, raises) == "ValueError: no rates today"


def test_an_exit_is_a_refusal_too(lab: Lab) -> None:
    assert "SystemExit" in refusal(lab, lambda task: sys.exit())


@pytest.mark.parametrize("nonsense", [-1, float("nan"), "soon", True, Bid(seconds=1, cost=-1)])
def test_nonsense_is_a_refusal(lab: Lab, nonsense: object) -> None:
    assert "bid" in refusal(lab, lambda task: nonsense)


def test_it_runs_on_a_worker_and_is_given_up_when_its_time_is_over(lab: Lab) -> None:
    go_on, threads = threading.Event(), list[threading.Thread]()

    def slow(task: Task) -> float:
        threads.append(threading.current_thread())
        go_on.wait(LONG)
        return 1.0

    executor = lab.hire(work, id="a1", bid=slow)
    for number in (1, 2):
        executor.perform(call(number))
    until(lambda: len(threads) == 2)
    assert threading.current_thread() not in threads
    assert lab.timers.fire() == [0.25, 0.25]
    reasons = [lab.wait_for(BidDeclined, number).reason for number in (1, 2)]
    assert reasons == ["agent 'a1' took more than 0.25 s to bid"] * 2
    executor.perform(call(3))  # while two are behind no third thread is risked
    assert lab.wait_for(BidDeclined, 3).reason == "earlier bids are still being worked on"
    go_on.set()


def test_a_method_bids_for_an_agent_that_is_a_class_or_an_object(lab: Lab) -> None:
    class Shop:
        def __init__(self) -> None:
            self.rate = 7.0

        def work(self, task: Task) -> None: ...

        def bid(self, task: Task) -> float:
            return self.rate

    assert definition_of(Shop, skills=[]).agent.bids
    assert not definition_of(Shop, skills=[], bid=None).agent.bids
    lab.hire(Shop(), id="a1").perform(call())
    assert lab.wait_for(BidSent).bid == Bid(seconds=7.0)


def test_an_agent_without_a_function_says_so(lab: Lab) -> None:
    assert not definition_of(work, skills=[]).agent.bids
    lab.hire(work, id="a1").perform(call())
    assert lab.wait_for(BidDeclined).reason == "the agent has no function for bids"


def without_a_task() -> float:
    return 1.0


def with_a_context(task: Task, ctx: object) -> float:
    return 1.0


@pytest.mark.parametrize("given", [3, without_a_task, with_a_context])
def test_what_cannot_bid_is_refused_at_the_door(given: Any) -> None:
    with pytest.raises(InvalidOption):
        definition_of(work, skills=[], bid=given)
