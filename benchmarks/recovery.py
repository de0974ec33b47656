"""How long it takes from a failure until the work goes on, and whether control still answers.

All of it in one process, in turns, with real threads and processes. A figure is over all
rounds: the median, the 99th percentile, the highest; `bound` is what it should not exceed.

actor          an agent's actor dies: until its subtask runs at another agent
process        an agent's process gets SIGKILL: the same
... rebuilt    ProcessPoolExecutor: from SIGKILL to the same call in a new pool (baseline)
hand-over      ThreadPoolExecutor: until an idle thread runs a call (the least possible)
retry          a handler raises: until its next attempt, beyond the policy's wait
silence        an attempt falls silent: until the next one, as a part of the limit
heartbeat      an agent elsewhere falls silent: the same, of its heartbeat timeout
loop, C call   a thread hangs: until its successor runs, beyond its time and grace
control        a question to each of the runtime's actors, while 16 agents compute
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, Literal, NamedTuple, Unpack

import patients
from measure import describe, machine, options, percentile, publish, table

from callboard import Config, Retry, Runtime
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.messages.facts import SubtaskCompleted
from callboard.messages.notices import ProgressMade
from callboard.messages.values import Agent, Skill, Timeouts
from callboard.runtime.executors.definition import AgentOptions

LONG = 60.0
PAUSE = 0.02
"""Seconds between rounds, so that what the last one left behind is done."""

BACKOFF = 0.05
LIMIT = 0.3
"""Seconds of silence, and of a whole attempt, that are allowed here."""

GRACE = 0.1
MILLISECOND = 1e-3
CONFIG = Config(
    supervision=SupervisionOptions(intensity=1_000_000, first=0.02, longest=0.05),
    retry=Retry(attempts=3, first=MILLISECOND, longest=MILLISECOND, jitter=0),
    heartbeat_timeout=LIMIT,
    stop_grace=GRACE,
    poison=1000,
)


class Sizes(NamedTuple):
    """How much is measured.

    Attributes:
        rounds: How often each quick measure has its turn.
        slow: The same for those that wait or start processes.
        computing: Agents that compute while control is asked.
        questions: That are asked meanwhile, of each kind.
    """

    rounds: int
    slow: int
    computing: int
    questions: int


FULL = Sizes(rounds=100, slow=15, computing=16, questions=300)
QUICK = Sizes(rounds=5, slow=2, computing=3, questions=10)

BOUNDS = {
    "actor": ("ms", "median", 2.0),
    "process": ("ms", "median", 10.0),
    "retry": ("ms", "high", 20.0),
    "silence": ("of limit", "high", 1.1),
    "heartbeat": ("of limit", "high", 1.1),
    "control, processes": ("ms", "p99", 50.0),
}
"""Unit, figure, and what it should not exceed; the others have no bound."""


def main() -> None:
    """Measure, print, write."""
    given = options(__doc__)
    sizes = QUICK if given.quick else FULL
    found = machine()
    series: dict[str, list[float]] = defaultdict(list)
    for name, value in recoveries(sizes):
        series[name].append(value)
    doubts: dict[str, int] = {}
    kinds: dict[str, Literal["thread", "process"]] = {"processes": "process", "threads": "thread"}
    for how, isolation in kinds.items():
        delays, doubts[how] = control(sizes, isolation)
        series[f"control, {how}"] = delays
    figures = [figure_of(name, values) for name, values in series.items()]
    report = {
        "benchmark": "recovery",
        "machine": found,
        "settings": {"quick": given.quick, **sizes._asdict()},
        "declared_dead": doubts,
        "figures": figures,
    }
    head = (f"From a failure to work that goes on: {sizes.rounds} rounds", describe(found), "")
    note = (
        f"Of {sizes.computing} agents that computed and were well, {sum(doubts.values())} were "
        "declared dead. Bounds count on a quiet machine."
    )
    publish(report, [*head, *rows_of(figures)], [note], given.json)


def recoveries(sizes: Sizes) -> Iterator[tuple[str, float]]:
    """Name and figure of each turn."""
    quick = {"actor": actor, "retry": retry}
    slow: dict[str, Callable[[Runtime], float]] = {
        "process": process,
        "silence": silence,
        "heartbeat": heartbeat,
        "loop": lambda runtime: hanging(runtime, patients.hangs_in_python),
        "C call": lambda runtime: hanging(runtime, patients.hangs_in_c),
    }
    with Runtime(CONFIG) as runtime, ThreadPoolExecutor(1) as pool:
        warm_processes(runtime)
        for number in range(sizes.rounds):
            for name, measure in quick.items():
                yield name, measure(runtime)
                time.sleep(PAUSE)
            yield "hand-over", hand_over(pool)
            if number < sizes.slow:
                for name, measure in slow.items():
                    yield name, measure(runtime)
                    time.sleep(PAUSE)
                yield "... rebuilt", rebuilt()


# Each returns seconds, or parts of a limit


def actor(runtime: Runtime) -> float:
    """An actor dies while its handler runs; another agent is idle."""
    with agents(runtime, patients.waits_once, "first", "second"):
        return bereaved(runtime, "first", lambda _: runtime.crash("agent/first", "on purpose"))


def warm_processes(runtime: Runtime) -> None:
    """Two agents with a process each, for all rounds."""
    for name in ("warm-1", "warm-2"):
        runtime.register(patients.waits_once, id=name, skills=["warm"], isolation="process")


def process(runtime: Runtime) -> float:
    """A process is killed while its handler runs; another agent has a warm one."""
    all_up(runtime, "warm-1", "warm-2")
    seconds = bereaved(runtime, "warm-1", lambda pid: os.kill(pid, 9), skill="warm")
    all_up(runtime, "warm-1", "warm-2")
    return seconds


def bereaved(runtime: Runtime, who: str, kill: Callable[[int], None], skill: str = "ill") -> float:
    """Seconds from the death of whoever works to the start of the next attempt."""
    while True:
        with runtime.events() as events:
            goal = runtime.submit([subtask(skill, who)])
            seen = next(e for e in events if isinstance(e, ProgressMade | SubtaskCompleted))
        if isinstance(seen, ProgressMade):
            break
        runtime.reset_learning()  # the other one was chosen, perhaps because it seems faster
    time.sleep(PAUSE)
    killed = time.monotonic()
    kill(int(seen.note))
    began: float = goal.result(LONG)["Recover"]
    return began - killed


def retry(runtime: Runtime) -> float:
    """A handler raises; what the next attempt takes beyond the policy's wait."""
    policy = Retry(attempts=2, first=BACKOFF, jitter=0)
    with agents(runtime, patients.raises_once, "clumsy", retry=policy):
        raised, again = runtime.submit([subtask("ill", None)]).result(LONG)["Recover"]
    return again - raised - BACKOFF


