"""A pytest plugin: whoever asks pykka for its actor gets ours, run by the pool.

No actor has a thread: whoever wakes it in a turn of an actor runs it, else the pool. It
must be loaded (`-p pooled_base`) before pykka's own conftest.py takes the class.
"""

from __future__ import annotations

import sys
from typing import Any

import pykka

from callboard.actors.shell import HardActor
from callboard.runtime.dispatchers.pool import PoolDispatcher

_pool = PoolDispatcher(4)


class PooledActor(HardActor):
    """Takes its messages in turns, on whatever thread it is given."""

    _begun = False
    _over = False

    def _start_actor_loop(self) -> None:
        inbox: Any = self.actor_inbox
        slot = _pool.attach(self)
        inbox.wake = slot.wake
        slot.wake()

    @property
    def name(self) -> str:
        return str(self)

    def has_messages(self) -> bool:
        return not self._over and (not self._begun or not self._inbox().empty())

    def turn(self) -> None:
        """The loop of the actor with a thread, cut where that would wait."""
        if self._over:
            return
        try:
            if not self._begun:
                self._begun = True
                self._actor_loop_setup()
            while not self.actor_stopped.is_set() and not self._inbox().empty():
                for envelope in self._inbox().take(1):
                    self._answer(envelope)
        except BaseException:  # noqa: BLE001 - a hook let something out; it ends here
            self._handle_failure(*sys.exc_info())
            self.actor_stopped.set()
        finally:
            if self.actor_stopped.is_set():
                self._over = True
                self._actor_loop_teardown()

    def _inbox(self) -> Any:
        return self.actor_inbox

    def _answer(self, envelope: Any) -> None:
        self._HardActor__answer(envelope)  # type: ignore[attr-defined]


def pytest_load_initial_conftests() -> None:
    """Put our base class in the place of pykka's."""
    pykka.ThreadingActor = PooledActor  # type: ignore[misc]
