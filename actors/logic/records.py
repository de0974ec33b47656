"""What the board keeps of each goal, subtask and agent: small, mutable, read by many.

Only the board writes them. Others read, and see the state of now in each attribute.
Times are in seconds since the epoch. None of them refers back to what holds it, so the
garbage collector need not look at them.
"""

from __future__ import annotations

import enum

import msgspec

from callboard.actors.logic.liveness import Health, Liveness
from callboard.messages.base import AgentId, GoalId, SubtaskId
from callboard.messages.facts import ChangeProposed, PlanProposed
from callboard.messages.values import (
    Agent,
    Compound,
    Goal,
    Lease,
    Payload,
    PlanChange,
    Problem,
    Setback,
    Subtask,
    Token,
)


class GoalStatus(enum.StrEnum):
    """How far a goal is.

    `PROPOSED` has a plan that somebody has to approve, and is `RUNNING` from the moment its
    plan is adopted; where a change of that has to be approved it is `PROPOSED` meanwhile,
    and all that does not wait for the change goes on.
    """

    ACCEPTED = "accepted"
    PROPOSED = "proposed"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class SubtaskStatus(enum.StrEnum):
    """How far a subtask is.

    `PENDING` waits for others or for its next attempt, `READY` waits for an agent,
    `RUNNING` is leased to one, `PARKED` waits for somebody's decision.
    """

    PENDING = "pending"
    READY = "ready"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PARKED = "parked"


class AgentStatus(enum.StrEnum):
    """Whether an agent takes work; `GONE` is given up and about to be removed."""

    STARTING = "starting"
    UP = "up"
    DOWN = "down"
    GONE = "gone"


class AttemptRecord(msgspec.Struct, gc=False):
    """What was tried of a subtask, as it stands; the attributes are those of its subtask.

    It is made with the first attempt: most that wait have never been tried, and of them
    there may be a million.
    """

    assigned_agent: str | None = None
    leases: tuple[Lease, ...] = ()
    attempts: int = 0
    assigned_at: float | None = None
    started_at: float | None = None
    result: Payload | None = None
    seconds: float = 0.0
    progress: float = 0.0
    note: str = ""


_UNTRIED = AttemptRecord()
"""What is read where nothing was tried; nobody writes it."""


