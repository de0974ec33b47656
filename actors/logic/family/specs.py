"""What a supervisor is told of its children and of itself."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import msgspec

from callboard.actors.logic.family.exits import Restart
from callboard.actors.logic.family.strategies import AutoShutdown, Strategy
from callboard.actors.logic.waits import Pace
from callboard.messages.errors import ChildIdTaken, InvalidCall


class Budget(msgspec.Struct, frozen=True):
    """How many restarts are too many.

    Attributes:
        restarts: That are allowed within a period; 0 allows none.
        seconds: The period; an entry that is exactly so old still counts.

    Raises:
        InvalidCall: *restarts* is negative, or *seconds* not above 0.
    """

    restarts: int
    seconds: float

    def __post_init__(self) -> None:
        """Check it."""
        if self.restarts < 0:
            raise InvalidCall("restarts", self.restarts, "a number of restarts")
        if not 0 < self.seconds < math.inf:
            raise InvalidCall("seconds", self.seconds, "a number of seconds above 0")


class ChildSpec(msgspec.Struct, frozen=True):
    """A child, and how it is to be treated.

    Attributes:
        id: Its name among its siblings.
        actor: What makes it; its supervisor's decisions do not depend on that.
        args: That *actor* is called with, at every start.
        kwargs: Likewise.
        restart: When it is started again after it has ended by itself.
        shutdown: Seconds that it has to stop once it was told to, before its thread is
            abandoned; 0 waits for nothing, None as long as it takes.
        significant: Whether its end, if it does not come back, may end its supervisor.
        budget: Of its own restarts, beside that of its supervisor; None sets it none.

    Raises:
        InvalidCall: A value makes no sense, or a permanent child is significant: it
            always comes back.
    """

    id: str
    actor: Any
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    restart: Restart = Restart.PERMANENT
    shutdown: float | None = 5.0
    significant: bool = False
    budget: Budget | None = None

    def __post_init__(self) -> None:
        """Check it."""
        if not self.id:
            raise InvalidCall("id", self.id, "a text that is not empty")
        if self.shutdown is not None and not self.shutdown >= 0:
            raise InvalidCall("shutdown", self.shutdown, "a number of seconds, or None")
        if self.significant and self.restart is Restart.PERMANENT:
            raise InvalidCall(
                "significant", self.significant, "False for a child that always comes back"
            )


class FamilyOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a supervisor treats its children.

    Attributes:
        strategy: Who is restarted along with a child that failed.
        budget: Of all restarts; one of a whole group counts once. Over it the supervisor
            stops its children and ends. OTP has 1 in 5 s, without waits in between;
            with the waits of `pace`, 3 in 5 s give a dependency half a second.
        pace: How long to wait before a restart.
        auto_shutdown: When it ends because of significant children.
        together: Whether all children are told to stop at once, so that they take as long
            as the slowest, and not in the reverse order of their start.
    """

    strategy: Strategy = Strategy.ONE_FOR_ONE
    budget: Budget = Budget(3, 5.0)
    pace: Pace = Pace()
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER
    together: bool = False


def check(spec: ChildSpec, options: FamilyOptions, taken: Iterable[str] = ()) -> None:
    """Whether a supervisor can take that child.

    Raises:
        ChildIdTaken: It has one of that name.
        InvalidCall: The child is significant, and that would never mean anything.
    """
    if spec.id in taken:
        raise ChildIdTaken(spec.id)
    if spec.significant and options.auto_shutdown is AutoShutdown.NEVER:
        raise InvalidCall("significant", spec.significant, "False where auto_shutdown is never")
