"""The board's state: all that its folds write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from callboard.actors.logic.ledger import Ledger
from callboard.actors.logic.records import (
    AgentRecord,
    GoalRecord,
    RestRecord,
    SubtaskRecord,
    SubtaskStatus,
)
from callboard.messages import facts
from callboard.messages.base import Address, AgentId, GoalId, Message, SubtaskId
from callboard.messages.values import Lease, Problem, Token

NOTED = 10_000
"""Changes that are noted at least, before it is better to look at everything."""

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
        ledger: What attempts have of resources, and what of budgets is used up.
        over: Attempts that are over and burden nobody, of subtasks that have not ended yet;
            by subtask. Their agents may go before that is recorded.
        fallen: What agents that are here held when they fell last.
        actor_restarts: How many times each actor of the runtime itself was restarted.
        failure: Why the runtime cannot go on, if it cannot.
        paused: Nobody is given anything new.
        draining: No goal is accepted but sub-goals.
        open_goals: How many goals have not ended.
        open_roots: How many of these are not sub-goals.
        touched: Subtasks of which something has changed that the tensor shows, in their
            order, each with whether it was taken off the board meanwhile; None while
            nobody wants to know, or where there were too many.
    """

    __slots__ = (
        "actor_restarts", "agents", "counts", "draining", "failure", "fallen", "goals", "keys",
        "ledger", "open_goals", "open_roots", "over", "parked", "paused", "resting",
        "subtasks", "touched",
    )  # fmt: skip

    def __init__(self) -> None:
        self.goals: dict[GoalId, GoalRecord] = {}
        self.keys: dict[str, GoalId] = {}
        self.subtasks: dict[SubtaskId, SubtaskRecord] = {}
        self.agents: dict[AgentId, AgentRecord] = {}
        self.counts: dict[SubtaskStatus, int] = dict.fromkeys(SubtaskStatus, 0)
        self.parked: dict[SubtaskId, facts.SubtaskParked] = {}
        self.resting: dict[str, RestRecord] = {}
        self.ledger = Ledger()
        self.over: dict[SubtaskId, Lease] = {}
        self.fallen: dict[AgentId, frozenset[Token]] = {}
        self.actor_restarts: dict[Address, int] = {}
        self.failure: Problem | None = None
        self.paused = False
        self.draining = False
        self.open_goals = self.open_roots = 0
        self.touched: dict[SubtaskId, bool] | None = None

    @property
    def open_subtasks(self) -> int:
        """How many subtasks have not ended."""
        counts = self.counts
        return sum(counts[status] for status in _OPEN)

    def touch(self, uuid: SubtaskId) -> None:
        """Something of it has changed that the tensor shows."""
        touched = self.touched
        if touched is not None:
            touched.setdefault(uuid, False)
            if len(touched) > NOTED and len(touched) > len(self.subtasks):
                self.touched = None

    def touch_end(self, uuid: SubtaskId, *, removed: bool) -> None:
        """It is new, or *removed*: if it is on the board, it is the last one there."""
        if self.touched is not None:
            before = self.touched.pop(uuid, False)
            self.touched[uuid] = before or removed
            self.touch(uuid)


Folds: TypeAlias = dict[type[Message], Callable[[BoardState, Any], None]]
"""What takes note of which fact or notice."""
