"""Actors that are ready to run, and the threads that run them.

Who wakes an actor in a turn takes it from here when the turn has ended: a message that
goes through four actors takes one thread and no hand-over. What is woken from elsewhere
wakes a thread. One is woken at a time, and it wakes the next one where more is ready than
it takes itself, so an actor that takes its time keeps nobody waiting. Where none is at
work a thread that is lent by who runs agents' work goes first: what comes of the turns it
does by itself.

Who has only messages that may wait (`patient` in `callboard.messages.base`) gets a turn
when nobody else waits for one, and mostly has others by then: one turn for all of them.

No lock is needed. Whoever adds an actor looks for a sleeper afterwards, and who goes to
sleep says so and then looks for an actor once more: one of the two sees the other.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from contextlib import suppress
from threading import get_ident
from typing import TYPE_CHECKING

from callboard.runtime.making_way import URGENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.runtime.dispatchers.slots import Slot

PASSED = 64
"""Turns after which one is taken that could wait, if others are ready all the time."""

VISIT = 64
"""Turns after which a thread that only helps goes its own way again."""


def _nobody() -> None:
    """Nobody lends any thread."""


class Line:
    """The slots that are ready, first come, first served; None tells a thread to end."""

    def __init__(self) -> None:
        self._ready: deque[Slot | None] = deque()
        self._late: OrderedDict[Slot, None] = OrderedDict()  # its methods are atomic, too
        self._passed = 0  # turns that others had meanwhile, or about as many
        self._asleep: list[threading.Lock] = []
        self._bells: set[threading.Lock] = set()  # of all that have ever slept
        self._coming = False  # somebody was woken, and has not looked yet
        self._looking: set[int] = set()  # threads that will look without being told
        self._lend: Callable[[], threading.Lock | None] = _nobody

    def add(self, slot: Slot) -> None:
        """An actor is ready; somebody will run it soon."""
        self._ready.append(slot)
        if get_ident() not in self._looking:
            self.ring()

    def add_late(self, slot: Slot) -> None:
        """An actor is ready, and may wait for a turn until nobody else does."""
        self._late[slot] = None
        if get_ident() not in self._looking:
            self.ring()

    def promote(self, slot: Slot) -> None:
        """If it was to wait, it need not any more."""
        if self._late and self._late.pop(slot, slot) is None:
            self.add(slot)

    def rescue(self, slot: Slot) -> None:
        """An actor is ready, and whoever woke it may have taken a bell that nobody rings now."""
        self._ready.append(slot)
        self._has_come()
        for bell in tuple(self._bells):
            with suppress(RuntimeError):
                bell.release()

    def end(self, threads: int) -> None:
        """As many threads shall end, once they come to it."""
        self._ready.extend([None] * threads)
        self.ring_own()

    def ring(self) -> None:
        """Wake a thread, unless one is on its way or all are at work: these will look."""
        if self._coming:
            return
        # Beside others at work it would go on with what they bring, and keep the interpreter,
        # where one of the pool hands that over and rests: callers would wait twice as long.
        bell = None if self._looking else self._lend()
        if bell is None:
            self.ring_own()
        else:
            self._call(bell)

    def ring_own(self) -> None:
        """Wake a thread of the pool, unless all are at work."""
        try:
            bell = self._asleep.pop()
        except IndexError:
            return
        self._call(bell)

    def _call(self, bell: threading.Lock) -> None:
        self._coming = True
        URGENT.add(self)
        try:  # noqa: SIM105 - as fast as without
            bell.release()
        except RuntimeError:  # it was rung by `rescue` already
            pass

    def _has_come(self) -> None:
        self._coming = False
        URGENT.discard(self)

    def _has_run(self) -> None:
        me = get_ident()
        self._looking.discard(me)
        URGENT.discard(me)

    def _pass_on(self) -> None:
        """Somebody else is to see to the rest; on a busy runtime, so nobody is lent for it."""
        if not self._coming:
            self.ring_own()

    # For the threads of the pool

    def take(self) -> Slot | None:
        """The next one.

        Raises:
            IndexError: There is none.
        """
        if self._late and (self._passed >= PASSED or not self._ready):
            with suppress(KeyError):  # somebody was faster
                self._passed = 0
                patient, _ = self._late.popitem(last=False)
                if self._ready:
                    self._pass_on()
                return patient
        slot = self._ready.popleft()
        self._passed += 1
        if self._ready:  # it shall not wait until this one's turn is over
            self._pass_on()
        return slot

    def run(self, slot: Slot) -> None:
        """Give an actor its turn; those that it wakes need nobody else."""
        self.offer()
        try:
            slot.run()
        finally:  # else nobody would be woken by the next thread that gets this number
            self._has_run()

    def rest(self, bell: threading.Lock, patience: Callable[[], float]) -> bool:
        """Sleep until there may be something.

        Args:
            bell: The thread's own, locked.
            patience: Says how many seconds at the most; below 0 for as long as it takes.

        Returns:
            False where that was too long.
        """
        bell.acquire(blocking=False)  # `rescue` rings those too who are awake
        self._bells.add(bell)
        self._asleep.append(bell)
        if (self._ready or self._late) and self._stays(bell):
            return True
        if not bell.acquire(timeout=patience()):
            if self._stays(bell):
                return False
            bell.acquire()  # it was rung in this very moment
        self._stays(bell)
        self._has_come()
        return True

    def _stays(self, bell: threading.Lock) -> bool:
        """Whether it sleeps no more; False where it was rung before."""
        try:
            self._asleep.remove(bell)
        except ValueError:
            return False
        return True

    # For threads that only help; see `callboard.actors.ports.Help`

    def offer(self) -> None:
        """The thread will run whom it wakes from now on."""
        me = get_ident()
        self._looking.add(me)
        URGENT.add(me)

    def borrow(self, lend: Callable[[], threading.Lock | None]) -> None:
        """Ring threads that somebody lends first."""
        self._lend = lend

    def come(self, wanted: Callable[[], object]) -> None:
        """The thread was lent and rung, and helps."""
        self._has_come()
        self.offer()
        self.help(wanted)

    def help(self, wanted: Callable[[], object]) -> None:
        """Run who is ready, until the thread is wanted elsewhere; others see to the rest."""
        ready, late, left = self._ready, self._late, VISIT
        try:
            while left and (ready or late) and not wanted():
                left -= 1
                try:
                    slot = self.take()
                except IndexError:  # somebody was faster
                    break
                if slot is None:  # meant for a thread of the pool
                    ready.appendleft(None)
                    self.ring_own()
                    return
                slot.run()
        finally:  # as in `run`
            self.leave()

    def leave(self) -> None:
        """The thread helps no longer: others see to the rest."""
        self._has_run()
        if self._ready or self._late:
            self._pass_on()
