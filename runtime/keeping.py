"""What a runtime has to do with its journal: take up what it holds, and mind how it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.errors.base import problem_of
from callboard.messages.errors.lookups import UnknownGoal
from callboard.messages.facts import RuntimeStarted
from callboard.messages.notices import JournalBlocked, JournalWrites, RuntimeFailed

if TYPE_CHECKING:
    from callboard.actors.ports import Watcher
    from callboard.messages.base import GoalId
    from callboard.messages.errors.base import CallboardError
    from callboard.runtime.hub import Hub
    from callboard.runtime.world import World

_HOUR = 3600.0


class Keeping:
    """The runtime's side of its journal.

    Args:
        world: Has the journal, and the time.
        hub: Is told what the journal holds.
        watcher: Is told what is wrong with it.
        retention: Seconds for which an ended goal is kept whole; None keeps everything.
    """

    def __init__(self, world: World, hub: Hub, watcher: Watcher, retention: float | None) -> None:
        self._world = world
        self._journal = world.journal
        self._hub = hub
        self._watcher = watcher
        self._retention = retention
        self._closed = False

    def open(self) -> None:
        """Take up what there is of earlier runs."""
        self._journal.watch(self._blocked, self._lost)
        self._tidy()
        if self._journal.boot == 1:
            return
        self._hub.load(self._journal.replay())
        started = RuntimeStarted(at=self._world.clock.now(), boot=self._journal.boot)
        self._journal.append([started], None)
        self._hub.see(started)

    def check(self) -> None:
        """Whether more can be kept.

        Raises:
            CallboardError: They cannot, just now.
        """
        if self._journal.trouble is not None:
            raise self._journal.trouble

    def known(self, key: str) -> GoalId | None:
        """The goal with that idempotency key, in whatever run; None where there is none."""
        return (self._hub.keyed(key) or self._journal.goal_of(key)) if key else None

    def keyed(self, key: str) -> GoalId:
        """The same.

        Raises:
            UnknownGoal: There is none, or it was forgotten.
        """
        found = self.known(key)
        if found is None:
            raise UnknownGoal(key)
        return found

    def close(self, timeout: float) -> int:
        """Write what is left, within so many seconds; how many facts could not be written."""
        self._closed = True
        return self._journal.close(timeout)

    def _tidy(self) -> None:
        """Have it forget what is older than its retention, now and every hour."""
        if self._retention is None or not self._journal.lasting or self._closed:
            return
        self._journal.tidy(self._world.clock.now() - self._retention)
        self._world.timers.after(_HOUR, self._tidy)

    def _blocked(self, error: CallboardError | None) -> None:
        now = self._world.clock.now()
        if error is None:
            self._watcher.see(JournalWrites(at=now))
        else:
            self._watcher.see(JournalBlocked(at=now, problem=problem_of(error)))

    def _lost(self, error: CallboardError) -> None:
        self._watcher.see(RuntimeFailed(at=self._world.clock.now(), problem=problem_of(error)))
