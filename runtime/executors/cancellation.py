"""A flag that tells a handler to stop, and wakes it where it waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Protocol

from callboard.messages.errors.endings import AttemptCancelled
from callboard.runtime.executors.pulse import Pulse

_waits = threading.local()


class Waiter(Protocol):
    """One wait, as `threading.Event`."""

    def set(self) -> None:
        """End it."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, or so many seconds."""
        ...


@contextmanager
def wait_by(make: Callable[[], Waiter]) -> Generator[None]:
    """Within it, whoever waits on this thread does so by what *make* makes.

    A simulation waits in virtual time. It is the thread's, not a context variable,
    because handlers begin with an empty context.
    """
    _waits.make = make
    try:
        yield
    finally:
        del _waits.make


class Cancellation:
    """Set once, and never taken back.

    Args:
        began: When the code began, by `time.monotonic`; None for now.

    Attributes:
        reason: Why, once it is set.
        pulse: Signs of life: who asks whether it is set is alive, and so is who waits
            beside it.
    """

    __slots__ = ("_calls", "_lock", "_numbers", "_set", "pulse", "reason")

    def __init__(self, began: float | None = None) -> None:
        self.reason = ""
        self.pulse = Pulse(began)
        self._set = False
        self._lock = threading.Lock()
        self._calls: dict[int, Callable[[], object]] = {}
        self._numbers = 0

    def __bool__(self) -> bool:
        """Whether it is set."""
        return self._set

    def set(self, reason: str) -> None:
        """Set it, and wake all who wait beside it."""
        with self._lock:
            if self._set:
                return
            self.reason, self._set = reason, True
            calls = list(self._calls.values())
        for call in calls:
            call()

    def check(self) -> None:
        """Go on only where it is not set.

        Raises:
            AttemptCancelled: It is set.
        """
        self.pulse.look_up()
        if self._set:
            raise AttemptCancelled(self.reason)

    @contextmanager
    def calling(self, call: Callable[[], object]) -> Generator[None]:
        """Within it, *call* is called when the flag is set, or at once if it is already."""
        with self._lock:
            self._numbers += 1
            number = self._numbers
            self._calls[number] = call
            already = self._set
        if already:
            call()
        try:
            yield
        finally:
            with self._lock:
                del self._calls[number]

    def wait(self, seconds: float | None, future: Future[Any] | None = None) -> bool:
        """Block until *future* is done or *seconds* are over.

        Returns:
            Whether the future is done.

        Raises:
            AttemptCancelled: The flag was set, before or meanwhile.
        """
        self.check()
        if future is not None and future.done():
            return True
        woken: Waiter = getattr(_waits, "make", threading.Event)()
        if future is not None:
            future.add_done_callback(lambda _: woken.set())
        with self.pulse.waiting(), self.calling(woken.set):
            woken.wait(None if seconds is None else min(seconds, threading.TIMEOUT_MAX))
        self.check()
        return future is not None and future.done()
