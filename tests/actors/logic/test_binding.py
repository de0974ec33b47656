"""Agents of unequal speed: who takes what, and what waits for whom, and how long."""

from __future__ import annotations

import math

import pytest

from callboard.actors.logic.effects import After, Effect, Tell
from callboard.actors.logic.paces import Stated
from callboard.messages.commands import AssignNow, Explain, Explained, PauseAgent, ResizeAgent
from callboard.messages.reasons import WaitsForFaster
from callboard.messages.supervision import Wake
from callboard.messages.unions import SchedulerMessage
from callboard.messages.values import Agent, Lease, Priority, Ready, Timeouts
from callboard.messages.work import (
    AgentDraining,
    AgentJoined,
    AgentLeft,
    AgentUp,
    Assign,
    Completed,
    Settled,
)
from tests.actors.logic.desk import RESULT, Desk, agent, down, given, ready

PACES = Stated(
    {
        "work": {"fast": 60.0, "slow": 180.0, "general": 60.0, "third": 100.0},
        "short": {"fast": 10.0, "slow": 30.0},
        "even": {"fast": 60.0, "slow": 60.0},
    }
)
FAST, SLOW = agent("fast", "sql"), agent("slow", "sql")


def work(uuid: str, kind: str = "work", **more: object) -> Ready:
    return ready(uuid, "sql", kind=kind, **more)


class Hall(Desk):
    """A desk that remembers leases, and where to look at the clock again."""

    def __init__(self, *agents: Agent, **more: object) -> None:
        self.leases: dict[str, Lease] = {}
        self.looks: list[float] = []
        super().__init__(*agents, paces=PACES, **more)  # type: ignore[arg-type]

    def say(self, now: float, message: SchedulerMessage) -> list[Effect]:
        effects = self.logic.handle(message, now)
        for effect in effects:
            if isinstance(effect, Tell) and isinstance(effect.message, Assign):
                self.leases[effect.message.lease.subtask] = effect.message.lease
            elif isinstance(effect, After):
                self.looks.append(now + effect.seconds)
        return effects

    def end(self, uuid: str, now: float) -> list[tuple[str, str]]:
        done = Completed(lease=self.leases[uuid], result=RESULT, seconds=1.0)
        effects = self.say(now, done)
        return given([*effects, *self.say(now, Settled(subtasks=(uuid,)))])

    def wakes(self, until: float) -> list[tuple[float, str, str]]:
        """What is handed out because the clock says so, and when."""
        found: list[tuple[float, str, str]] = []
        while (now := min(self.looks, default=until + 1.0)) <= until:
            self.looks = [look for look in self.looks if look > now]
            found += [(now, *one) for one in given(self.say(now, Wake()))]
        return found


def queue(hall: Hall, *readies: Ready, now: float = 0.0) -> list[tuple[str, str]]:
    return given(hall.queue(*readies, now=now))


def test_who_would_end_it_first_gets_it() -> None:
    assert queue(Hall(SLOW, FAST), work("s1")) == [("s1", "fast")]


def test_it_waits_for_a_faster_one_who_is_soon_free() -> None:
    hall = Hall(SLOW, FAST)
    assert queue(hall, work("s1"), work("s2")) == [("s1", "fast")]
    assert hall.end("s1", 60.0) == [("s2", "fast")]


def test_whom_it_waits_for_is_explained() -> None:
    hall = Hall(SLOW, FAST)
    queue(hall, work("s1"), work("s2"))
    told = hall.logic.take(Explain(subtask="s2", reply_to="caller/1"), 10.0)[0]
    assert isinstance(told, Tell)
    assert isinstance(told.message, Explained)
    reason = told.message.reasons[0]
    assert reason == WaitsForFaster(
        agent="fast", end=120.0, instead="slow", end_instead=190.0, until=1200.0
    )
    assert reason.said(10.0) == (
        "fast is busy and would do it 1.17 min sooner than slow, which is free"
    )


def test_it_does_not_wait_where_the_slower_one_ends_it_sooner() -> None:
    hall = Hall(SLOW, FAST)
    assert queue(hall, work("s1"), work("s2"), work("s3")) == [("s1", "fast")]
    # At 55 s the two wait for 5 s; for a third one there is no gain in that.
    assert hall.end("s1", 60.0) == [("s2", "fast")]
    assert hall.wakes(119.0) == []
    assert hall.end("s2", 120.0) == [("s3", "fast")]


def test_nobody_is_idle_while_there_is_more_than_the_faster_ones_would_do_by_then() -> None:
    hall = Hall(SLOW, FAST)
    # By 180 s, when the slow one would have done one of them, the fast one does two more.
    waiting = [work(f"s{number}") for number in range(1, 5)]
    assert queue(hall, *waiting) == [("s1", "fast"), ("s2", "slow")]
    assert hall.end("s1", 60.0) == [("s3", "fast")]


def test_short_work_does_not_wait_for_who_is_busy_for_long() -> None:
    hall = Hall(SLOW, FAST)
    assert queue(hall, work("s1")) == [("s1", "fast")]
    assert queue(hall, work("s2", "short"), now=1.0) == [("s2", "slow")]


def test_who_are_equally_fast_are_not_waited_for() -> None:
    hall = Hall(SLOW, FAST)
    assert queue(hall, work("s1", "even"), work("s2", "even")) == [("s1", "slow"), ("s2", "fast")]


def test_what_waits_holds_up_nobody_behind_it() -> None:
    hall = Hall(SLOW, FAST)
    first, second = work("s1"), work("s2", urgency=Priority.CRITICAL)
    assert queue(hall, first) == [("s1", "fast")]
    assert queue(hall, second, work("s3", "even")) == [("s3", "slow")]
    assert hall.end("s1", 60.0) == [("s2", "fast")]


