"""Orchestrator, scheduler and agents: who does what, and how it goes."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Address, AgentId, GoalId, Lane, Message, SubtaskId, Value
from callboard.messages.resources import Amount
from callboard.messages.values import Agent, Lease, Payload, Problem, Ready, Token


class SubtasksReady(Message):
    """Nothing stands before these any more (orchestrator -> scheduler).

    Attributes:
        ahead: What is not ready yet and was not told of, or has been edited since, without
            inputs: what there is to come for whom decides what goes first.
    """

    subtasks: tuple[Ready, ...]
    ahead: tuple[Ready, ...] = ()


class Amended(Message):
    """These are to be done otherwise than was said (orchestrator -> scheduler).

    Attributes:
        requeue: One of them that is parked and shall be tried again, or "".
        reply_to: Who waits for an answer to that.
    """

    subtasks: tuple[Ready, ...]
    requeue: SubtaskId = ""
    reply_to: Address = ""


class Turn(Value):
    """When a subtask should begin, and with whom.

    Attributes:
        start: Seconds since the epoch.
        seconds: That it should take there.
    """

    subtask: SubtaskId
    agent: AgentId
    start: float
    seconds: float


class Advise(Message):
    """A better order was found (planner of the runtime -> scheduler).

    It takes the place of any other one. What is not named goes by the rule.

    Attributes:
        gain: Seconds by which all would be done sooner than by the rule, as expected.
    """

    turns: tuple[Turn, ...]
    gain: float = 0.0


class Withdraw(Message):
    """Do these no longer (orchestrator -> scheduler); overtakes `SubtasksReady`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    subtasks: tuple[SubtaskId, ...]
    reason: str


class Withdrawn(Message):
    """Follows `Withdraw` in the lane of work: all that it overtook has arrived by now."""

    subtasks: tuple[SubtaskId, ...]


class Hold(Message):
    """Start no new attempt at these (orchestrator -> scheduler), until `Release`.

    It overtakes `SubtasksReady`, so goals and subtasks that are not known yet are held
    when they come.

    Attributes:
        goals: All subtasks of each.
        subtasks: Each by itself.
        runtime: Everything.
        ready: Those of them that are ready, so that nobody need look for them.
        reason: For people.
        interrupt: What runs is taken back too, to the front, and loses no attempt by it.
        last: What runs may end and is not tried again; of whatever else is held
            `SubtaskIdle` says that nobody runs it.
        reply_to: Somebody who waits until it is so.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    goals: tuple[GoalId, ...] = ()
    subtasks: tuple[SubtaskId, ...] = ()
    runtime: bool = False
    ready: tuple[SubtaskId, ...] = ()
    reason: str = ""
    interrupt: bool = False
    last: bool = False
    reply_to: Address = ""


class Release(Message):
    """Undo `Hold` (orchestrator -> scheduler), except where what runs was to be the last.

    Attributes:
        ready: Those of them that are ready, and go on.
        ended: They have ended, so that it is forgotten that they were held, however.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    goals: tuple[GoalId, ...] = ()
    subtasks: tuple[SubtaskId, ...] = ()
    runtime: bool = False
    ready: tuple[SubtaskId, ...] = ()
    ended: bool = False


class SubtaskIdle(Message):
    """Nobody runs it, and nobody will: it was to be tried no more (scheduler -> orchestrator)."""

    subtask: SubtaskId


class Resync(Message):
    """All that is open, from an orchestrator or to a scheduler that was restarted.

    Attributes:
        ahead: What is not ready yet, without inputs.
    """

    subtasks: tuple[Ready, ...]
    ahead: tuple[Ready, ...] = ()


class SchedulerStarted(Message):
    """A scheduler asks the orchestrator for all that is open."""

    lane: ClassVar[Lane] = Lane.CONTROL
    incarnation: int


class SubtaskDone(Message):
    """A completion that the scheduler found valid (scheduler -> orchestrator).

    Attributes:
        lease: None where a subtask was completed that nobody held.
        seconds: That the agent worked.
        reply_to: Somebody who completed it from outside and waits for an answer.
    """

    subtask: SubtaskId
    lease: Lease | None
    result: Payload
    seconds: float
    reply_to: Address = ""


