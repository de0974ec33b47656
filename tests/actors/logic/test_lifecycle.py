"""The table of states: each line is taken, and nothing else can be."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from callboard.actors.logic import lifecycle
from callboard.actors.logic.lifecycle import TRANSITIONS, State, Work
from callboard.messages.commands import CompleteSubtask, RequeueSubtask
from callboard.messages.supervision import Wake
from callboard.messages.values import DAY, Retry, Timeouts, replace
from callboard.messages.work import ResultReturned, Settled, Started, Withdraw
from tests.actors.logic.desk import (
    RESULT,
    WRONG,
    Desk,
    agent,
    completed,
    down,
    failed,
    lease,
    ready,
)

FIRST = lease("s1", "a", 1)
RETURNED = ResultReturned(ready=ready("s1"), problem=WRONG, lease=FIRST)
LAST = Retry(attempts=1, then="park")
LASTING = ResultReturned(ready=ready("s1", retry=LAST), problem=WRONG, lease=FIRST)
OUTSIDE = CompleteSubtask(subtask="s1", result=RESULT)


def queued() -> Desk:
    desk = Desk(timeouts=Timeouts(queue=60.0, total=60.0, run=DAY), poison=1)
    desk.queue(ready("s1"))
    return desk


def leased() -> Desk:
    desk = queued()
    desk.join(agent("a"))
    return desk


def delayed() -> Desk:
    desk = leased()
    desk.say(2.0, failed(FIRST))
    return desk


def parked() -> Desk:
    desk = leased()
    desk.start(FIRST)
    desk.say(1.0, down())
    return desk


def settling() -> Desk:
    desk = leased()
    desk.say(1.0, completed(FIRST))
    return desk


BEGINNINGS: dict[State, Callable[[], Desk]] = {
    State.QUEUED: queued,
    State.LEASED: leased,
    State.DELAYED: delayed,
    State.PARKED: parked,
    State.SETTLING: settling,
}
CHANGES: dict[tuple[State, State], Callable[[Desk], object]] = {
    (State.QUEUED, State.LEASED): lambda desk: desk.join(agent("a")),
    (State.QUEUED, State.SETTLING): lambda desk: desk.say(60.0, Wake()),
    (State.LEASED, State.SETTLING): lambda desk: desk.say(2.0, completed(FIRST)),
    (State.LEASED, State.QUEUED): lambda desk: desk.say(2.0, down()),
    (State.LEASED, State.DELAYED): lambda desk: desk.say(2.0, failed(FIRST)),
    (State.LEASED, State.PARKED): lambda desk: [
        desk.say(2.0, message) for message in (Started(lease=FIRST), down())
    ],
    (State.DELAYED, State.QUEUED): lambda desk: [desk.say(3.0, down()), desk.say(12.0, Wake())],
    (State.DELAYED, State.SETTLING): lambda desk: desk.say(3.0, OUTSIDE),
    (State.PARKED, State.QUEUED): lambda desk: desk.say(2.0, RequeueSubtask(subtask="s1")),
    (State.SETTLING, State.DELAYED): lambda desk: desk.say(2.0, RETURNED),
    (State.SETTLING, State.PARKED): lambda desk: desk.say(2.0, LASTING),
    (State.PARKED, State.SETTLING): lambda desk: desk.say(1.0 + DAY, Wake()),
}


def test_every_transition_of_the_table_is_taken_by_a_test() -> None:
    assert sorted(map(str, TRANSITIONS - set(CHANGES))) == []


@pytest.mark.parametrize("change", CHANGES)
def test_it_changes_as_the_table_says(change: tuple[State, State]) -> None:
    before, after = change
    desk = BEGINNINGS[before]()
    assert desk.state() == {before.value: 1}
    CHANGES[change](desk)
    assert desk.state() == {after.value: 1}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(
    "message", [Settled(subtasks=("s1",)), Withdraw(subtasks=("s1",), reason="no")]
)
def test_from_every_state_it_goes_when_it_is_settled_or_withdrawn(
    state: State, message: Settled | Withdraw
) -> None:
    desk = BEGINNINGS[state]()
    desk.say(58.0, message)
    assert desk.state() == {}
    assert desk.say(3 * DAY, Wake()) == []


@pytest.mark.parametrize(
    "change", [c for c in product(State, State) if c not in TRANSITIONS], ids=str
)
def test_nothing_else_can_happen(change: tuple[State, State]) -> None:
    work = Work(ready("s1"))
    work.state = change[0]
    with pytest.raises(ValueError, match="State"):
        work.move(change[1])


def test_a_subtask_that_is_edited_goes_by_its_new_name() -> None:
    first = ready("s1")
    work = Work(first)

    work.amend(replace(first, subtask=replace(first.subtask, name="its new name")))

    assert (work.uuid, work.name) == (first.subtask.uuid, "its new name")


def test_the_table_in_the_text_is_the_table_in_the_code() -> None:
    lines = [line.split() for line in (lifecycle.__doc__ or "").splitlines()]
    values = {state.value for state in State}
    told = {tuple(line[:2]) for line in lines if len(line) > 2 and set(line[:2]) <= values}
    assert told == {(a.value, b.value) for a, b in TRANSITIONS}
