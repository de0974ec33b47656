"""The task tensor as a text that a language model can read, however large it is.

>>> from callboard.runtime.gateways.operations.runtime import Sparse
>>> one = Sparse(
...     shape=(1, 2, 4),
...     subtasks=("u1",),
...     agents=("ann", "bob"),
...     priorities=("CRITICAL", "HIGH", "MEDIUM", "LOW"),
...     coords=((0,), (1,), (2,)),
...     data=(1.0,),
... )
>>> print(tensor_text(None, one))
Task Tensor T_task[n_tasks, n_agents, p_levels]:
Shape: (1, 2, 4)
Tensor data:
[[[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]]
n_tasks: ["u1"]
n_agents: ["ann", "bob"]
p_levels: ["CRITICAL", "HIGH", "MEDIUM", "LOW"]
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.runtime.gateways.operations.runtime import Sparse

FULL = 4_000
"""Numbers that are told in full: some 20 kB of text."""

ENTRIES = 500
"""Of a larger tensor, so many numbers that are not 0; and of an axis, so many names."""


def tensor_text(_: object, found: Sparse) -> str:
    """Its shape, its numbers, and what stands along its axes."""
    told = _full(found) if math.prod(found.shape) <= FULL else _in_part(found)
    return (
        "Task Tensor T_task[n_tasks, n_agents, p_levels]:\n"
        f"Shape: {tuple(found.shape)}\nTensor data:\n{told}\n"
        f"n_tasks: {_names(found.subtasks)}\n"
        f"n_agents: {_names(found.agents)}\n"
        f"p_levels: {_names(found.priorities)}"
    )


def _full(found: Sparse) -> str:
    tasks, agents, levels = found.shape
    numbers = [[[0.0] * levels for _ in range(agents)] for _ in range(tasks)]
    for task, agent, level, number in zip(*found.coords, found.data, strict=True):
        numbers[task][agent][level] = number
    return json.dumps(numbers)


def _in_part(found: Sparse) -> str:
    there = list(zip(*found.coords, found.data, strict=True))
    entries = json.dumps(there[:ENTRIES])
    return f"all are 0 but [task, agent, level, number]: {entries}{_more(len(there))}"


def _names(names: Sequence[str]) -> str:
    return f"{json.dumps(list(names[:ENTRIES]), ensure_ascii=False)}{_more(len(names))}"


def _more(there: int) -> str:
    return f" and {there - ENTRIES} more" if there > ENTRIES else ""