class SubtaskGivenUp(Message):
    """No further attempt will be made (scheduler -> orchestrator).

    Attributes:
        lease: The attempt whose failure is the reason; None where it is not an attempt's.
    """

    subtask: SubtaskId
    problem: Problem
    lease: Lease | None = None


class ForgetLearnt(Message):
    """What was learnt is not to count (orchestrator -> scheduler).

    It does not overtake word of what ended before.

    Attributes:
        work: Of that kind of work; "" for every kind.
        agent: Of that agent; "" for every agent.
        reply_to: Somebody who waits until it is so.
    """

    work: str = ""
    agent: AgentId = ""
    reply_to: Address = ""


class Settled(Message):
    """The orchestrator has recorded how these ended (orchestrator -> scheduler).

    Those that ended before they were ready are among them.
    """

    subtasks: tuple[SubtaskId, ...]


class SaveCheckpoint(Message):
    """Keep this for the next attempt (scheduler -> orchestrator).

    Attributes:
        number: Which checkpoint of its attempt it is, from 1; 0 where nobody counted.
    """

    lease: Lease
    checkpoint: Payload
    number: int = 0


class Assign(Message):
    """Do this (scheduler -> agent); said again until the agent has answered.

    Attributes:
        incarnation: Of the agent's actor that is meant; its successor declines.
    """

    lease: Lease
    ready: Ready
    incarnation: int = 1


class Revoke(Message):
    """That lease is no longer yours: stop (scheduler -> agent).

    Said again until the agent has answered that nothing of it runs.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    token: Token
    reason: str


class Reconcile(Message):
    """Say what you run and resend what was not acknowledged (scheduler -> agent)."""

    lane: ClassVar[Lane] = Lane.CONTROL


class Acknowledged(Message):
    """Your word of these ends has arrived; forget them.

    A completion is acknowledged when it is recorded (orchestrator -> agent), a failure
    when it is known what follows from it (scheduler -> agent).
    """

    tokens: tuple[Token, ...]


class Accepted(Message):
    """I have it, and it waits for its turn or has still to stop (agent -> scheduler).

    Attributes:
        max_load: How many the agent thinks that it may run at once.
        stopping: It has been told to stop, and has still to; word of its end follows.
    """

    lease: Lease
    max_load: int = 1
    stopping: bool = False


class Declined(Message):
    """Not taken (agent -> scheduler)."""

    lease: Lease
    reason: str


class Started(Message):
    """The handler runs (agent -> scheduler)."""

    lease: Lease


class Progress(Message):
    """A sign of life of an attempt (agent -> scheduler).

    Attributes:
        fraction: Done, in [0, 1]; None for a mere sign of life.
        checkpoint: What the next attempt would need.
        number: Which checkpoint of the attempt that is, from 1: on the way an older one
            may overtake a newer one. 0 without one, and where nobody counted.
        spent: What it has used up, in all since it began; empty where it has not said.
    """

    lease: Lease
    fraction: float | None = None
    note: str = ""
    checkpoint: Payload | None = None
    number: int = 0
    spent: tuple[Amount, ...] = ()


class CheckLease(Message):
    """Does that lease stand? (its handler -> scheduler). Answer: `LeaseStands`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    lease: Lease
    reply_to: Address


class LeaseStands(Message):
    """The lease was current when this was said (scheduler -> its handler)."""

    lane: ClassVar[Lane] = Lane.CONTROL
    lease: Lease


