"""The scheduler asks agents for bids before one of them gets a subtask."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from callboard.actors.logic.auctions import auction
from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.actors.logic.explaining import explain
from callboard.actors.logic.negotiation_options import NegotiationOptions
from callboard.messages import facts
from callboard.messages.bids import Bid, BidDeclined, BidSent, CallForBids
from callboard.messages.commands import ForgetHonesty, Forgotten, PauseAgent
from callboard.messages.facts import Offer
from callboard.messages.notices import BidRefused, BidSeen, BidsInvited, NegotiationFellBack
from callboard.messages.supervision import Wake
from callboard.messages.values import Agent, Lease, Ready, Token
from callboard.messages.work import (
    AgentLeft,
    Amended,
    Assign,
    Completed,
    Declined,
    Failed,
    Hold,
    NotHeld,
    Release,
    Resync,
    Revoke,
    Settled,
    SubtasksReady,
    Withdraw,
    Withdrawn,
)
from tests.actors.logic.desk import (
    RESULT,
    WRONG,
    Desk,
    agent,
    assigned,
    down,
    lease,
    ready,
    revoked,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.messages.unions import SchedulerMessage

SECONDS = 0.25
LATER = 5.0


def bidder(name: str, *skills: str, **more: Any) -> Agent:
    return agent(name, *skills, bids=True, **more)


def asking(uuid: str, *skills: str, **more: Any) -> Ready:
    return ready(uuid, *skills, negotiate=True, **more)


def call(number: int = 1, incarnation: int = 1) -> Token:
    return Token(boot=1, incarnation=incarnation, counter=number)


def sent(who: str, seconds: float, uuid: str = "s1", number: int = 1, **more: float) -> BidSent:
    bid = Bid(seconds=seconds, **more)
    return BidSent(call=call(number), goal="g", subtask=uuid, agent=who, bid=bid)


def no(who: str, uuid: str = "s1", number: int = 1) -> BidDeclined:
    return BidDeclined(call=call(number), goal="g", subtask=uuid, agent=who, reason="busy")


def invited(work: Ready, *agents: str, now: float = 0.0, number: int = 1) -> list[Effect]:
    uuid, which = work.subtask.uuid, call(number)
    shown = BidsInvited(at=now, goal="g", subtask=uuid, call=which, agents=agents, seconds=SECONDS)
    word = CallForBids(call=which, ready=work, attempt=1, seconds=SECONDS)
    return [Show(shown), *(Tell(f"agent/{name}", word) for name in agents)]


def seen(message: BidSent, now: float, void: str = "") -> Effect:
    return Show(
        BidSeen(at=now, goal="g", subtask=message.subtask, call=message.call,
                agent=message.agent, bid=message.bid, void=void)
    )  # fmt: skip


def refused(message: BidDeclined, now: float, void: str = "") -> Effect:
    return Show(
        BidRefused(at=now, goal="g", subtask=message.subtask, call=message.call,
                   agent=message.agent, reason=message.reason, void=void)
    )  # fmt: skip


def offer(who: str, seconds: float, score: float | None = None, **more: Any) -> Offer:
    bid = Bid(seconds=seconds, **more)
    return Offer(agent=who, bid=bid, score=seconds if score is None else score)


def awarded(held: Lease, work: Ready, now: float, award: Offer, *others: Offer) -> list[Effect]:
    fact = facts.BidAwarded(at=now, lease=held, award=award, others=others)
    recorded, told = assigned(held, work, now)
    return [recorded, Record(fact), told]


def fell_back(uuid: str, reason: str, now: float, who: str = "", number: int = 1) -> Effect:
    return Show(
        NegotiationFellBack(
            at=now, goal="g", subtask=uuid, call=call(number), reason=reason, agent=who
        )
    )


A, B, C = bidder("a"), bidder("b"), bidder("c")
S1 = asking("s1")


def free_again(desk: Desk, *members: Agent) -> bool:
    """Whether no slot is kept for a negotiation that is over."""
    return all(desk.load(member.id) == 0 for member in members)


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
    effects = desk.say(0.0, Resync(subtasks=(S1,)))
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


# What bids were worth


def learn(desk: Desk, number: int, bid: float, took: float, now: float) -> list[Effect]:
    """One subtask for agent "a", which bids for it and completes it."""
    desk.queue(asking(f"l{number}"), now=now)
    desk.say(now, sent("a", bid, f"l{number}", number))
    held = lease(f"l{number}", "a", number)
    effects = desk.say(now, Completed(lease=held, result=RESULT, seconds=took))
    desk.say(now, Settled(subtasks=(f"l{number}",)))
    return effects


def test_who_has_bid_too_little_is_not_believed_again() -> None:
    desk = Desk(A)
    [*_, last] = [learn(desk, number, 10.0, 80.0, 1.0)[-1] for number in range(1, 6)]
    assert isinstance(last, Record)
    learnt = last.fact
    assert isinstance(learnt, facts.HonestyLearnt)
    assert learnt.ratio == pytest.approx(2.079, abs=0.01)
    desk.join(B)
    desk.queue(asking("s6"), now=2.0)
    desk.say(2.0, sent("a", 10.0, "s6", 6))
    effects = desk.say(2.0, sent("b", 30.0, "s6", 6))
    assert effects[1] == Record(facts.SubtaskAssigned(at=2.0, lease=lease("s6", "b", 6)))


def test_a_failure_counts_against_the_confidence() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(0.0, sent("a", 10.0, confidence=0.8))
    held = lease("s1", "a")
    effects = desk.say(1.0, Failed(lease=held, problem=WRONG, seconds=2.0))
    learnt = facts.HonestyLearnt(at=1.0, agent="a", lease=held, trials=1.0, surplus=-0.8)
    assert Record(learnt) in effects


def test_honesty_is_known_to_the_next_scheduler_and_can_be_forgotten() -> None:
    known = facts.HonestyLearnt(
        at=0.0, agent="a", lease=lease("s0", "a"), weight=10.0, ratio=2.0, trials=10.0
    )
    desk = Desk(A, B, recorded=[known])
    assert desk.say(1.0, ForgetHonesty(agent="a", reply_to="caller/1")) == [
        Record(facts.HonestyLearnt(at=1.0, agent="a")), Tell("caller/1", Forgotten(count=1))
    ]  # fmt: skip
    for recorded, winner in (([known], "b"), ([], "a")):
        desk = Desk(A, B, recorded=recorded)
        desk.queue(S1)
        desk.say(0.0, sent("a", 10.0))
        effects = desk.say(0.0, sent("b", 30.0))
        assert effects[1] == Record(facts.SubtaskAssigned(at=0.0, lease=lease("s1", winner)))


def test_an_award_of_an_earlier_scheduler_is_judged_when_it_ends() -> None:
    held = lease("s1", "a")
    recorded: list[facts.Fact] = [
        facts.SubtaskAssigned(at=0.0, lease=held),
        facts.BidAwarded(at=0.0, lease=held, award=offer("a", 10.0)),
    ]
    ended = facts.HonestyLearnt(at=0.0, agent="a", lease=held)
    for more, judged in (([], True), ([ended], False)):
        desk = Desk(A, incarnation=2, recorded=[*recorded, *more])
        tenders = desk.logic._leasing.tenders  # pyright: ignore[reportPrivateUsage]
        assert bool(tenders.awarded) is judged


def test_a_revoked_award_says_nothing() -> None:
    desk = Desk(A, B)
    desk.queue(S1)
    desk.say(0.0, sent("a", 10.0))
    desk.say(0.0, sent("b", 30.0))
    effects = desk.say(1.0, Withdraw(subtasks=("s1",), reason="cancelled"))
    assert revoked(lease("s1", "a"), "cancelled", 1.0) in effects
    assert not desk.logic._leasing.tenders.awarded  # pyright: ignore[reportPrivateUsage]


# Whatever happens


@pytest.mark.parametrize("seed", range(40))
def test_slots_are_kept_for_negotiations_only_and_everything_is_given_away(seed: int) -> None:
    walk = _Walk(Random(seed))  # noqa: S311 - a walk that can be repeated
    for _ in range(60):
        walk.step()
        walk.check()
    walk.finish()


class _Walk:
    """A scheduler to which things happen by lot."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.members = {
            name: bidder(name, *random.sample(("sql", "law"), 2 if name == "a" else 1),
                         max_load=random.randint(1, 2))
            for name in "abcd"
        }  # fmt: skip
        options = NegotiationOptions(seconds=SECONDS, invitations=random.randint(1, 4))
        self.desk = Desk(*self.members.values(), negotiation=options)
        self.now = 0.0
        self.calls: list[tuple[str, CallForBids]] = []
        self.held: dict[Token, Lease] = {}
        self.incarnations = dict.fromkeys(self.members, 1)
        self.down: set[str] = set()
        self.count = 0
        self.deeds: list[Callable[[], None]] = [
            self._come, self._come, self._bid, self._bid, self._bid, self._decline, self._end,
            self._end, self._die, self._back, self._wait, self._pause, self._edit,
        ]  # fmt: skip

    def step(self) -> None:
        self.now += 0.02
        self.random.choice(self.deeds)()
        self.say(Wake())

    def check(self) -> None:
        leasing = self.desk.logic._leasing  # pyright: ignore[reportPrivateUsage]
        kept = sum(member.kept for member in leasing.slots.members())
        assert kept == len(leasing.tenders.calls)
        for member in leasing.slots.members():
            assert member.load <= member.agent.max_load or member.stopping
        for tender in leasing.tenders.calls.values():
            assert tender.work.place is None
            assert tender.until > self.now
            assert tender.silent

    def finish(self) -> None:
        """Everybody comes back, and nobody bids: all work is done."""
        for name in list(self.down):
            self._return(name)
        for _ in range(200):
            self.now += 1.0
            self.say(Wake())
            for held in list(self.held.values()):
                self._complete(held)
        leasing = self.desk.logic._leasing  # pyright: ignore[reportPrivateUsage]
        assert not leasing.works
        assert not leasing.tenders.calls
        assert not leasing.tenders.ruled
        assert not leasing.tenders.awarded
        self.check()

    def say(self, message: SchedulerMessage) -> None:
        self.take(self.desk.say(self.now, message))

    def take(self, effects: list[Effect]) -> None:
        for effect in effects:
            if not isinstance(effect, Tell):
                continue
            who = effect.to.removeprefix("agent/")
            if isinstance(effect.message, CallForBids):
                self.calls.append((who, effect.message))
            elif isinstance(effect.message, Assign) and who not in self.down:
                self.held[effect.message.lease.token] = effect.message.lease
            elif isinstance(effect.message, Revoke):
                self.held.pop(effect.message.token, None)
                self.say(NotHeld(agent=who, token=effect.message.token))

    def _come(self) -> None:
        self.count += 1
        needs = self.random.sample(("sql", "law"), self.random.randint(0, 1))
        work = ready(f"s{self.count}", *needs, negotiate=self.random.random() < 0.8)
        self.say(SubtasksReady(subtasks=(work,)))

    def _bid(self) -> None:
        if self.calls:
            who, asked = self.random.choice(self.calls)
            bid = Bid(seconds=self.random.random(), confidence=self.random.random())
            uuid = asked.ready.subtask.uuid
            self.say(BidSent(call=asked.call, goal="g", subtask=uuid, agent=who, bid=bid))

    def _decline(self) -> None:
        if self.calls:
            who, asked = self.random.choice(self.calls)
            uuid = asked.ready.subtask.uuid
            self.say(BidDeclined(call=asked.call, goal="g", subtask=uuid, agent=who, reason="no"))

    def _end(self) -> None:
        if self.held:
            held = self.random.choice(list(self.held.values()))
            if self.random.random() < 0.3:
                del self.held[held.token]
                self.say(Declined(lease=held, reason="not now"))
            else:
                self._complete(held)

    def _complete(self, held: Lease) -> None:
        self.held.pop(held.token, None)
        self.say(Completed(lease=held, result=RESULT, seconds=1.0))
        self.say(NotHeld(agent=held.agent, token=held.token))
        self.say(Settled(subtasks=(held.subtask,)))

    def _die(self) -> None:
        name = self.random.choice(list(self.members))
        if name not in self.down:
            self.down.add(name)
            self.held = {t: held for t, held in self.held.items() if held.agent != name}
            self.say(down(name, self.incarnations[name]))

    def _back(self) -> None:
        for name in list(self.down)[:1]:
            self._return(name)

    def _return(self, name: str) -> None:
        self.down.discard(name)
        self.incarnations[name] += 1
        self.take(self.desk.join(self.members[name], self.now, self.incarnations[name]))

    def _wait(self) -> None:
        self.now += self.random.choice((0.1, SECONDS, LATER))
        self.say(Wake())

    def _pause(self) -> None:
        self.say(Hold(runtime=True, reason="a moment"))
        self.say(Release(runtime=True))

    def _edit(self) -> None:
        if self.count:
            uuid = f"s{self.random.randint(1, self.count)}"
            self.say(Amended(subtasks=(asking(uuid, "law"),)))
            if self.random.random() < 0.2:
                self.say(Withdraw(subtasks=(uuid,), reason="no"))
                self.say(Withdrawn(subtasks=(uuid,)))


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
