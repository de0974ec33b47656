from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callboard.actors.logic.board import Board
from callboard.actors.logic.records import SubtaskStatus
from callboard.actors.logic.skills import Equivalences, can_do
from callboard.actors.logic.tensor import PRIORITIES, Floats, Keeper, task_tensor
from callboard.messages.errors import TensorTooLarge
from callboard.messages.facts import Fact, GoalForgotten, RuntimeStarted, SubtaskEdited
from callboard.messages.notices import Notice
from callboard.messages.values import Priority
from tests.actors.logic.boards import board_of
from tests.actors.logic.happenings import (
    GOALS,
    SUBTASKS,
    accepted,
    adopted,
    assigned,
    cancelled,
    completed,
    failed,
    goal_failed,
    lease,
    registered,
    removed,
    revoked,
    runs,
    subtask,
)

NONE = Equivalences()
KNOWN = Equivalences.of({"coding": ["development"]})


def shares(board: Board, equivalences: Equivalences = NONE) -> list[list[float]]:
    """Each task's values over the agents, whatever its priority."""
    values: list[list[float]] = task_tensor(board, equivalences).values.sum(axis=2).tolist()
    return values


def test_its_axes_are_labelled() -> None:
    board = board_of(
        *(registered("b"), registered("a"), accepted()), adopted(subtask("s2"), subtask("s1"))
    )
    tensor = task_tensor(board, NONE)
    assert tensor.values.shape == (2, 2, 4)
    assert tensor.values.dtype == np.float64
    assert (tensor.subtasks, tensor.agents) == (("s2", "s1"), ("b", "a"))
    assert tensor.priorities == ("CRITICAL", "HIGH", "MEDIUM", "LOW")


def test_only_the_slice_of_its_own_priority_is_not_zero() -> None:
    stated = [subtask(f"s{p.value}", priority=p) for p in Priority]
    board = board_of(registered("a1"), accepted(), adopted(*stated))
    assert task_tensor(board, NONE).values[:, 0, :].tolist() == np.eye(4).tolist()


def test_without_agents_it_has_no_columns() -> None:
    board = board_of(accepted(), adopted(subtask("s1"), subtask("s2")))
    assert task_tensor(board, NONE).values.shape == (2, 0, 4)


def test_without_anything_it_is_empty() -> None:
    assert task_tensor(Board(), NONE).values.shape == (0, 0, 4)


def test_who_may_do_it_shares_it_whatever_the_load() -> None:
    busy = lease("s2", "a1")
    board = board_of(
        *(registered("a1", "coding"), registered("a2", "Development"), registered("a3", "law")),
        *(registered("a4", "general"), accepted()),
        adopted(subtask("s1", skills=["coding"]), subtask("s2", skills=["coding"])),
        assigned(busy),
    )
    assert shares(board, KNOWN) == [[1 / 3, 1 / 3, 0, 1 / 3], [1, 0, 0, 0]]


def test_what_requires_nothing_is_shared_by_all() -> None:
    board = board_of(registered("a1"), registered("a2", "law"), accepted(), adopted(subtask("s1")))
    assert shares(board) == [[0.5, 0.5]]


def test_where_nobody_may_there_are_zeros() -> None:
    board = board_of(registered("a1", "law"), accepted(), adopted(subtask("s1", skills=["sql"])))
    assert shares(board) == [[0.0]]


def test_it_is_its_holders_until_the_lease_is_revoked() -> None:
    held = lease("s1", "a2")
    board = board_of(registered("a1"), registered("a2"), accepted(), adopted(subtask("s1")))
    board.apply(assigned(held))
    assert shares(board) == [[0, 1]]
    board.apply(revoked(held))
    assert shares(board) == [[0.5, 0.5]]


def test_it_stays_with_who_completed_it_while_registered() -> None:
    held = lease("s1", "a2")
    board = board_of(registered("a1"), registered("a2"), accepted(), adopted(subtask("s1")))
    board.apply(assigned(held))
    board.apply(completed("s1", held))
    assert shares(board) == [[0, 1]]
    board.apply(removed("a2"))
    assert shares(board) == [[1]]


def test_what_failed_or_was_cancelled_is_nobodys() -> None:
    board = board_of(
        *(registered("a1"), accepted(), adopted(subtask("s1"), subtask("s2"))),
        *(failed("s1"), cancelled("s2")),
    )
    assert shares(board) == [[0.0], [0.0]]


@settings(max_examples=40)
@given(runs())
def test_each_row_sums_to_one_or_is_zero(events: list[Fact | Notice]) -> None:
    board = board_of(*events)
    values = task_tensor(board, NONE).values
    assert values.shape == (len(board.subtasks), len(board.agents), len(PRIORITIES))
    for row, record in zip(values, board.subtasks.values(), strict=True):
        lost = record.status in (SubtaskStatus.FAILED, SubtaskStatus.CANCELLED)
        expected = 0.0 if lost or not board.agents else 1.0
        assert np.isclose(row.sum(), expected)
        assert np.isclose(row[:, record.subtask.priority].sum(), expected)


SKILLS = st.lists(st.sampled_from(["coding", "development", "law", "general"]), max_size=2)


@given(st.lists(SKILLS, max_size=6), st.lists(SKILLS, max_size=4))
def test_it_is_what_each_pair_of_subtask_and_agent_gives(
    required: list[list[str]], offered: list[list[str]]
) -> None:
    stated = [subtask(f"s{n}", skills=names) for n, names in enumerate(required)]
    board = board_of(accepted(), adopted(*stated))
    for n, names in enumerate(offered):
        board.apply(registered(f"a{n}", *names))
    expected: list[list[float]] = []
    for record in board.subtasks.values():
        may = [
            can_do(agent.agent.skills, record.subtask.required_skills, KNOWN)
            for agent in board.agents.values()
        ]
        expected.append([one / max(sum(may), 1) for one in may])
    assert shares(board, KNOWN) == expected


