"""What is asked of the runtime from outside, and what it answers.

A command names in `reply_to` where its answer goes; `NOBODY` wants none.
"""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Address, AgentId, GoalId, Lane, Message, SubtaskId
from callboard.messages.learnt import LearningReport
from callboard.messages.reasons import AnyReason
from callboard.messages.values import Agent, Goal, Lease, Payload, Plan, Problem, Subtask, Token


class SubmitGoal(Message):
    """Take on a goal; with a plan it is not decomposed. Answer: `GoalTaken`."""

    goal: Goal
    plan: Plan | None = None
    reply_to: Address = ""


class CancelGoal(Message):
    """End a goal, its queued and its running work, and its sub-goals. Answer: `Done`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    goal: GoalId
    reason: str = ""
    reply_to: Address = ""


class CancelSubtask(Message):
    """End one subtask; what depends on it fails. Answer: `Done`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    subtask: SubtaskId
    reason: str = ""
    reply_to: Address = ""


class PauseGoal(Message):
    """Start no new attempt at a goal, nor at its sub-goals, until `ResumeGoal`. Answer: `Done`.

    Attributes:
        interrupt: What runs is taken back, to the front, and loses no attempt by it.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    goal: GoalId
    reason: str = ""
    interrupt: bool = False
    reply_to: Address = ""


class ResumeGoal(Message):
    """Undo `PauseGoal`. Answer: `Done`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    goal: GoalId
    reply_to: Address = ""


class DrainGoal(Message):
    """Let a goal's running attempts end, and cancel the rest of it. Answer: `Done`, at once."""

    lane: ClassVar[Lane] = Lane.CONTROL
    goal: GoalId
    reason: str = ""
    reply_to: Address = ""


class PauseSubtask(Message):
    """Start no new attempt at a subtask until `ResumeSubtask`. Answer: `Done`.

    Attributes:
        interrupt: As for `PauseGoal`.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    subtask: SubtaskId
    reason: str = ""
    interrupt: bool = False
    reply_to: Address = ""


class ResumeSubtask(Message):
    """Undo `PauseSubtask`. Answer: `Done`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    subtask: SubtaskId
    reply_to: Address = ""


class DrainSubtask(Message):
    """Let a subtask's running attempt be its last one; without one cancel it. Answer: `Done`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    subtask: SubtaskId
    reason: str = ""
    reply_to: Address = ""


class PauseRuntime(Message):
    """Start no new attempt at anything until `ResumeRuntime`. Answer: `Done`.

    Attributes:
        interrupt: As for `PauseGoal`.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    reason: str = ""
    interrupt: bool = False
    reply_to: Address = ""


class DrainRuntime(Message):
    """Accept no goal but sub-goals until `ResumeRuntime`. Answer: `Done`, at once."""

    lane: ClassVar[Lane] = Lane.CONTROL
    reason: str = ""
    reply_to: Address = ""


class ResumeRuntime(Message):
    """Undo `PauseRuntime` and `DrainRuntime`. Answer: `Done`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    reply_to: Address = ""


class PauseAgent(Message):
    """Give an agent no new work until `ResumeAgent`; it stays registered. Answer: `Done`.

    Attributes:
        interrupt: What it runs is taken back, for others, and loses no attempt by it.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    reason: str = ""
    interrupt: bool = False
    reply_to: Address = ""


class ResumeAgent(Message):
    """Undo `PauseAgent`. Answer: `Done`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    reply_to: Address = ""


class CompleteSubtask(Message):
    """Count a subtask as done on somebody's word. Answer: `Done`.

    Attributes:
        lease: The attempt that has this result: where it is not current, the word is
            refused. None for whichever is.
    """

    subtask: SubtaskId
    result: Payload
    reply_to: Address = ""
    lease: Lease | None = None


class FailSubtask(Message):
    """The attempt failed, says who runs it for an agent in pull mode. Answer: `Done`."""

    lease: Lease
    problem: Problem
    reply_to: Address = ""


class RequeueSubtask(Message):
    """Try a parked subtask again. Answer: `Done`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    subtask: SubtaskId
    reply_to: Address = ""


class EditSubtask(Message):
    """Do a subtask otherwise than its plan says; nobody works on it now. Answer: `Done`.

    The scheduler is asked first, for it knows who works on what, and passes it on to the
    orchestrator, who owns the plan.

    Attributes:
        to: Holds what is new.
        fields: Names of the fields that are.
        requeue: It is parked, and shall be tried again.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    subtask: SubtaskId
    to: Subtask
    fields: tuple[str, ...]
    requeue: bool = False
    reply_to: Address = ""


class Explain(Message):
    """Why does a subtask stand as it does? Answer: `Explained`.

    The orchestrator says what holds it back by its plan, the scheduler whom and what it
    waits for; who asks puts both together.

    Attributes:
        lease: The attempt of which the scheduler says why its agent got it; None for none.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    subtask: SubtaskId
    reply_to: Address
    lease: Lease | None = None


