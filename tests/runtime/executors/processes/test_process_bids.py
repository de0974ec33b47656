"""The function for bids of an agent with processes of its own runs in one of them."""

from __future__ import annotations

from typing import Any

from callboard import Bid
from callboard.actors.logic.effects import AskForBid, RunHook
from callboard.messages.bids import BidDeclined, BidSent, CallForBids
from callboard.messages.execution import HookDone, WorkKilled
from callboard.messages.user import pack
from callboard.runtime.executors.processes.isolated import ProcessExecutor
from tests.runtime.executors.lab import Lab, start, token
from tests.runtime.executors.processes import staff


def call(number: int, data: object = None) -> AskForBid:
    ready = start(number, data=pack(data, what="it")).ready
    return AskForBid(CallForBids(call=token(number), ready=ready, attempt=1, seconds=5.0))


def loaded(lab: Lab, target: object, **options: Any) -> ProcessExecutor:
    executor = lab.isolate(target, id="a1", **options)
    executor.perform(RunHook("on_start"))
    lab.wait_for(HookDone)
    return executor


def test_what_the_decorator_names_bids_there(lab: Lab) -> None:
    executor = loaded(lab, staff.declared)
    executor.perform(call(1, 21))
    sent = lab.wait_for(BidSent)
    assert (sent.call, sent.agent, sent.bid) == (token(), "a1", Bid(seconds=21.0))
    executor.perform(call(2))
    assert lab.wait_for(BidDeclined).reason == "it would rather not"
    executor.perform(call(3, "raise"))
    assert lab.wait_for(BidDeclined, 2).reason == "ValueError: no rates today"


def test_a_method_bids_there(lab: Lab) -> None:
    executor = loaded(lab, staff.Tender)
    executor.perform(call(1))
    assert lab.wait_for(BidSent).bid.seconds in executor.pids


def test_a_function_that_is_given_when_it_is_registered_is_found_there(lab: Lab) -> None:
    executor = loaded(lab, staff.who, bid=staff.by_data)
    executor.perform(call(1, 21))
    assert lab.wait_for(BidSent).bid.seconds == 21.0


def test_a_process_that_ends_over_a_bid_declines(lab: Lab) -> None:
    executor = loaded(lab, staff.declared)
    executor.perform(call(1, "exit"))
    assert "ended with 3" in lab.wait_for(BidDeclined).reason
    lab.wait_for(WorkKilled)
    executor.perform(call(2, 1))
    assert lab.wait_for(BidDeclined, 2).reason == "it has no process just now"


def test_what_is_not_there_in_time_is_declined_once(lab: Lab) -> None:
    executor = loaded(lab, staff.slow_to_bid)
    executor.perform(call(1, 0.2))
    executor.perform(call(2, 0.2))
    lab.timers.fire()
    reasons = [lab.wait_for(BidDeclined, number).reason for number in (1, 2)]
    assert reasons == ["took more than 5 s to bid"] * 2
    executor.perform(call(3, 0.0))
    assert lab.wait_for(BidDeclined, 3).reason == "earlier bids are still being worked on"
