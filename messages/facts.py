"""What has happened and is kept: the journal's vocabulary.

*Durable* facts are awaited before the effects that depend on them; the others stand
in the same stream without anybody waiting. Folding all of them in order gives the
state of the runtime at any instant.
"""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Address, AgentId, GoalId, Message, SubtaskId
from callboard.messages.values import Agent, Goal, Lease, Payload, Plan, Problem, Setback, Subtask


def goal_of(event: Message) -> GoalId:
    """The goal that a fact or a notice is about; "" for none."""
    lease: Lease | None = getattr(event, "lease", None)
    if lease is not None:
        return lease.goal
    goal: Goal | GoalId = getattr(event, "goal", "")
    return goal.id if isinstance(goal, Goal) else goal


def subtask_of(event: Message) -> SubtaskId:
    """The subtask that a fact or a notice is about; "" for none."""
    lease: Lease | None = getattr(event, "lease", None)
    subtask: SubtaskId = getattr(event, "subtask", "") if lease is None else lease.subtask
    return subtask


class Fact(Message):
    """Something that has happened.

    Attributes:
        at: When, seconds since the epoch.
    """

    durable: ClassVar[bool] = False
    level: ClassVar[str] = "info"
    at: float

    @property
    def goal_id(self) -> GoalId:
        """The goal that this is about; "" for none."""
        return goal_of(self)

    @property
    def subtask_id(self) -> SubtaskId:
        """The subtask that this is about; "" for none."""
        return subtask_of(self)


class GoalAccepted(Fact):
    """The runtime has promised that this goal will end."""

    durable: ClassVar[bool] = True
    goal: Goal


class PlanAdopted(Fact):
    """The goal's subtasks are these from now on."""

    durable: ClassVar[bool] = True
    goal: GoalId
    plan: Plan


class CheckpointSaved(Fact):
    """The next attempt at that subtask receives this."""

    durable: ClassVar[bool] = True
    lease: Lease
    checkpoint: Payload


class SubtaskCompleted(Fact):
    """The accepted completion of a subtask; there is exactly one.

    Attributes:
        lease: The attempt; None where nobody held it.
        seconds: That the agent worked.
    """

    durable: ClassVar[bool] = True
    goal: GoalId
    subtask: SubtaskId
    lease: Lease | None
    result: Payload
    seconds: float


class SubtaskFailed(Fact):
    """A subtask has failed for good."""

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "error"
    goal: GoalId
    subtask: SubtaskId
    problem: Problem


class SubtaskCancelled(Fact):
    """A subtask is not wanted any more."""

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    goal: GoalId
    subtask: SubtaskId
    reason: str


class GoalCompleted(Fact):
    """Every subtask of the goal has ended well, or was optional."""

    durable: ClassVar[bool] = True
    goal: GoalId


class GoalFailed(Fact):
    """The goal has ended without success; every reason is named."""

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "error"
    goal: GoalId
    problems: tuple[Problem, ...]


class GoalCancelled(Fact):
    """The goal has ended because somebody wanted it to."""

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    goal: GoalId
    reason: str


class GoalPaused(Fact):
    """No new attempt at the goal, or at a sub-goal of it, is started.

    Attributes:
        interrupt: What ran was taken back too.
    """

    durable: ClassVar[bool] = True
    goal: GoalId
    reason: str = ""
    interrupt: bool = False


class GoalResumed(Fact):
    """The goal goes on, unless something else holds it."""

    durable: ClassVar[bool] = True
    goal: GoalId


class GoalDraining(Fact):
    """What runs of the goal may end; the rest of it is cancelled."""

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    goal: GoalId
    reason: str = ""


class SubtaskPaused(Fact):
    """No new attempt at the subtask, or at a sub-goal of it, is started.

    Attributes:
        interrupt: What ran was taken back too.
    """

    durable: ClassVar[bool] = True
    goal: GoalId
    subtask: SubtaskId
    reason: str = ""
    interrupt: bool = False


class SubtaskResumed(Fact):
    """The subtask goes on, unless something else holds it."""

    durable: ClassVar[bool] = True
    goal: GoalId
    subtask: SubtaskId


class SubtaskDraining(Fact):
    """If an attempt at the subtask runs, it is the last one; else the subtask is cancelled."""

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    goal: GoalId
    subtask: SubtaskId
    reason: str = ""


class RuntimePaused(Fact):
    """No new attempt at anything is started; goals are still accepted.

    Attributes:
        interrupt: What ran was taken back too.
    """

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    reason: str = ""
    interrupt: bool = False


