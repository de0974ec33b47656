"""The table of operations: all that can be asked of a runtime from outside.

>>> named("heartbeat").path
'/orchestration/heartbeat'
"""

from __future__ import annotations

from callboard.runtime.gateways.operations.agents import AGENTS
from callboard.runtime.gateways.operations.approval import APPROVAL
from callboard.runtime.gateways.operations.goals import GOALS
from callboard.runtime.gateways.operations.health import HEALTH
from callboard.runtime.gateways.operations.operation import AnyOperation
from callboard.runtime.gateways.operations.orchestration import ORCHESTRATION
from callboard.runtime.gateways.operations.runtime import RUNTIME
from callboard.runtime.gateways.operations.subtasks import SUBTASKS

TABLE: tuple[AnyOperation, ...] = (
    *ORCHESTRATION,
    *GOALS,
    *APPROVAL,
    *SUBTASKS,
    *AGENTS,
    *RUNTIME,
    *HEALTH,
)
"""In the order in which the documentation shows them."""

_NAMED = {operation.name: operation for operation in TABLE}


def named(name: str) -> AnyOperation:
    """The operation of that name.

    Raises:
        KeyError: There is none.
    """
    return _NAMED[name]
