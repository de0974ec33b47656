"""Who is compared by `speed.py`: each does the same no-ops and hands back the results.

A contestant is a context manager; what it costs to start and to stop is not timed.
Others than those here are in `peers/`, a file each.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from math import isqrt
from pathlib import Path
from typing import Any, Literal, Protocol, Self, TypeAlias, TypeVar

import pykka

from callboard import Closed, Config, Runtime, Task, subtask
from callboard.messages.values import Subtask

T = TypeVar("T")

SLOTS = 8
"""How many no-ops may run at once."""

SECONDS = 120.0
"""Until a round that hangs is given up."""

EVERYTHING = 10**9

Results: TypeAlias = list[object]


class Contestant(Protocol):
    """Runs no-ops; every method answers with their results.

    Attributes:
        name: In the table.
        most: No-ops that it is given at a time; what is slow is given fewer.
    """

    name: str
    most: int

    def __enter__(self) -> Self:
        """Start."""
        ...

    def __exit__(self, *error: object) -> None:
        """Stop."""
        ...

    def independent(self, count: int) -> Results:
        """No-ops that have nothing to do with each other."""
        ...

    def chain(self, count: int) -> Results:
        """Each may start once the one before it is done."""
        ...

    def layers(self, count: int) -> Results:
        """As many layers as each has no-ops; each no-op waits for three of the layer before."""
        ...

    def fan(self, count: int) -> Results:
        """One, then all but two that wait for it, then one that waits for all of those."""
        ...

    def start_delay(self) -> float:
        """Seconds from handing in one no-op until it starts."""
        ...


class InStages:
    """What somebody does who knows no dependencies: hands in what is ready, and waits for it."""

    most = EVERYTHING

    def independent(self, count: int) -> Results:
        """Hand in all, then collect."""
        raise NotImplementedError  # each in its own way

    def layers(self, count: int) -> Results:
        """The caller waits for all of a layer."""
        width = isqrt(count)
        return [done for _ in range(width) for done in self.independent(width)]

    def fan(self, count: int) -> Results:
        """The caller waits in between."""
        return [*self.independent(1), *self.independent(count - 2), *self.independent(1)]


class Executor(InStages):
    """`concurrent.futures.ThreadPoolExecutor`: the baseline."""

    name = "ThreadPoolExecutor"

    def __enter__(self) -> Self:
        """Start."""
        self._pool = ThreadPoolExecutor(SLOTS)
        return self

    def __exit__(self, *error: object) -> None:
        """Stop."""
        self._pool.shutdown()

    def independent(self, count: int) -> Results:
        """Submit all, then collect."""
        futures = [self._pool.submit(_nothing) for _ in range(count)]
        return [future.result() for future in futures]

    def chain(self, count: int) -> Results:
        """Whoever has done one submits the next, so nobody goes by way of the caller."""
        futures: list[Future[None]] = []
        over: Future[None] = Future()

        def go_on(_: Future[None] | None = None) -> None:
            if len(futures) == count:
                over.set_result(None)
                return
            future = self._pool.submit(_nothing)
            futures.append(future)
            future.add_done_callback(go_on)

        go_on()
        over.result(SECONDS)
        return [future.result() for future in futures]

    def start_delay(self) -> float:
        """Seconds from submitting until it runs."""
        submitted = time.perf_counter()
        return self._pool.submit(time.perf_counter).result() - submitted


class _Worker(pykka.ThreadingActor):
    """Answers an ask, or hands a chain on to the next worker."""

    def on_receive(self, message: _Step | Literal["do", "time"]) -> float | None:
        """Do nothing, and say so."""
        if isinstance(message, _Step):
            message.go_on()
            return None
        return time.perf_counter() if message == "time" else None


class _Step:
    """What the workers of a chain tell each other."""

    def __init__(self, workers: list[pykka.ActorRef[_Worker]], count: int) -> None:
        self._workers = workers
        self._count = count
        self._results: Results = []
        self.over: Future[Results] = Future()

    def go_on(self) -> None:
        """One is done: the next one, if there is any."""
        self._results.append(None)
        if len(self._results) == self._count:
            self.over.set_result(self._results)
        else:
            self._workers[len(self._results) % SLOTS].tell(self)


class Pykka(InStages):
    """A fleet of plain pykka actors, each on a thread of its own, asked in turn."""

    name = "pykka"

    def __enter__(self) -> Self:
        """Start."""
        self._workers = [_Worker.start() for _ in range(SLOTS)]
        return self

    def __exit__(self, *error: object) -> None:
        """Stop."""
        for worker in self._workers:
            worker.stop()

    def independent(self, count: int) -> Results:
        """Ask all, then collect."""
        ask: Any = "do"
        asked = [self._workers[n % SLOTS].ask(ask, block=False) for n in range(count)]
        return [future.get(timeout=SECONDS) for future in asked]

    def chain(self, count: int) -> Results:
        """Each worker tells the next one, so nobody goes by way of the caller."""
        step = _Step(self._workers, count)
        self._workers[0].tell(step)
        return step.over.result(SECONDS)

    def start_delay(self) -> float:
        """Seconds from asking until it is received."""
        asked = time.perf_counter()
        received: Any = self._workers[0].ask("time", timeout=SECONDS)
        return float(received) - asked


class Callboard:
    """A runtime with as many agents as there are slots; each workload is one goal.

    Timed is what a caller does: build the plan, submit it, wait, decode every result.

    Args:
        dispatcher: Who runs its actors.
        journal: Its file; None for one in memory.
    """

    most = EVERYTHING

    def __init__(self, dispatcher: Literal["pool", "threads"], journal: Path | None = None) -> None:
        self.name = f"callboard, {dispatcher}"
        self._config = Config(dispatcher=dispatcher)
        self._journal = journal

    def __enter__(self) -> Self:
        """Start."""
        config, journal = self._config, self._journal
        self._runtime = Runtime(config) if journal is None else Runtime.open(journal, config)
        for number in range(SLOTS):
            self._runtime.register(_do, id=f"noop-{number}", skills=["noop"])
        self._runtime.register(_clock, id="clock", skills=["clock"])
        return self

    def __exit__(self, *error: object) -> None:
        """Stop."""
        left = self._runtime.close()
        assert left == Closed(threads=(), goals=()), left

    def independent(self, count: int) -> Results:
        """A plan without dependencies."""
        return self._do([_noop(f"n{n}") for n in range(count)])

    def chain(self, count: int) -> Results:
        """A plan in which each subtask depends on the one before."""
        first = _noop("n0")
        return self._do([first, *(_noop(f"n{n}", f"n{n - 1}") for n in range(1, count))])

    def layers(self, count: int) -> Results:
        """A plan with three dependencies for each subtask that is not in the first layer."""
        width = isqrt(count)
        layers = [[f"n{layer}-{n}" for n in range(width)] for layer in range(width)]
        plan = [_noop(name) for name in layers[0]]
        for above, below in pairwise(layers):
            plan += [_noop(name, *parents_of(n, above)) for n, name in enumerate(below)]
        return self._do(plan)

    def fan(self, count: int) -> Results:
        """A plan that goes apart and together again."""
        middle = [_noop(f"n{n}", "first") for n in range(count - 2)]
        return self._do([_noop("first"), *middle, _noop("last", *(one.name for one in middle))])

    def start_delay(self) -> float:
        """Seconds from submitting a goal of one subtask until its handler runs."""
        submitted = time.perf_counter()
        goal = self._runtime.submit("tell the time", plan=[subtask("t", required_skills=["clock"])])
        started: float = goal.result(SECONDS)["t"]
        return started - submitted

    def _do(self, plan: list[Subtask]) -> Results:
        return list(self._runtime.submit("do nothing", plan=plan).result(SECONDS).values())


def parents_of(number: int, above: Sequence[T]) -> tuple[T, ...]:
    """The three of the layer *above* that a no-op waits for; fewer where there are not three."""
    return tuple(above[(number + step) % len(above)] for step in range(min(3, len(above))))


def _nothing() -> None:
    pass


def _do(task: Task) -> None:
    del task


def _clock(task: Task) -> float:
    del task
    return time.perf_counter()


def _noop(name: str, *dependencies: str) -> Subtask:
    return subtask(name, required_skills=["noop"], dependencies=dependencies)


CONTESTANTS: tuple[Callable[[], Contestant], ...] = (
    Executor,
    Pykka,
    lambda: Callboard("pool"),
    lambda: Callboard("threads"),
)
"""Makes each of them afresh; the first is the baseline."""
