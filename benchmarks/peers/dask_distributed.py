"""`dask.distributed`: one worker with 8 threads in this process, the quickest that it has."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Self

from contestants import SECONDS, SLOTS, Results

from peers import needed
from peers.ahead import Ahead

_distributed: Any = needed("distributed")


class Peer(Ahead):
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

    def submitted(self, *after: Any) -> Any:  # noqa: ANN401 - its futures
        """A future that takes others."""
        return self._client.submit(_nothing, *after, pure=False)

    def results(self, futures: Sequence[Any]) -> Results:
        """All at once."""
        return list(self._client.gather(list(futures)))

    def start_delay(self) -> float:
        """Seconds from submitting until it runs."""
        submitted = time.perf_counter()
        started = self._client.submit(time.perf_counter, pure=False).result(timeout=SECONDS)
        return float(started) - submitted


def _nothing(*after: object) -> None:
    del after
