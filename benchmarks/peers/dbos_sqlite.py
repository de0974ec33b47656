"""DBOS: steps of a durable workflow, kept in SQLite; it has no form that keeps nothing."""

from __future__ import annotations

import asyncio
import tempfile
import time
from math import isqrt
from pathlib import Path
from typing import Any, Self

from contestants import SLOTS, Results

from peers import needed

_dbos: Any = needed("dbos").DBOS


class Peer:
    """Each workload is a workflow, each no-op a step of it."""

    name = "DBOS, SQLite"
    most = 200

    def __enter__(self) -> Self:
        """Launch it with a file of its own."""
        self._folder = tempfile.TemporaryDirectory(prefix="dbos-")
        file = Path(self._folder.name) / "noops.sqlite"
        self._dbos = _dbos(
            config={
                "name": "noops",
                "system_database_url": f"sqlite:///{file}",
                "max_executor_threads": SLOTS,
                "log_level": "ERROR",
                "enable_otlp": False,
            }
        )
        _dbos.launch()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop its threads, and remove the file."""
        _dbos.destroy()
        self._folder.cleanup()

    def independent(self, count: int) -> Results:
        """One stage with all."""
        return _run(_stages, [count])

    def chain(self, count: int) -> Results:
        """One step after the other."""
        return _run(_chain, count)

    def layers(self, count: int) -> Results:
        """The workflow waits for all of a layer."""
        width = isqrt(count)
        return _run(_stages, [width] * width)

    def fan(self, count: int) -> Results:
        """The workflow waits in between."""
        return _run(_stages, [1, count - 2, 1])

    def start_delay(self) -> float:
        """Seconds from starting a workflow until its function runs."""
        called = time.perf_counter()
        return float(_run(_clock)) - called


def _run(workflow: Any, *given: object) -> Any:  # noqa: ANN401 - its workflows
    return _dbos.start_workflow(workflow, *given).get_result()


def _nothing() -> None:
    pass


async def _nothing_soon() -> None:
    pass


_step: Any = _dbos.step()(_nothing)
_step_soon: Any = _dbos.step()(_nothing_soon)


def _one_by_one(count: int) -> Results:
    return [_step() for _ in range(count)]


async def _in_stages(widths: list[int]) -> Results:
    done: Results = []
    for width in widths:
        done += await asyncio.gather(*(_step_soon() for _ in range(width)))
    return done


def _time() -> float:
    return time.perf_counter()


_chain: Any = _dbos.workflow()(_one_by_one)
_stages: Any = _dbos.workflow()(_in_stages)
_clock: Any = _dbos.workflow()(_time)