class RuntimeResumed(Fact):
    """Work goes on, and goals are accepted."""

    durable: ClassVar[bool] = True


class RuntimeDraining(Fact):
    """No goal is accepted but sub-goals; what was accepted goes on to its end."""

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    reason: str = ""


class GoalForgotten(Fact):
    """An ended goal has left memory: nothing about it is remembered."""

    level: ClassVar[str] = "debug"
    goal: GoalId


class SubtaskEdited(Fact):
    """Somebody wants a subtask done otherwise than its plan said.

    Attributes:
        spec: What holds from now on, in place of what the plan says.
    """

    durable: ClassVar[bool] = True
    goal: GoalId
    subtask: SubtaskId
    spec: Subtask


class RuntimeStarted(Fact):
    """The journal was opened again: whoever was registered has gone, what ran has ended.

    Attributes:
        boot: How many times it has been opened, this one included.
    """

    boot: int


class AgentRegistered(Fact):
    """An agent has joined, or has joined anew with other skills."""

    agent: Agent


class AgentResized(Fact):
    """An agent may run so many subtasks at once from now on."""

    agent: AgentId
    max_load: int


class AgentPaused(Fact):
    """An agent gets no new work; it stays registered.

    Attributes:
        interrupt: What it ran was taken back too.
    """

    agent: AgentId
    reason: str = ""
    interrupt: bool = False


class AgentResumed(Fact):
    """A paused agent is given work again."""

    agent: AgentId


class AgentRemoved(Fact):
    """An agent has left for good."""

    agent: AgentId
    reason: str


class AgentStarted(Fact):
    """An agent's actor takes work now; after a restart its incarnation is above 1."""

    agent: AgentId
    incarnation: int


class AgentCrashed(Fact):
    """An agent's actor has died or was doubted; what it held is requeued."""

    level: ClassVar[str] = "warning"
    agent: AgentId
    incarnation: int
    problem: Problem


class RestartScheduled(Fact):
    """An actor will be started again.

    Attributes:
        attempt: Restarts within the period, this one included.
        delay: Seconds until then.
    """

    level: ClassVar[str] = "warning"
    address: Address
    attempt: int
    delay: float
    problem: Problem


class Escalated(Fact):
    """An actor has used up its restarts and is given up."""

    level: ClassVar[str] = "error"
    address: Address
    problem: Problem


class ActorRestarted(Fact):
    """An actor of the runtime itself has been started again."""

    level: ClassVar[str] = "warning"
    address: Address
    incarnation: int


class SubtaskQueued(Fact):
    """A subtask has become ready and waits for an agent."""

    level: ClassVar[str] = "debug"
    goal: GoalId
    subtask: SubtaskId


class SubtaskAssigned(Fact):
    """A subtask was leased to an agent."""

    lease: Lease


class SubtaskStarted(Fact):
    """The agent runs it."""

    level: ClassVar[str] = "debug"
    lease: Lease


class LeaseAdopted(Fact):
    """A scheduler that was restarted lets an attempt go on that its agent holds.

    All other leases of earlier schedulers have ended with them.
    """

    lease: Lease


class LeaseRevoked(Fact):
    """An attempt was ended from our side.

    Attributes:
        blamed: Its agent went down while it ran; that counts against the subtask.
    """

    level: ClassVar[str] = "warning"
    lease: Lease
    reason: str
    blamed: bool = False


class SubtaskRequeued(Fact):
    """A subtask went back to the front of its class without losing an attempt."""

    level: ClassVar[str] = "warning"
    goal: GoalId
    subtask: SubtaskId
    reason: str


class RetryScheduled(Fact):
    """An attempt failed and there will be another one.

    Attributes:
        delay: Seconds until it is queued again.
        rule: Of the retry policy's rules that which counts it, by its errors; empty where
            the policy itself does.
    """

    level: ClassVar[str] = "warning"
    lease: Lease
    problem: Problem
    delay: float
    rule: tuple[str, ...] = ()


class SubtaskParked(Fact):
    """A subtask is kept aside until somebody decides, or until it fails.

    Attributes:
        until: When it fails, seconds since the epoch.
        setbacks: What speaks against it, oldest first.
        attempts: That have failed.
    """

    level: ClassVar[str] = "error"
    goal: GoalId
    subtask: SubtaskId
    problem: Problem
    until: float
    setbacks: tuple[Setback, ...] = ()
    attempts: int = 0


class SubtaskUnparked(Fact):
    """Somebody has put a parked subtask back into the queue."""

    goal: GoalId
    subtask: SubtaskId
