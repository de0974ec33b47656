"""What is worth seeing and not worth keeping: events beside the facts.

Silence is a defect: every drop, refusal and doubt that leaves no fact leaves one of
these, as a log line, a counter and an event.
"""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Address, AgentId, GoalId, Message, SubtaskId
from callboard.messages.bids import Bid
from callboard.messages.facts import goal_of, subtask_of
from callboard.messages.resources import Claim
from callboard.messages.values import Lease, Problem, Token


class Notice(Message):
    """Something that was seen.

    Attributes:
        at: When, seconds since the epoch.
    """

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


class ProgressMade(Notice):
    """An attempt is so far.

    Attributes:
        fraction: Done, in [0, 1].
    """

    level: ClassVar[str] = "debug"
    lease: Lease
    fraction: float
    note: str = ""


class HeartbeatSeen(Notice):
    """An agent gave a sign of life."""

    level: ClassVar[str] = "debug"
    agent: AgentId


class AttemptOver(Notice):
    """The scheduler knows how an attempt ended and its agent is free for more.

    The subtask's own end is the orchestrator's to record, and follows; of an attempt that
    was adopted while word of that end was on the way, it came before.
    """

    level: ClassVar[str] = "debug"
    lease: Lease


class StaleRefused(Notice):
    """Something came with a token that is not current; it changed nothing.

    Attributes:
        what: Kind of the message.
    """

    level: ClassVar[str] = "warning"
    lease: Lease
    what: str


class Unschedulable(Notice):
    """No registered agent could ever do this; it waits for one.

    Attributes:
        missing: Skills that nobody covers, and resources that nobody offers; empty where no
            single agent covers them all.
    """

    level: ClassVar[str] = "warning"
    goal: GoalId
    subtask: SubtaskId
    missing: tuple[str, ...]


class BreakerOpened(Notice):
    """Attempts that need a skill only fail: no other one is made for a while.

    Attributes:
        skill: As skills are compared.
        failures: Attempts that failed one after the other before the first rest.
        until: When one may be made as a probe, seconds since the epoch.
        problem: What the latest one failed with.
    """

    level: ClassVar[str] = "error"
    skill: str
    failures: int
    until: float
    problem: Problem


class BreakerHalfOpen(Notice):
    """A skill has had its rest: one attempt may be made as a probe."""

    skill: str


class BreakerClosed(Notice):
    """An attempt has succeeded, so the skill's rest is over."""

    skill: str


class HeldBack(Notice):
    """A subtask waits because a skill that it needs is given a rest.

    Attributes:
        until: When an attempt may be made as a probe, seconds since the epoch; None
            where one is being made.
    """

    level: ClassVar[str] = "warning"
    goal: GoalId
    subtask: SubtaskId
    skill: str
    until: float | None


class ResourceAwaited(Notice):
    """A subtask could have an agent, and waits for a resource; said once while it waits.

    Attributes:
        claim: What it wants of which supply.
        free: What of that is there for it now.
    """

    goal: GoalId
    subtask: SubtaskId
    claim: Claim
    free: float


class BudgetExhausted(Notice):
    """A budget is used up: what is left is less than a subtask demands.

    Attributes:
        claim: What the subtask wants of which budget.
        budget: What may be used of that in all.
        used: What is used up of it.
        fails: The subtask fails; otherwise it waits until more is granted.
    """

    level: ClassVar[str] = "error"
    goal: GoalId
    subtask: SubtaskId
    claim: Claim
    budget: float
    used: float
    fails: bool


class AttemptDeclined(Notice):
    """An agent would not take what was assigned to it."""

    level: ClassVar[str] = "warning"
    lease: Lease
    reason: str


class OrderAdvised(Notice):
    """A better order than the rule's was found, and is followed (`Config.planning`).

    Attributes:
        subtasks: How many have a turn by it.
        strangers: Turns that were of no use: of what has begun or is over, or with an agent
            that may not do it.
        gain: Seconds by which all should be done sooner.
    """

    subtasks: int
    strangers: int
    gain: float


class LoadReported(Notice):
    """How laden an agent is, as it says itself, or as is seen of its machine.

    Attributes:
        cpu: Busy part of its processors, in [0, 1]; None where that is not known.
        memory: Part of its memory that is taken, likewise.
    """

    level: ClassVar[str] = "debug"
    agent: AgentId
    cpu: float | None = None
    memory: float | None = None


class AgentOverloaded(Notice):
    """An agent has too much load: it gets nothing new until there is less.

    Attributes:
        of: What there is too much of: "cpu" or "memory".
        cpu: As in `LoadReported`.
        memory: Likewise.
    """

    level: ClassVar[str] = "warning"
    agent: AgentId
    of: str
    cpu: float | None = None
    memory: float | None = None


