"""Errors of a server: it cannot be, or it lets somebody not in."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.errors.base import CallboardError


class CannotListen(CallboardError):
    """A server cannot have the address that it should listen at."""

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(host, port, why)
        self.host, self.port, self.why = host, port, why

    def __str__(self) -> str:
        return f"cannot listen at {self.host} port {self.port}: {self.why}"


class ServerEnded(CallboardError):
    """A server that was stopped, or has failed, does not begin again."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url

    def __str__(self) -> str:
        return f"the server at {self.url} has ended: make another one, as `Runtime.serve` does"


class TooOpen(CallboardError):
    """A server would be open to whoever can reach its machine, and nobody decided so."""

    def __init__(self, host: str, lacks: str, remedy: str) -> None:
        super().__init__(host, lacks, remedy)
        self.host, self.lacks, self.remedy = host, lacks, remedy

    def __str__(self) -> str:
        return f"{self.host} can be reached from other machines, {self.lacks}: {self.remedy}"


class TokensUnusable(CallboardError):
    """The file of tokens is not there, or cannot be understood, so it lets nobody in."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, why)
        self.path, self.why = path, why

    def __str__(self) -> str:
        return f"tokens in {self.path}: {self.why}"


class UnknownToken(CallboardError):
    """There is no token of that id or name."""

    def __init__(self, token: str) -> None:
        super().__init__(token)
        self.token = token

    def __str__(self) -> str:
        return f"no token has the id or the name {self.token!r}"


class NotLetIn(CallboardError):
    """Somebody came without a token, or with one that is unknown, revoked or expired.

    Which of these it is, is not said: whoever guesses should learn nothing.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return self.why


class NotAllowed(CallboardError):
    """Somebody may come in, but not do that."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(what, why)
        self.what, self.why = what, why

    def __str__(self) -> str:
        return f"{self.what} is not allowed: {self.why}"


class ForeignOrigin(CallboardError):
    """A browser asks a server without tokens on behalf of a page that is not the server's."""

    def __init__(self, header: str, given: str, remedy: str) -> None:
        super().__init__(header, given, remedy)
        self.header, self.given, self.remedy = header, given, remedy

    def __str__(self) -> str:
        return (
            f"the header {self.header} is {self.given!r}, which is not this server: {self.remedy}"
        )


class TooFast(CallboardError):
    """Somebody asks more often than is good for the others."""

    lasting: ClassVar[bool] = False

    def __init__(self, who: str, rate: float, retry_after: float) -> None:
        super().__init__(who, rate, retry_after)
        self.who, self.rate = who, rate
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{self.who} asked too often: {self.rate:g} requests a second are let in"


class BodyTooLarge(CallboardError):
    """A request says more than is listened to."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return f"the request's body is larger than {self.limit:,} bytes"


class BodyTooSlow(CallboardError):
    """A request's body did not come within its time."""

    lasting: ClassVar[bool] = False

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds

    def __str__(self) -> str:
        return f"the request did not come to its end within {self.seconds:g} s"


class ServerFull(CallboardError):
    """A server has as much at hand as it can hold; what was asked has not happened."""

    fault: ClassVar[str] = "callboard"
    lasting: ClassVar[bool] = False
    retry_after: float | None = 1.0

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(what, limit)
        self.what, self.limit = what, limit

    def __str__(self) -> str:
        return f"the server is busy: {self.what} are limited to {self.limit:,}"


class ServerStops(CallboardError):
    """The server is about to end; what was asked may have happened."""

    fault: ClassVar[str] = "callboard"
    lasting: ClassVar[bool] = False
    retry_after: float | None = 1.0

    def __str__(self) -> str:
        return "the server is about to stop"
