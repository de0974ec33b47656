"""What an attempt at a subtask needs."""

from __future__ import annotations

from callboard.messages.base import GoalId, SubtaskId, Value
from callboard.messages.resources import Allowance
from callboard.messages.values.data import Payload
from callboard.messages.values.leases import Lease, Saved
from callboard.messages.values.plans import Priority, Subtask


class Input(Value):
    """The result of a dependency; None where an optional one failed."""

    subtask: SubtaskId
    name: str
    result: Payload | None


class Ready(Value):
    """A subtask whose dependencies are done, with all that an attempt needs.

    Attributes:
        urgency: Its priority, or that of the most urgent subtask which waits for it.
        rank: Upward rank in seconds: its own duration and the longest way from it to
            the end of its plan.
        since: When it became ready.
        deadline: Of its goal, seconds since the epoch, or None.
        checkpoint: What an earlier attempt saved.
        saved: Which one that is; None where there is none.
        budget: Of its goal.
        rejected: Why the result of the attempt before was not taken; empty where it failed
            otherwise, or there was none.
        verifying: It has a result, which is being verified: nobody is to begin it.
    """

    goal: GoalId
    goal_text: str
    subtask: Subtask
    urgency: Priority
    rank: float
    since: float
    context: str = ""
    deadline: float | None = None
    inputs: tuple[Input, ...] = ()
    checkpoint: Payload | None = None
    saved: Saved | None = None
    budget: tuple[Allowance, ...] = ()
    rejected: tuple[str, ...] = ()
    verifying: bool = False


class Follower(Value):
    """What an agent goes on with by itself, with the result of the one before as its input.

    Attributes:
        ready: What is to be done, but for that input.
    """

    lease: Lease
    ready: Ready
