"""An agent that goes on by itself with what follows what it runs, on real threads."""

from __future__ import annotations

import threading
from typing import Any

import msgspec

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
from callboard.messages.values import unpack
from callboard.runtime.executors.context import Context, Task
from callboard.runtime.executors.executor import LocalExecutor
from tests.runtime.executors.lab import LONG, Lab, lead, start, stop, token, until


def in_line(number: int) -> StartWork:
    return msgspec.structs.replace(start(number), room=1)


class Hand:
    """What an agent does: it waits for leave with one of them, and then may fail with it.

    Args:
        held: The number of that one.
        ends: What it raises then; None where all is well.
    """

    def __init__(self, held: int = 1, ends: BaseException | None = None) -> None:
        self.open = threading.Event()
        self.begun: list[str] = []
        self._held, self._ends = f"s{held}", ends

    def hire(self, lab: Lab) -> LocalExecutor:
        def work(task: Task) -> list[Any]:
            return self(task)

        return lab.hire(work, id="a1")

    def __call__(self, task: Task) -> list[Any]:
        self.begun.append(task.uuid)
        if task.uuid == self._held:
            assert self.open.wait(LONG)
            if self._ends is not None:
                raise self._ends
        return [task.uuid, dict(task.inputs)]


def ends(lab: Lab) -> list[tuple[object, ...]]:
    """What has been done, and what had begun in its place."""
    return [(report.token, report.began) for report in lab.of(WorkDone)]


def test_a_chain_goes_on_one_after_the_other_each_with_the_result_before(lab: Lab) -> None:
    hand = Hand()
    hand.open.set()
    hand.hire(lab).perform(lead(1, 2, 3))
    lab.wait_for(WorkDone, 3)
    assert ends(lab) == [(token(1), token(2)), (token(2), token(3)), (token(3), None)]
    first: list[Any] = ["s1", {}]
    second = ["s2", {"Step 1": first}]
    results = [unpack(report.result) for report in lab.of(WorkDone)]
    assert results == [first, second, ["s3", {"Step 2": second}]]
    assert lab.of(WorkBegan) == []  # each was told with the end of the one before


def test_a_result_of_nothing_is_a_result(lab: Lab) -> None:
    given: list[dict[str, Any]] = []

    def work(task: Task) -> None:
        given.append(dict(task.inputs))

    lab.hire(work).perform(lead(1, 2))
    lab.wait_for(WorkDone, 2)
    assert given == [{}, {"Step 1": None}]


def test_a_coroutine_goes_on_too(lab: Lab) -> None:
    async def work(task: Task) -> list[Any]:
        return [task.uuid, dict(task.inputs)]

    lab.hire(work).perform(lead(1, 2))
    assert unpack(lab.wait_for(WorkDone, 2).result) == ["s2", {"Step 1": ["s1", {}]}]


def test_those_that_stand_in_line_wait_for_all_of_it(lab: Lab) -> None:
    hand = Hand()
    executor = hand.hire(lab)
    executor.perform(lead(1, 2, 3))
    executor.perform(in_line(4))
    hand.open.set()
    lab.wait_for(WorkDone, 4)
    assert hand.begun == ["s1", "s2", "s3", "s4"]


def test_nothing_follows_what_has_failed(lab: Lab) -> None:
    hand = Hand(2, ValueError("broken"))
    executor = hand.hire(lab)
    executor.perform(lead(1, 2, 3))
    executor.perform(in_line(4))
    hand.open.set()
    assert lab.wait_for(WorkFailed).began == token(4)
    lab.wait_for(WorkDone, 2)
    assert hand.begun == ["s1", "s2", "s4"]


def test_nor_what_has_crashed(lab: Lab) -> None:
    hand = Hand(1, SystemExit())
    executor = hand.hire(lab)
    executor.perform(lead(1, 2))
    hand.open.set()
    lab.wait_for(WorkCrashed)
    executor.perform(start(5))
    assert lab.wait_for(WorkDone).token == token(5)
    assert hand.begun == ["s1", "s5"]


def test_nor_what_was_stopped(lab: Lab) -> None:
    begun: list[str] = []

    def work(task: Task, ctx: Context) -> None:
        begun.append(task.uuid)
        ctx.sleep(LONG)

    executor = lab.hire(work)
    executor.perform(lead(1, 2))
    executor.perform(stop(1))
    assert lab.wait_for(WorkStopped) == WorkStopped(token=token(1))
    assert begun in ([], ["s1"])


def test_nor_what_was_given_up(lab: Lab) -> None:
    hand = Hand()
    executor = hand.hire(lab)
    executor.perform(lead(1, 2))
    until(lambda: hand.begun == ["s1"])
    executor.perform(stop(1))
    lab.timers.fire()
    lab.wait_for(WorkAbandoned)
    hand.open.set()
    executor.perform(start(5))
    assert lab.wait_for(WorkDone).token == token(5)
    assert hand.begun == ["s1", "s5"]


def test_what_is_told_to_stop_before_it_begins_is_left_with_all_behind_it(lab: Lab) -> None:
    hand = Hand()
    executor = hand.hire(lab)
    executor.perform(lead(1, 2, 3))
    until(lambda: hand.begun == ["s1"])
    executor.perform(stop(2))
    assert lab.wait_for(WorkStopped) == WorkStopped(token=token(2))
    hand.open.set()
    assert lab.wait_for(WorkDone).began is None
    assert hand.begun == ["s1"]


def test_what_follows_is_stopped_as_anything_once_it_runs(lab: Lab) -> None:
    begun: list[str] = []

    def work(task: Task, ctx: Context) -> None:
        begun.append(task.uuid)
        if task.uuid == "s2":
            ctx.sleep(LONG)

    executor = lab.hire(work)
    executor.perform(lead(1, 2, 3))
    lab.wait_for(WorkDone)
    executor.perform(stop(2))
    assert lab.wait_for(WorkStopped) == WorkStopped(token=token(2))
    assert begun in (["s1"], ["s1", "s2"])


def test_what_is_taken_back_never_begins(lab: Lab) -> None:
    hand = Hand()
    executor = hand.hire(lab)
    executor.perform(lead(1, 2, 3))
    until(lambda: hand.begun == ["s1"])
    executor.perform(TakeBack())
    assert lab.wait_for(WorkTakenBack).tokens == (token(2), token(3))
    hand.open.set()
    assert lab.wait_for(WorkDone).began is None
    assert hand.begun == ["s1"]


def test_nothing_follows_once_it_is_closed(lab: Lab) -> None:
    hand = Hand()
    executor = hand.hire(lab)
    executor.perform(lead(1, 2))
    until(lambda: hand.begun == ["s1"])
    closing = threading.Thread(target=executor.close, args=(LONG,))
    closing.start()
    until(lambda: executor._closed)  # pyright: ignore[reportPrivateUsage]
    hand.open.set()
    closing.join(LONG)
    assert hand.begun == ["s1"]
