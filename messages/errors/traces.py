"""Tracebacks of actors that have died, put together quickly.

The subtasks of a dead actor wait for the text: it belongs to the fact of its death. The
standard library takes a fifth of all the time until they run elsewhere, for the marks
under each expression, which it finds by parsing the line, and for a look at each file.

>>> try:
...     1 / 0
... except ZeroDivisionError as error:
...     print(plain_trace(error).splitlines()[-1])
ZeroDivisionError: division by zero
"""

from __future__ import annotations

import linecache
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_DEEPEST = 64
"""Frames beyond which lines may repeat themselves, and the standard library shortens them."""

_SAYS_MORE = (SyntaxError, NameError, AttributeError, ImportError, BaseExceptionGroup)

_BECAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_MEANWHILE = "\nDuring handling of the above exception, another exception occurred:\n\n"


def plain_trace(error: BaseException) -> str:
    """As `traceback.format_exception`, without marks; never raises.

    What is out of the ordinary is left to the standard library: groups, notes, errors
    that it has more to say of, chains and stacks of great depth.
    """
    try:
        parts = [*_chain(error)]
    except _Unusual:
        parts = traceback.format_exception(error)
    return "".join(parts)


class _Unusual(Exception):
    pass


def _chain(last: BaseException) -> Iterator[str]:
    """The first error first, and between two of them what one has to do with the other."""
    links: list[tuple[BaseException, str]] = [(last, "")]
    while (link := _before(links[-1][0])) is not None:
        links.append(link)
        if len(links) > _DEEPEST:  # or it goes round in a circle
            raise _Unusual
    for error, then in reversed(links):
        yield from _one(error)
        yield then


def _before(error: BaseException) -> tuple[BaseException, str] | None:
    if error.__cause__ is not None:
        return error.__cause__, _BECAUSE
    if error.__context__ is not None and not error.__suppress_context__:
        return error.__context__, _MEANWHILE
    return None


def _one(error: BaseException) -> Iterator[str]:
    if isinstance(error, _SAYS_MORE) or hasattr(error, "__notes__"):
        raise _Unusual
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):\n"
        yield from _frames(error.__traceback__)
    yield _last_line(error)


def _last_line(error: BaseException) -> str:
    kind = type(error)
    ordinary = kind.__module__ in ("__main__", "builtins")
    name = kind.__qualname__ if ordinary else f"{kind.__module__}.{kind.__qualname__}"
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - its __str__ is anybody's
        raise _Unusual from None
    return f"{name}: {text}\n" if text else f"{name}\n"


def _frames(trace: TracebackType | None) -> Iterator[str]:
    for _ in range(_DEEPEST):
        if trace is None:
            return
        frame, number = trace.tb_frame, trace.tb_lineno
        file = frame.f_code.co_filename
        yield f'  File "{file}", line {number}, in {frame.f_code.co_name}\n'
        line = linecache.getline(file, number, frame.f_globals).strip()
        yield f"    {line}\n" if line else ""
        trace = trace.tb_next
    if trace is not None:
        raise _Unusual
