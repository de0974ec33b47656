"""What is asked about the whole runtime, or about what all of it shares."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Address, AgentId, GoalId, Lane, Message


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


class AssignNow(Message):
    """Hand out all that agents in pull mode can have now. Answer: `Assignments`."""

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


class Ping(Message):
    """Are you there? Answer: `Pong`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    reply_to: Address
