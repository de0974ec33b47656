"""Prefect: tasks of one flow, on 8 threads, and its server in a process of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from queue import SimpleQueue
from typing import Any, Self, TypeAlias

from contestants import SECONDS, SLOTS, Results

from peers import needed
from peers.ahead import Ahead

_HOME = tempfile.mkdtemp(prefix="prefect-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ |= {
    "DO_NOT_TRACK": "1",
    "PREFECT_HOME": _HOME,
    "PREFECT_LOGGING_LEVEL": "ERROR",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",  # it is stopped at work, and complains of it
}  # read when it is imported, and by its server
_prefect: Any = needed("prefect")
_harness: Any = needed("prefect.testing.utilities").prefect_test_harness
_Threads: Any = needed("prefect.task_runners").ThreadPoolTaskRunner

_Calls: TypeAlias = SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]


class Peer:
    """Has the work done within one flow: to begin one and to end it is not timed."""

    name = "Prefect, one flow"
    most = 100

    def __init__(self) -> None:
        self._calls: _Calls = SimpleQueue()
        self._tasks = _Tasks()

    def __enter__(self) -> Self:
        """Start its server, and the flow."""
        with ExitStack() as stack:
            stack.enter_context(_harness(server_startup_timeout=int(SECONDS)))
            stack.enter_context(ThreadPoolExecutor(1)).submit(_flow, self._calls)
            stack.callback(self._calls.put, None)
            self._in_flow(_nothing)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        """End the flow, then the server."""
        self._stack.close()

    def independent(self, count: int) -> Results:
        """Submit all, then collect."""
        return self._in_flow(lambda: self._tasks.independent(count))

    def chain(self, count: int) -> Results:
        """Each waits for the one before."""
        return self._in_flow(lambda: self._tasks.chain(count))

    def layers(self, count: int) -> Results:
        """Each waits for three of the layer before."""
        return self._in_flow(lambda: self._tasks.layers(count))

    def fan(self, count: int) -> Results:
        """The last one waits for all."""
        return self._in_flow(lambda: self._tasks.fan(count))

    def start_delay(self) -> float:
        """Seconds from submitting within the flow until it runs."""
        return float(self._in_flow(_delay))

    def _in_flow(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - what that answers
        done = Future[Any]()
        self._calls.put((done, work))
        return done.result(SECONDS)


class _Tasks(Ahead):
    """Futures that wait for futures; of no use outside the flow."""

    def submitted(self, *after: Any) -> Any:  # noqa: ANN401 - its futures
        """A task that waits for others."""
        return _do.submit(wait_for=after)

    def results(self, futures: Sequence[Any]) -> Results:
        """One after the other."""
        return [future.result() for future in futures]


def _nothing() -> None:
    pass


def _time() -> float:
    return time.perf_counter()


_do: Any = _prefect.task(_nothing)
_clock: Any = _prefect.task(_time)


def _delay() -> float:
    submitted = time.perf_counter()
    return float(_clock.submit().result()) - submitted


def _serve(calls: _Calls) -> None:
    """Does what it is called for, until it is called for nothing."""
    for done, work in iter(calls.get, None):
        try:
            done.set_result(work())
        except Exception as error:  # noqa: BLE001 - for whoever waits
            done.set_exception(error)


_flow: Any = _prefect.flow(
    _serve, task_runner=_Threads(max_workers=SLOTS), validate_parameters=False
)
