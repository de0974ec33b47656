"""What an agent's bids were worth counts for its next ones, until it is forgotten."""

from __future__ import annotations

import pytest

from callboard.actors.logic import honesty
from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.actors.logic.latest import Latest
from callboard.messages import facts
from callboard.messages.commands import ForgetHonesty, Forgotten
from callboard.messages.work import (
    Completed,
    Failed,
    Settled,
    Withdraw,
)
from tests.actors.logic.bidders import (
    S1,
    A,
    B,
    asking,
    offer,
    sent,
)
from tests.actors.logic.desk import (
    RESULT,
    WRONG,
    Desk,
    lease,
    revoked,
)


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


def test_of_agents_that_come_and_go_the_latest_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(honesty, "AGENTS", 2)
    told = [facts.HonestyLearnt(at=0.0, agent=name, weight=9.0, ratio=2.0) for name in "abac"]
    desk, kept = Desk(A, recorded=told), Latest()
    for fact in told:
        kept.see(fact)
    assert kept.honesty == [told[2], told[3]]
    assert desk.say(1.0, ForgetHonesty(reply_to="caller/1"))[-1] == Tell(
        "caller/1", Forgotten(count=2)
    )


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
