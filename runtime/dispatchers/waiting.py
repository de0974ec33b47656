"""How a caller outside waits for an answer when actors run on threads."""

from __future__ import annotations

from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING, TypeVar

from callboard.runtime.making_way import Caller

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


def wait(future: Future[T], timeout: float | None) -> T:
    """The future's result.

    Raises:
        TimeoutError: It has none within *timeout* seconds.
    """
    caller = Caller()
    future.add_done_callback(caller.answered)
    try:
        return future.result(timeout)
    except FutureTimeoutError:
        # Its answer may be a TimeoutError itself, or have come in this very moment.
        if not future.done():
            raise
    finally:
        caller.here()
    return future.result()