class AgentRelieved(Notice):
    """An agent that had too much load has less, and is given work again.

    Attributes:
        cpu: As in `LoadReported`.
        memory: Likewise.
    """

    agent: AgentId
    cpu: float | None = None
    memory: float | None = None


class AgentDoubted(Notice):
    """An agent was silent for too long."""

    level: ClassVar[str] = "warning"
    agent: AgentId
    seconds: float


class AgentSlow(Notice):
    """An attempt has reached a limit; its agent was told to stop it, and goes on until it has.

    Attributes:
        limit: Which one: "run", "silence" or "stall".
        seconds: That were allowed.
    """

    level: ClassVar[str] = "warning"
    lease: Lease
    limit: str
    seconds: float


class AgentRecovered(Notice):
    """What made an agent slow has stopped, or what was given up has ended by itself.

    Attributes:
        was: "slow" or "stuck".
    """

    lease: Lease
    was: str


class BidsInvited(Notice):
    """Agents are asked what they would do a subtask for.

    Attributes:
        agents: Who is asked; for the others that might do it what is learnt of them bids.
        seconds: That they have for an answer.
    """

    goal: GoalId
    subtask: SubtaskId
    call: Token
    agents: tuple[AgentId, ...]
    seconds: float


class BidSeen(Notice):
    """An agent has bid.

    Attributes:
        void: Why the bid does not count; "" where it does.
    """

    goal: GoalId
    subtask: SubtaskId
    call: Token
    agent: AgentId
    bid: Bid
    void: str = ""


class BidRefused(Notice):
    """An agent would rather not do a subtask, or its function for bids failed.

    Attributes:
        void: As for `BidSeen`: why it does not matter.
    """

    goal: GoalId
    subtask: SubtaskId
    call: Token
    agent: AgentId
    reason: str
    void: str = ""


class NegotiationFellBack(Notice):
    """No bid could be awarded: who does a subtask is decided by the usual rule.

    Attributes:
        agent: Who does it; "" where it waits for somebody to be free.
    """

    goal: GoalId
    subtask: SubtaskId
    call: Token
    reason: str
    agent: AgentId = ""


class ThreadAbandoned(Notice):
    """A handler would not stop; it is given up and runs on unheard: its agent is stuck.

    Attributes:
        problem: Why, with what its thread or coroutine does at this moment as traceback.
    """

    level: ClassVar[str] = "error"
    lease: Lease
    problem: Problem


class ProcessLost(Notice):
    """A process of an agent was killed for not stopping, or died while it was idle.

    One that dies in the midst of its work takes the agent down: see `AgentCrashed`.

    Attributes:
        lease: What it was told to stop; None where it ran nothing.
    """

    level: ClassVar[str] = "warning"
    agent: AgentId
    lease: Lease | None
    problem: Problem


class ActorEnded(Notice):
    """A supervised actor has ended by itself and does not come back.

    Attributes:
        end: "normal", "shutdown" or "failed".
        problem: What it failed by; None for another end.
    """

    address: Address
    end: str
    problem: Problem | None = None


class ActorAbandoned(Notice):
    """An actor was told to stop and did not; its thread is given up and runs on unheard.

    Attributes:
        seconds: That it had.
    """

    level: ClassVar[str] = "error"
    address: Address
    seconds: float


class HandlerFailed(Notice):
    """A message handler of an agent raised."""

    level: ClassVar[str] = "error"
    agent: AgentId
    tag: str
    problem: Problem


class DeadLetter(Notice):
    """A message that could not be delivered.

    Attributes:
        what: Kind of the message.
        reason: Why not.
    """

    level: ClassVar[str] = "warning"
    to: Address
    what: str
    reason: str


class BackpressureBegan(Notice):
    """Calls from outside stand in line: no more is let in for now.

    Attributes:
        to: What they want to get into: an actor's mailbox, or the "runtime".
        reason: What there is too much of.
    """

    level: ClassVar[str] = "warning"
    to: Address
    reason: str


class BackpressureEnded(Notice):
    """Nobody stands in line there any more."""

    to: Address


class CallRefused(Notice):
    """A call from outside was not let in, or stood in line until its time was over.

    Attributes:
        what: The call.
        reason: What there is too much of.
    """

    level: ClassVar[str] = "warning"
    to: Address
    what: str
    reason: str


class JournalBlocked(Notice):
    """Facts cannot be written now; what waits for them waits, and new goals are refused."""

    level: ClassVar[str] = "error"
    problem: Problem


class JournalWrites(Notice):
    """Facts can be written again, and all that waited was."""


class EventsLost(Notice):
    """A watcher read too slowly; so many events were dropped for it, progress first."""

    level: ClassVar[str] = "warning"
    count: int


class RuntimeFailed(Notice):
    """The runtime itself cannot go on; every waiter gets the reason."""

    level: ClassVar[str] = "critical"
    problem: Problem