def silence(runtime: Runtime) -> float:
    """An attempt gives no more signs of life; another agent is idle."""
    with agents(runtime, patients.falls_silent, "first", "second", silence=LIMIT):
        last, again = runtime.submit([subtask("ill", 2 * LIMIT)]).result(LONG)["Recover"]
    return (again - last) / LIMIT


def heartbeat(runtime: Runtime) -> float:
    """An agent that runs its work by itself beats no more; another one is idle."""
    runtime.register_remote(Agent(id="far", skills=(Skill(name="ill"),), pull=True))
    try:
        runtime.heartbeat("far")
        goal = runtime.submit([subtask("ill", "nobody")])
        while not runtime.assign():
            time.sleep(MILLISECOND)
        with agents(runtime, patients.waits_once, "near"):
            last = time.monotonic()
            runtime.heartbeat("far")
            began: float = goal.result(LONG)["Recover"]
    finally:
        runtime.unregister("far")
    return (began - last) / LIMIT


def hanging(runtime: Runtime, handler: Callable[..., object]) -> float:
    """A thread hears nothing; what its successor takes beyond its time and its grace."""
    with agents(runtime, handler, "deaf", timeout=LIMIT):
        began, again = runtime.submit([subtask("ill", 3 * LIMIT)]).result(LONG)["Recover"]
    return again - began - LIMIT - GRACE


