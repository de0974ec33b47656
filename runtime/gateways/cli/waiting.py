"""How a goal of a server goes on, shown until it has ended or nobody waits any longer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from callboard.messages import facts
from callboard.runtime.gateways.cli.display import Display
from callboard.runtime.gateways.cli.interrupts import Interrupts
from callboard.runtime.gateways.cli.story import Story

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callboard.messages.unions import Event

Outcome: TypeAlias = Literal["ended", "stopped", "late"]

ENDS = (facts.GoalCompleted, facts.GoalFailed, facts.GoalCancelled)

_LOOK = 0.1
"""Seconds after which a wait is begun anew, so that Ctrl-C is heard."""

_CHECK = 10.0
"""Seconds without an event after which it is asked whether the goal has ended."""


class Feed:
    """Events from a thread of its own: whoever blocks in a socket hears no Ctrl-C.

    Args:
        events: Are read until this process ends.
    """

    def __init__(self, events: Iterator[Event]) -> None:
        self._waiting: queue.SimpleQueue[Event | Exception] = queue.SimpleQueue()
        threading.Thread(
            target=self._read, args=(events,), name="callboard-events", daemon=True
        ).start()

    def _read(self, events: Iterator[Event]) -> None:
        try:
            for event in events:
                self._waiting.put(event)
        except Exception as error:  # noqa: BLE001 - for whoever waits
            self._waiting.put(error)

    def next(self, timeout: float) -> Event | None:
        """The next event; None where there is none within so many seconds.

        Raises:
            Exception: What ended the events.
        """
        try:
            found = self._waiting.get(timeout=timeout)
        except queue.Empty:
            return None
        if isinstance(found, Exception):
            raise found
        return found


class Waiting(NamedTuple):
    """How a goal is waited for.

    Attributes:
        feed: What happens to it.
        story: Tells it.
        shown: Shows it.
        interrupts: Hears Ctrl-C.
        ended: Asks whether it has ended, also where nothing was heard of it.
    """

    feed: Feed
    story: Story
    shown: Display
    interrupts: Interrupts
    ended: Callable[[], bool]

    def wait(self, timeout: float | None) -> Outcome:
        """Show what happens until the goal ends, somebody wants us to stop, or it is late.

        Args:
            timeout: Seconds; None waits until it ends.

        Raises:
            Exception: What ended the feed.
        """
        began = heard = monotonic()
        while not self.interrupts.heard:
            event, now = self.feed.next(_LOOK), monotonic()
            if event is not None:
                heard = now
                self._tell(event)
                if isinstance(event, ENDS):
                    return "ended"
            elif now - heard > _CHECK:
                heard = now
                if self.ended():
                    return "ended"
            if timeout is not None and now - began > timeout:
                return "late"
        return "stopped"

    def _tell(self, event: Event) -> None:
        line = self.story.see(event)
        if line is not None:
            self.shown.say(line)
        self.shown.update(self.story)
