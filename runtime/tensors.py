"""The task tensor in a file that NumPy reads.

    save_tensor(runtime.tensor(), "tensor.npz")
    load_tensor("tensor.npz").dense()

The file has what is not 0 (`coords`, `data`, `shape`) and the labels of the axes
(`subtasks`, `agents`, `priorities`), as `numpy.load` shows them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from callboard.actors.logic.sparse import SparseTensor
from callboard.messages.errors.running import InvalidCall

if TYPE_CHECKING:
    import os

    from callboard.actors.logic.tensor import Tensor


def save_tensor(tensor: Tensor | SparseTensor, path: str | os.PathLike[str]) -> None:
    """Write the tensor with its labels to an `.npz` file, compressed.

    Args:
        tensor: Dense or sparse; it is written sparse.
        path: Of the file; its name is taken as it is.
    """
    sparse = tensor if isinstance(tensor, SparseTensor) else tensor.sparse()
    with Path(path).open("wb") as file:
        np.savez_compressed(file, **_arrays(sparse))


def load_tensor(path: str | os.PathLike[str]) -> SparseTensor:
    """Read what `save_tensor` wrote.

    Raises:
        InvalidCall: The file holds something else.
        OSError: It cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return _sparse({name: file[name] for name in SparseTensor._fields})
    except (BadZipFile, EOFError, KeyError, TypeError, ValueError) as error:
        raise InvalidCall("path", str(path), "a file that save_tensor wrote") from error


def _arrays(sparse: SparseTensor) -> dict[str, Any]:
    """As arrays; labels as text, for whoever reads them without us."""
    return {
        name: np.array(value, dtype=str) if name in _LABELS else np.asarray(value)
        for name, value in sparse._asdict().items()
    }


_LABELS = ("subtasks", "agents", "priorities")


def _sparse(found: dict[str, Any]) -> SparseTensor:
    tasks, agents, levels = found["shape"].tolist()
    labels: dict[str, tuple[str, ...]] = {name: tuple(found[name].tolist()) for name in _LABELS}
    return SparseTensor(
        coords=found["coords"], data=found["data"], shape=(tasks, agents, levels), **labels
    )
