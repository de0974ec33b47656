"""What happens to the runtime as a whole, and to any of its actors."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Address
from callboard.messages.facts.base import Fact
from callboard.messages.values import Problem


class RuntimeStarted(Fact):
    """The journal was opened again: whoever was registered has gone, what ran has ended.

    Attributes:
        boot: How many times it has been opened, this one included.
    """

    boot: int


class RuntimePaused(Fact):
    """No new attempt at anything is started; goals are still accepted.

    Attributes:
        interrupt: What ran was taken back too.
    """

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    reason: str = ""
    interrupt: bool = False


class RuntimeResumed(Fact):
    """Work goes on, and goals are accepted."""

    durable: ClassVar[bool] = True


class RuntimeDraining(Fact):
    """No goal is accepted but sub-goals; what was accepted goes on to its end."""

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    reason: str = ""


class RestartScheduled(Fact):
    """An actor will be started again.

    Attributes:
        attempt: Restarts within the period, this one included.
        delay: Seconds until then.
    """

    level: ClassVar[str] = "warning"
    address: Address
    attempt: int
    delay: float
    problem: Problem


class Escalated(Fact):
    """An actor has used up its restarts and is given up."""

    level: ClassVar[str] = "error"
    address: Address
    problem: Problem


class ActorRestarted(Fact):
    """An actor of the runtime itself has been started again."""

    level: ClassVar[str] = "warning"
    address: Address
    incarnation: int
