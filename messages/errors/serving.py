"""Errors of doors and of who knocks: nobody is there, nobody is let in, or it says no."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.errors.base import CallboardError


class ServerError(CallboardError):
    """Base of all that can be wrong between a client and its server."""

    def __init__(self, server: str, why: str) -> None:
        super().__init__(server, why)
        self.server, self.why = server, why

    def __str__(self) -> str:
        return f"server {self.server}: {self.why}"


class ServerUnreachable(ServerError):
    """Nobody answers there, or the answer broke off; what was asked may have happened."""

    lasting: ClassVar[bool] = False


class TokenRefused(ServerError):
    """The server wants a token, or another one, or one that may do more."""


class ServerForeign(ServerError):
    """Something answers there, but not as a server of Callboard does."""


class ServerRefused(CallboardError):
    """The server says no, and why.

    Attributes:
        status: Of HTTP.
        kind: Name of the error's class over there, as "UnknownGoal"; "" for unknown.
        text: What it says.
        field: What of the request is to blame; "" for nothing of it.
    """

    def __init__(self, status: int, kind: str, text: str, field: str = "") -> None:
        super().__init__(status, kind, text, field)
        self.status, self.kind, self.text, self.field = status, kind, text, field

    def __str__(self) -> str:
        return self.text


class ExtraMissing(CallboardError):
    """A door needs packages that only an extra brings, and they are not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(what, extra)
        self.what, self.extra = what, extra

    def __str__(self) -> str:
        return f"{self.what} needs more packages: pip install 'callboard[{self.extra}]'"
