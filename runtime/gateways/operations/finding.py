"""One operation by its name, without loading all others: for who asks one and ends.

>>> found("cancel_goal").path
'/goals/{goal_id}/cancel'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callboard.runtime.gateways.operations.operation import AnyOperation

_HOMES = {
    "agent": ("agents",),
    "agents": ("agents",),
    "goal": ("goals", "approval"),
    "goals": ("goals",),
    "plan": ("approval",),
    "result": ("goals",),
    "runtime": ("runtime",),
    "status": ("runtime",),
    "story": ("subtasks",),
    "subtask": ("subtasks",),
    "tensor": ("runtime",),
}
"""Where an operation is likely to stand, by the last word of its name."""


def found(name: str) -> AnyOperation:
    """The operation of that name; the same one that is in the table.

    Raises:
        KeyError: There is none.
    """
    for home in _HOMES.get(name.rpartition("_")[2], ()):
        module = importlib.import_module(f"callboard.runtime.gateways.operations.{home}")
        family: tuple[AnyOperation, ...] = getattr(module, home.upper())
        for operation in family:
            if operation.name == name:
                return operation
    from callboard.runtime.gateways.operations.table import named  # noqa: PLC0415 - loads all

    return named(name)
