from __future__ import annotations

import subprocess
import sys

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from callboard.actors.logic.board import Board
from callboard.actors.logic.records import SubtaskStatus
from callboard.actors.logic.skills import Equivalences, can_do
from callboard.actors.logic.tensor import PRIORITIES, task_tensor
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from callboard.messages.values import Priority
from tests.actors.logic.happenings import (
    accepted,
    adopted,
    assigned,
    cancelled,
    completed,
    failed,
    lease,
    registered,
    removed,
    revoked,
    runs,
    subtask,
)

NONE = Equivalences()
KNOWN = Equivalences.of({"coding": ["development"]})


def board_of(*events: Fact | Notice) -> Board:
    board = Board()
    for event in events:
        board.apply(event)
    return board


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
    assert tensor[1:] == (("s2", "s1"), ("b", "a"), ("CRITICAL", "HIGH", "MEDIUM", "LOW"))


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


@settings(deadline=None)
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


def test_nothing_else_of_the_read_side_imports_numpy() -> None:
    code = "import callboard.runtime.hub, sys; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