class SubtaskRecord(msgspec.Struct, gc=False):
    """A subtask as it stands.

    Attributes:
        subtask: What the plan says of it.
        created_at: When its plan was adopted.
        latest: What was tried of it; None before the first attempt.
        ended_at: When it was completed, failed or cancelled.
        problem: Why it failed or is parked, or what ended the latest failed attempt.
        reason: Why it was cancelled.
        paused: No new attempt is started, because somebody paused this very subtask.
        draining: The attempt that runs is its last one.
        verifying: It has a result, which is being verified; it is pending meanwhile.
    """

    subtask: Subtask
    goal: GoalId
    status: SubtaskStatus
    created_at: float
    latest: AttemptRecord | None = None
    ended_at: float | None = None
    problem: Problem | None = None
    reason: str = ""
    paused: bool = False
    draining: bool = False
    verifying: bool = False

    def tried(self) -> AttemptRecord:
        """What was tried of it, to be written; made where there is none."""
        latest = self.latest
        if latest is None:
            latest = self.latest = AttemptRecord()
        return latest

    @property
    def assigned_agent(self) -> str | None:
        """Who holds it, or who completed it."""
        return (self.latest or _UNTRIED).assigned_agent

    @property
    def leases(self) -> tuple[Lease, ...]:
        """Current ones, the oldest first; more than one only by speculation."""
        return (self.latest or _UNTRIED).leases

    @property
    def attempts(self) -> int:
        """Number of the latest attempt; 0 before the first."""
        return (self.latest or _UNTRIED).attempts

    @property
    def assigned_at(self) -> float | None:
        """When the latest lease was given."""
        return (self.latest or _UNTRIED).assigned_at

    @property
    def started_at(self) -> float | None:
        """When the attempt began that runs, or that ended it."""
        return (self.latest or _UNTRIED).started_at

    @property
    def result(self) -> Payload | None:
        """Of its completion."""
        return (self.latest or _UNTRIED).result

    @property
    def seconds(self) -> float:
        """That the agent worked on the attempt that completed it."""
        return (self.latest or _UNTRIED).seconds

    @property
    def progress(self) -> float:
        """Done of the current attempt, in [0, 1]."""
        return (self.latest or _UNTRIED).progress

    @property
    def note(self) -> str:
        """The latest one of the current attempt."""
        return (self.latest or _UNTRIED).note

    @property
    def lease(self) -> Lease | None:
        """The current lease, the oldest where there are several."""
        leases = self.leases
        return leases[0] if leases else None

    @property
    def completed_at(self) -> float | None:
        """When it was completed; None as long as it is not, and where it never will be."""
        return self.ended_at if self.status is SubtaskStatus.COMPLETED else None


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A subtask that is parked, and what is known of the reason.

    Attributes:
        subtask: What is to be done, as it would be tried now.
        problem: Why it is parked, with all tracebacks.
        setbacks: What speaks against it, oldest first: each names its agent, and has the
            error with its traceback.
        attempts: That have failed.
        since: Since when it is parked.
        until: When it fails unless somebody decides.
    """

    subtask: Subtask
    goal: GoalId
    problem: Problem
    setbacks: tuple[Setback, ...]
    attempts: int
    since: float
    until: float

    @property
    def agents(self) -> tuple[AgentId, ...]:
        """Those that it took down or failed at, each once."""
        return tuple(dict.fromkeys(setback.agent for setback in self.setbacks))


class RestRecord(msgspec.Struct, frozen=True):
    """A skill that is given a rest, because attempts that need it only fail.

    Attributes:
        since: When it was first given one.
        until: When a probe may be made; None while one may be, or is.
        failures: Attempts that failed one after the other before that.
        problem: What the latest of them failed with.
    """

    since: float
    until: float | None
    failures: int
    problem: Problem


class GoalRecord(msgspec.Struct, gc=False):
    """A goal as it stands.

    Attributes:
        planned_at: When its plan was adopted.
        subtasks: By uuid, in the order of the plan. Whoever keeps the goal's record
            keeps these too, also after the board has forgotten the goal.
        problems: Why it failed.
        reason: Why it was cancelled.
        paused: No new attempt is started, because somebody paused this very goal.
        draining: What runs may end, and the rest of it is cancelled.
        setbacks: What went wrong while its plan was made, or mended, and was not the end of it.
        compounds: What of its plan was decomposed again; see `standings` of `hierarchy`.
        source: Who made its plan: the rules' name, "caller", a planner; "" before it is there.
        proposal: The plan, or the change of it, that waits, or has waited in vain, for
            somebody to approve it.
        approved: The number of the proposal that was approved; 0 where nobody had to.
        mending: What has failed for good, and is to be made up for by a change that is
            being made.
        changes: Those by which its plan was mended, the oldest first.
        superseded: What its plan goes on without since: what failed, and what was dropped.
    """

    goal: Goal
    accepted_at: float
    status: GoalStatus = GoalStatus.ACCEPTED
    planned_at: float | None = None
    ended_at: float | None = None
    subtasks: dict[SubtaskId, SubtaskRecord] = {}
    problems: tuple[Problem, ...] = ()
    reason: str = ""
    paused: bool = False
    draining: bool = False
    setbacks: tuple[Problem, ...] = ()
    compounds: tuple[Compound, ...] = ()
    source: str = ""
    proposal: PlanProposed | ChangeProposed | None = None
    approved: int = 0
    mending: tuple[SubtaskId, ...] = ()
    changes: tuple[PlanChange, ...] = ()
    superseded: tuple[SubtaskId, ...] = ()


class AgentRecord(msgspec.Struct, gc=False):
    """A registered agent as it stands.

    Attributes:
        incarnation: Of its actor; 0 before the first start.
        held: The current leases that it holds, by token.
        last_heartbeat: Its latest sign of life, its registration included.
        restarts: How many times its actor was to be started again.
        problem: Why it is down.
        liveness: What is wrong with it; `health` says the worst.
        cpu: Busy part of its processors as last reported, in [0, 1]; None for unknown.
        memory: Part of its memory that is taken, likewise.
        overloaded: It gets nothing new until it reports less.
    """

    agent: Agent
    registered_at: float
    last_heartbeat: float
    status: AgentStatus = AgentStatus.STARTING
    incarnation: int = 0
    held: dict[Token, Lease] = {}
    restarts: int = 0
    problem: Problem | None = None
    liveness: Liveness = msgspec.field(default_factory=Liveness)
    cpu: float | None = None
    memory: float | None = None
    overloaded: bool = False

    @property
    def health(self) -> Health:
        """Well, slow, stuck or dead."""
        return self.liveness.health

    @property
    def load(self) -> int:
        """How many leases it holds."""
        return len(self.held)

    @property
    def paused(self) -> bool:
        """Whether it gets no new work because somebody paused it."""
        return self.agent.paused
