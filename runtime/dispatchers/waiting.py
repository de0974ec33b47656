"""How a caller outside waits when actors run on threads: for an answer, or for their end."""

from __future__ import annotations

import threading
import time
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING, TypeVar

from callboard.runtime.making_way import callers_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future

T = TypeVar("T")


def wait(future: Future[T], timeout: float | None) -> T:
    """The future's result.

    Raises:
        TimeoutError: It has none within *timeout* seconds.
    """
    if future.done():
        return future.result()
    callers = callers_of(future)
    try:
        callers.come()
        return future.result(timeout)
    except FutureTimeoutError:
        # Its answer may be a TimeoutError itself, or have come in this very moment.
        if not future.done():
            raise
    finally:
        callers.go()
    return future.result()


def join(threads: Iterable[threading.Thread], timeout: float) -> list[threading.Thread]:
    """Wait for *threads* within one common *timeout*, in seconds; those still alive.

    The calling thread is not waited for: it may be one of them.
    """
    end = time.monotonic() + timeout
    others = [thread for thread in threads if thread is not threading.current_thread()]
    for thread in others:
        thread.join(max(0.0, end - time.monotonic()))
    return [thread for thread in others if thread.is_alive()]
