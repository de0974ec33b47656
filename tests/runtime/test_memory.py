"""What agents and finished subtasks take, and that nothing is left of one that is forgotten."""

from __future__ import annotations

import gc
import sys
import tracemalloc
import uuid
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from callboard.messages.values import Plan, Skill, Subtask
from callboard.runtime.config import Config
from callboard.runtime.runtime import Runtime
from tests.live import LONG, eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from callboard.runtime.executors.task import Task

SIZE = 300
"""Subtasks of a goal."""


@pytest.fixture(params=["a file", "memory"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Config], Runtime]:
    """Opens a runtime with its journal in either."""

    def open_one(config: Config) -> Runtime:
        in_a_file = request.param == "a file"
        runtime = Runtime.open(tmp_path / "work.db", config) if in_a_file else Runtime(config)
        runtime.register(do_nothing, id="idler", skills=["idling"], max_load=8)
        return runtime

    return open_one


def do_nothing(task: Task) -> None:
    del task


def run(runtime: Runtime, goals: int) -> None:
    """Do so many goals, and wait until all of it has come to rest."""
    needs = (Skill(name="idling"),)
    for _ in range(goals):
        plan = [
            Subtask(uuid=f"{uuid.uuid4()}", name=f"n{n}", required_skills=needs)
            for n in range(SIZE)
        ]
        runtime.submit("idle", plan=Plan(subtasks=tuple(plan))).result(LONG)
    eventually(lambda: at_rest(runtime))
    gc.collect()


def at_rest(runtime: Runtime) -> bool:
    """Whether all is done and what is to be forgotten is forgotten."""
    health, keep = runtime.health(), runtime.config.keep_goals
    busy = any(health["scheduler"].get(state) for state in ("queued", "leased", "settling"))
    kept = max(health["orchestrator"]["ended_goals"], len(runtime.hub.board.goals))
    return not busy and (keep is None or kept <= keep)


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
def test_a_finished_subtask_takes_less_than_two_kilobytes(
    opened: Callable[[Config], Runtime],
) -> None:
    with closing(opened(Config(keep_goals=None))) as runtime:
        run(runtime, 2)
        before, _ = tracemalloc.get_traced_memory()
        run(runtime, 2)
        after, _ = tracemalloc.get_traced_memory()
    assert (after - before) / (2 * SIZE) < 2_000


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="counts CPython's blocks")
def test_nothing_is_left_of_a_forgotten_subtask(opened: Callable[[Config], Runtime]) -> None:
    """Counted in objects: one that was left of each would be 1."""
    with closing(opened(Config(keep_goals=1))) as runtime:
        run(runtime, 5)
        before = sys.getallocatedblocks()
        run(runtime, 40)  # so that what is kept of the latest ones only does not matter
        left = (sys.getallocatedblocks() - before) / (40 * SIZE)
    assert left < 0.7


CROWD = 1_000


def test_the_collector_of_garbage_has_next_to_nothing_to_look_at_of_an_idle_agent() -> None:
    """It would look at all that there is of a crowd, again and again, while the crowd comes."""
    with Runtime() as runtime:
        runtime.register_all({"first": do_nothing}, skills=["idling"])
        gc.collect()
        before = len(gc.get_objects())
        names = [f"idler-{number}" for number in range(CROWD)]
        runtime.register_all(dict.fromkeys(names, do_nothing), skills=["idling"])
        runtime.health(LONG)  # its turns are over
        gc.collect()
        assert (len(gc.get_objects()) - before) / CROWD < 6
