"""The base of the tree, and the way of an error into data and back."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from itertools import islice
from typing import Any, ClassVar, cast

import msgspec

from callboard.messages.values import Problem

KNOWN: dict[str, type[CallboardError]] = {}
"""Every error of the tree by its class's name."""


class CallboardError(Exception):
    """Base of all errors of Callboard.

    Attributes:
        fault: Whose it is: "caller", "agent" or "callboard".
        lasting: Whether trying again would be in vain.
        retry_after: Seconds before which trying again makes no sense, or None.
        more: Lines that its text has behind the first one, each by itself.
    """

    fault: ClassVar[str] = "caller"
    lasting: ClassVar[bool] = True
    retry_after: float | None = None
    more: Sequence[str] = ()

    def __init_subclass__(cls) -> None:
        """Remember the class, so that it can be raised anew from a `Problem`."""
        KNOWN[cls.__name__] = cls


class RemoteProblem(CallboardError):
    """An error of a class that is not known here.

    Attributes:
        problem: The error as data.
    """

    fault: ClassVar[str] = "agent"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        name, text = self.problem.error, self.problem.text
        return text if text.startswith(name) else f"{name}: {text}"


_PLAIN = (str, int, float, bool, type(None))
_EVERY = (Exception, BaseException, object)

MOST_BASES = 16
"""How many classes a problem names that its own is derived from."""


def problem_of(error: BaseException, *, with_traceback: bool = False) -> Problem:
    """The error as data; errors that are not ours are an agent's fault.

    >>> problem_of(KeyError("q4")).text
    "KeyError: 'q4'"
    """
    ours = isinstance(error, CallboardError)
    text = str(error) if ours else described(error)
    return Problem(
        error=type(error).__name__,
        text=text,
        details=_plain(error.args) if ours else (),
        fault=error.fault if isinstance(error, CallboardError) else "agent",
        traceback="".join(traceback.format_exception(error)) if with_traceback else "",
        lasting=error.lasting if isinstance(error, CallboardError) else False,
        bases=_bases(type(error)),
        retry_after=error.retry_after if isinstance(error, CallboardError) else None,
    )


def _bases(kind: type[BaseException]) -> tuple[str, ...]:
    """What it is derived from, without what every exception is.

    >>> _bases(ConnectionResetError)
    ('ConnectionError', 'OSError')
    """
    own = (base for base in kind.__mro__[1:] if base not in _EVERY)
    return tuple(base.__name__ for base in islice(own, MOST_BASES))


def described(error: BaseException) -> str:
    """The error in a line; never raises, whatever the error's own methods do.

    >>> described(KeyError("q4")), described(ValueError())
    ("KeyError: 'q4'", 'ValueError')
    """
    name = type(error).__name__
    try:
        return f"{name}: {error}".rstrip(": ")
    except Exception as worse:  # noqa: BLE001 - its __str__ is anybody's
        return f"{name}, whose text cannot be had ({type(worse).__name__})"


def error_of(problem: Problem) -> CallboardError:
    """The error that *problem* tells of, to be raised.

    >>> error_of(problem_of(CallboardError("so it is")))
    CallboardError('so it is')
    """
    known = KNOWN.get(problem.error)
    if known is None:
        return RemoteProblem(problem)
    try:
        return known(*map(_revived, problem.details))
    except (TypeError, ValueError):  # of another version
        return RemoteProblem(problem)


def _plain(args: tuple[object, ...]) -> tuple[Any, ...]:
    return tuple(_plain_one(a) for a in args)


def _plain_one(arg: object) -> object:
    if isinstance(arg, tuple):
        return _plain(cast("tuple[object, ...]", arg))
    return arg if isinstance(arg, (*_PLAIN, Problem)) else repr(arg)


def _revived(detail: Any) -> Any:  # noqa: ANN401 - plain data
    """A detail as it was before it was encoded; the only mappings among them are problems."""
    if isinstance(detail, dict):
        return msgspec.convert(detail, Problem)
    if isinstance(detail, list | tuple):
        return tuple(_revived(one) for one in cast("Sequence[Any]", detail))
    return detail


KNOWN["CallboardError"] = CallboardError
