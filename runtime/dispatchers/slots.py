"""What all dispatchers share: an actor runs on one thread at a time, and is never missed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from callboard.runtime.unhandled import show_unhandled

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.ports import Runnable


BATCH = 256
"""Messages in one turn at the most, so that control never waits for a long batch."""


class Slot:
    """An actor and whether it is scheduled.

    The lock is the flag: who takes it schedules the actor, who has run it gives it
    back and then looks once more, so a message that came meanwhile is not missed.

    Args:
        actor: Whose slot it is.
        schedule: Lets it have a turn.
        later: Lets it have one when nobody else waits for any; None for `schedule`.
        promote: It need not wait for others any more; called whether or not it does.
        rescue: As `schedule`, after whoever did so was interrupted in the midst of it.
    """

    __slots__ = ("_later", "_promote", "_rescue", "_schedule", "_scheduled", "actor")

    def __init__(
        self,
        actor: Runnable,
        schedule: Callable[[Slot], None],
        later: Callable[[Slot], None] | None = None,
        promote: Callable[[Slot], object] | None = None,
        rescue: Callable[[Slot], None] | None = None,
    ) -> None:
        self.actor = actor
        self._scheduled = threading.Lock()
        self._schedule = schedule
        self._later = later or schedule
        self._promote = promote
        self._rescue = rescue or schedule

    def wake(self) -> None:
        """See to it that the actor gets a turn."""
        try:
            if self._scheduled.acquire(False):  # noqa: FBT003 - by its name it takes twice as long
                self._schedule(self)
            elif self._promote is not None:
                self._promote(self)
        except BaseException:  # Ctrl-C: its turn may be promised to nobody
            self._rescue(self)
            raise

    def nudge(self) -> None:
        """See to it that the actor gets a turn when nobody else waits for one."""
        try:
            if self._scheduled.acquire(False):  # noqa: FBT003
                self._later(self)
        except BaseException:
            self._rescue(self)
            raise

    def run(self) -> None:
        """Give the actor a turn; called by the thread that was handed this slot."""
        try:
            self.actor.turn()
        except BaseException:  # noqa: BLE001 - a bug of ours must not take the thread along
            show_unhandled()
        finally:
            try:  # noqa: SIM105 - as fast as without
                self._scheduled.release()
            except RuntimeError:  # it was rescued, and had one turn too many
                pass
        if self.actor.has_messages():
            self.wake()
