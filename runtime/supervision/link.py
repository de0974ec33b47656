"""One child's actor: made, run and ended on a thread of its own."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Protocol

import pykka

from callboard.actors.logic.family.exits import Exit
from callboard.actors.logic.family.words import ChildExited, ChildStarted
from callboard.messages.errors.base import described, problem_of
from callboard.messages.errors.endings import ActorDied

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.watched import WatchedActor
    from callboard.messages.base import Address
    from callboard.messages.values import Problem


class Parent(Protocol):
    """Whom a child's life concerns."""

    def hear(self, heard: ChildStarted | ChildExited) -> None:
        """Take note, later and on a thread of its own; never raises."""
        ...


class Link:
    """Between a supervisor and one incarnation of a child.

    The actor is made on its own thread, so that a constructor that hangs holds up nobody.

    Args:
        parent: Told of its life.
        address: For people.
        child: Its name among its siblings.
        incarnation: Counts the actors of that child.
        make: Makes the actor, which is not started.

    Attributes:
        actor: None until it is made.
    """

    def __init__(
        self,
        parent: Parent,
        address: Address,
        child: str,
        incarnation: int,
        make: Callable[[], WatchedActor],
    ) -> None:
        self._parent = parent
        self._address = address
        self._child, self._incarnation = child, incarnation
        self._make = make
        self._lock = threading.Lock()
        self._halted = False
        self.actor: WatchedActor | None = None

    def begin(self) -> None:
        """Start its thread; that it cannot be is told like any other failure."""
        thread = threading.Thread(target=self._run, name=f"callboard-{self._address}", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # no more threads
            self.ended(error)

    def halt(self) -> None:
        """Tell it to stop, once it has read what waits."""
        self._end(lambda actor: actor.callboard_halt())

    def abandon(self) -> None:
        """Let it take no more messages."""
        self._end(lambda actor: actor.callboard_abandon())

    def _end(self, how: Callable[[WatchedActor], None]) -> None:
        with self._lock:
            self._halted = True
            actor = self.actor
        if actor is not None:
            with contextlib.suppress(pykka.ActorDeadError):
                how(actor)

    def _run(self) -> None:
        try:
            actor = self._make()
        except BaseException as error:  # noqa: BLE001 - a constructor may do anything
            self.ended(error)
            return
        actor.callboard_watch = self
        with self._lock:
            halted, self.actor = self._halted, actor
        if halted:  # before it ever began
            self.ended(None)
            return
        actor.callboard_live()

    # What it says

    def started(self) -> None:
        """It takes messages now."""
        self._parent.hear(ChildStarted(self._child, self._incarnation))

    def ended(self, error: BaseException | None) -> None:
        """It has ended."""
        end, problem = Exit.NORMAL, None
        if error is not None:
            end, problem = Exit.FAILED, self._problem(error)
        elif self.actor is not None:
            end, problem = self.actor.callboard_outcome()
        self._parent.hear(ChildExited(self._child, self._incarnation, end, problem))

    def _problem(self, error: BaseException) -> Problem:
        died = ActorDied(self._address, described(error))
        died.__cause__ = error
        return problem_of(died, with_traceback=True)
