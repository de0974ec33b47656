"""An attempt that takes long gets a copy beside it."""

from __future__ import annotations

import pytest

from callboard.actors.logic.learning import Sample
from callboard.actors.logic.speculation_options import SpeculationOptions
from callboard.messages.supervision import Wake
from callboard.messages.values import Retry
from callboard.messages.work import (
    Completed,
    Hold,
    Release,
    Settled,
    Waiting,
)
from tests.actors.logic.desk import (
    RESULT,
    Desk,
    agent,
    assigned,
    completed,
    done,
    down,
    failed,
    lease,
    ready,
)
from tests.actors.logic.twins import (
    COPY,
    FIRST,
    OPTIONS,
    QUERY,
    S1,
    A,
    B,
    C,
    copied,
    desk_of,
    doubled,
    expected,
    late,
)


def test_what_takes_longer_than_it_should_gets_a_copy_at_an_agent_that_is_idle() -> None:
    desk = desk_of(A, B)
    desk.queue(S1)
    desk.start(FIRST)

    assert desk.say(expected(desk) - 0.1, Wake()) == []
    now = late(desk)
    assert desk.say(now, Wake()) == copied(desk, COPY, FIRST, now)
    assert desk.state() == {"leased": 1, "copies": 1}


def test_there_is_one_copy_at_a_time_and_none_of_a_copy() -> None:
    desk, now = doubled(A, B, C)

    assert desk.say(10 * now, Wake()) == []


def test_more_copies_are_made_one_after_the_other_where_that_is_allowed() -> None:
    desk, now = doubled(A, B, C, options=SpeculationOptions(least=3, copies=2, share=1.0))
    later = now + late(desk)
    second = lease("s1", "c", 3, attempt=3, copy=2)

    assert desk.say(later, Wake()) == copied(desk, second, COPY, later, since=now)


@pytest.mark.parametrize(
    ("own", "holder", "taker", "default", "made"),
    [
        (None, None, None, False, False),
        (None, None, None, True, True),
        (False, True, True, True, False),
        (True, False, False, False, True),
        (None, True, None, False, True),
        (None, True, True, False, True),
        (None, False, True, True, False),
        (None, True, False, True, False),
    ],
)
def test_only_what_may_be_done_twice_is(
    *, own: bool | None, holder: bool | None, taker: bool | None, default: bool, made: bool
) -> None:
    agents = agent("a", "sql", speculate=holder), agent("b", "sql", speculate=taker)
    desk = desk_of(*agents, options=SpeculationOptions(least=3, default=default))
    work = ready("s1", "sql", kind="query", speculate=own)
    desk.queue(work)
    desk.start(FIRST)
    now = late(desk)

    said = desk.say(now, Wake())
    assert said == (copied(desk, COPY, FIRST, now, work=work) if made else [])


def test_nothing_gets_a_copy_where_that_is_switched_off() -> None:
    desk = desk_of(A, B, options=None)
    desk.queue(S1)
    desk.start(FIRST)

    assert desk.say(late(desk), Wake()) == []


def test_nothing_gets_a_copy_before_enough_is_known_and_then_it_does() -> None:
    desk = Desk(A, B, C, speculation=OPTIONS)
    others = [ready(f"o{n}", "sql", kind="query") for n in range(5)]
    desk.queue(S1)
    desk.start(FIRST)
    assert desk.say(5000.0, Wake()) == []

    for number, other in enumerate(others):
        [held] = [lease(f"o{number}", "b", number + 2)]
        desk.queue(other, now=5000.0)
        desk.start(held, 5000.0)
        desk.say(5000.0, Completed(lease=held, result=RESULT, seconds=60.0))
        said = desk.say(5000.0, Settled(subtasks=(f"o{number}",)))
        assert not said
    copy = lease("s1", "b", 7, attempt=2, copy=1)
    assert desk.say(5000.0, Wake()) == copied(desk, copy, FIRST, 5000.0)


def test_what_was_learnt_meanwhile_puts_it_off() -> None:
    desk = desk_of(A, B)
    desk.queue(S1)
    desk.start(FIRST)
    early = late(desk)
    for _ in range(40):
        desk.learning.finished(Sample("query", "sql", "a"), 3600.0, 600.0)

    assert desk.say(early, Wake()) == []
    now = late(desk)
    assert desk.say(now, Wake()) == copied(desk, COPY, FIRST, now)


def test_an_agent_that_something_ready_waits_for_takes_no_copies() -> None:
    desk = desk_of(A)
    desk.queue(S1)
    desk.start(FIRST)
    other = ready("s2", "sql")
    desk.queue(other)
    now = late(desk)
    desk.say(now, Wake())
    again = lease("s2", "b", 2)

    assert desk.join(B, now) == assigned(again, other, now)
    third = lease("s1", "b", 3, attempt=2, copy=1)
    said = desk.say(now, completed(again))
    assert said == [*done(again, now), *copied(desk, third, FIRST, now)]


