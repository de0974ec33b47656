"""A scheduler on a bad link: it says again what was not answered, and doubts who is mute."""

from __future__ import annotations

import math

import pytest

from callboard.actors.logic.effects import After, Effect, LookAt, Show, Tell
from callboard.messages.commands import ResizeAgent
from callboard.messages.notices import AgentDoubted
from callboard.messages.supervision import AgentSilent, Wake
from callboard.messages.unions import SchedulerMessage
from callboard.messages.work import (
    Accepted,
    Acknowledged,
    AgentUp,
    Cancelled,
    Declined,
    NotHeld,
    Progress,
    Resume,
    Started,
    SubtasksReady,
    Waiting,
    WaitOver,
    Withdraw,
)
from tests.actors.logic.desk import (
    Desk,
    agent,
    assigned,
    completed,
    down,
    failed,
    lease,
    ready,
    refused,
    told,
)

A = agent("a")
S1, S2 = ready("s1"), ready("s2")
FIRST, SECOND = lease("s1", "a", 1), lease("s2", "a", 2)
ASSIGN = assigned(FIRST, S1)[1]
REVOKE = told(FIRST, "not wanted")
WITHDRAW = Withdraw(subtasks=("s1",), reason="not wanted")


class FarDesk(Desk):
    """A scheduler that says again what is not answered within five seconds."""

    def __init__(self, *messages: SchedulerMessage, max_load: int = 1) -> None:
        super().__init__(agent("a", max_load=max_load), audit=5.0)
        self.queue(S1)
        for message in messages:
            self.say(1.0, message)

    def says_again(self, *times: float) -> list[list[Effect]]:
        return [self.say(now, Wake()) for now in times]


# Assignments


def test_an_assignment_is_said_again_until_there_is_word_of_it() -> None:
    assert FarDesk().says_again(4.9, 5.0, 9.9, 10.0) == [[], [ASSIGN], [], [ASSIGN]]


def test_it_wakes_itself_for_that() -> None:
    fresh = Desk(A, audit=5.0)
    effects = fresh.logic.handle(SubtasksReady(subtasks=(S1,)), 0.0)
    assert After(5.0, Wake()) in effects
    desk = FarDesk()
    assert desk.logic.handle(Wake(), 5.0) == [ASSIGN, After(5.0, Wake())]


@pytest.mark.parametrize(
    "word",
    [
        Accepted(lease=FIRST),
        Started(lease=FIRST),
        Progress(lease=FIRST),
        Waiting(lease=FIRST),
        completed(FIRST),
        failed(FIRST),
        Declined(lease=FIRST, reason="late"),
        Cancelled(lease=FIRST),
    ],
)
def test_any_word_of_the_lease_will_do(word: SchedulerMessage) -> None:
    desk = FarDesk(word)
    assert ASSIGN not in desk.say(7.0, Wake())


def test_nothing_is_said_again_to_who_has_died_meanwhile() -> None:
    desk = FarDesk(down())
    assert desk.says_again(99.0) == [[]]


def test_nor_to_its_successor() -> None:
    desk = FarDesk(WITHDRAW, down(), AgentUp(agent="a", incarnation=2))
    assert desk.says_again(99.0) == [[]]


def test_who_says_the_same_twice_is_heard_once() -> None:
    desk = FarDesk(Started(lease=FIRST))
    assert desk.say(2.0, Started(lease=FIRST)) == []


def test_where_nothing_is_ever_lost_nothing_is_said_again() -> None:
    desk = Desk(A, audit=math.inf)
    desk.queue(S1)
    assert desk.logic.handle(Wake(), 99.0) == []


# Revocations


def test_a_revocation_is_said_again_until_nothing_of_it_runs() -> None:
    desk = FarDesk(Started(lease=FIRST), WITHDRAW)
    assert desk.says_again(5.9, 6.0, 11.0) == [[], [REVOKE], [REVOKE]]
    desk.say(12.0, Cancelled(lease=FIRST))
    assert desk.says_again(99.0) == [[]]


def test_its_slot_is_free_when_the_agent_has_nothing_of_it() -> None:
    desk = FarDesk(WITHDRAW)
    assert desk.queue(S2, now=2.0) == []
    assert desk.load("a") == 1
    assert desk.say(3.0, NotHeld(agent="a", token=FIRST.token)) == assigned(SECOND, S2, 3.0)
    assert desk.say(3.0, NotHeld(agent="a", token=FIRST.token)) == []
    assert desk.say(3.0, NotHeld(agent="stranger", token=FIRST.token)) == []


def test_that_it_has_begun_is_no_answer_to_a_revocation() -> None:
    desk = FarDesk(WITHDRAW)
    assert desk.say(2.0, Started(lease=FIRST)) == refused(FIRST, "Started", 2.0)
    assert desk.says_again(7.0) == [[told(FIRST, "the lease is not current")]]


def test_who_holds_what_nobody_wants_is_told_also_if_it_only_waits_there() -> None:
    desk = FarDesk(WITHDRAW, NotHeld(agent="a", token=FIRST.token))
    assert desk.say(2.0, Accepted(lease=FIRST)) == refused(FIRST, "Accepted", 2.0)


# Doubt


def mute(now: float) -> list[Effect]:
    return [
        Show(AgentDoubted(at=now, agent="a", seconds=30.0)),
        Tell("supervisor", AgentSilent(agent="a", seconds=30.0, incarnation=1)),
    ]


