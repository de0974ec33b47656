"""An attempt's slot: given back while it waits for a sub-goal, and asked for afterwards."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from concurrent.futures import Future

from callboard.messages.execution import WorkWaiting, WorkWaitOver
from callboard.messages.unions import AgentMessage
from callboard.messages.values import Token


class _State(enum.Enum):
    HELD = enum.auto()
    RELEASED = enum.auto()
    ASKED = enum.auto()


class Slot:
    """Held at first; several waits of one attempt share it.

    Args:
        token: Of the attempt.
        report: Tells the agent's actor.
    """

    def __init__(self, token: Token, report: Callable[[AgentMessage], None]) -> None:
        self._token = token
        self._report = report
        self._lock = threading.Lock()
        self._state = _State.HELD
        self._granted: Future[None] | None = None  # while it was given back

    def release(self) -> None:
        """The attempt waits and needs no slot."""
        with self._lock:
            if self._state is not _State.HELD:
                return
            self._state = _State.RELEASED
            self._granted = Future()
            self._report(WorkWaiting(token=self._token))

    def reclaim(self) -> Future[None]:
        """The attempt wants to go on; the future is done when it may."""
        with self._lock:
            if self._state is _State.RELEASED:
                self._state = _State.ASKED
                self._report(WorkWaitOver(token=self._token))
            return self._granted or _granted()

    def grant(self) -> None:
        """The attempt may go on."""
        with self._lock:
            if self._state is not _State.ASKED:
                return
            self._state = _State.HELD
            granted, self._granted = self._granted, None
        if granted is not None:
            granted.set_result(None)


def _granted() -> Future[None]:
    future: Future[None] = Future()
    future.set_result(None)
    return future
