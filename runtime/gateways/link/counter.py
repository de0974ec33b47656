"""What an agent that asks over HTTP is to hear, kept until it asks.

A carrier like a socket is (`station.Carrier`), from which nothing goes out by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from callboard.messages.errors.base import problem_of
from callboard.messages.errors.running import InvalidCall
from callboard.runtime.gateways.link import asking, frames

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.runtime.executors.processes.wire import Frame
    from callboard.runtime.gateways.link.links import Links
    from callboard.runtime.gateways.link.station import Station


class Counter:
    """Keeps what an agent is to hear until it asks.

    Args:
        links: Told what follows.
        loop: Of the server.

    Attributes:
        station: Whose frames they are.
    """

    station: Station | None = None

    def __init__(self, links: Links, loop: asyncio.AbstractEventLoop) -> None:
        self._links = links
        self._loop = loop
        self._changed = asyncio.Event()
        self._asked = 0
        self._left: str | None = None
        self._over = False
        self._assignments: dict[str, frames.Assign] = {}
        self._stop: dict[str, asking.Halt] = {}
        self._forget: dict[str, asking.Forgettable] = {}
        self._ends: dict[str, asyncio.Future[frames.Ack]] = {}

    # Called on any thread

    def wake(self) -> None:
        """There are frames for the agent."""
        self._call(self._look)

    def end(self) -> None:
        """Nothing more will be said."""
        self._call(self._finish)

    def cut(self, why: str) -> None:
        """It is not listened to any more."""
        self._left = self._left or why
        self._call(self._finish)

    def _call(self, call: Callable[[], Any]) -> None:
        with contextlib.suppress(RuntimeError):  # its loop has ended
            self._loop.call_soon_threadsafe(call)

    # On its loop

    def begin(self) -> None:
        """The agent asks anew, and says what it has: what was not heard is said again."""
        self._asked += 1
        self._assignments.clear()
        self._stop.clear()
        self._changed.set()  # an earlier question is answered with nothing

    async def collect(self, seconds: float) -> asking.Assignments:
        """All that there is, as soon as there is anything."""
        asked = self._asked
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while asked == self._asked and not self._anything:
                    self._changed.clear()
                    self._look()
                    if not self._anything:
                        await self._changed.wait()
        if asked != self._asked:  # it has asked again meanwhile
            return asking.Assignments()
        found = asking.Assignments(
            assignments=tuple(self._assignments.values()),
            stop=tuple(self._stop.values()),
            forget=tuple(self._forget.values()),
            left=self._left,
        )
        self._assignments, self._stop, self._forget = {}, {}, {}
        return found

    def expect(self, token: str) -> asyncio.Future[frames.Ack]:
        """The acknowledgement of how that attempt has ended."""
        future = self._ends.get(token)
        if future is None:
            future = self._ends[token] = self._loop.create_future()
        return future

    @property
    def _anything(self) -> bool:
        waits = self._assignments or self._stop or self._forget
        return bool(waits) or self._over or self._left is not None

    def _finish(self) -> None:
        self._look()
        self._over = True
        self._changed.set()

    def _look(self) -> None:
        if self.station is None:
            return
        for frame in self.station.outgoing():
            self._sort(self.station, frame)
        if self._anything:
            self._changed.set()

    def _sort(self, station: Station, frame: Frame) -> None:
        match frame:
            case frames.Assign():
                self._assignments[frame.token] = frame
            case frames.Stop():
                self._assignments.pop(frame.token, None)
                halt = asking.Halt(token=frame.token, reason=frame.reason, grace=frame.grace)
                self._stop[frame.token] = halt
            case frames.Ack():
                self._acknowledge(frame)
            case frames.Welcome():
                for token in frame.acknowledged:
                    self._acknowledge(frames.Ack(token=token))
            case frames.Letter():
                problem = problem_of(InvalidCall("agent", station.agent.id, "one with a socket"))
                said = frames.Handled(number=frame.number, problem=problem)
                self._links.take(station, [said])
            case frames.Bye():
                self._left = frame.reason or "it was let go"
            case _:
                return  # what only handlers with a socket can want, or answer

    def _acknowledge(self, ack: frames.Ack) -> None:
        self._stop.pop(ack.token, None)
        future = self._ends.pop(ack.token, None)
        if future is None:
            self._forget[ack.token] = asking.Forgettable(token=ack.token, refused=ack.refused)
        elif not future.done():
            future.set_result(ack)
