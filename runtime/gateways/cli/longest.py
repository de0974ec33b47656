"""The longest way through a plan: what no number of agents can shorten."""

from __future__ import annotations

from callboard.actors.logic.graph import dependents, upward_ranks
from callboard.messages.base import SubtaskId
from callboard.messages.values import Plan


def longest_way(plan: Plan) -> list[SubtaskId]:
    """The critical path by estimated durations, from a first subtask to a last one.

    Args:
        plan: A checked one.
    """
    ranks = upward_ranks(plan)
    below = dependents(plan)
    step = max((s.uuid for s in plan.subtasks if not s.dependencies), key=ranks.__getitem__)
    way = [step]
    while below[step]:
        step = max(below[step], key=ranks.__getitem__)
        way.append(step)
    return way
