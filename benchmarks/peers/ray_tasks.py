"""Ray: remote functions, in up to 8 worker processes."""

from __future__ import annotations

import time
from typing import Any

from contestants import SLOTS

from peers import needed
from peers.ray_local import Local

_ray: Any = needed("ray")

NAP = 0.2
"""Seconds that keep a worker busy while the others come."""


class Peer(Local):
    """A task for each no-op."""

    name = "Ray, tasks"

    def opened(self) -> None:
        """All workers have begun."""
        self._do = _ray.remote(_nothing)
        self._clock = _ray.remote(_time)
        nap = _ray.remote(_nap)
        _ray.get([nap.remote() for _ in range(SLOTS)])

    def submitted(self, *after: Any) -> Any:  # noqa: ANN401 - its futures
        """A task that takes what others leave."""
        return self._do.remote(*after)

    def clock(self) -> Any:  # noqa: ANN401 - its futures
        """A task that tells the time."""
        return self._clock.remote()


def _nothing(*after: object) -> None:
    del after


def _time() -> float:
    return time.perf_counter()


def _nap() -> None:
    time.sleep(NAP)