def test_nobody_else_is_idle_so_it_waits_until_somebody_is() -> None:
    desk = desk_of(A)
    desk.queue(S1)
    desk.start(FIRST)
    now = late(desk)
    assert desk.say(now, Wake()) == []

    assert desk.join(B, now) == copied(desk, COPY, FIRST, now)


def test_the_agent_that_has_it_gets_no_copy_though_it_has_a_slot() -> None:
    desk = desk_of(agent("a", "sql", max_load=2))
    desk.queue(S1)
    desk.start(FIRST)

    assert desk.say(late(desk), Wake()) == []
    other = ready("s2", "sql")
    assert desk.queue(other, now=1.0) == assigned(lease("s2", "a", 2), other, 1.0)


def test_copies_take_no_more_than_their_share_of_the_slots() -> None:
    agents = [agent(f"a{n}", "sql") for n in range(20)]
    desk = desk_of(*agents, options=SpeculationOptions(least=3, share=0.1))
    works = [ready(f"s{n}", "sql", kind="query", speculate=True) for n in range(8)]
    desk.queue(*works)
    for number in range(8):
        desk.start(lease(f"s{number}", f"a{number}", number + 1))
    desk.say(10 * late(desk), Wake())

    assert desk.state() == {"leased": 8, "copies": 2}


def test_an_attempt_that_waits_for_a_sub_goal_gets_no_copy() -> None:
    desk = desk_of(A, B)
    desk.queue(S1)
    desk.start(FIRST)
    desk.say(1.0, Waiting(lease=FIRST, number=1))

    assert desk.say(late(desk), Wake()) == []


def test_what_has_taken_an_agent_down_is_not_done_twice_at_once() -> None:
    desk = desk_of(A, B)
    desk.queue(S1)
    desk.start(FIRST)
    desk.say(1.0, down())
    again = lease("s1", "b", 2)
    desk.start(again, 1.0)
    desk.join(A, 1.0, 2)

    assert desk.say(1.0 + late(desk), Wake()) == []


def test_a_copy_is_an_attempt_so_where_only_one_is_allowed_there_is_none() -> None:
    desk = desk_of(A, B, retry=Retry(attempts=1))
    desk.queue(S1)
    desk.start(FIRST)

    assert desk.say(late(desk), Wake()) == []


def test_what_is_paused_gets_no_copy_until_it_is_resumed() -> None:
    desk = desk_of(A, B)
    desk.queue(S1)
    desk.start(FIRST)
    desk.say(1.0, Hold(subtasks=("s1",), ready=("s1",)))
    now = late(desk)
    assert desk.say(now, Wake()) == []

    said = desk.say(now, Release(subtasks=("s1",), ready=("s1",)))
    assert said == copied(desk, COPY, FIRST, now)


def test_who_was_free_already_is_given_work_as_before_after_it_was_passed_over() -> None:
    desk = desk_of(agent("a", "sql", max_load=2), B)
    desk.queue(S1)
    desk.start(FIRST)
    desk.say(now := late(desk), Wake())
    last = ready("s3", "sql")

    said = desk.queue(last, now=now)
    assert said == assigned(lease("s3", "a", 3), last, now)


def test_a_copy_that_goes_on_alone_gets_one_too_with_a_number_of_its_own() -> None:
    desk, now = doubled(A, B, C)
    desk.say(now, failed(FIRST))
    later = now + 10 * late(desk)
    another = lease("s1", "a", 3, attempt=3, copy=2)

    assert desk.say(later, Wake()) == copied(desk, another, COPY, later, since=now)


def test_rounding_has_nothing_due_for_ever() -> None:
    desk = desk_of(A, B)
    began = 1_800_000_000.1
    desk.queue(S1, now=began)
    desk.start(FIRST, began)
    due = began + expected(desk)

    assert copied(desk, COPY, FIRST, due, since=began)[1:] == desk.say(due, Wake())[1:]


def test_who_is_late_no_more_for_what_was_learnt_meanwhile_gets_no_copy() -> None:
    desk = desk_of(A)
    desk.queue(S1)
    desk.start(FIRST)
    now = late(desk)
    desk.say(now, Wake())
    for _ in range(40):
        desk.learning.finished(QUERY, 3600.0, 600.0)

    assert desk.join(B, now) == []
    then = late(desk)
    assert desk.say(then, Wake()) == copied(desk, COPY, FIRST, then)