class AssignNow(Message):
    """Hand out all that agents in pull mode can have now. Answer: `Assignments`."""

    reply_to: Address = ""


class RegisterAgent(Message):
    """Take an agent into the company. Answer: `Done`.

    Attributes:
        replace: An agent with this id may be there already; it then gets these skills.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: Agent
    replace: bool = False
    reply_to: Address = ""


class RegisterAgents(Message):
    """Take agents into the company, all of them or none. Answer: `Done`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    agents: tuple[Agent, ...]
    reply_to: Address = ""


class UnregisterAgent(Message):
    """Let an agent go. Answer: `Done`, when it has gone.

    Attributes:
        drain: It finishes what it runs; otherwise that is requeued at once.
        seconds: How long draining may take before the rest is requeued.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    drain: bool = False
    seconds: float = 30.0
    reply_to: Address = ""


class Heartbeat(Message):
    """A sign of life of an agent. Answer: `Done`.

    Attributes:
        running: Tokens of the leases that it believes it holds; None says nothing of them.
        load: Subtasks it works on, as it counts them itself.
        cpu: Busy part of its processors, in [0, 1]; None says nothing of it.
        memory: Part of its memory that is taken, likewise.
    """

    agent: AgentId
    running: tuple[Token, ...] | None = None
    load: int | None = None
    cpu: float | None = None
    memory: float | None = None
    reply_to: Address = ""


class ResizeAgent(Message):
    """Change how many subtasks an agent may run at once. Answer: `Done`.

    Attributes:
        elsewhere: So many of these slots are taken by what we know nothing of; None says
            nothing of that. A scheduler's restart forgets it.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    max_load: int
    elsewhere: int | None = None
    reply_to: Address = ""


class GrantBudget(Message):
    """Let more of a resource be used up than was said at first. Answer: `Done`.

    Of a goal's budget the orchestrator is told, which passes it on to the scheduler.

    Attributes:
        goal: Whose budget; "" for the runtime's.
        amount: In addition; below 0 takes back.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    resource: str
    amount: float
    goal: GoalId = ""
    reply_to: Address = ""


class ForgetHonesty(Message):
    """Believe the next bids of an agent, as if it had never bid. Answer: `Forgotten`.

    Attributes:
        agent: "" for all agents.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId = ""
    reply_to: Address = ""


class ResetLearning(Message):
    """Forget what was learnt of durations and successes. Answer: `Forgotten`.

    Attributes:
        work: Of that kind of work; "" for every kind.
        agent: Of that agent; "" for every agent.
    """

    work: str = ""
    agent: AgentId = ""
    reply_to: Address = ""


class ShowLearning(Message):
    """What was learnt of durations and successes? Answer: `LearningShown`."""

    reply_to: Address


class LearningShown(Message):
    """What was learnt, at this moment."""

    lane: ClassVar[Lane] = Lane.CONTROL
    report: LearningReport


class Ping(Message):
    """Are you there? Answer: `Pong`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    reply_to: Address


class Done(Message):
    """The command was carried out."""

    lane: ClassVar[Lane] = Lane.CONTROL


class Forgotten(Message):
    """What was learnt is forgotten.

    Attributes:
        count: How much there was: agents, or pairs of a kind of work and an agent.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    count: int


class GoalTaken(Message):
    """The goal is accepted.

    Attributes:
        goal: Its id; that of the earlier goal where the idempotency key was known.
        known: The idempotency key was known.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    goal: GoalId
    known: bool = False


class Assignments(Message):
    """What `AssignNow` handed out, in order."""

    lane: ClassVar[Lane] = Lane.CONTROL
    leases: tuple[Lease, ...] = ()


class Explained(Message):
    """Why a subtask stands as it does, as far as the actor that answers knows.

    Attributes:
        reasons: What weighs most comes first; none where it knows of nothing.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    reasons: tuple[AnyReason, ...] = ()


class Pong(Message):
    """I am here.

    Attributes:
        address: Of the actor that answers.
        state: A few figures of it, for people.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    address: Address
    state: dict[str, int]


class Refused(Message):
    """The command was not carried out, and nothing has changed."""

    lane: ClassVar[Lane] = Lane.CONTROL
    problem: Problem


class Replied(Message):
    """What an agent's handler answered to a user's message."""

    lane: ClassVar[Lane] = Lane.CONTROL
    body: Payload
