"""Attempts: their tokens, and how they may end badly."""

from __future__ import annotations

from typing import Any

from callboard.messages.base import AgentId, GoalId, SubtaskId, Value


class Token(Value, order=True):
    """Names one attempt; later ones compare greater, across crashes too.

    Attributes:
        boot: Of the runtime.
        incarnation: Of the scheduler within that boot.
        counter: Within that incarnation.
    """

    boot: int
    incarnation: int
    counter: int

    def __str__(self) -> str:
        """Short enough for a log line."""
        return f"{self.boot}.{self.incarnation}.{self.counter}"


class Lease(Value):
    """One attempt at one subtask by one agent.

    Attributes:
        attempt: Counts from 1 for each subtask.
        copy: 0, or more for a speculative copy.
    """

    goal: GoalId
    subtask: SubtaskId
    agent: AgentId
    token: Token
    attempt: int = 1
    copy: int = 0


class Problem(Value):
    """An error as data: what went wrong, and whose fault it is.

    Attributes:
        error: Name of the exception's class.
        text: What a person should read.
        details: The exception's arguments, where they are plain data.
        fault: "caller", "agent" or "callboard".
        traceback: Where it happened, for a fault of an agent or of ours.
        lasting: True where trying again would not help.
        subject: What it happened to, as people call it: the name of a subtask, or "".
        bases: Names of the classes that the exception's own is derived from, the closest
            first, below `Exception`; the closest ones where there are many.
        retry_after: Seconds before which another attempt makes no sense, or None.
    """

    error: str
    text: str
    details: tuple[Any, ...] = ()
    fault: str = "agent"
    traceback: str = ""
    lasting: bool = False
    subject: str = ""
    bases: tuple[str, ...] = ()
    retry_after: float | None = None

    def __str__(self) -> str:
        """What happened to what, in one line."""
        named = not self.subject or repr(self.subject) in self.text
        return self.text if named else f"{self.subject}: {self.text}"


class Setback(Value):
    """An attempt that ended badly.

    Attributes:
        at: When, seconds since the epoch.
        problem: What went wrong, with the traceback where there is one.
        down: The agent went down, and did not only fail.
    """

    agent: AgentId
    at: float
    problem: Problem
    down: bool = False


class Saved(Value, order=True):
    """Which checkpoint that is; newer ones compare greater.

    Attributes:
        token: Of the attempt that saved it.
        number: Of the checkpoints of that attempt, from 1; 0 where nobody counted.
    """

    token: Token
    number: int = 0
