"""What `callboard tensor` shows and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.runtime.gateways.cli.columns import table
from callboard.runtime.gateways.cli.complaints import DONE
from callboard.runtime.gateways.cli.data import data_of
from callboard.runtime.gateways.cli.doors import reading
from callboard.runtime.gateways.cli.text import counted

if TYPE_CHECKING:
    from argparse import Namespace

    from callboard.runtime.gateways.cli.screen import Screen, Stream
    from callboard.runtime.gateways.operations.runtime import Sparse

_TITLES = ("subtask", "priority", "who")


def show(options: Namespace, screen: Screen) -> int:
    """Show it, or write it to a file; the exit status.

    Raises:
        Complaint: Nobody can be asked.
        OSError: The file cannot be written.
    """
    with reading(options) as door:
        answer: Sparse = door.call("tensor")
    if options.npz is not None:
        _save(answer, options.npz)
    if options.json:
        screen.json(data_of(answer))
    elif options.npz is not None:
        numbers = counted(len(answer.data), "number")
        screen.out.line(f"T_task {answer.shape}, {numbers}, is in {options.npz}")
    else:
        _table(answer, screen.out)
    return DONE


def _save(told: Sparse, path: str) -> None:
    # Here, as NumPy is slow to load, and who only looks needs none.
    import numpy as np  # noqa: PLC0415

    from callboard.actors.logic.sparse import SparseTensor  # noqa: PLC0415
    from callboard.runtime.tensors import save_tensor  # noqa: PLC0415

    arrays = SparseTensor(
        coords=np.array(told.coords, dtype=np.int32).reshape(3, -1),
        data=np.array(told.data, dtype=np.float64),
        shape=told.shape,
        subtasks=told.subtasks,
        agents=told.agents,
        priorities=told.priorities,
    )
    save_tensor(arrays, path)


def _table(told: Sparse, out: Stream) -> None:
    who: dict[int, list[tuple[float, str]]] = {}
    slices: dict[int, int] = {}
    for row, column, level, value in zip(*told.coords, told.data, strict=True):
        who.setdefault(row, []).append((value, told.agents[column]))
        slices[row] = level
    rows = [
        (uuid, told.priorities[slices[row]] if row in slices else "-", _shares(who.get(row, ())))
        for row, uuid in enumerate(told.subtasks)
    ]
    out.line(f"T_task {told.shape}", "bold")
    if rows:
        table(out, _TITLES, rows, wrap=True)


def _shares(found: list[tuple[float, str]] | tuple[()]) -> str:
    """The likeliest first.

    >>> _shares([(0.25, "ann"), (0.75, "bob")])
    'bob 0.75, ann 0.25'
    """
    ordered = sorted(found, key=lambda share: -share[0])
    return ", ".join(f"{agent} {value:.2f}" for value, agent in ordered) or "nobody"
