"""Any pykka actor, hardened, that tells somebody when it runs and when it has ended.

pykka tells nobody that an actor has died of a `tell`, and a start that fails looks like
one that does not. With `shell.py` the only file that touches pykka's privates.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol

from callboard.actors.logic.family.exits import Exit
from callboard.actors.shell import HardActor

if TYPE_CHECKING:
    from types import TracebackType

    import pykka

    from callboard.messages.values import Problem


class Watch(Protocol):
    """Is told of an actor's life, on the actor's own thread."""

    def started(self) -> None:
        """It takes messages now."""
        ...

    def ended(self, error: BaseException | None) -> None:
        """It has ended, whatever it was; *error* is what it died of."""
        ...


class WatchedActor(HardActor):
    """Tells its watch of its life.

    Its names are such as no actor of somebody else's has, because it is mixed into those.

    Attributes:
        callboard_watch: Set before it begins.
    """

    callboard_watch: Watch
    callboard_died_of: BaseException | None = None

    def callboard_live(self) -> None:
        """Its whole life, on the calling thread; nothing process-wide learns of it."""
        try:
            self._actor_loop()
        finally:
            self.callboard_watch.ended(self.callboard_died_of)

    def callboard_halt(self) -> None:
        """Stop once what waits is read."""
        self.stop()

    def callboard_outcome(self) -> tuple[Exit, Problem | None]:
        """How it has ended, where it was no error of its own."""
        return Exit.NORMAL, None

    def callboard_abandon(self) -> None:
        """It takes no more messages; what it is doing now may go on."""
        if self.actor_stopped.is_set():
            return
        self.stop()  # wakes one that waits for messages
        self.actor_stopped.set()

    def callboard_up(self) -> None:
        """It has started."""
        self.callboard_watch.started()

    def _actor_loop_setup(self) -> None:
        super()._actor_loop_setup()
        if not self.actor_stopped.is_set():
            self.callboard_up()

    def _handle_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.callboard_died_of = self.callboard_died_of or exception_value
        super()._handle_failure(exception_type, exception_value, traceback)


@cache
def watched(kind: type[pykka.ThreadingActor]) -> type[WatchedActor]:
    """*kind*, so that it can be watched; it keeps its name, and is one of its own kind.

    >>> import pykka
    >>> class Quiet(pykka.ThreadingActor): pass
    >>> watched(Quiet).__name__, issubclass(watched(Quiet), Quiet)
    ('Quiet', True)
    """
    if issubclass(kind, WatchedActor):
        return kind
    names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    made: type[WatchedActor] = type(kind.__name__, (WatchedActor, kind), names)
    return made
