"""The base of the tree, and the way of an error into data and back."""

from __future__ import annotations

import traceback
from typing import Any, ClassVar

from callboard.messages.values import Problem

KNOWN: dict[str, type[CallboardError]] = {}
"""Every error of the tree by its class's name."""


class CallboardError(Exception):
    """Base of all errors of Callboard.

    Attributes:
        fault: Whose it is: "caller", "agent" or "callboard".
        lasting: Whether trying again would be in vain.
    """

    fault: ClassVar[str] = "caller"
    lasting: ClassVar[bool] = True

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
        return f"{self.problem.error}: {self.problem.text}"


_PLAIN = (str, int, float, bool, type(None))


def problem_of(error: BaseException, *, with_traceback: bool = False) -> Problem:
    """The error as data; errors that are not ours are an agent's fault.

    >>> problem_of(KeyError("q4")).text
    "KeyError: 'q4'"
    """
    ours = isinstance(error, CallboardError)
    text = str(error) if ours else f"{type(error).__name__}: {error}".rstrip(": ")
    return Problem(
        error=type(error).__name__,
        text=text,
        details=_plain(error.args) if ours else (),
        fault=error.fault if isinstance(error, CallboardError) else "agent",
        traceback="".join(traceback.format_exception(error)) if with_traceback else "",
        lasting=error.lasting if isinstance(error, CallboardError) else False,
    )


def error_of(problem: Problem) -> CallboardError:
    """The error that *problem* tells of, to be raised.

    >>> error_of(problem_of(CallboardError("so it is")))
    CallboardError('so it is')
    """
    known = KNOWN.get(problem.error)
    if known is None:
        return RemoteProblem(problem)
    try:
        return known(*problem.details)
    except TypeError:
        return RemoteProblem(problem)


def _plain(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(_plain_one(a) for a in args)


def _plain_one(arg: Any) -> Any:
    if isinstance(arg, tuple):
        return _plain(arg)
    return arg if isinstance(arg, (*_PLAIN, Problem)) else repr(arg)


KNOWN["CallboardError"] = CallboardError
