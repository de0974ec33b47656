"""A coroutine run by a planner's thread: until it is done, too late, or unwanted."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, TypeVar

from callboard.messages.errors.planning import ModelTooSlow

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


def run(
    work: Coroutine[None, None, T],
    seconds: float,
    on_drop: Callable[[Callable[[], None]], None],
) -> T:
    """Run *work* in this thread, which must not run an event loop already.

    Args:
        work: Takes its cancellation.
        seconds: That it may take.
        on_drop: Is given what ends it before its time; any thread may call that.

    Raises:
        ModelTooSlow: It was not done in time, or nobody wants it any more.
    """
    # Not `asyncio.run`: that waits for look-ups of names, which nobody can interrupt.
    loop = asyncio.new_event_loop()
    task = loop.create_task(_within(work, seconds))

    def drop() -> None:
        with contextlib.suppress(RuntimeError):  # it is done, and its loop closed
            loop.call_soon_threadsafe(task.cancel)

    on_drop(drop)
    try:
        return loop.run_until_complete(task)
    except asyncio.CancelledError:
        raise ModelTooSlow("nobody waits for the plan any more") from None
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            loop.run_until_complete(task)
        work.close()  # it was never begun, where nobody wanted it by then
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _within(work: Coroutine[None, None, T], seconds: float) -> T:
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        raise ModelTooSlow(f"the model gave no plan within {seconds:.3g} s") from None