def hand_over(pool: ThreadPoolExecutor) -> float:
    """The baseline: a call on a thread that waits for it."""
    handed = time.monotonic()
    return pool.submit(patients.now).result() - handed


def rebuilt() -> float:
    """The baseline: a pool breaks with one of its processes, and a new one is made."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(patients.now).result()
        lost = pool.submit(patients.waits, None)
        [pid] = pool._processes  # noqa: SLF001 - it tells nobody else
        time.sleep(PAUSE)
        killed = time.monotonic()
        os.kill(pid, 9)
        try:
            lost.result()
        except BrokenProcessPool:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as successor:
                return successor.submit(patients.now).result() - killed
    raise AssertionError("it lives")


def control(sizes: Sizes, isolation: Literal["thread", "process"]) -> tuple[list[float], int]:
    """Seconds that questions take while agents compute, and how many were declared dead."""
    seconds = 600.0
    config = Config(timeouts=Timeouts(silence=5.0), stop_grace=2.0)
    with Runtime(config) as runtime:
        for number in range(sizes.computing):
            runtime.register(
                patients.computes,
                id=f"computing-{number}",
                skills=["ill"],
                isolation=isolation,
            )
        with runtime.events() as events:
            plan = [{**subtask("ill", seconds), "name": str(n)} for n in range(sizes.computing)]
            goal = runtime.submit(plan)
            begun = 0
            for event in events:
                begun += isinstance(event, ProgressMade)
                if begun == sizes.computing:
                    break
        delays: list[float] = []
        for _ in range(sizes.questions):
            asked = time.monotonic()
            runtime.health(LONG)
            delays.append(time.monotonic() - asked)
            time.sleep(PAUSE / 4)
        counts = runtime.hub.counts()
        goal.cancel("measured")
    return delays, counts.get("AgentDoubted", 0) + counts.get("AgentCrashed", 0)


# How they are set up


@contextmanager
def agents(
    runtime: Runtime, handler: object, *names: str, **given: Unpack[AgentOptions]
) -> Generator[None]:
    """These agents, as long as it takes."""
    for name in names:
        made: AgentOptions = {**given, "id": name, "skills": ["ill"]}
        runtime.register(handler, **made)
    try:
        all_up(runtime, *names)
        yield
    finally:
        for name in names:
            runtime.unregister(name)


def all_up(runtime: Runtime, *names: str) -> None:
    """Wait until they can work."""
    while not all(str(runtime.agents()[name].status) == "up" for name in names):
        time.sleep(MILLISECOND)


def subtask(skill: str, data: object) -> dict[str, Any]:
    """A plan of one."""
    return {"name": "Recover", "required_skills": [skill], "data": data}


# Figures


def figure_of(name: str, values: list[float]) -> dict[str, Any]:
    """One row of the table."""
    unit, key, bound = BOUNDS.get(name, ("ms", "", None))
    scaled = values if unit == "of limit" else [value / MILLISECOND for value in values]
    figure: dict[str, Any] = {
        "measure": name,
        "unit": unit,
        "rounds": len(scaled),
        "median": percentile(scaled, 50),
        "p99": percentile(scaled, 99),
        "high": max(scaled),
        "bound": bound,
        "of": key,
    }
    return {**figure, "within": None if bound is None else figure[key] <= bound}


def rows_of(figures: list[dict[str, Any]]) -> list[str]:
    """The figures as a table."""
    heads = ("", "unit", "median", "p99", "highest", "bound")
    rows = [
        (
            figure["measure"],
            figure["unit"],
            *(f"{figure[key]:.2f}" for key in ("median", "p99", "high")),
            bound_of(figure),
        )
        for figure in figures
    ]
    return table(heads, rows)


def bound_of(figure: dict[str, Any]) -> str:
    """What it should not exceed, and whether it does."""
    if figure["bound"] is None:
        return ""
    return f"{figure['of']} {figure['bound']:g}: {'yes' if figure['within'] else 'NO'}"


if __name__ == "__main__":
    main()
