"""What stands in line begins in the place of what has ended, on the same thread."""

from __future__ import annotations

import threading
from typing import Any

import msgspec
import pytest

from callboard.actors.logic.effects import StartWork, TakeBack
from callboard.messages.execution import (
    WorkAbandoned,
    WorkBegan,
    WorkCrashed,
    WorkDone,
    WorkFailed,
    WorkStopped,
    WorkTakenBack,
)
from callboard.runtime.executors.context import Context, Task
from callboard.runtime.executors.definition import AgentOptions, definition_of
from tests.runtime.executors.lab import LONG, Lab, start, stop, token, until


def behind(number: int, room: int = 1) -> StartWork:
    return msgspec.structs.replace(start(number), room=room)


class Gate:
    """A handler that waits where it is told to."""

    def __init__(self, *numbers: int) -> None:
        self.open = threading.Event()
        self.begun: list[str] = []
        self.threads: list[int] = []
        self._held = {f"s{number}" for number in numbers}

    def __call__(self, task: Task) -> str:
        self.begun.append(task.uuid)
        self.threads.append(threading.get_ident())
        if task.uuid in self._held:
            assert self.open.wait(LONG)
        return task.uuid


def hire(lab: Lab, gate: Gate) -> Any:
    def work(task: Task) -> str:
        return gate(task)

    return lab.hire(work, id="a1")


def test_one_after_the_other_in_order_and_each_says_so(lab: Lab) -> None:
    gate = Gate(1)
    executor = hire(lab, gate)
    executor.perform(start(1))
    for number in (2, 3):
        executor.perform(behind(number))
    until(lambda: gate.begun == ["s1"])
    gate.open.set()
    lab.wait_for(WorkDone, 3)

    done = [(report.token, report.began) for report in lab.of(WorkDone)]
    assert done == [(token(1), token(2)), (token(2), token(3)), (token(3), None)]
    assert gate.begun == ["s1", "s2", "s3"]
    assert lab.of(WorkBegan) == []


def test_where_there_is_room_it_begins_at_once(lab: Lab) -> None:
    gate = Gate(1)
    executor = hire(lab, gate)
    executor.perform(start(1))
    executor.perform(behind(2, room=2))
    assert lab.wait_for(WorkDone).token == token(2)
    assert lab.of(WorkBegan) == [WorkBegan(token=token(2))]
    gate.open.set()
    lab.wait_for(WorkDone, 2)


def test_it_goes_on_after_an_error(lab: Lab) -> None:
    gate = threading.Event()

    def work(task: Task) -> None:
        assert gate.wait(LONG)
        if task.uuid == "s1":
            raise ValueError(task.uuid)

    executor = lab.hire(work)
    executor.perform(start(1))
    executor.perform(behind(2))
    gate.set()
    assert lab.wait_for(WorkFailed).began == token(2)
    lab.wait_for(WorkDone)


def test_after_a_crash_nothing_begins(lab: Lab) -> None:
    gate, begun = threading.Event(), list[str]()

    def work(task: Task) -> None:
        begun.append(task.uuid)
        assert gate.wait(LONG)
        raise SystemExit

    executor = lab.hire(work)
    executor.perform(start(1))
    executor.perform(behind(2))
    gate.set()
    lab.wait_for(WorkCrashed)
    executor.perform(TakeBack())
    assert lab.wait_for(WorkTakenBack).tokens == (token(2),)
    assert begun == ["s1"]


def test_what_is_told_to_stop_leaves_the_line(lab: Lab) -> None:
    gate = Gate(1)
    executor = hire(lab, gate)
    executor.perform(start(1))
    for number in (2, 3):
        executor.perform(behind(number))
    executor.perform(stop(2))
    assert lab.wait_for(WorkStopped) == WorkStopped(token=token(2))
    gate.open.set()
    lab.wait_for(WorkDone, 2)
    assert gate.begun == ["s1", "s3"]


def test_what_is_taken_back_never_begins(lab: Lab) -> None:
    gate = Gate(1)
    executor = hire(lab, gate)
    executor.perform(start(1))
    for number in (2, 3):
        executor.perform(behind(number))
    executor.perform(TakeBack())
    assert lab.wait_for(WorkTakenBack).tokens == (token(2), token(3))
    gate.open.set()
    assert lab.wait_for(WorkDone).began is None
    executor.perform(behind(4))  # and the line is as good as new
    lab.wait_for(WorkDone, 2)
    assert gate.begun == ["s1", "s4"]


def test_one_that_is_given_up_leaves_its_place_to_the_next_one(lab: Lab) -> None:
    gate = Gate(1)
    executor = hire(lab, gate)
    executor.perform(start(1))
    executor.perform(behind(2))
    until(lambda: gate.begun == ["s1"])
    executor.perform(stop(1))
    lab.timers.fire()
    lab.wait_for(WorkAbandoned)
    assert lab.wait_for(WorkBegan).token == token(2)
    assert lab.wait_for(WorkDone).token == token(2)
    gate.open.set()


def test_what_waits_in_line_does_not_begin_once_it_is_closed(lab: Lab) -> None:
    gate = Gate(1)
    executor = hire(lab, gate)
    executor.perform(start(1))
    executor.perform(behind(2))
    until(lambda: gate.begun == ["s1"])
    closing = threading.Thread(target=executor.close, args=(LONG,))
    closing.start()
    until(lambda: executor._closed)
    gate.open.set()
    closing.join(LONG)
    assert gate.begun == ["s1"]


def plain(task: Task) -> None:
    """Does nothing."""


async def waiting(task: Task) -> None:
    """Does nothing, on the event loop."""


class Stateful:
    """Has state that a handler may spoil."""

    def work(self, task: Task, ctx: Context) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("target", "options", "expected"),
    [
        (plain, {}, True),
        (plain, {"max_load": 4}, True),
        (plain, {"isolation": "process"}, False),
        (plain, {"concurrent_messages": False}, False),
        (waiting, {}, False),
        (Stateful, {}, False),
        (Stateful(), {}, False),
    ],
)
def test_only_functions_on_threads_have_a_line(
    target: object,
    options: dict[str, Any],
    expected: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    given: AgentOptions = {"skills": [], **options}  # type: ignore[typeddict-item]
    assert definition_of(target, **given).agent.ahead is expected
