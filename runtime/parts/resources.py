"""What there is of resources, and more of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from callboard.actors.logic.supplied import standings
from callboard.messages.base import ORCHESTRATOR, SCHEDULER
from callboard.messages.commands import GrantBudget
from callboard.messages.errors.running import InvalidCall
from callboard.runtime.core import Core
from callboard.runtime.executors.waiting import text_of

if TYPE_CHECKING:
    from callboard.actors.logic.supplied import ResourceStanding
    from callboard.messages.base import GoalId
    from callboard.runtime.calls import Call


class ResourceCalls(Core):
    """What may be asked of a runtime about its resources."""

    def resources(self) -> dict[str, ResourceStanding]:
        """What the runtime limits, as it stands now, by name."""
        return self.hub.read(lambda board: standings(board.ledger))

    def grant(self, resource: str, amount: float, *, goal: GoalId = "") -> None:
        """Let more of a budget be used up than was said at first; what waits for it goes on.

        It is recorded, and holds after a restart too.

        Args:
            resource: Its name.
            amount: In addition to what there is; below 0 takes back.
            goal: Whose budget; "" for the runtime's.

        Raises:
            InvalidCall: The amount is no finite number.
            UnknownBudget: There is no such budget, or the goal has ended.
        """
        self._granting(resource, amount, goal).now()

    async def agrant(self, resource: str, amount: float, *, goal: GoalId = "") -> None:
        """The twin of `grant`."""
        await self._granting(resource, amount, goal)

    def _granting(self, resource: str, amount: float, goal: GoalId) -> Call[None]:
        name, whose = text_of("resource", resource), text_of("goal", goal)
        more = _finite(amount)
        self._check_open()
        self._keeping.check()
        return self._calls.command(
            f"grant {name}",
            ORCHESTRATOR if whose else SCHEDULER,
            lambda here: GrantBudget(resource=name, amount=more, goal=whose, reply_to=here),
        )


def _finite(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not math.isfinite(given):
        raise InvalidCall("amount", given, "a finite number")
    return float(given)
