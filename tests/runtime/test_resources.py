"""Resources as somebody meets them who uses a runtime: explained, and changed by edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from callboard.messages.errors.endings import GoalFailed
from callboard.messages.errors.lookups import UnknownSubtask
from callboard.messages.errors.running import InvalidCall
from callboard.runtime.config import Config
from callboard.runtime.planners.stated import subtask
from callboard.runtime.simulation.simulation import simulated_runtime

if TYPE_CHECKING:
    from callboard.runtime.executors.context import Context
    from callboard.runtime.executors.task import Task

CARD = Config(resources={"gpu": 1})


def busy(task: Task, ctx: Context) -> str:
    """Takes a minute."""
    ctx.sleep(60)
    return task.name


def test_who_has_a_resource_is_told_by_name() -> None:
    with simulated_runtime(config=CARD) as runtime:
        runtime.register(busy, id="a", skills=["general"], max_load=3)
        one = subtask("one", uuid="u1", demands={"gpu": 1}, keys=["k"])
        two = subtask("two", uuid="u2", demands={"gpu": 1}, keys=["k"])
        runtime.submit([one, two])
        runtime.advance(seconds=1)
        assert runtime.explain("u2").text.splitlines()[1:] == [
            "- it wants 1 gpu, and 0 of 1 of the runtime is free; 'one' has some of it",
            "- only 1 at once may run with the key 'k'; 'one' has some of it",
        ]


def test_only_what_nobody_offers_is_missing() -> None:
    with simulated_runtime() as runtime:
        runtime.register(busy, id="a", skills=["general"], offers={"memory": 4})
        runtime.submit([subtask("n", uuid="u", demands={"memory": 1, "gpu": 1})])
        runtime.advance(seconds=1)
        assert "covers gpu >= 1 of its own; it" in runtime.explain("u").text


def test_an_edit_changes_what_it_demands_and_its_keys() -> None:
    with simulated_runtime(config=CARD) as runtime:
        runtime.register(busy, id="a", skills=["general"], max_load=3)
        plan = [subtask(n, uuid=n, demands={"gpu": 1}, keys=["k"]) for n in ("one", "two", "big")]
        goal = runtime.submit([*plan, subtask("never", uuid="never", demands={"gpu": 2})])
        runtime.advance(seconds=1)
        runtime.edit("two", demands={}, keys=[])
        runtime.edit("never", demands={"gpu": 1})
        runtime.edit("big", demands={"gpu": 9})
        runtime.advance(seconds=60)
        assert runtime.explain("two").status == "completed"
        assert "gpu >= 9 (1 in all)" in runtime.explain("big").text
        runtime.edit("big", demands=[])
        runtime.advance(seconds=120)
        assert goal.status.value == "completed"


def test_a_setting_is_the_callers_and_a_call_of_a_context_the_agents() -> None:
    with pytest.raises(InvalidCall) as caught:
        Config(planning_seconds=0)
    assert caught.value.fault == "caller"

    def sloppy(task: Task, ctx: Context) -> None:
        del task
        ctx.sleep(-1)

    with simulated_runtime() as runtime:
        runtime.register(sloppy, skills=["general"], retry=1)
        goal = runtime.submit([subtask("nap")])
        with pytest.raises(GoalFailed):
            goal.result(3600)
        problem = goal.subtasks[0].problem
        assert problem is not None
        assert (problem.error, problem.fault) == ("InvalidCall", "agent")


def test_a_row_of_an_unknown_subtask_is_refused() -> None:
    with simulated_runtime() as runtime, pytest.raises(UnknownSubtask, match="'nobody'"):
        runtime.tensor().row("nobody")


def test_settings_in_the_place_of_the_seed_are_not_lost_in_silence() -> None:
    with (
        pytest.raises(InvalidCall, match="settings are given as config="),
        simulated_runtime(CARD),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ):
        pass
