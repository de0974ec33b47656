"""What happens at a worker, for who watches it: on a terminal, say."""

from __future__ import annotations

from typing import TypeAlias

from callboard.messages.base import AgentId, Value


class Linked(Value):
    """An agent is at its server.

    Attributes:
        again: It was there before, and goes on where it was.
    """

    agent: AgentId
    server: str
    again: bool = False

    def __str__(self) -> str:
        """As people read it."""
        return f"{self.agent} is {'back ' if self.again else ''}at {self.server}"


class Unlinked(Value):
    """An agent has no link to its server.

    Attributes:
        why: In a line.
        seconds: Until the next try.
    """

    agent: AgentId
    why: str
    seconds: float

    def __str__(self) -> str:
        """As people read it."""
        return f"{self.agent}: {self.why}; next try in {self.seconds:.1f} s"


class Begun(Value):
    """An attempt at a subtask begins."""

    agent: AgentId
    subtask: str
    attempt: int

    def __str__(self) -> str:
        """As people read it."""
        again = f", attempt {self.attempt}" if self.attempt > 1 else ""
        return f"{self.agent} begins {self.subtask}{again}"


class Ended(Value):
    """An attempt has ended.

    Attributes:
        how: "done", "failed", "stopped" or "crashed".
        why: It did not succeed, in a line; "" where it did.
    """

    agent: AgentId
    subtask: str
    how: str
    seconds: float
    why: str = ""

    def __str__(self) -> str:
        """As people read it."""
        why = f": {self.why}" if self.why else ""
        return f"{self.agent} {_HOW[self.how]} {self.subtask}, {self.seconds:.1f} s{why}"


_HOW = {
    "done": "has done",
    "failed": "failed at",
    "stopped": "was stopped at",
    "crashed": "went down with",
}


class InVain(Value):
    """What an agent has done does not count, or not all of it."""

    agent: AgentId
    token: str
    why: str

    def __str__(self) -> str:
        """As people read it."""
        return f"{self.agent}, attempt {self.token}: {self.why}"


class Renewed(Value):
    """An agent's code begins anew: it went down, or the server says so."""

    agent: AgentId
    why: str
    seconds: float

    def __str__(self) -> str:
        """As people read it."""
        return f"{self.agent} begins anew in {self.seconds:.1f} s: {self.why}"


class Left(Value):
    """An agent has left its server.

    Attributes:
        why: As the server says it; "" where it was the worker's wish.
        cut: What still ran, and was stopped.
        untold: Ends of attempts of which the server does not know.
    """

    agent: AgentId
    why: str = ""
    cut: tuple[str, ...] = ()
    untold: int = 0

    def __str__(self) -> str:
        """As people read it."""
        why = f": {self.why}" if self.why else ""
        cut = f"; stopped: {', '.join(self.cut)}" if self.cut else ""
        untold = f"; {self.untold} ends could not be told" if self.untold else ""
        return f"{self.agent} has left{why}{cut}{untold}"


News: TypeAlias = Linked | Unlinked | Begun | Ended | InVain | Renewed | Left
