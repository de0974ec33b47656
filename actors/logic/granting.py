"""More of a budget may be used up than was said at first.

The orchestrator knows what a goal may use up, also while nothing of it is ready, and so
lets what is granted to a goal pass; the scheduler keeps the accounts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.ledger import Source
from callboard.actors.logic.replies import refuse
from callboard.actors.logic.skills import normal
from callboard.messages.base import SCHEDULER
from callboard.messages.commands import Done
from callboard.messages.errors.lookups import UnknownBudget

if TYPE_CHECKING:
    from callboard.actors.logic.goals import Goals
    from callboard.actors.logic.reserving import Reserving
    from callboard.messages.commands import GrantBudget


def passed_on(goals: Goals, message: GrantBudget) -> list[Effect]:
    """To a goal that has such a budget and has not ended."""
    goal, name = goals.by_id.get(message.goal), normal(message.resource)
    budget = () if goal is None or goal.ended else goal.goal.budget
    if any(normal(allowance.resource) == name for allowance in budget):
        return [Tell(SCHEDULER, message)]
    return _refused(message)


def grant(reserving: Reserving, message: GrantBudget, now: float) -> list[Effect]:
    """To the runtime, or to a goal for which the orchestrator has let it pass."""
    name = normal(message.resource)
    if not message.goal and not reserving.is_budget(name):
        return _refused(message)
    key = Source("goal" if message.goal else "runtime", name, message.goal)
    granted = reserving.grant(key, message.amount, now)
    return [*granted, Tell(message.reply_to, Done())] if message.reply_to else granted


def _refused(message: GrantBudget) -> list[Effect]:
    return refuse(message.reply_to, UnknownBudget(message.resource, message.goal))
