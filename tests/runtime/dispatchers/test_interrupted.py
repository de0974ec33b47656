"""Ctrl-C in a caller's thread, wherever it strikes while that wakes somebody."""

from __future__ import annotations

import dis
import sys
import threading
from collections.abc import Callable, Generator
from functools import cache, partial
from types import CodeType, FrameType
from typing import Any

import pytest
import structlog

from callboard.actors.ports import Dispatcher
from callboard.runtime.dispatchers.line import Line
from callboard.runtime.dispatchers.pool import PoolDispatcher
from callboard.runtime.dispatchers.slots import Slot
from callboard.runtime.dispatchers.threads import ThreadDispatcher
from callboard.runtime.executors.threads import Errand, WorkerThreads
from tests.live import LONG, eventually
from tests.runtime.dispatchers.players import Player


@cache
def _looks(code: CodeType) -> frozenset[int]:
    """Where the interpreter looks whether a signal has come: at its entry, and after calls."""
    offsets, after = set[int](), False
    for step in dis.get_instructions(code):
        if after or step.opname == "RESUME":
            offsets.add(step.offset)
        after = step.opname.startswith("CALL")
    return frozenset(offsets)


class Interrupt:
    """Raises `KeyboardInterrupt` at one of these places, counted from 0, while it is entered.

    Attributes:
        struck: Whether there were as many.
    """

    def __init__(self, place: int) -> None:
        self.struck = False
        self._left = place

    def _trace(self, frame: FrameType, event: str, _: object) -> Any:
        frame.f_trace_opcodes = True
        if event == "opcode" and not self.struck and frame.f_lasti in _looks(frame.f_code):
            self._left -= 1
            if self._left < 0:
                self.struck = True
                raise KeyboardInterrupt
        return self._trace

    def during(self, call: Callable[[], object]) -> None:
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            call()
        except KeyboardInterrupt:
            assert self.struck
        finally:
            sys.settrace(before)


class Serial(Player):
    """As actors of ours are: one that has two turns at once has them one after the other."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._one = threading.Lock()

    def turn(self) -> None:
        with self._one:
            super().turn()


class House:
    """A dispatcher, and perhaps workers whose threads help it."""

    def __init__(self, dispatcher: Dispatcher, *, workers: bool) -> None:
        self.dispatcher = dispatcher
        log, helping = structlog.stdlib.get_logger(), dispatcher.help
        self.workers = WorkerThreads(log, ahead=1, helping=helping, idle_seconds=0.05)
        self._size = 3 if workers else 0

    def rests(self) -> bool:
        """Whether all threads that there are stand where they are looked for."""
        sleeping = line._asleep if isinstance(line := self.dispatcher.help, Line) else []  # pyright: ignore[reportPrivateUsage]
        idle, threads = self.workers._idle, self.workers._all  # pyright: ignore[reportPrivateUsage]
        return len(sleeping) == 2 * (line is not None) and set(idle) == set(threads)

    def settle(self) -> None:
        """Have some workers idle, and all others asleep."""
        together = threading.Barrier(self._size or 1)
        for _ in range(self._size):
            self.workers.run(Errand(lambda: together.wait(LONG)))
        eventually(self.rests)

    def close(self) -> None:
        assert self.workers.close(LONG) == ()
        assert self.dispatcher.close(LONG) == []


@pytest.fixture(params=["pool", "pool and workers", "threads"])
def house(request: pytest.FixtureRequest) -> Generator[House]:
    made = ThreadDispatcher() if request.param == "threads" else PoolDispatcher()
    house = House(made, workers=request.param == "pool and workers")
    yield house
    house.close()


@pytest.mark.parametrize("ring", ["wake", "nudge"])
def test_who_is_rung_hears_it_wherever_ctrl_c_strikes(house: House, ring: str) -> None:
    place, struck = 0, True
    while struck:
        player = Serial(f"player {place}")
        bell = house.dispatcher.attach(player)
        house.settle()
        interrupt = Interrupt(place)
        player.box.put(1)
        interrupt.during(getattr(bell, ring))
        struck = interrupt.struck
        if place == 0:  # before anything was done: whoever comes next rings for this, too
            bell.wake()
        eventually(partial(player.heard.__eq__, [1]), f"a turn after place {place}", 2.0)
        player.box.put(2)
        bell.wake()
        eventually(partial(player.heard.__eq__, [1, 2]), f"another turn after {place}", 2.0)
        eventually(house.rests, f"rest after place {place}", 2.0)
        place += 1
    assert place > 2


def test_who_was_to_be_rung_and_was_not_keeps_nobody_else_asleep() -> None:
    place, struck = 0, True
    while struck:
        line, bell = Line(), threading.Lock()
        bell.acquire()
        line.borrow(lambda: bell)  # noqa: B023 - called at once
        slot = Slot(Serial("first"), line.add, line.add_late, line.promote, line.rescue)
        interrupt = Interrupt(place)
        interrupt.during(slot.wake)
        line.ring()
        assert bell.acquire(blocking=False), place
        place, struck = place + 1, interrupt.struck
