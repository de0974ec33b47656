"""Celery: its broker and its results in memory, a worker with 8 threads in this process."""

from __future__ import annotations

import logging
import time
from typing import Any, Self

from contestants import SECONDS, SLOTS, InStages, Results

from peers import needed

_celery: Any = needed("celery")
_worker: Any = needed("celery.contrib.testing.worker")

POLL = 0.001
"""Seconds between two looks for a message, or for a result: in memory it has no other way."""


class Peer(InStages):
    """Messages through a broker; results are kept, and asked for.

    Its own way to fan in, a chord, counts its results in a place that threads of one
    process get wrong together, so the caller waits in between.
    """

    name = "Celery, in memory"
    most = 200  # a message of a chain carries all that is to come after it

    def __enter__(self) -> Self:
        """Start."""
        self._app = _celery.Celery(
            "noops", broker="memory://", backend="cache+memory://", set_as_current=False
        )
        self._app.conf.broker_transport_options = {"polling_interval": POLL}
        self._do = self._app.task(_nothing, name="do")
        self._clock = self._app.task(_time, name="clock")
        self._context = _worker.start_worker(
            self._app,
            pool="threads",
            concurrency=SLOTS,
            perform_ping_check=False,
            loglevel=logging.ERROR,
        )
        self._running = self._context.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop; who runs is told so first, or its threads would stay."""
        self._running.stop()
        self._context.__exit__(None, None, None)
        self._app.close()

    def independent(self, count: int) -> Results:
        """Send all, then collect."""
        return [_got(sent) for sent in [self._do.delay() for _ in range(count)]]

    def chain(self, count: int) -> Results:
        """A chain of signatures; each result knows the one before it."""
        results = [_celery.chain(*(self._do.si() for _ in range(count))).delay()]
        while results[-1].parent is not None:
            results.append(results[-1].parent)
        return [_got(result) for result in results]

    def start_delay(self) -> float:
        """Seconds from sending until it runs."""
        sent = time.perf_counter()
        return float(_got(self._clock.delay())) - sent


def _got(result: Any) -> Any:  # noqa: ANN401 - its results
    return result.get(timeout=SECONDS, interval=POLL)


def _nothing() -> None:
    pass


def _time() -> float:
    return time.perf_counter()
