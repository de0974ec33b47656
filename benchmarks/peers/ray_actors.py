"""Ray: 8 actors, each in a process of its own."""

from __future__ import annotations

import time
from itertools import cycle
from typing import Any

from contestants import SLOTS

from peers import needed
from peers.ray_local import Local

_ray: Any = needed("ray")


class _Worker:
    """Answers."""

    def do(self, *after: object) -> None:
        """Do nothing."""
        del after

    def clock(self) -> float:
        """Tell the time."""
        return time.perf_counter()


class Peer(Local):
    """A fleet of actors, asked in turn."""

    name = "Ray, actors"

    def opened(self) -> None:
        """All actors have answered."""
        worker = _ray.remote(_Worker)
        workers = [worker.remote() for _ in range(SLOTS)]
        self.results([one.do.remote() for one in workers])
        self._first, self._turns = workers[0], cycle(workers)

    def submitted(self, *after: Any) -> Any:  # noqa: ANN401 - its futures
        """Ask whose turn it is."""
        return next(self._turns).do.remote(*after)

    def clock(self) -> Any:  # noqa: ANN401 - its futures
        """Ask the first for the time."""
        return self._first.clock.remote()
