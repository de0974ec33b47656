"""What a server says to its workers."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Raw

from callboard.messages.base import GoalId, SubtaskId, Value
from callboard.messages.bids import CallForBids
from callboard.messages.execution import Deliver
from callboard.messages.values import Skill
from callboard.runtime.executors.processes.wire import Answered
from callboard.runtime.gateways.link.frames.base import LONGEST, NOTHING, Bye, Spoken


class Welcome(Spoken, tag="welcome"):
    """The worker is known, and gets work from now on.

    Attributes:
        epoch: Counts the times that it was asked what it has.
        now: The server's clock, seconds since the epoch.
        heartbeat: Seconds between two of its heartbeats.
        grace: Seconds within which it may come back after its link was lost.
        resumed: The server knows this life; otherwise what it has of earlier links is in
            vain, and it is told to stop all that.
        acknowledged: Of what it has ended: what it may forget.
        longest: Bytes that a message of the worker's may have; a longer one ends the link.
    """

    epoch: int
    now: float
    heartbeat: float
    grace: float
    protocol: int
    resumed: bool = False
    acknowledged: tuple[str, ...] = ()
    longest: int = LONGEST


class Refused(Spoken, tag="refused"):
    """The worker is not taken in; the link is closed.

    Attributes:
        kind: Class of the error.
        lasting: Trying again would not help.
    """

    error: str
    kind: str = ""
    lasting: bool = True


class Input(Value, omit_defaults=True):
    """The result of something that the subtask depends on.

    Attributes:
        result: null also where an optional one failed.
        failed: It did.
    """

    subtask: SubtaskId
    name: str
    result: Raw = NOTHING
    failed: bool = False


class Assign(Spoken, tag="assign"):
    """Work on a subtask.

    Attributes:
        token: Names the attempt in all that follows.
        attempt: Counts from 1 for each subtask.
        copy: 0, or more for a speculative copy.
        goal_text: What it is for.
        priority: From 0, critical, to 3, low.
        data: Arguments of the plan.
        inputs: Results of what it depends on.
        checkpoint: What an earlier attempt has saved.
        rejected: Why the result of the attempt before was not taken.
        result_schema: What its result has to be like, a JSON Schema; null for anything.
        deadline: Of its goal, seconds since the epoch by the server's clock, or None.
        seconds: Until the attempt must have ended, or None.
    """

    token: str
    subtask: SubtaskId
    name: str
    goal: GoalId
    goal_text: str = ""
    description: str = ""
    context: str = ""
    attempt: int = 1
    copy: int = 0
    priority: int = 2
    estimated_duration: float = 60.0
    required_skills: tuple[Skill, ...] = ()
    data: Raw = NOTHING
    inputs: tuple[Input, ...] = ()
    checkpoint: Raw = NOTHING
    rejected: tuple[str, ...] = ()
    result_schema: Raw = NOTHING
    deadline: float | None = None
    seconds: float | None = None


class Stop(Spoken, tag="stop"):
    """Stop working on it. Answer: how it ended.

    Attributes:
        grace: Seconds after which it is to be given up.
    """

    token: str
    reason: str = ""
    grace: float = 5.0


class Granted(Spoken, tag="granted"):
    """The attempt has its slot again."""

    token: str
    number: int = 1


class Ack(Spoken, tag="ack"):
    """Word of an end has arrived and is safe: forget it.

    Attributes:
        refused: Why it does not count, where it does not.
    """

    token: str
    refused: str = ""


class Letter(Spoken, tag="letter"):
    """A message for the agent. Answer: `Handled`; the next one comes after that."""

    number: int
    delivery: Deliver


class Look(Spoken, tag="look"):
    """For how long has the handler given no sign of life? Answer: `Looked`."""

    look: int
    token: str


class AskBid(Spoken, tag="ask_bid"):
    """Work out a bid, beside what else it does. Answer: `BidMade`."""

    number: int
    call: CallForBids


class Reconcile(Spoken, tag="reconcile"):
    """Say what you have. Answer: `Running`."""

    epoch: int


ToWorker: TypeAlias = (
    Welcome
    | Refused
    | Assign
    | Stop
    | Granted
    | Ack
    | Letter
    | Look
    | AskBid
    | Reconcile
    | Bye
    | Answered
)
