"""What follows something begins in its place when that has succeeded, and never otherwise."""

from __future__ import annotations

import msgspec
import pytest

from callboard.actors.logic.effects import StartWork
from callboard.messages.values import Follower, Input, Payload, replace
from callboard.runtime.executors.standby import Standby
from tests.runtime.executors.lab import lead, start, token

RESULT = Payload(data=b"\x07")
LATER = Payload(data=b"\x08")


def behind(before: int, result: Payload, number: int, *then: int) -> StartWork:
    """What follows that one, as it begins."""
    given = Input(subtask=f"s{before}", name=f"Step {before}", result=result)
    work = lead(number, *then)
    ready = replace(work.ready, inputs=(given,))
    return StartWork(work.lease, ready, then=work.then)


def in_line(number: int, *then: int, room: int = 1) -> StartWork:
    return msgspec.structs.replace(lead(number, *then), room=room)


class Line:
    """A line, and what has begun in it."""

    def __init__(self, *works: StartWork) -> None:
        self.begun: list[StartWork] = []
        self.locked: list[bool] = []
        self.standby = Standby(self.take)
        for work in works:
            self.standby.begin(work)

    def take(self, work: StartWork) -> None:
        self.begun.append(work)
        self.locked.append(self.standby._lock.locked())  # pyright: ignore[reportPrivateUsage]

    def done(self, number: int, result: Payload = RESULT) -> StartWork | None:
        return self.standby.ended(token(number), result, goes_on=True)

    def failed(self, number: int) -> StartWork | None:
        return self.standby.ended(token(number), goes_on=True)


# It follows


def test_one_after_the_other_each_with_the_result_of_the_one_before() -> None:
    line = Line(lead(1, 2, 3))
    assert line.done(1) == behind(1, RESULT, 2, 3)
    assert line.done(2, LATER) == behind(2, LATER, 3)
    assert line.done(3) is None
    assert line.begun == [lead(1, 2, 3), behind(1, RESULT, 2, 3), behind(2, LATER, 3)]


def test_what_was_given_to_it_otherwise_is_no_input() -> None:
    """It needs that one alone; what it was made with is what was known then."""
    stray = Input(subtask="s9", name="Step 9", result=LATER)
    follower = start(2, inputs=(stray,))
    then = (Follower(lease=follower.lease, ready=follower.ready),)
    line = Line(msgspec.structs.replace(start(1), then=then))
    assert line.done(1) == behind(1, RESULT, 2)


def test_it_goes_before_those_that_stand_in_line() -> None:
    line = Line(lead(1, 2), in_line(4))
    assert line.done(1) == behind(1, RESULT, 2)
    assert line.done(2) == in_line(4)


def test_and_needs_no_room() -> None:
    line = Line(lead(1, 2), start(5), in_line(4))
    assert line.done(1) == behind(1, RESULT, 2)
    assert line.done(2) is None  # and 5 runs still
    assert line.done(5) == in_line(4)


def test_what_stood_in_line_itself_is_followed_too() -> None:
    line = Line(start(1), in_line(2, 3))
    assert line.done(1) == in_line(2, 3)
    assert line.done(2) == behind(2, RESULT, 3)


def test_two_that_run_at_once_are_followed_each_by_its_own() -> None:
    line = Line(lead(1, 2), lead(3, 4))
    assert line.done(3, LATER) == behind(3, LATER, 4)
    assert line.done(1) == behind(1, RESULT, 2)


def test_nobody_could_ask_for_it_before_it_is_taken() -> None:
    line = Line(lead(1, 2))
    line.done(1)
    assert line.locked == [True, True]


# It does not


def test_what_has_not_succeeded_is_followed_by_who_stands_in_line() -> None:
    line = Line(lead(1, 2, 3), in_line(4))
    assert line.failed(1) == in_line(4)
    assert line.done(4) is None
    assert line.standby.clear() == ()


def test_of_a_chain_only_what_came_before_has_been_done() -> None:
    line = Line(lead(1, 2, 3))
    line.done(1)
    assert line.failed(2) is None
    assert [work.lease.token for work in line.begun] == [token(1), token(2)]


def test_where_the_agent_does_not_live_on_nothing_follows() -> None:
    line = Line(lead(1, 2))
    assert line.standby.ended(token(1), RESULT, goes_on=False) is None
    assert line.standby.ended(token(1), RESULT, goes_on=True) is None


# It leaves


def test_what_leaves_takes_with_it_what_follows_it() -> None:
    line = Line(lead(1, 2, 3, 4))
    assert line.standby.leave(token(3)) is True
    assert [line.standby.leave(token(n)) for n in (3, 4)] == [False, False]
    assert line.done(1) == behind(1, RESULT, 2)
    assert line.done(2) is None


def test_in_the_place_of_what_has_left_begins_who_stands_in_line() -> None:
    line = Line(lead(1, 2), in_line(4))
    assert line.standby.leave(token(2)) is True
    assert line.done(1) == in_line(4)


@pytest.mark.parametrize("number", [1, 2, 9])
def test_what_has_begun_or_was_never_here_cannot_leave(number: int) -> None:
    line = Line(lead(1, 2, 3))
    line.done(1)
    assert line.standby.leave(token(number)) is False
    assert line.done(2) == behind(2, RESULT, 3)


def test_all_that_has_not_begun_is_named_and_begins_no_more() -> None:
    line = Line(lead(1, 2, 3), lead(5, 6), in_line(4))
    assert line.standby.clear() == tuple(map(token, (4, 2, 3, 6)))
    assert line.standby.clear() == ()
    assert (line.done(1), line.done(5)) == (None, None)


def test_of_what_goes_on_the_rest_is_named() -> None:
    line = Line(lead(1, 2, 3))
    line.done(1)
    assert line.standby.clear() == (token(3),)
    assert line.done(2) is None


def test_of_what_stands_in_line_all_that_follows_is_named() -> None:
    line = Line(start(1), in_line(2, 3, 4), in_line(5))
    assert line.standby.clear() == tuple(map(token, (2, 5, 3, 4)))
    assert line.standby.clear() == ()
    assert line.done(1) is None


def test_what_leaves_the_line_takes_with_it_what_follows_it() -> None:
    line = Line(start(1), in_line(2, 3), in_line(4))
    assert line.standby.leave(token(2)) is True
    assert line.standby.leave(token(3)) is False
    assert line.standby.clear() == (token(4),)


def test_what_follows_in_the_line_leaves_with_what_follows_it() -> None:
    line = Line(start(1), in_line(2, 3, 4, 5))
    assert line.standby.leave(token(4)) is True
    assert [line.standby.leave(token(n)) for n in (4, 5)] == [False, False]
    line.done(1)
    assert line.done(2) == behind(2, RESULT, 3)
    assert line.done(3) is None
