"""How handlers wait, and the checks of what they ask for."""

from __future__ import annotations

import contextlib
import math
import sys
from typing import TYPE_CHECKING, Any, SupportsFloat

from callboard.messages.errors.running import BlockingCall, InvalidCall

if TYPE_CHECKING:
    from concurrent.futures import Future


async def settled(future: Future[Any], seconds: float | None) -> bool:
    """Wait until the future is done; False where it is not within *seconds*.

    Unlike `asyncio.wrap_future`, cancelling this leaves the future alone: others may
    wait for it.
    """
    import asyncio  # noqa: PLC0415 - there is a loop, so it is loaded

    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def tell(_: Future[Any]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(done.set)

    future.add_done_callback(tell)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await done.wait()
    return future.done()


def forbid_on_loop(call: str, instead: str) -> None:
    """See to it that *call* does not block an event loop.

    Raises:
        BlockingCall: It was made on one.
    """
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:  # not loaded, so there is no loop; loading it takes 50 ms
        return
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise BlockingCall(call, instead)


def not_negative(argument: str, given: object) -> float:
    """The number of seconds that was *given*.

    Raises:
        InvalidCall: It is no number, not finite, or below 0.
    """
    number = _number(given)
    if number is None or number < 0:
        raise InvalidCall(argument, given, "a number of seconds, not negative")
    return number


def fraction_of(given: object) -> float:
    """The fraction that was *given*; see `share_of`."""
    return share_of("fraction", given)


def share_of(argument: str, given: object) -> float:
    """The part that was *given*.

    Raises:
        InvalidCall: It is no number in [0, 1].
    """
    number = _number(given)
    if number is None or not 0 <= number <= 1:
        raise InvalidCall(argument, given, "a number in [0, 1]")
    return number


def text_of(argument: str, given: object) -> str:
    """The text that was *given*.

    Raises:
        InvalidCall: It is none.
    """
    if not isinstance(given, str):
        raise InvalidCall(argument, given, "a text")
    return given


def _number(given: object) -> float | None:
    if type(given) is float:  # as most are; to ask for a protocol takes twenty times as long
        return given if math.isfinite(given) else None
    # NumPy's numbers are welcome too; a text has no __float__.
    if isinstance(given, bool) or not isinstance(given, SupportsFloat):
        return None
    try:
        number = float(given)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
