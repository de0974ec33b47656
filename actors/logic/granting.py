"""More of a budget may be used up than was said at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.ledger import Source
from callboard.actors.logic.skills import normal
from callboard.messages.commands import Done, Refused
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.lookups import UnknownBudget

if TYPE_CHECKING:
    from callboard.actors.logic.leasing import Leasing
    from callboard.messages.commands import GrantBudget


class Granting:
    """Grants more of budgets."""

    def __init__(self, leasing: Leasing) -> None:
        self._leasing = leasing

    def grant(self, message: GrantBudget, now: float) -> list[Effect]:
        """The runtime's budget, or that of a goal which has one and has not ended."""
        name, reserving = normal(message.resource), self._leasing.reserving
        known = self._has(message.goal, name) if message.goal else reserving.is_budget(name)
        if not known:
            refused = Refused(problem=problem_of(UnknownBudget(message.resource, message.goal)))
            return [Tell(message.reply_to, refused)] if message.reply_to else []
        key = Source("goal" if message.goal else "runtime", name, message.goal)
        granted = reserving.grant(key, message.amount, now)
        return [*granted, Tell(message.reply_to, Done())] if message.reply_to else granted

    def _has(self, goal: str, name: str) -> bool:
        works = self._leasing.works.values()
        allowances = next((work.ready.budget for work in works if work.goal == goal), ())
        return any(normal(allowance.resource) == name for allowance in allowances)
