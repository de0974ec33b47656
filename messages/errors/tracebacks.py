"""Tracebacks as text, worked out once for failures that are alike.

To format one costs as much as a hundred messages: files are looked up, and the marks under
the failing expression need its source parsed. What fails again and again, as in a crash
loop, fails in the same places with the same words.

>>> try:
...     nothing = 1 / 0
... except ZeroDivisionError as error:
...     told, again = formatted(error), formatted(error)
>>> told == again, told.splitlines()[-1]
(True, 'ZeroDivisionError: division by zero')
"""

from __future__ import annotations

import traceback
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Hashable
    from types import CodeType

    Key: TypeAlias = Hashable

KEPT = 256
"""Texts that are kept, those that were asked for last."""

_LONGEST_CHAIN = 8
_LONGEST_TEXT = 1_000

_SHOW_MORE = (SyntaxError, BaseExceptionGroup, NameError, AttributeError, ImportError)
"""Errors that show a place in a text, others, or a guess at what was meant."""


class _Failure:
    """An error that equals all that are formatted alike."""

    __slots__ = ("_key", "error")

    def __init__(self, error: BaseException, key: Key) -> None:
        self.error: BaseException | None = error
        self._key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Failure) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


def formatted(error: BaseException) -> str:
    """The traceback of *error*, as the interpreter prints it."""
    key = _likeness(error)
    if key is None:
        return "".join(traceback.format_exception(error))
    failure = _Failure(error, key)
    text = _formatted(failure)
    failure.error = None  # the cache keeps the key, and not what all the frames held
    return text


@lru_cache(maxsize=KEPT)
def _formatted(failure: _Failure) -> str:
    assert failure.error is not None  # noqa: S101 - it is taken out afterwards
    return "".join(traceback.format_exception(failure.error))


def _likeness(error: BaseException) -> Key | None:
    """What the text depends on; None where that cannot be told for sure."""
    chain: list[Key] = []
    one: BaseException | None = error
    while one is not None:
        if len(chain) == _LONGEST_CHAIN or not _is_plain(one):
            return None
        text = _text(one)
        if text is None:
            return None
        hides = one.__suppress_context__ or one.__cause__ is not None
        chain.append((type(one), text, _places(one), one.__cause__ is not None, hides))
        one = one.__cause__ if hides else one.__context__
    return tuple(chain)


def _text(error: BaseException) -> str | None:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - its __str__ is anybody's
        return None
    return text if len(text) <= _LONGEST_TEXT else None


def _is_plain(error: BaseException) -> bool:
    """Whether it is shown by its type, its text and its frames alone."""
    if isinstance(error, _SHOW_MORE):
        return False
    return not getattr(error, "__notes__", None)


def _places(error: BaseException) -> tuple[tuple[CodeType, str, int], ...]:
    """Where it went through, innermost last."""
    found: list[tuple[CodeType, str, int]] = []
    at = error.__traceback__
    while at is not None:
        code = at.tb_frame.f_code  # equal to that of the same text in another file
        found.append((code, code.co_filename, at.tb_lasti))
        at = at.tb_next
    return tuple(found)
