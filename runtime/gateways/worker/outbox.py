"""What an agent has to say to its server, until it is said.

Only the latest of an attempt's progress is kept, with what earlier words of it told, and
one heartbeat: who is slow to listen does not make it grow.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from callboard.runtime.executors.processes.wire import Logged
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.worker.translation import merged

if TYPE_CHECKING:
    from callboard.runtime.gateways.worker.actions import Words

MOST_LINES = 1_000
"""Log lines that wait for a link; of more the oldest are dropped."""

MOST_FRAMES = 512
"""That travel in one message."""


class Outbox:
    """Filled and emptied on one event loop."""

    def __init__(self) -> None:
        self._frames: deque[Words] = deque()
        self._progress: dict[str, frames.Progress] = {}  # its place is in the line
        self._lines: deque[Logged] = deque(maxlen=MOST_LINES)
        self._beat = False
        self._some = asyncio.Event()

    def put(self, frame: Words) -> None:
        """Say it, soon."""
        match frame:
            case Logged():
                self._lines.append(frame)
            case frames.Progress():
                before = self._progress.get(frame.token)
                self._progress[frame.token] = merged(before, frame)
                if before is None:
                    self._frames.append(frame)
            case frames.Heartbeat():
                if self._beat:
                    return
                self._beat = True
                self._frames.append(frame)
            case _:
                self._frames.append(frame)
        self._some.set()

    async def take(self) -> list[Words]:
        """What is to be said next, as soon as there is something."""
        await self._some.wait()
        return self._taken(MOST_FRAMES)

    def rest(self) -> list[Words]:
        """All that there is: last words."""
        return self._taken(len(self._frames) + len(self._lines))

    def _taken(self, most: int) -> list[Words]:
        taken: list[Words] = []
        while self._frames and len(taken) < most:
            taken.append(self._latest(self._frames.popleft()))
        while self._lines and len(taken) < most:
            taken.append(self._lines.popleft())
        if not (self._frames or self._lines):
            self._some.clear()
        return taken

    def forget(self) -> None:
        """The link is lost: the next one begins anew with all but log lines."""
        self._frames.clear()
        self._progress.clear()
        self._beat = False
        if not self._lines:
            self._some.clear()

    def _latest(self, frame: Words) -> Words:
        if isinstance(frame, frames.Progress):
            return self._progress.pop(frame.token)
        if isinstance(frame, frames.Heartbeat):
            self._beat = False
        return frame