def test_who_answers_nothing_within_the_heartbeat_timeout_is_doubted() -> None:
    desk = FarDesk()
    said = desk.says_again(*(5.0 * n for n in range(1, 9)))
    assert said == [*[[ASSIGN]] * 6, mute(35.0), [ASSIGN]]


def in_vain(desk: FarDesk, late: float = 0.0) -> float:
    """Asked as often as there is patience for; when the next look at the clock is due."""
    now = 0.0
    for _ in range(6):
        now += 5.0 + late
        assert desk.hear(now, Wake()) == [ASSIGN]
    return now + 5.0


LOOK = LookAt(agent="a", lease=None, limit="answer")


def test_an_answer_that_waits_in_the_mailbox_is_read_before_anybody_is_doubted() -> None:
    """The clock's knock overtakes it there."""
    desk = FarDesk()
    now = in_vain(desk)
    assert desk.hear(now, Wake()) == [LOOK]
    assert desk.hear(now, Accepted(lease=FIRST)) == []
    assert desk.show(now, LOOK) == []


def test_who_was_late_itself_waits_longer_before_it_doubts() -> None:
    desk = FarDesk()
    now = in_vain(desk, late=3.0) + 1.0
    assert desk.say(now, Wake()) == [ASSIGN]
    # Twice what it was late by at the worst, and a punctual look then.
    assert [desk.say(now + n, Wake()) for n in (5.9, 6.0)] == [[], mute(now + 6.0)]


def test_a_late_one_hears_the_answer_meanwhile() -> None:
    desk = FarDesk()
    now = in_vain(desk, late=3.0)
    assert desk.say(now, Wake()) == [ASSIGN]
    desk.say(now + 1.0, Accepted(lease=FIRST))
    assert [desk.say(now + n, Wake()) for n in (6.0, 60.0)] == [[], []]


def test_lateness_is_forgotten_with_an_answer() -> None:
    desk = FarDesk(Started(lease=FIRST), WITHDRAW)
    assert desk.say(9.0, Wake()) == [REVOKE]  # three seconds late
    desk.say(9.0, Accepted(lease=FIRST, stopping=True))
    for number in range(1, 7):
        assert desk.say(9.0 + 5.0 * number, Wake()) == [REVOKE]
    assert desk.say(44.0, Wake()) == mute(44.0)


def test_of_many_words_that_nobody_answers_one_doubt_follows() -> None:
    desk = FarDesk(max_load=2)
    desk.queue(S2)
    for number in range(1, 7):
        desk.say(5.0 * number, Wake())
    assert desk.say(35.0, Wake()) == mute(35.0)


def test_who_takes_long_to_stop_and_says_so_is_not() -> None:
    desk = FarDesk(Started(lease=FIRST), WITHDRAW)
    for number in range(1, 20):
        assert desk.say(1.0 + 5.0 * number, Wake()) == [REVOKE]
        assert desk.say(1.0 + 5.0 * number, Accepted(lease=FIRST)) == []


def test_a_machine_that_was_asleep_has_not_asked_in_vain() -> None:
    assert FarDesk().says_again(9e3) == [[ASSIGN]]


# What else may be lost


def test_a_failure_is_acknowledged() -> None:
    desk = FarDesk(Started(lease=FIRST))
    receipt = Tell("agent/a", Acknowledged(tokens=(FIRST.token,)))
    assert receipt in desk.logic.handle(failed(FIRST), 2.0)


def test_who_waits_for_a_slot_that_it_has_is_told_how_many_there_are() -> None:
    desk = FarDesk(max_load=2)
    resize = Tell("agent/a", ResizeAgent(agent="a", max_load=2))
    assert desk.say(2.0, Accepted(lease=FIRST, max_load=1)) == [resize]
    assert desk.say(2.0, Accepted(lease=FIRST, max_load=2)) == []


# Waits, numbered


def resumed(number: int) -> Effect:
    return Tell("agent/a", Resume(token=FIRST.token, number=number))


def test_a_slot_that_was_given_back_is_given_again_to_who_asks_again() -> None:
    desk = FarDesk(Waiting(lease=FIRST))
    assert desk.say(2.0, WaitOver(lease=FIRST)) == [resumed(1)]
    assert desk.say(7.0, WaitOver(lease=FIRST)) == [resumed(1)]
    assert desk.load("a") == 1


def test_what_is_said_of_an_earlier_wait_lends_and_gives_nothing() -> None:
    desk = FarDesk(Waiting(lease=FIRST), WaitOver(lease=FIRST), Waiting(lease=FIRST, number=2))
    assert desk.load("a") == 0
    assert desk.say(3.0, WaitOver(lease=FIRST)) == []
    assert desk.say(3.0, WaitOver(lease=FIRST, number=2)) == [resumed(2)]
    assert desk.say(3.0, Waiting(lease=FIRST)) == []
    assert desk.say(3.0, Waiting(lease=FIRST, number=2)) == []
    assert desk.load("a") == 1


def test_a_wait_of_which_nobody_has_heard_is_over_at_once() -> None:
    desk = FarDesk(WaitOver(lease=FIRST, number=3))
    assert desk.say(2.0, Waiting(lease=FIRST, number=3)) == []
    assert desk.load("a") == 1


def test_when_the_clock_is_put_back_what_is_said_then_is_said_again_in_time_all_the_same() -> None:
    desk = FarDesk(max_load=2)
    desk.queue(S2, now=-90.0)
    [again] = desk.says_again(-85.0)
    assert again == [assigned(SECOND, S2)[1]]
    assert desk.says_again(-80.0, 5.0) == [[again[0]], [again[0], ASSIGN]]
