"""How an actor can end, and who comes back from that.

Source: OTP's documentation of `supervisor`, "restart" of a child specification.

    exit       permanent  transient  temporary
    ---------  ---------  ---------  ---------
    normal     restart    keep       forget
    shutdown   restart    keep       forget
    failed     restart    restart    forget

An end that the supervisor itself has asked for is none of these: nobody comes back
from it unless somebody says so.
"""

from __future__ import annotations

from enum import StrEnum


class Exit(StrEnum):
    """How an actor has ended."""

    NORMAL = "normal"
    SHUTDOWN = "shutdown"
    FAILED = "failed"


class Restart(StrEnum):
    """When a child that has ended by itself is started again."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    TEMPORARY = "temporary"


def comes_back(restart: Restart, end: Exit) -> bool:
    """Whether a child is started again after such an end.

    >>> [comes_back(Restart.TRANSIENT, end) for end in Exit]
    [False, False, True]
    """
    return restart is Restart.PERMANENT or (restart is Restart.TRANSIENT and end is Exit.FAILED)
