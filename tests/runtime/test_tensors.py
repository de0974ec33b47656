"""The tensor of a runtime, and in files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from callboard import Context, Task
from callboard.actors.logic.tensor import Tensor
from callboard.messages.errors import InvalidCall, TensorTooLarge
from callboard.messages.values import Subtask
from callboard.runtime.config import Config
from callboard.runtime.planners.plans import subtask
from callboard.runtime.runtime import Runtime
from callboard.runtime.simulation import simulated_runtime
from callboard.runtime.tensors import load_tensor, save_tensor


def of_a_run() -> tuple[Tensor, Tensor]:
    """Before, and after that somebody else may do it too."""
    with simulated_runtime() as runtime:
        runtime.register(print, id="ann", skills=["sql"])
        runtime.submit(
            "all of it",
            plan=[
                subtask("Sue", required_skills=["law"], priority="HIGH"),
                subtask("Sums", required_skills=["sql"], priority="LOW"),
            ],
        )
        runtime.advance(seconds=1)
        before = runtime.tensor()
        runtime.register(print, id="bob \N{SNOWMAN}", skills=["general"])
        runtime.pause_agent("ann")
        return before, runtime.tensor()


def test_a_look_stays_as_it_was_when_it_was_taken() -> None:
    before, after = of_a_run()
    assert before.shape == (2, 1, 4)
    assert before.values.sum(axis=2).tolist() == [[0.0], [1.0]]
    assert after.agents == ("ann", "bob \N{SNOWMAN}")
    assert after.values.sum(axis=2).tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_a_file_has_the_values_and_the_labels(tmp_path: Path) -> None:
    tensor = of_a_run()[1]
    for form in (tensor, tensor.sparse()):
        save_tensor(form, tmp_path / "tensor.npz")
        loaded = load_tensor(tmp_path / "tensor.npz")
        assert np.array_equal(loaded.dense(1000), tensor.values)
        assert loaded[2:] == (tensor.shape, tensor.subtasks, tensor.agents, tensor.priorities)
    with np.load(tmp_path / "tensor.npz", allow_pickle=False) as file:  # by whoever has numpy
        assert file["agents"].tolist() == ["ann", "bob \N{SNOWMAN}"]
        assert file["shape"].tolist() == [2, 2, 4]


def test_an_empty_one_goes_into_a_file_too(tmp_path: Path) -> None:
    with simulated_runtime() as runtime:
        save_tensor(runtime.tensor(), tmp_path / "tensor.npz")
    assert load_tensor(tmp_path / "tensor.npz").dense(0).shape == (0, 0, 4)


def test_a_file_of_something_else_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "other.npz"
    for content in (b"", b"PK no zip", b"no numpy at all"):
        file.write_bytes(content)
        with pytest.raises(InvalidCall, match="save_tensor"):
            load_tensor(file)
    np.savez(file, coords=np.zeros(3))
    with pytest.raises(InvalidCall, match="save_tensor"):
        load_tensor(file)
    with pytest.raises(FileNotFoundError):
        load_tensor(tmp_path / "missing.npz")


def test_the_limit_is_a_setting() -> None:
    with Runtime(Config(tensor_limit=31)) as runtime:
        runtime.register(print, id="ann", skills=["sql"])
        goal = runtime.submit("sue", plan=[subtask("Sue", required_skills=["law"])])
        runtime.hub.planned(goal.id).result(10)
        with pytest.raises(TensorTooLarge):
            _ = runtime.tensor().values


def taking(seconds: float) -> Callable[[Task, Context], None]:
    def work(task: Task, ctx: Context) -> None:
        del task
        ctx.sleep(seconds)

    return work


def test_it_is_how_a_runtime_gives_away_what_waits() -> None:
    minutes, count = {"fast": 0.5, "usual": 1.0, "slow": 2.0}, 240

    def plan(of: int) -> list[Subtask]:
        return [subtask(f"Sum {n}", estimated_duration=1) for n in range(of)]

    with simulated_runtime() as runtime:
        for name, each in minutes.items():
            runtime.register(taking(60.0 * each), id=name)
        runtime.submit("learn", plan=plan(120)).result()
        goal = runtime.submit("do", plan=plan(count))
        runtime.advance(seconds=1)
        told = runtime.tensor().row(goal.subtasks[-1].subtask.uuid)
        goal.result()
        got = Counter(record.assigned_agent for record in goal.subtasks)
        past = runtime.at(goal.record.accepted_at + 1.0).tensor()
        then = past.row(goal.subtasks[-1].subtask.uuid)
    assert {name: got[name] / count for name in minutes} == pytest.approx(told, abs=0.05)
    assert then == pytest.approx(told, rel=1e-3)  # the scheduler looks at who has ended something
    assert told["fast"] > 0.5