class CheckpointLeft(Message):
    """What an attempt had saved last, for its agent goes down now (agent -> scheduler).

    It overtakes `Progress`, so that it comes before the news of the agent's end.

    Attributes:
        number: As in `Progress`.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    lease: Lease
    checkpoint: Payload
    number: int = 0


class Waited(Value):
    """That an attempt has waited for a sub-goal.

    Attributes:
        number: How often, so that what was said of an earlier wait is known to be old.
        lent: It lends its slot: it waits still, or was not granted one again.
    """

    token: Token
    number: int
    lent: bool


class Running(Message):
    """The answer to `Reconcile`: all leases that the agent holds (agent -> scheduler).

    Attributes:
        incarnation: Of the actor that answers; what an earlier one held has ended.
        waits: Of those that have waited at all.
        stopping: What it was told to stop, and has not yet.
    """

    agent: AgentId
    leases: tuple[Lease, ...]
    incarnation: int = 1
    waits: tuple[Waited, ...] = ()
    stopping: tuple[Lease, ...] = ()


class NotHeld(Message):
    """The answer to a `Revoke` that finds nothing: it does not run (agent -> scheduler)."""

    agent: AgentId
    token: Token


class Completed(Message):
    """An agent finished a subtask (agent -> scheduler); said again until acknowledged.

    Attributes:
        lease: The attempt that this ends; an older token is refused.
        seconds: Time the agent worked on it.
        spent: What it has used up in all.
    """

    lease: Lease
    result: Payload
    seconds: float
    spent: tuple[Amount, ...] = ()


class Failed(Message):
    """An attempt failed; the agent lives (agent -> scheduler); again until acknowledged.

    Attributes:
        spent: What it has used up in all.
    """

    lease: Lease
    problem: Problem
    seconds: float
    spent: tuple[Amount, ...] = ()


class Cancelled(Message):
    """The agent has stopped a revoked attempt (agent -> scheduler).

    Attributes:
        given_up: It would not stop: its handler runs on unheard, beside the agent's slots.
        spent: What it has used up in all.
    """

    lease: Lease
    given_up: bool = False
    spent: tuple[Amount, ...] = ()


class Waiting(Message):
    """The attempt waits for a sub-goal and needs no slot (agent -> scheduler).

    Attributes:
        number: Counts the waits of an attempt from 1; what is said of earlier ones comes
            too late.
    """

    lease: Lease
    number: int = 1


class WaitOver(Message):
    """The attempt wants its slot back (agent -> scheduler); said again until it has it.

    Attributes:
        number: Of the wait that is over.
    """

    lease: Lease
    number: int = 1


class WaitNoted(Message):
    """That the attempt waits is known, or that it wants its slot back (scheduler -> agent).

    It need not be said again soon. If this is lost, it is; so this is said once.

    Attributes:
        number: Of the wait.
        over: It stands in line for a slot, and gets a `Resume` when there is one.
    """

    token: Token
    number: int = 1
    over: bool = False


class Resume(Message):
    """Here is your slot (scheduler -> agent).

    Attributes:
        number: Of the wait that is over.
    """

    token: Token
    number: int = 1


class AgentJoined(Message):
    """An agent is registered; it gets no work before `AgentUp` (supervisor -> scheduler).

    Attributes:
        reply_to: Somebody who registered it and waits for an answer.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: Agent
    reply_to: Address = ""


class AgentUp(Message):
    """An agent can be given work (supervisor -> scheduler).

    Attributes:
        incarnation: Of its actor; grows with each restart.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    incarnation: int


class AgentDown(Message):
    """An agent's actor has died or is doubted (supervisor -> scheduler)."""

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    incarnation: int
    problem: Problem


class AgentDraining(Message):
    """Give that agent no more (supervisor -> scheduler)."""

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId


class AgentLeft(Message):
    """An agent has gone for good; requeue what it held (supervisor -> scheduler)."""

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    reason: str
    reply_to: Address = ""


class LoadSeen(Message):
    """How laden an agent's machine is (runtime -> scheduler).

    Attributes:
        cpu: Busy part of its processors, in [0, 1]; None where that is not known.
        memory: Part of the memory that is taken, likewise.
    """

    agent: AgentId
    cpu: float | None = None
    memory: float | None = None


class Introduced(Message):
    """Those were all agents that there are now (supervisor -> scheduler).

    Attributes:
        incarnation: Of the scheduler that they were introduced to; a later one has
            perhaps heard only the last of them.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    incarnation: int
