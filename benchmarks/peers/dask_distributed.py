"""`dask.distributed`: one worker with 8 threads in this process, the quickest that it has."""

from __future__ import annotations

import time
from typing import Any, Self

from contestants import SECONDS, SLOTS, Results, parents_of

from peers import needed

_distributed: Any = needed("distributed")


class Peer:
    """Futures that depend on futures."""

    name = "dask, threads"
    most = 1_000

    def __enter__(self) -> Self:
        """Start."""
        self._cluster = _distributed.LocalCluster(
            n_workers=1, threads_per_worker=SLOTS, processes=False, dashboard_address=None
        )
        self._client = _distributed.Client(self._cluster)
        return self

    def __exit__(self, *error: object) -> None:
        """Stop."""
        self._client.close()
        self._cluster.close()

    def _submit(self, *after: Any) -> Any:  # noqa: ANN401 - its futures
        return self._client.submit(_nothing, *after, pure=False)

    def _results(self, futures: list[Any]) -> Results:
        return list(self._client.gather(futures))

    def independent(self, count: int) -> Results:
        """Submit all, then gather."""
        return self._results([self._submit() for _ in range(count)])

    def chain(self, count: int) -> Results:
        """Each takes the future of the one before."""
        futures = [self._submit()]
        while len(futures) < count:
            futures.append(self._submit(futures[-1]))
        return self._results(futures)

    def layers(self, count: int) -> Results:
        """Each takes three futures of the layer before."""
        width = int(count**0.5)
        futures = [self._submit() for _ in range(width)]
        for _ in range(width - 1):
            above = futures[-width:]
            futures += [self._submit(*parents_of(number, above)) for number in range(width)]
        return self._results(futures)

    def fan(self, count: int) -> Results:
        """The last one takes all futures."""
        first = self._submit()
        middle = [self._submit(first) for _ in range(count - 2)]
        return self._results([first, *middle, self._submit(*middle)])

    def start_delay(self) -> float:
        """Seconds from submitting until it runs."""
        submitted = time.perf_counter()
        started = self._client.submit(time.perf_counter, pure=False).result(timeout=SECONDS)
        return float(started) - submitted


def _nothing(*after: object) -> None:
    del after
