"""The board's state: all that its folds write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from callboard.actors.logic.records import (
    AgentRecord,
    GoalRecord,
    RestRecord,
    SubtaskRecord,
    SubtaskStatus,
)
from callboard.messages import facts
from callboard.messages.base import Address, AgentId, GoalId, Message, SubtaskId
from callboard.messages.values import Problem

_OPEN = (SubtaskStatus.PENDING, SubtaskStatus.READY, SubtaskStatus.RUNNING, SubtaskStatus.PARKED)


class BoardState:
    """Goals, subtasks and agents as they stand.

    Attributes:
        goals: By id, in the order in which they were accepted.
        keys: Goals by their idempotency keys.
        subtasks: By uuid, in the order in which they were accepted.
        agents: By id, in the order in which they registered; who has left is not there.
        counts: How many subtasks have each status.
        parked: Why and until when subtasks are kept aside, the latest one last.
        resting: Skills that are given a rest.
        actor_restarts: How many times each actor of the runtime itself was restarted.
        failure: Why the runtime cannot go on, if it cannot.
        paused: Nobody is given anything new.
        draining: No goal is accepted but sub-goals.
        open_goals: How many goals have not ended.
        open_roots: How many of these are not sub-goals.
    """

    __slots__ = (
        "actor_restarts", "agents", "counts", "draining", "failure", "goals", "keys",
        "open_goals", "open_roots", "parked", "paused", "resting", "subtasks",
    )  # fmt: skip

    def __init__(self) -> None:
        self.goals: dict[GoalId, GoalRecord] = {}
        self.keys: dict[str, GoalId] = {}
        self.subtasks: dict[SubtaskId, SubtaskRecord] = {}
        self.agents: dict[AgentId, AgentRecord] = {}
        self.counts: dict[SubtaskStatus, int] = dict.fromkeys(SubtaskStatus, 0)
        self.parked: dict[SubtaskId, facts.SubtaskParked] = {}
        self.resting: dict[str, RestRecord] = {}
        self.actor_restarts: dict[Address, int] = {}
        self.failure: Problem | None = None
        self.paused = False
        self.draining = False
        self.open_goals = self.open_roots = 0

    @property
    def open_subtasks(self) -> int:
        """How many subtasks have not ended."""
        counts = self.counts
        return sum(counts[status] for status in _OPEN)


Folds: TypeAlias = dict[type[Message], Callable[[BoardState, Any], None]]
"""What takes note of which fact or notice."""
