"""The task tensor as coordinates (COO), for fleets whose dense array would not fit.

`coords`, `data` and `shape` are what the sparse arrays of others are made of:
`sparse.COO(t.coords, t.data, t.shape)` (PyData), or
`scipy.sparse.coo_array((t.data, tuple(t.coords)), shape=t.shape)` (SciPy 1.15).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from callboard.messages.base import AgentId, SubtaskId
from callboard.messages.errors.data import TensorTooLarge


class SparseTensor(NamedTuple):
    """What of T_task is not 0, with the labels of its axes.

    Attributes:
        coords: int32[3, n]: rows, columns and slices, sorted in this order.
        data: float64[n]; in (0, 1].
        shape: Of the dense array.
        subtasks: Uuids on axis 0.
        agents: Ids on axis 1.
        priorities: Names on axis 2.
    """

    coords: NDArray[np.int32]
    data: NDArray[np.float64]
    shape: tuple[int, int, int]
    subtasks: tuple[SubtaskId, ...]
    agents: tuple[AgentId, ...]
    priorities: tuple[str, ...]

    @property
    def nbytes(self) -> int:
        """What coordinates and data take."""
        return self.coords.nbytes + self.data.nbytes

    def dense(self, limit: int) -> NDArray[np.float64]:
        """T_task, float64[n_tasks, n_agents, 4].

        Args:
            limit: Bytes that it may take.

        Raises:
            TensorTooLarge: It would take more.
        """
        guard(self.shape, limit)
        values = np.zeros(self.shape)
        values[tuple(self.coords)] = self.data
        return values


def dense_bytes(shape: tuple[int, int, int]) -> int:
    """What a dense array of that shape takes.

    >>> dense_bytes((10_000, 1_000, 4))
    320000000
    """
    return 8 * math.prod(shape)


def guard(shape: tuple[int, int, int], limit: int) -> None:
    """Let a dense array of that shape be made only if it is small enough.

    Raises:
        TensorTooLarge: It would take more than *limit* bytes.
    """
    size = dense_bytes(shape)
    if size > limit:
        raise TensorTooLarge(*shape[:2], size, limit)
