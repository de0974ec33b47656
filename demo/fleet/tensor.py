"""The task tensor, made small enough to be looked at.

`T_task` has a row for each subtask and a column for each agent; here the subtasks with
the same required skills are summed, and so are the slices of the four priorities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from callboard.actors.logic.skills import stated
from callboard.actors.logic.tensor import Tensor
from callboard.demo.fleet.company import in_trade_order, main_skill
from callboard.messages.values import Agent, Skill, Subtask

Floats: TypeAlias = NDArray[np.float64]

LARGEST: Final = 4_000_000
"""Subtasks times agents up to which the tensor is made, 32 bytes each."""
OTHERS: Final = "other needs"
ANYBODY: Final = "no skill needed"
_ROWS: Final = 24
_COLUMNS: Final = 400


class Heat(msgspec.Struct, frozen=True, kw_only=True):
    """How much work of each kind each agent has had, has, or is expected to get.

    Attributes:
        at: When that was, seconds since the run began.
        shape: Of the whole tensor.
        rows: What is required, most subtasks first.
        subtasks: How many of each.
        groups: Columns, one after the other: the agents' main skill, and how many columns.
        values: A list for each row with a number for each column: expected subtasks.
        agents_a_column: How many agents were summed to one column.
    """

    at: float
    shape: tuple[int, ...]
    rows: list[str]
    subtasks: list[int]
    groups: list[tuple[str, int]]
    values: list[list[float]]
    agents_a_column: int


def heat_of(
    tensor: Tensor, subtasks: Mapping[str, Subtask], agents: Sequence[Agent], at: float
) -> Heat:
    """The tensor, summed.

    Args:
        tensor: The whole of it.
        subtasks: By uuid; all that are in the tensor.
        agents: Some of them may be gone from the tensor: their columns are 0.
        at: Now.
    """
    labels = [needs_of(subtasks[uuid].required_skills) for uuid in tensor.subtasks]
    counted = Counter(labels)
    rows = [label for label, _ in counted.most_common(_ROWS)]
    if len(counted) > _ROWS:
        rows[-1] = OTHERS
    place = {label: number for number, label in enumerate(rows)}
    numbers = np.array([place.get(label, len(rows) - 1) for label in labels], dtype=np.intp)
    ordered = in_trade_order(agents)
    summed = _columns(_rows(tensor, numbers, len(rows)), tensor.agents, ordered)
    width = -(-len(ordered) // _COLUMNS)
    return Heat(
        at=at,
        shape=tensor.values.shape,
        rows=rows,
        subtasks=[int((numbers == number).sum()) for number in range(len(rows))],
        groups=_groups(ordered, width),
        values=np.round(_binned(summed, width), 3).tolist(),
        agents_a_column=width,
    )


def needs_of(skills: Sequence[Skill]) -> str:
    """What is required, in words.

    >>> needs_of([Skill(name="sql", level=2), Skill(name="law")])
    'law + sql >= 2'
    """
    return " + ".join(sorted(stated(skill) for skill in skills)) or ANYBODY


def _rows(tensor: Tensor, numbers: NDArray[np.intp], count: int) -> Floats:
    """float64[count, n_agents]."""
    summed = np.zeros((count, tensor.values.shape[1]))
    np.add.at(summed, numbers, tensor.values.sum(axis=2))
    return summed


def _columns(summed: Floats, have: Sequence[str], want: Sequence[Agent]) -> Floats:
    """The columns in another order, zeros for who is not there."""
    place = {agent: number for number, agent in enumerate(have)}
    ordered = np.zeros((len(summed), len(want)))
    for number, agent in enumerate(want):
        if agent.id in place:
            ordered[:, number] = summed[:, place[agent.id]]
    return ordered


def _binned(values: Floats, width: int) -> Floats:
    """So many neighbouring columns summed to one."""
    return np.add.reduceat(values, list(range(0, values.shape[1], width)), axis=1)


def _groups(ordered: Sequence[Agent], width: int) -> list[tuple[str, int]]:
    """The main skill of each column's first agent, and for how many columns it stays so."""
    groups: list[tuple[str, int]] = []
    for agent in ordered[::width]:
        if groups and groups[-1][0] == main_skill(agent):
            groups[-1] = (groups[-1][0], groups[-1][1] + 1)
        else:
            groups.append((main_skill(agent), 1))
    return groups
