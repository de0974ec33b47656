"""What a runtime has learnt is seen, outlives its actors and its process, and is forgotten."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from callboard import Config, Retry, Runtime, agent, subtask
from callboard.messages import facts
from callboard.messages.errors import InvalidCall
from callboard.messages.learnt import LearningReport
from callboard.runtime.journal.store import Store
from callboard.runtime.simulation import simulated_runtime
from tests.live import LONG, eventually
from tests.runtime.journal.scenery import compact

if TYPE_CHECKING:
    from pathlib import Path

    from callboard import Context, Task

RETRY = Config(retry=Retry(attempts=2, first=0.001, longest=0.001))
PLAN = [subtask(f"{kind} {n}", kind=kind, estimated_duration=0.01) for kind in "ab" for n in "123"]


@agent(skills=["general"])
def moody(task: Task) -> str:
    if task.attempt == 1 and task.name.endswith("2"):
        raise ConnectionError
    return task.name


def worked(runtime: Runtime) -> LearningReport:
    """What it has learnt from the whole plan."""
    runtime.register(moody)
    before = runtime.learning().attempts
    runtime.submit(PLAN).result(timeout=LONG)
    eventually(lambda: runtime.learning().attempts == before + 8)
    return runtime.learning()


def test_a_runtime_says_what_it_has_learnt() -> None:
    def slow(task: Task, ctx: Context) -> None:
        ctx.sleep(2.0 * task.data)

    with simulated_runtime() as rt:
        rt.register(slow, id="slow", skills=["dig"])
        hole = {"kind": "hole", "estimated_duration": 1, "required_skills": ["dig"]}
        holes = [{"name": f"hole {n}", "data": 60.0, **hole} for n in range(30)]
        rt.submit(holes).result(timeout=LONG * 600)
        rt.advance(seconds=1)
        learnt = rt.learning().kind("hole")
        assert learnt is not None
        assert (learnt.skill, learnt.success, len(learnt.agents)) == ("dig", 1.0, 1)
        assert learnt.agents[0].factor == pytest.approx(2.0, rel=0.05)
        assert str(rt.learning()).splitlines()[1].split()[:3] == [
            "hole", "1", f"{learnt.factor:.3g}",
        ]  # fmt: skip


def test_the_status_says_how_many_intervals_held() -> None:
    with Runtime(RETRY) as runtime:
        assert runtime.status()["learning"] == {"attempts": 0, "judged": 0, "held": None}
        learnt = worked(runtime)
        runtime.crash("scheduler", "on purpose")
        assert runtime.learning() == learnt
        assert runtime.status()["learning"] == {
            "attempts": learnt.attempts,
            "judged": learnt.judged,
            "held": learnt.held,
        }


def test_a_rebuilt_scheduler_knows_what_its_predecessor_knew() -> None:
    with Runtime(RETRY) as runtime:
        learnt = worked(runtime)
        runtime.crash("scheduler", "on purpose")
        assert runtime.learning() == learnt
        assert [kind.success < 1.0 for kind in learnt.kinds] == [True, True]


def test_a_reopened_journal_has_the_same_figures(tmp_path: Path) -> None:
    with Runtime.open(tmp_path / "work.db", RETRY) as runtime:
        learnt = worked(runtime)
    with Runtime.open(tmp_path / "work.db", RETRY) as runtime:
        assert runtime.learning() == learnt
        more = worked(runtime)
    with Runtime.open(tmp_path / "work.db", RETRY) as runtime:
        assert runtime.learning() == more
        runtime.crash("scheduler", "on purpose")
        assert runtime.learning() == more


def worked_and_compacted(path: Path) -> LearningReport:
    with Runtime.open(path, RETRY) as runtime:
        learnt = worked(runtime)
    compact(path)
    with closing(Store(path)) as store:
        told = list(store.facts())
    assert [type(fact) for fact in told].count(facts.LearningKept) == 1
    assert not any(isinstance(fact, facts.SubtaskCompleted) for fact in told)
    return learnt


def test_what_is_compacted_has_taught_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "work.db"
    first, learnt = (worked_and_compacted(path) for _ in range(2))
    assert first != learnt
    with Runtime.open(path, RETRY) as runtime:
        assert runtime.learning() == learnt


def test_what_a_journal_in_memory_drops_has_taught_all_the_same() -> None:
    with Runtime(Config(keep_goals=1, retry=RETRY.retry)) as runtime:
        runtime.register(moody)
        for _ in range(5):
            runtime.submit(PLAN).result(timeout=LONG)
        eventually(lambda: runtime.learning().attempts == 40)
        learnt = runtime.learning()
        runtime.crash("scheduler", "on purpose")
        assert runtime.learning() == learnt


def test_what_was_learnt_can_be_forgotten_for_good(tmp_path: Path) -> None:
    with Runtime.open(tmp_path / "work.db", RETRY) as runtime:
        worked(runtime)
        assert runtime.reset_learning(kind="a") == 1
        assert [kind.name for kind in runtime.learning().kinds] == ["b"]
    with Runtime.open(tmp_path / "work.db", RETRY) as runtime:
        assert [kind.name for kind in runtime.learning().kinds] == ["b"]
        assert runtime.reset_learning(agent="nobody") == 0
        assert [kind.name for kind in runtime.learning().kinds] == ["b"]
        runtime.reset_learning(agent="moody")
        assert runtime.learning().kinds == ()
        runtime.reset_learning()
        assert runtime.learning() == LearningReport(attempts=0, kinds=())


def test_the_twins_do_the_same() -> None:
    async def ask(runtime: Runtime) -> None:
        before = await runtime.alearning()
        await runtime.areset_learning()
        assert (len(before.kinds), (await runtime.alearning()).kinds) == (2, ())

    with Runtime(RETRY) as runtime:
        worked(runtime)
        asyncio.run(ask(runtime))


def test_what_is_no_name_is_refused() -> None:
    with Runtime() as runtime, pytest.raises(InvalidCall, match="kind"):
        runtime.reset_learning(kind=7)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
