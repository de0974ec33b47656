"""The scheduler asks agents for bids before one of them gets a subtask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from callboard.actors.logic.effects import Record, Tell
from callboard.actors.logic.endings import auction
from callboard.actors.logic.explaining import explain
from callboard.actors.logic.negotiation_options import NegotiationOptions
from callboard.messages import facts
from callboard.messages.bids import BidSent, CallForBids
from callboard.messages.commands import PauseAgent
from callboard.messages.supervision import Wake
from callboard.messages.work import (
    AgentLeft,
    Amended,
    Completed,
    Hold,
    Release,
    Resync,
    Withdraw,
)
from tests.actors.logic.bidders import (
    S1,
    SECONDS,
    A,
    B,
    C,
    asking,
    awarded,
    bidder,
    call,
    fell_back,
    free_again,
    invited,
    no,
    offer,
    refused,
    seen,
    sent,
)
from tests.actors.logic.desk import (
    RESULT,
    Desk,
    agent,
    assigned,
    down,
    lease,
    ready,
)

if TYPE_CHECKING:
    from callboard.messages.unions import SchedulerMessage


def test_the_least_bid_is_awarded_as_soon_as_all_have_answered() -> None:
    desk = Desk(A, B)
    assert desk.queue(S1) == invited(S1, "a", "b")
    assert desk.say(0.1, sent("a", 90.0)) == [seen(sent("a", 90.0), 0.1)]
    held = lease("s1", "b")
    assert desk.say(0.2, sent("b", 60.0)) == [
        seen(sent("b", 60.0), 0.2),
        *awarded(held, S1, 0.2, offer("b", 60.0), offer("a", 90.0)),
    ]
    assert desk.load("a") == 0


def test_at_the_deadline_the_best_of_those_who_have_bid_is_taken() -> None:
    desk = Desk(A, B, C)
    desk.queue(S1)
    desk.say(0.1, sent("c", 90.0))
    assert desk.say(0.24, Wake()) == []
    held = lease("s1", "c")
    assert desk.say(0.25, Wake()) == awarded(held, S1, 0.25, offer("c", 90.0))


def test_where_nobody_bids_in_time_the_rule_decides() -> None:
    desk = Desk(A, B)
    desk.queue(S1)
    assert desk.say(0.25, Wake()) == [
        fell_back("s1", "nobody has bid in time", 0.25, "a"),
        *assigned(lease("s1", "a"), S1, 0.25),
    ]
    late = sent("b", 1.0)
    assert desk.say(0.3, late) == [seen(late, 0.3, "it came too late")]
    assert desk.load("b") == 0


def test_where_all_decline_others_are_asked_and_then_the_rule_decides() -> None:
    desk = Desk(A, B, C, negotiation=NegotiationOptions(seconds=SECONDS, invitations=2))
    assert desk.queue(S1) == invited(S1, "a", "b")
    assert desk.say(0.0, no("a")) == [refused(no("a"), 0.0)]
    assert desk.say(0.0, no("b")) == [refused(no("b"), 0.0), *invited(S1, "c")]
    assert (desk.load("a"), desk.load("c")) == (0, 1)
    assert desk.say(0.0, no("c")) == [
        refused(no("c"), 0.0),
        fell_back("s1", "all have declined", 0.0, "c"),
        *assigned(lease("s1", "c"), S1),
    ]


def test_cost_and_confidence_count() -> None:
    desk = Desk(A, B, C, negotiation=NegotiationOptions(price=10.0))
    desk.queue(S1)
    desk.say(0.0, sent("a", 60.0, cost=5.0))
    desk.say(0.0, sent("b", 60.0, confidence=0.5))
    effects = desk.say(0.0, sent("c", 100.0))
    others = offer("a", 60.0, 110.0, cost=5.0), offer("b", 60.0, 120.0, confidence=0.5)
    assert effects[1:] == awarded(lease("s1", "c"), S1, 0.0, offer("c", 100.0), *others)


def test_what_is_learnt_bids_for_those_without_a_function() -> None:
    desk = Desk(agent("a"), B)
    desk.queue(S1)
    effects = desk.say(0.0, sent("b", 9999.0))
    [award] = [e.fact for e in effects if isinstance(e, Record)
               and isinstance(e.fact, facts.BidAwarded)]  # fmt: skip
    assert (award.award.agent, award.award.learnt) == ("a", True)
    assert [other.agent for other in award.others] == ["b"]


def test_where_nobody_has_a_function_nobody_is_asked() -> None:
    desk = Desk(agent("a"), agent("b"))
    kinds = [type(e.fact) for e in desk.queue(S1) if isinstance(e, Record)]
    assert kinds == [facts.SubtaskAssigned, facts.BidAwarded]


def test_other_work_goes_on_meanwhile() -> None:
    desk = Desk(A, B, C)
    desk.queue(S1)
    assert desk.queue(ready("s2")) == assigned(lease("s2", "b"), ready("s2"))


def test_there_are_never_more_negotiations_than_free_slots() -> None:
    desk = Desk(A)
    s2 = asking("s2")
    assert desk.queue(S1, s2) == invited(S1, "a")
    held = lease("s1", "a")
    desk.say(0.0, sent("a", 1.0))
    freed = desk.say(9.0, Completed(lease=held, result=RESULT, seconds=1.0))
    assert freed[-2:] == invited(s2, "a", now=9.0, number=2)


def test_two_negotiations_exchange_the_slots_that_are_kept_for_them() -> None:
    desk = Desk(A, B)
    s2 = asking("s2")
    effects = desk.queue(S1, s2)
    assert effects == [*invited(S1, "a", "b"), *invited(s2, "b", number=2)]
    desk.say(0.0, sent("a", 90.0))
    won = desk.say(0.0, sent("b", 30.0))
    held = lease("s1", "b")
    assert won[1:] == awarded(held, S1, 0.0, offer("b", 30.0), offer("a", 90.0))
    assert desk.say(0.25, Wake()) == [
        fell_back("s2", "nobody has bid in time", 0.25, "a", 2),
        *assigned(lease("s2", "a", 2), s2, 0.25),
    ]


def test_a_bidder_that_has_died_is_passed_over() -> None:
    desk = Desk(A, B)
    desk.queue(S1)
    desk.say(0.0, sent("b", 30.0))
    desk.say(0.1, down("b"))
    effects = desk.say(0.1, sent("a", 90.0))
    assert effects[1:3] == awarded(
        lease("s1", "a"), S1, 0.1, offer("a", 90.0), offer("b", 30.0))[:2]  # fmt: skip


def test_a_bidder_that_has_come_back_has_not_bid() -> None:
    desk = Desk(A, B)
    desk.queue(S1)
    desk.say(0.0, sent("b", 30.0))
    desk.say(0.1, down("b"))
    desk.join(B, 0.1, incarnation=2)
    effects = desk.say(0.1, sent("a", 90.0))
    assert [e.fact.lease.agent for e in effects if isinstance(e, Record)
            and isinstance(e.fact, facts.BidAwarded)] == ["a"]  # fmt: skip


def test_where_all_have_gone_it_waits_in_front_and_the_rule_decides_next() -> None:
    desk = Desk(A, B)
    desk.queue(S1)
    desk.say(0.1, down("a"))
    desk.say(0.1, down("b"))
    assert desk.say(0.25, Wake()) == [fell_back("s1", "nobody has bid in time", 0.25)]
    assert desk.join(A, 1.0, incarnation=2)[-2:] == assigned(
        lease("s1", "a"), S1, 1.0, incarnation=2
    )


def test_whoever_leaves_keeps_nothing_for_anybody() -> None:
    desk = Desk(A, B)
    desk.queue(S1)
    desk.say(0.1, AgentLeft(agent="a", reason="home"))
    held = lease("s1", "b")
    effects = desk.say(0.2, sent("b", 1.0))
    assert effects[1:] == []
    assert desk.say(0.25, Wake()) == awarded(held, S1, 0.25, offer("b", 1.0))


def test_where_one_of_those_who_declined_has_left_others_are_asked_all_the_same() -> None:
    desk = Desk(A, B, C, negotiation=NegotiationOptions(seconds=SECONDS, invitations=2))
    desk.queue(S1)
    desk.say(0.0, no("b"))
    desk.say(0.0, AgentLeft(agent="b", reason="home"))
    assert desk.say(0.0, no("a"))[1:] == invited(S1, "c")


def test_a_bidder_without_a_free_slot_is_passed_over() -> None:
    desk = Desk(A, B)
    desk.queue(S1)
    desk.say(0.0, sent("b", 1.0))
    desk.queue(ready("s2"))
    desk.say(0.25, Wake())
    assert (desk.load("a"), desk.load("b")) == (1, 1)
    assert desk.state() == {"leased": 2}


@pytest.mark.parametrize(
    ("bid", "void"),
    [
        (sent("a", -1.0), "a number of seconds, not negative"),
        (sent("a", 1.0, confidence=1.5), "a confidence from 0 to 1"),
        (sent("a", 1.0, cost=-2.0), "a cost that is a number, not negative"),
        (sent("z", 1.0), "it was not asked"),
    ],
)
def test_what_makes_no_sense_is_seen_and_does_not_count(bid: BidSent, void: str) -> None:
    desk = Desk(A, B)
    desk.queue(S1)
    assert desk.say(0.0, bid) == [seen(bid, 0.0, void)]


def test_a_second_answer_does_not_count() -> None:
    desk = Desk(A, B)
    desk.queue(S1)
    desk.say(0.0, sent("a", 1.0))
    assert desk.say(0.0, no("a")) == [refused(no("a"), 0.0, "it has answered before")]
    assert desk.say(0.0, sent("a", 2.0)) == [seen(sent("a", 2.0), 0.0, "it has answered before")]


@pytest.mark.parametrize(
    "message",
    [
        Withdraw(subtasks=("s1",), reason="cancelled"),
        Hold(runtime=True, ready=("s1",), reason="lunch"),
        Resync(subtasks=()),
    ],
)
def test_what_is_not_to_be_done_is_not_negotiated_any_more(message: SchedulerMessage) -> None:
    desk = Desk(A, B)
    desk.queue(S1)
    desk.say(0.1, message)
    assert free_again(desk, A, B)
    assert desk.say(0.2, sent("a", 1.0)) == [seen(sent("a", 1.0), 0.2, "it came too late")]


def test_what_was_held_is_negotiated_anew() -> None:
    desk = Desk(A, B)
    desk.queue(S1)
    desk.say(0.1, Hold(runtime=True, reason="lunch"))
    assert desk.say(9.0, Release(runtime=True)) == invited(S1, "a", "b", now=9.0, number=2)


def test_what_is_edited_is_negotiated_anew() -> None:
    desk = Desk(bidder("a", "sql"), bidder("b", "sql", "law"))
    desk.queue(asking("s1", "sql"))
    edited = asking("s1", "law")
    assert desk.say(1.0, Amended(subtasks=(edited,))) == invited(edited, "b", now=1.0, number=2)
    assert desk.load("a") == 0


def test_a_limit_of_waiting_that_is_reached_ends_the_negotiation() -> None:
    desk = Desk(A, B, negotiation=NegotiationOptions(seconds=1e6))
    desk.queue(S1)
    desk.say(1e6 - 1, Wake())
    assert free_again(desk, A, B)


def test_a_restarted_scheduler_begins_the_negotiation_anew() -> None:
    desk = Desk(incarnation=2)
    for member in (A, B):
        desk.join(member)
    effects = desk.say(0.0, Resync(subtasks=(S1,), incarnation=2))
    effects += desk.say(1.0, Wake())
    calls = [e.message for e in effects if isinstance(e, Tell)
             and isinstance(e.message, CallForBids)]  # fmt: skip
    assert [one.call for one in calls] == [call(1, incarnation=2)] * 2


def test_only_what_asks_for_it_is_negotiated() -> None:
    assert Desk(A, B).queue(ready("s1")) == assigned(lease("s1", "a"), ready("s1"))
    assert Desk(A, B, negotiate="never").queue(S1) == assigned(lease("s1", "a"), S1)


def test_what_is_uncertain_is_negotiated_where_that_is_wanted() -> None:
    desk, work = Desk(A, B, negotiate="uncertain"), ready("s1")
    assert desk.queue(work) == invited(work, "a", "b")
    refusing = ready("s2", negotiate=False)
    desk = Desk(A, B, negotiate="uncertain")
    assert desk.queue(refusing) == assigned(lease("s2", "a"), refusing)


def test_what_is_certain_is_not_negotiated() -> None:
    desk, work = Desk(A, B, negotiate="uncertain"), ready("s1")
    for _ in range(60):
        desk.learning.completed(work.subtask, "a", 60.0)
        desk.learning.completed(work.subtask, "b", 6000.0)
    assert desk.queue(work) == assigned(lease("s1", "a"), work)


def test_an_agent_that_pulls_is_not_asked() -> None:
    desk = Desk(bidder("p", pull=True))
    assert desk.queue(S1) == []


# Whatever happens


def test_a_paused_agent_is_not_asked() -> None:
    desk = Desk(A, B)
    desk.say(0.0, PauseAgent(agent="a"))
    assert desk.queue(S1) == invited(S1, "b")


def test_it_is_explained_who_is_asked_and_who_got_it_for_what() -> None:
    desk = Desk(A, B)
    desk.queue(S1)
    desk.say(0.1, sent("a", 90.0, cost=2.0, confidence=0.9))
    [reason, *_] = explain(desk.logic._leasing, "s1", None, 0.2)  # pyright: ignore[reportPrivateUsage]
    assert reason.said(0.2) == (
        "bids of b are awaited, a 1.5 min, cost 2, 90% sure (by its bid, taken for 1.67 min); "
        "it is decided in 0.05 s"
    )
    effects = desk.say(0.2, sent("b", 30.0))
    [won] = auction([e.fact for e in effects if isinstance(e, Record)])
    assert won.said(0.2) == (
        "b got it for its bid: b 30 s (by its bid, taken for 30 s), against "
        "a 1.5 min, cost 2, 90% sure (by its bid, taken for 1.67 min)"
    )
