"""How far goals and their subtasks are, as the orchestrator holds them (`goals`)."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import msgspec

from callboard.messages import facts
from callboard.messages.base import GoalId, SubtaskId
from callboard.messages.values import (
    Input,
    Payload,
    Plan,
    Priority,
    Problem,
    Ready,
    Saved,
    Subtask,
    Token,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.messages.values import Goal


class Status(enum.Enum):
    """How far a subtask is, as the orchestrator sees it."""

    BLOCKED = "pending"
    READY = "ready"
    VERIFYING = "verifying"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})

# To look one up takes longer than to compare with it.
_BLOCKED, _READY = Status.BLOCKED, Status.READY
_VERIFYING, _COMPLETED = Status.VERIFYING, Status.COMPLETED


class SubtaskState(msgspec.Struct, gc=False, eq=False):
    """One subtask of a goal that was accepted.

    It names what it has to do with instead of holding it, so the garbage collector need
    not look at it: there are as many as subtasks that are remembered.

    Attributes:
        dependents: Subtasks that wait for this one.
        unmet: How many of its dependencies have not ended well yet.
        input: Its result as its dependents receive it, once one of them does.
        saved: The latest checkpoint, and which one it is.
        token: Of the accepted completion, or else of the latest one that was refused.
        since: When it became ready.
        submitted: Its result that is being verified.
        submissions: How many results were handed in to be verified.
    """

    spec: Subtask
    goal: GoalId
    rank: float
    urgency: Priority
    dependents: tuple[SubtaskId, ...] = ()
    unmet: int = 0
    status: Status = Status.BLOCKED
    result: Payload | None = None
    input: Input | None = None
    saved: tuple[Payload, Saved] | None = None
    problem: Problem | None = None
    token: Token | None = None
    since: float = 0.0
    submitted: facts.ResultSubmitted | None = None
    submissions: int = 0


class GoalState:
    """One goal that was accepted.

    Attributes:
        open: How many of its subtasks have not ended.
        growing: There is more of its plan to come.
        proposal: What somebody has to approve before it is carried out; None for nothing.
        proposals: How many there were, of which the last one counts.
        approved: The number of the one that was; 0 for none.
        given: What all of its subtasks receive: the result that it verifies.
        problems: Why it fails, by the subtasks that have not ended well.
        repairs: How often its plan was, or is, to be mended.
        mending: What has failed, and is to be made up for by a change that is being made.
        unmendable: Its plan was not mended, and never will be.
        superseded: What its plan goes on without, since it was mended.
    """

    __slots__ = (
        "approved", "ended", "given", "goal", "growing", "mending", "open", "plan", "problems",
        "proposal", "proposals", "repairs", "subtasks", "superseded", "unmendable",
    )  # fmt: skip

    def __init__(self, goal: Goal) -> None:
        self.goal = goal
        self.plan: Plan | None = None
        self.subtasks: dict[SubtaskId, SubtaskState] = {}
        self.open = 0
        self.given: tuple[Input, ...] = ()
        self.ended = False
        self.growing = False
        self.proposal: facts.PlanProposed | facts.ChangeProposed | None = None
        self.proposals = self.approved = 0
        self.problems: dict[SubtaskId, Problem] = {}
        self.repairs = 0
        self.mending: tuple[SubtaskId, ...] = ()
        self.unmendable = False
        self.superseded: dict[SubtaskId, None] = {}

    @property
    def id(self) -> GoalId:
        """Its id."""
        return self.goal.id

    @property
    def planning(self) -> bool:
        """Whether its plan, or the rest of it, is still being made."""
        return self.growing or (self.plan is None and self.proposal is None)

    def freed(self, subtasks: Iterable[SubtaskState]) -> list[Ready]:
        """Each with all that an attempt needs; those that need the same share it."""
        needs, inputs, found = tuple[SubtaskId, ...](), self.given, list[Ready]()
        for subtask in subtasks:
            if subtask.spec.dependencies != needs:
                needs = subtask.spec.dependencies
                inputs = self._inputs(needs)
            found.append(self._ready(subtask, inputs))
        return found

    def ready(self, subtask: SubtaskState) -> Ready:
        """The subtask with all that an attempt needs."""
        return self._ready(subtask, self._inputs(subtask.spec.dependencies))

    def _ready(self, subtask: SubtaskState, inputs: tuple[Input, ...]) -> Ready:
        goal = self.goal
        checkpoint, saved = subtask.saved or (None, None)
        return Ready(
            goal=goal.id,
            goal_text=goal.text,
            context=goal.context,
            subtask=subtask.spec,
            urgency=subtask.urgency,
            rank=subtask.rank,
            since=subtask.since,
            deadline=goal.deadline,
            inputs=inputs,
            checkpoint=checkpoint,
            saved=saved,
            budget=goal.budget,
            verifying=subtask.status is _VERIFYING,
        )

    def ahead(self) -> list[Ready]:
        """What is not ready yet, with all that is known of it beforehand."""
        gone = self.superseded
        blocked = [
            state
            for uuid, state in self.subtasks.items()
            if state.status is _BLOCKED and uuid not in gone
        ]
        return [self._foreseen(state) for state in blocked]

    def _foreseen(self, subtask: SubtaskState) -> Ready:
        goal = self.goal
        return Ready(
            goal=goal.id,
            goal_text="",
            subtask=subtask.spec,
            urgency=subtask.urgency,
            rank=subtask.rank,
            since=subtask.since,
            deadline=goal.deadline,
            budget=goal.budget,
        )

    def unmet(self, subtask: SubtaskState) -> list[SubtaskState]:
        """What it still waits for, in the order in which it names them."""
        needs = (self.subtasks[uuid] for uuid in subtask.spec.dependencies)
        return [state for state in needs if not ended_well(state)]

    def _inputs(self, needs: tuple[SubtaskId, ...]) -> tuple[Input, ...]:
        if not needs:
            return self.given
        subtasks = self.subtasks
        return tuple([(done := subtasks[uuid]).input or _input(done) for uuid in needs])


def _input(done: SubtaskState) -> Input:
    """It has ended, so that stays as it is: all that depend on it share it."""
    given = Input(subtask=done.spec.uuid, name=done.spec.name, result=done.result)
    done.input = given
    return given


def ended_well(state: SubtaskState) -> bool:
    """Whether it has ended well; or badly, where that does not matter."""
    failed = state.status is Status.FAILED
    return state.status is _COMPLETED or (failed and state.spec.optional)
