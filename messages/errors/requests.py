"""Errors of requests that come from outside: what they ask for is not there, or malformed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from callboard.messages.errors.base import CallboardError


class MalformedRequest(CallboardError):
    """A field of a request is missing, unknown or of a wrong type.

    Attributes:
        field: Which one, as `plan[2].priority`.
        why: What is wrong with it.
    """

    def __init__(self, field: str, why: str) -> None:
        super().__init__(field, why)
        self.field, self.why = field, why

    def __str__(self) -> str:
        colon = ":" if self.why[:1].isupper() else ""
        return f"{self.field}{colon} {self.why}"


class KeyReused(CallboardError):
    """An idempotency key came again, with something else than at first.

    Attributes:
        key: The key.
        goal: The goal that it named at first.
    """

    def __init__(self, key: str, goal: str) -> None:
        super().__init__(key, goal)
        self.key, self.goal = key, goal

    def __str__(self) -> str:
        return f"the idempotency key {self.key!r} was used for another request (goal {self.goal})"


class UnknownPath(CallboardError):
    """The server has nothing at that path."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"there is nothing at {self.path}; /docs and /openapi.json say what there is"


class WrongMethod(CallboardError):
    """What is at that path is asked for otherwise."""

    def __init__(self, method: str, path: str, allowed: Sequence[str]) -> None:
        super().__init__(method, path, tuple(allowed))
        self.method, self.path, self.allowed = method, path, tuple(allowed)

    def __str__(self) -> str:
        return f"{self.path} takes {' and '.join(self.allowed)}, not {self.method}"


class WrongMediaType(CallboardError):
    """The body is of a type that is not read."""

    def __init__(self, given: str) -> None:
        super().__init__(given)
        self.given = given

    def __str__(self) -> str:
        return f"a body is application/json, not {self.given}"


class NotReady(CallboardError):
    """A server cannot be given work just now.

    Attributes:
        reasons: Why not.
    """

    fault: ClassVar[str] = "callboard"
    lasting: ClassVar[bool] = False

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(tuple(reasons))
        self.reasons = tuple(reasons)

    def __str__(self) -> str:
        return "not ready: " + "; ".join(self.reasons)
