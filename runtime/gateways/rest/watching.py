"""Watching a runtime from outside: its events and its figures, which go on between requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.runtime.gateways.rest.events import Events
from callboard.runtime.gateways.rest.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.runtime.gateways.rest.routes import Endpoint
    from callboard.runtime.runtime import Runtime


class Watching:
    """What an application has open for those who watch.

    Args:
        runtime: Is watched.

    Attributes:
        events: Who follows what happens.
        metrics: What was measured.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.events = Events(runtime)
        self.metrics = Metrics(runtime, lambda: self.events.feed.readers)

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """To be served."""
        return (self.events.endpoint, self.metrics.endpoint)

    def open(self) -> None:
        """Go on after `close`; it is open when it is made."""
        self.events.open()
        self.metrics.open()

    def close(self) -> None:
        """End all streams and measure no longer, from whatever thread."""
        self.events.close_soon()
        self.metrics.close()
