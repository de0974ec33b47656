"""dramatiq: its broker and its results in memory, a worker with 8 threads."""

from __future__ import annotations

import time
from typing import Any, Self

from contestants import SECONDS, SLOTS, InStages, Results

from peers import needed

_dramatiq: Any = needed("dramatiq")
_StubBroker: Any = needed("dramatiq.brokers.stub").StubBroker
_results: Any = needed("dramatiq.results")
_StubBackend: Any = needed("dramatiq.results.backends").StubBackend

MILLISECONDS = 1000 * int(SECONDS)


class Peer(InStages):
    """Messages through a broker; results are kept, and asked for."""

    name = "dramatiq, in memory"
    most = 1_000

    def __enter__(self) -> Self:
        """Start."""
        self._broker = _StubBroker()
        self._broker.add_middleware(_results.Results(backend=_StubBackend()))
        _dramatiq.set_broker(self._broker)  # results are asked of whoever is known to all
        given = {"broker": self._broker, "store_results": True}
        self._do = _dramatiq.actor(_nothing, actor_name="do", **given)
        self._clock = _dramatiq.actor(time.perf_counter, actor_name="clock", **given)
        self._worker = _dramatiq.Worker(self._broker, worker_threads=SLOTS, worker_timeout=10)
        self._worker.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop."""
        self._worker.stop()
        self._broker.close()

    def independent(self, count: int) -> Results:
        """Send all, then collect."""
        sent = [self._do.send() for _ in range(count)]
        return [message.get_result(block=True, timeout=MILLISECONDS) for message in sent]

    def chain(self, count: int) -> Results:
        """A pipeline, with every result kept."""
        pipe = _dramatiq.pipeline(
            [self._do.message_with_options(pipe_ignore=True) for _ in range(count)]
        )
        return list(pipe.run().get_results(block=True, timeout=MILLISECONDS))

    def start_delay(self) -> float:
        """Seconds from sending until it runs."""
        sent = time.perf_counter()
        started = self._clock.send().get_result(block=True, timeout=MILLISECONDS)
        return float(started) - sent


def _nothing() -> None:
    pass