def test_a_generalist_takes_it_only_where_it_would_end_it_before_any_specialist() -> None:
    general = agent("general", "general")
    hall = Hall(general, SLOW, FAST)
    taken = queue(hall, *(work(f"s{number}") for number in range(3)))
    # The best specialist goes first; it is waited for by the third only, which gains by that.
    assert taken == [("s0", "fast"), ("s1", "general")]
    other = Hall(agent("third", "general"), FAST)
    assert queue(other, work("s0")) == [("s0", "fast")]
    assert queue(other, work("s1"), now=30.0) == []
    assert other.end("s0", 60.0) == [("s1", "fast")]


@pytest.mark.parametrize("what", ["paused", "drained", "down", "left", "resized"])
def test_nobody_waits_for_one_who_will_take_nothing(what: str) -> None:
    hall = Hall(SLOW, FAST)
    assert queue(hall, work("s1"), work("s2")) == [("s1", "fast")]
    says: dict[str, SchedulerMessage] = {
        "paused": PauseAgent(agent="fast", reply_to="caller"),
        "drained": AgentDraining(agent="fast"),
        "down": down("fast"),
        "left": AgentLeft(agent="fast", reason="gone"),
        "resized": ResizeAgent(agent="fast", max_load=0),
    }
    taken = given(hall.say(10.0, says[what]))
    assert taken == [("s1" if what in ("down", "left") else "s2", "slow")]


def test_a_faster_one_who_comes_is_begun_with() -> None:
    hall = Hall(SLOW, FAST)
    queue(hall, work("s1"), work("s2"))
    assert given(hall.say(9.0, AgentJoined(agent=agent("third", "sql")))) == []
    assert given(hall.say(9.0, AgentUp(agent="third", incarnation=1))) == [("s2", "third")]


def test_who_is_overdue_is_given_up_soon() -> None:
    hall = Hall(SLOW, FAST)
    queue(hall, work("s1"), work("s2"))
    [(when, what, who)] = hall.wakes(1e6)
    # 120 s were to be gained, and 60 of them are over.
    assert (what, who) == ("s2", "slow")
    assert 60.0 < when <= 180.0


@pytest.mark.parametrize(
    ("tau", "bound"),
    [
        pytest.param(math.inf, 180.0, id="strict, as long as the slow one takes"),
        pytest.param(70.0, 210.0, id="ageing, three tau"),
    ],
)
def test_what_others_overtake_does_not_wait_for_ever(tau: float, bound: float) -> None:
    hall, now = Hall(SLOW, FAST, tau=tau), 0.0
    queue(hall, work("s0"), work("low", urgency=Priority.LOW))
    number = 0
    while "low" not in hall.leases:  # something more urgent is there whenever it would begin
        queue(hall, work(f"s{number + 1}", urgency=Priority.CRITICAL, since=now), now=now)
        now, number = now + 60.0, number + 1
        hall.wakes(now)
        hall.end(f"s{number - 1}", now)
    assert hall.leases["low"].agent == "slow"
    assert now - 60.0 < bound <= now


def test_waiting_does_not_reach_the_limit_of_waiting() -> None:
    hall = Hall(SLOW, FAST, timeouts=Timeouts(queue=100.0))
    assert queue(hall, work("s1")) == [("s1", "fast")]
    # 60 s of 100 would be more than half of what is left.
    assert queue(hall, work("s2")) == [("s2", "slow")]
    assert queue(Hall(SLOW, FAST, timeouts=Timeouts(total=110.0)), work("s1"), work("s2")) == [
        ("s1", "fast"),
        ("s2", "slow"),
    ]


def test_what_has_waited_itself_to_the_top_waits_for_nobody() -> None:
    hall = Hall(FAST, tau=10.0)
    assert queue(hall, work("s1", since=-100.0), work("s2", since=-100.0)) == [("s1", "fast")]
    assert given(hall.join(SLOW)) == [("s2", "slow")]


def test_who_asks_gets_what_can_be_had_now() -> None:
    hall = Hall(agent("slow", "sql", pull=True), agent("fast", "sql", pull=True))
    queue(hall, work("s1"), work("s2"))
    hall.say(0.0, AssignNow(reply_to="caller"))
    assert hall.state()["leased"] == 2


def test_with_two_slots_the_first_that_is_free_counts() -> None:
    hall = Hall(SLOW, agent("fast", "sql", max_load=2))
    assert queue(hall, work("s1"), work("s2"), work("s3")) == [("s1", "fast"), ("s2", "fast")]
    assert hall.end("s2", 50.0) == [("s3", "fast")]


def test_nobody_waits_for_a_slot_that_was_to_be_free_long_ago() -> None:
    hall = Hall(SLOW, FAST)
    company = hall.logic._leasing.slots.pushed  # pyright: ignore[reportPrivateUsage]
    fast = company.members["fast"]
    company.keep(fast)  # for a negotiation
    company.keep(fast, 1.0)  # for what comes next
    company.let_go(fast)
    assert queue(hall, work("s1"), now=5.0) == [("s1", "slow")]
    assert all(look > 5.0 for look in hall.looks)


@pytest.mark.parametrize("until", [4.0, 5.0])
def test_nor_for_one_that_is_said_to_be_free_by_now(until: float) -> None:
    hall = Hall(SLOW, FAST)
    company = hall.logic._leasing.slots.pushed  # pyright: ignore[reportPrivateUsage]
    company.keep(company.members["fast"], until)
    assert queue(hall, work("s1"), now=5.0) == [("s1", "slow")]
    assert all(look > 5.0 for look in hall.looks)
