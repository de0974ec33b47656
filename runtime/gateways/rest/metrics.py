"""`GET /metrics`: figures of a runtime as Prometheus reads them; see `figures`.

Nothing is registered anywhere: two runtimes in one process have figures of their own. What
is counted is read when somebody asks; only waiting and running times are measured as they
happen, from the facts that the journal has kept.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import Response

from callboard.actors.logic.histogram import Histogram
from callboard.messages import facts
from callboard.runtime.gateways.operations.operation import Operation, Request, Scope
from callboard.runtime.gateways.rest.exposition import MEDIA_TYPE, text_of
from callboard.runtime.gateways.rest.figures import Timings, Traffic, families
from callboard.runtime.gateways.rest.routes import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request as Http

    from callboard.messages.base import SubtaskId
    from callboard.messages.facts import Fact
    from callboard.runtime.runtime import Runtime


class ShowMetrics(Request):
    """All of them: nothing can be chosen."""


class Stopwatch:
    """Measures from facts how long subtasks wait and run; for one thread at a time.

    >>> from callboard.messages.facts import SubtaskQueued
    >>> watch = Stopwatch()
    >>> watch.take(1, [SubtaskQueued(at=1.0, goal="g", subtask="s")])
    >>> watch.queued
    {'s': 1.0}
    """

    def __init__(self) -> None:
        self.timings = Timings(Histogram(), Histogram())
        self.queued: dict[SubtaskId, float] = {}

    def take(self, first: int, taken: Sequence[Fact]) -> None:
        """Facts in their order; their positions do not matter."""
        del first
        for fact in taken:
            match fact:
                case facts.SubtaskQueued() | facts.SubtaskRequeued():
                    self.queued[fact.subtask] = fact.at
                case facts.SubtaskAssigned(ahead=True):
                    pass  # it waits at its agent until it has started
                case facts.SubtaskAssigned() | facts.SubtaskStarted():
                    since = self.queued.pop(fact.lease.subtask, None)
                    if since is not None:
                        self.timings.waits.add(max(0.0, fact.at - since))
                case facts.SubtaskCompleted():
                    self.queued.pop(fact.subtask, None)
                    self.timings.runs.add(fact.seconds)
                case facts.SubtaskFailed() | facts.SubtaskCancelled():
                    self.queued.pop(fact.subtask, None)
                case _:
                    pass


class Metrics:
    """The endpoint, and what it measures from now on.

    Args:
        runtime: Whose figures.
        readers: How many follow its events.

    Attributes:
        traffic: Says what the server sees of its clients; None where something else serves.
    """

    def __init__(self, runtime: Runtime, readers: Callable[[], int]) -> None:
        self._runtime = runtime
        self._readers = readers
        self._watch = Stopwatch()
        self._leave: Callable[[], None] | None = None
        self.traffic: Callable[[], Traffic] | None = None
        self.open()

    @property
    def endpoint(self) -> Endpoint:
        """To be served."""
        return Endpoint(operation=OPERATION, serve=self._serve, media_type=MEDIA_TYPE)

    def open(self) -> None:
        """Measure again; it does when it is made."""
        if self._leave is None:
            self._leave = self._runtime.journal.follow(self._watch.take)

    def close(self) -> None:
        """Measure no longer."""
        if self._leave is not None:
            self._leave()
            self._leave = None
            self._watch.queued.clear()

    def text(self) -> str:
        """The figures of now."""
        traffic = None if self.traffic is None else self.traffic()
        return text_of(families(self._runtime, self._watch.timings, self._readers(), traffic))

    async def _serve(self, _: Http, asked: ShowMetrics) -> Response:
        del asked
        # Beside the loop: it counts goals and agents, of which there may be many.
        return Response(await asyncio.to_thread(self.text), media_type=MEDIA_TYPE)


async def _never(_runtime: Runtime, _asked: ShowMetrics) -> str:
    """It is a text: nobody calls this."""
    raise NotImplementedError


OPERATION = Operation(
    name="show_metrics",
    method="GET",
    path="/metrics",
    summary="Figures for Prometheus",
    tag="runtime",
    scope=Scope.READER,
    request=ShowMetrics,
    answer=str,
    do=_never,
)
"""What guard and documentation know of it."""
