"""Attempts that go on, are over, or are not what somebody thought."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.notices.base import Notice
from callboard.messages.values import Lease, Problem


class ProgressMade(Notice):
    """An attempt is so far.

    Attributes:
        fraction: Done, in [0, 1].
    """

    level: ClassVar[str] = "debug"
    lease: Lease
    fraction: float
    note: str = ""


class AttemptOver(Notice):
    """The scheduler knows how an attempt ended and its agent is free for more.

    The subtask's own end is the orchestrator's to record, and follows; of an attempt that
    was adopted while word of that end was on the way, it came before.
    """

    level: ClassVar[str] = "debug"
    lease: Lease


class StaleRefused(Notice):
    """Something came with a token that is not current; it changed nothing.

    Attributes:
        what: Kind of the message.
    """

    level: ClassVar[str] = "warning"
    lease: Lease
    what: str


class AttemptDeclined(Notice):
    """An agent would not take what was assigned to it."""

    level: ClassVar[str] = "warning"
    lease: Lease
    reason: str


class AgentSlow(Notice):
    """An attempt has reached a limit; its agent was told to stop it, and goes on until it has.

    Attributes:
        limit: Which one: "run", "silence" or "stall".
        seconds: That were allowed.
    """

    level: ClassVar[str] = "warning"
    lease: Lease
    limit: str
    seconds: float


class AgentRecovered(Notice):
    """What made an agent slow has stopped, or what was given up has ended by itself.

    Attributes:
        was: "slow" or "stuck".
    """

    lease: Lease
    was: str


class ThreadAbandoned(Notice):
    """A handler would not stop; it is given up and runs on unheard: its agent is stuck.

    Attributes:
        problem: Why, with what its thread or coroutine does at this moment as traceback.
    """

    level: ClassVar[str] = "error"
    lease: Lease
    problem: Problem
