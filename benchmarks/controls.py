"""To cancel a goal while thousands wait and agents compute; a section of `speed.py`.

Timed is from the call of `cancel` until whoever waits for the goal is told that it has
been cancelled.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import patients
from measure import Target, figure, percentile

from callboard import Config, GoalCancelled, Runtime, subtask
from callboard.messages.values import Subtask

LONG = 600.0
PAUSE = 0.005
"""Seconds between two cancellations."""


class Setting(NamedTuple):
    """Who computes meanwhile, and how long a cancellation may take.

    Attributes:
        isolation: Where.
        computing: How many agents.
        switch: `Config.switch_interval`.
        most: Milliseconds, of 99 %.
    """

    isolation: Literal["thread", "process"]
    computing: int
    switch: float | None
    most: float


FULL = (Setting("process", 16, None, 50.0), Setting("thread", 4, 0.0002, 20.0))
QUICK = (Setting("process", 2, None, 50.0), Setting("thread", 2, 0.0002, 20.0))


def measure(quick: bool) -> tuple[list[dict[str, Any]], list[Target]]:  # noqa: FBT001 - as all
    """Figures, and what is to be reached."""
    waiting, cancels = (500, 5) if quick else (100_000, 200)
    figures, targets = list[dict[str, Any]](), list[Target]()
    for setting in QUICK if quick else FULL:
        with company(setting, waiting) as runtime:
            took = [1e3 * seconds for seconds in cancellations(runtime, cancels)]
        about = f"cancel, {setting.computing} {setting.isolation} agents compute"
        p99 = percentile(took, 99)
        figures += [figure(about, "ms", took), figure("... p99", "ms", [p99])]
        targets.append(Target(f"{about}: p99, ms", p99, setting.most))
    return figures, targets


@contextmanager
def company(setting: Setting, waiting: int) -> Generator[Runtime]:
    """A runtime whose agents compute all the time, while so many subtasks wait for them."""
    config = Config(switch_interval=setting.switch, stop_grace=1.0, largest_plan=1_000_000)
    with Runtime(config) as runtime:
        for number in range(setting.computing):
            runtime.register(
                patients.computes,
                id=f"computing-{number}",
                skills=["compute"],
                isolation=setting.isolation,
            )
        everything = runtime.submit("compute", plan=_plan(waiting + setting.computing))
        while not (all_begun(runtime, setting.computing) and all_queued(runtime, waiting)):
            time.sleep(PAUSE)
        try:
            yield runtime
        finally:
            everything.cancel("measured", LONG)


def all_begun(runtime: Runtime, count: int) -> bool:
    """Whether so many compute."""
    return runtime.hub.counts().get("ProgressMade", 0) >= count


def all_queued(runtime: Runtime, count: int) -> bool:
    """Whether so many wait at the scheduler."""
    return bool(runtime.health(LONG)["scheduler"]["queued"] >= count)


def cancellations(runtime: Runtime, count: int) -> list[float]:
    """Seconds of each."""
    return [cancellation(runtime, number) for number in range(count)]


def cancellation(runtime: Runtime, number: int) -> float:
    """Seconds until a goal that waits like all others has been cancelled."""
    goal = runtime.submit(f"victim {number}", plan=_plan(1))
    time.sleep(PAUSE)
    begin = time.perf_counter()
    goal.cancel("measured", LONG)
    try:
        goal.result(LONG)
    except GoalCancelled:
        return time.perf_counter() - begin
    raise AssertionError("it was not cancelled")


def _plan(count: int) -> list[Subtask]:
    return [subtask(f"s{n}", required_skills=["compute"], data=LONG) for n in range(count)]
