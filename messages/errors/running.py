"""Errors of the runtime as a whole."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.errors.base import CallboardError


class CallTimedOut(CallboardError, TimeoutError):
    """No answer came in time; what was asked may still happen."""

    fault: ClassVar[str] = "callboard"
    lasting: ClassVar[bool] = False

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(what, seconds)
        self.what, self.seconds = what, seconds

    def __str__(self) -> str:
        return f"{self.what}: no answer within {self.seconds:g} s"


class RuntimeClosed(CallboardError):
    """The runtime is closed, or was closed while somebody waited."""

    def __str__(self) -> str:
        return "the runtime is closed"


class Overloaded(CallboardError):
    """So much waits, or is open, that no more is let in; what was asked has not happened."""

    fault: ClassVar[str] = "callboard"
    lasting: ClassVar[bool] = False

    def __init__(self, what: str, count: int, limit: int) -> None:
        super().__init__(what, count, limit)
        self.what, self.count, self.limit = what, count, limit

    def __str__(self) -> str:
        return f"{self.count:,} {self.what}; the limit is {self.limit:,}"


class RuntimeDraining(CallboardError):
    """The runtime accepts no goal for now, but goes on with those that it has."""

    fault: ClassVar[str] = "callboard"
    lasting: ClassVar[bool] = False

    def __str__(self) -> str:
        return "the runtime is draining and accepts no goal"


class RuntimeBroken(CallboardError):
    """The runtime itself failed and could not be mended by restarts."""

    fault: ClassVar[str] = "callboard"

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return f"the runtime has failed: {self.why}"


class BlockingCall(CallboardError):
    """A call that blocks its thread was made on an event loop, which would stand still."""

    fault: ClassVar[str] = "agent"

    def __init__(self, call: str, instead: str) -> None:
        super().__init__(call, instead)
        self.call, self.instead = call, instead

    def __str__(self) -> str:
        return f"{self.call} would block the event loop: use `{self.instead}`"


class InvalidCall(CallboardError, ValueError):
    """A call or a setting has a value that makes no sense.

    Where a handler's call of its context ends its attempt so, the `Problem` says that it
    is the agent's fault.
    """

    def __init__(self, argument: str, given: object, expected: str) -> None:
        super().__init__(argument, given, expected)
        self.argument, self.given, self.expected = argument, given, expected

    def __str__(self) -> str:
        return f"{self.argument} must be {self.expected}, not {self.given!r}"
