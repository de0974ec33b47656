"""How a caller outside waits for an answer when actors run on threads."""

from __future__ import annotations

from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING, TypeVar

from callboard.runtime.making_way import callers_of

if TYPE_CHECKING:
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