@st.composite
def histories(draw: st.DrawFn) -> list[Fact | Notice]:
    """A run, in the midst of which goals are forgotten and come back, subtasks are edited."""
    events = draw(runs())
    for _ in range(draw(st.integers(0, 6))):
        name = draw(st.sampled_from(GOALS))
        more = draw(st.sampled_from([_forgotten(name), _again(name), _edited(name), _reopened()]))
        at = draw(st.integers(0, len(events)))
        events[at:at] = more
    return events


def _forgotten(name: str) -> list[Fact | Notice]:
    return [goal_failed(name), GoalForgotten(at=9.0, goal=name)]


def _again(name: str) -> list[Fact | Notice]:
    stated = [subtask(uuid, skills=["law"]) for uuid in reversed(SUBTASKS[name])]
    return [*_forgotten(name), accepted(name), adopted(*stated, of=name)]


def _edited(name: str) -> list[Fact | Notice]:
    uuid = SUBTASKS[name][0]
    spec = subtask(uuid, skills=["law"], priority=Priority.LOW)
    return [SubtaskEdited(at=9.0, goal=name, subtask=uuid, spec=spec)]


def _reopened() -> list[Fact | Notice]:
    return [RuntimeStarted(at=9.0, boot=2), registered("a2"), registered("a4", "law")]


@settings(max_examples=40)
@given(histories(), st.integers(1, 20))
def test_kept_as_things_happen_it_is_what_it_is_when_made_anew(
    events: list[Fact | Notice], every: int
) -> None:
    board = Board()
    keeper = Keeper(board, NONE)
    for number, event in enumerate(events):
        board.apply(event)
        if number % every == 0 or number == len(events) - 1:
            kept, anew = keeper.look(), task_tensor(board, NONE)
            assert (kept.subtasks, kept.agents) == (anew.subtasks, anew.agents)
            assert kept.subtasks == tuple(board.subtasks)
            assert np.array_equal(kept.values, anew.values)
            assert np.array_equal(kept.values, naive(board))


def naive(board: Board) -> Floats:
    """The same, one cell after the other."""
    values = np.zeros((len(board.subtasks), len(board.agents), 4))
    for row, record in enumerate(board.subtasks.values()):
        needs, level = record.subtask.required_skills, record.subtask.priority
        able = [can_do(agent.agent.skills, needs, NONE) for agent in board.agents.values()]
        lost = record.status in (SubtaskStatus.FAILED, SubtaskStatus.CANCELLED)
        for column, name in enumerate(board.agents):
            if record.assigned_agent in board.agents:
                values[row, column, level] = record.assigned_agent == name
            elif not lost:
                values[row, column, level] = able[column] / max(sum(able), 1)
    return values


@settings(max_examples=40)
@given(histories())
def test_sparse_it_says_the_same(events: list[Fact | Notice]) -> None:
    tensor = task_tensor(board_of(*events), NONE)
    sparse = tensor.sparse()
    assert np.array_equal(sparse.dense(tensor.nbytes), tensor.values)
    assert len(sparse.data) == np.count_nonzero(tensor.values)
    assert sparse.coords.T.tolist() == np.argwhere(tensor.values).tolist()
    assert sparse[2:] == (tensor.shape, tensor.subtasks, tensor.agents, tensor.priorities)
    for uuid, row in zip(tensor.subtasks, tensor.values.sum(axis=2).tolist(), strict=True):
        assert tensor.row(uuid) == {a: p for a, p in zip(tensor.agents, row, strict=True) if p}


def test_rows_are_made_anew_where_too_much_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callboard.actors.logic.folds.state.NOTED", 2)
    board = board_of(registered("a1"), registered("a2"), accepted(), adopted(subtask("s1")))
    keeper = Keeper(board, NONE)
    for name in ("x", "y", "z"):
        board.apply(accepted(name))
        board.apply(adopted(subtask(name), of=name))
        board.apply(goal_failed(name))
        board.apply(GoalForgotten(at=9.0, goal=name))
    assert board.touched is None
    board.apply(assigned(lease("s1", "a2")))
    assert keeper.look().values.sum(axis=2).tolist() == [[0, 1]]
    assert board.touched == {}


def test_rows_of_what_is_forgotten_take_no_room_for_ever() -> None:
    board = board_of(registered("a1"))
    keeper = Keeper(board, NONE)
    rows = keeper._rows  # pyright: ignore[reportPrivateUsage]
    for number in range(5_000):
        name = str(number)
        board.apply(accepted(name))
        board.apply(adopted(subtask(name, skills=[name]), of=name))
        if number % 100 == 0:
            assert keeper.look().subtasks == (name,)
        board.apply(goal_failed(name))
        board.apply(GoalForgotten(at=9.0, goal=name))
        keeper.look()
    assert len(rows.kinds) < 2_000
    assert len(rows.classes) < 2_000


def test_a_dense_one_that_would_be_too_large_is_an_error_that_says_how_large() -> None:
    board = board_of(registered("a1"), accepted(), adopted(subtask("s1"), subtask("s2")))
    tensor = task_tensor(board, NONE, limit=63)
    assert tensor.nbytes == 64
    with pytest.raises(TensorTooLarge) as caught:
        _ = tensor.values
    assert str(caught.value) == (
        "a dense tensor of 2 x 1 x 4 would take 64 bytes, the limit is 63: "
        "take sparse(), or raise Config.tensor_limit"
    )
    assert len(tensor.sparse().data) == 2


def test_nothing_else_of_the_read_side_imports_numpy() -> None:
    code = "import callboard.runtime.hub, sys; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
