"""What both forms of Ray share: a node on this machine, with as many workers as there are slots."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Sequence
from typing import Any, Self

from contestants import SECONDS, SLOTS, Results

from peers import needed
from peers.ahead import Ahead

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # or it would tell its makers
_ray: Any = needed("ray")


class Local(Ahead):
    """References that take references; workers are processes, and the clock is the machine's."""

    most = 2_000

    def __enter__(self) -> Self:
        """Start the node, and whoever works on it."""
        self._folder = tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True)
        _ray.init(
            address="local",  # never a cluster that the environment names
            num_cpus=SLOTS,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            _temp_dir=self._folder.name,
        )
        self.opened()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop all of its processes."""
        _ray.shutdown()
        self._folder.cleanup()

    def opened(self) -> None:
        """Have workers at hand."""

    def results(self, futures: Sequence[Any]) -> Results:
        """All at once."""
        return list(_ray.get(list(futures), timeout=SECONDS))

    def clock(self) -> Any:  # noqa: ANN401 - its futures
        """Ask for the time."""
        raise NotImplementedError  # each in its own way

    def start_delay(self) -> float:
        """Seconds from handing in until it runs."""
        handed = time.perf_counter()
        return float(_ray.get(self.clock(), timeout=SECONDS)) - handed
