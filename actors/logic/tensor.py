"""The task tensor: who does each subtask, or how likely each agent is to get it.

Nothing else imports numpy, so that `import callboard` stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from callboard.actors.logic.records import SubtaskRecord, SubtaskStatus
from callboard.actors.logic.skills import Equivalences, can_do
from callboard.messages.base import AgentId, SubtaskId
from callboard.messages.values import Priority, Skill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.actors.logic.board import Board

Floats: TypeAlias = NDArray[np.float64]

PRIORITIES = tuple(p.name for p in Priority)
"""Labels of the third axis."""

_LOST = (SubtaskStatus.FAILED, SubtaskStatus.CANCELLED)


class Tensor(NamedTuple):
    """The tensor with the labels of its axes.

    Attributes:
        values: T_task, float64[n_tasks, n_agents, 4]; in [0, 1]; each task's values
            sum to 1, or are all 0.
        subtasks: Uuids on axis 0, in the order in which they were accepted.
        agents: Ids on axis 1, in the order in which they registered.
        priorities: Names on axis 2.
    """

    values: Floats
    subtasks: tuple[SubtaskId, ...]
    agents: tuple[AgentId, ...]
    priorities: tuple[str, ...] = PRIORITIES


def task_tensor(board: Board, equivalences: Equivalences) -> Tensor:
    """The tensor of all subtasks and agents that are on *board*.

    Only the slice of a subtask's own priority is not 0. There it has 1.0 at the agent
    that holds or completed it, while that agent is registered; zeros if it failed or
    was cancelled; else 1/k at each of the k agents whose skills allow it, whatever
    their load, and zeros where there is none. No agents: shape (n_tasks, 0, 4).
    """
    records = list(board.subtasks.values())
    agents = tuple(board.agents)
    column = {agent: index for index, agent in enumerate(agents)}
    values = np.zeros((len(records), len(agents), len(PRIORITIES)))
    sets: dict[tuple[Skill, ...], int] = {}
    held: list[tuple[int, int, int]] = []
    free: list[tuple[int, int, int]] = []
    for row, record in enumerate(records):
        holder = column.get(record.assigned_agent or "")
        slice_ = int(record.subtask.priority)
        if holder is not None:
            held.append((row, holder, slice_))
        elif record.status not in _LOST:
            free.append((row, _number(sets, record), slice_))
    _set_held(values, held)
    _set_free(values, free, _shares(board, list(sets), equivalences))
    return Tensor(values, tuple(board.subtasks), agents)


def _number(sets: dict[tuple[Skill, ...], int], record: SubtaskRecord) -> int:
    return sets.setdefault(record.subtask.required_skills, len(sets))


def _shares(board: Board, sets: Sequence[tuple[Skill, ...]], equivalences: Equivalences) -> Floats:
    """float64[n_sets, n_agents]: 1/k at the k agents that cover a set of skills."""
    may = np.zeros((len(sets), len(board.agents)))
    offered = [agent.agent.skills for agent in board.agents.values()]
    verdicts: dict[tuple[tuple[Skill, ...], int], bool] = {}
    for column, skills in enumerate(offered):
        for row, required in enumerate(sets):
            verdict = verdicts.get((skills, row))
            if verdict is None:
                verdict = verdicts[skills, row] = can_do(skills, required, equivalences)
            may[row, column] = verdict
    may /= np.maximum(may.sum(axis=1, keepdims=True), 1.0)
    return may


def _set_held(values: Floats, held: Sequence[tuple[int, int, int]]) -> None:
    if held:
        rows, columns, slices = np.array(held).T
        values[rows, columns, slices] = 1.0


def _set_free(values: Floats, free: Sequence[tuple[int, int, int]], shares: Floats) -> None:
    if free:
        rows, numbers, slices = np.array(free).T
        values[rows, :, slices] = shares[numbers]
