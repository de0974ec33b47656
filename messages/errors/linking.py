"""Errors between a server and agents elsewhere."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.errors.base import CallboardError


class OtherProtocol(CallboardError):
    """A worker and its server speak different versions of the link's protocol."""

    def __init__(self, spoken: int, known: int) -> None:
        super().__init__(spoken, known)
        self.spoken, self.known = spoken, known

    def __str__(self) -> str:
        return f"the worker speaks version {self.spoken} of the link, the server {self.known}"


class LinkTaken(CallboardError):
    """Another program is linked as that agent."""

    lasting: ClassVar[bool] = False

    def __init__(self, agent: str) -> None:
        super().__init__(agent)
        self.agent = agent

    def __str__(self) -> str:
        return f"agent {self.agent!r} is linked already, from another program"


class NotLinked(CallboardError):
    """No worker of that agent is known; it must register first."""

    def __init__(self, agent: str) -> None:
        super().__init__(agent)
        self.agent = agent

    def __str__(self) -> str:
        return f"no worker of agent {self.agent!r} is known; register it first"


class LeaseRefused(CallboardError):
    """What was said of an attempt does not count: it is not the agent's any more."""

    fault: ClassVar[str] = "agent"

    def __init__(self, token: str, why: str) -> None:
        super().__init__(token, why)
        self.token, self.why = token, why

    def __str__(self) -> str:
        return f"what is said of attempt {self.token} does not count: {self.why}"
