"""The task tensor as data for JSON, within limits that a server can bear."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from callboard.runtime.runtime import Runtime

DENSE = 32 * 1024 * 1024
"""Bytes of a dense tensor that is told in JSON: some 4 million numbers, 20 MB of text."""


def dense(runtime: Runtime) -> tuple[tuple[int, int, int], list[list[list[float]]]]:
    """Shape and nested lists of T_task, float64[n_tasks, n_agents, 4].

    Raises:
        TensorTooLarge: That would be more than `DENSE` bytes, or `Config.tensor_limit`.
    """
    # Here, as NumPy is slow to load: clients know the operations too, and need none.
    from callboard.actors.logic.sparse import guard  # noqa: PLC0415

    tensor = runtime.tensor()
    guard(tensor.shape, min(DENSE, runtime.config.tensor_limit))
    return tensor.shape, cast("list[list[list[float]]]", tensor.values.tolist())
