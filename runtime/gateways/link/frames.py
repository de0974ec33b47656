"""What a server and a worker elsewhere say to each other.

A worker opens the link and says `Hello`; the server answers `Welcome` or `Refused`. Then
the server assigns, and the worker says how it goes. A text message of a WebSocket is
JSON, a binary one msgpack; either has one frame, or an array of several. The server
answers in the kind that `Hello` came in. Data of users is plain JSON or msgpack.

Whatever is said may be lost with the link, or said twice. So everything has a name by
which it is known again: attempts have their token, waits, letters and calls a number.
After a new `Welcome` each side says again what the other has not answered.

>>> from callboard.runtime.gateways.link.codec import JSON
>>> JSON.read(b'{"type": "stopped", "token": "1.1.5"}')
[Stopped(token='1.1.5', given_up=None, killed=None)]
>>> JSON.write([Stop(token="1.1.5", reason="it was cancelled")])
b'{"type":"stop","token":"1.1.5","reason":"it was cancelled"}'
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Raw

from callboard.messages.base import AgentId, GoalId, SubtaskId, Value
from callboard.messages.bids import CallForBids
from callboard.messages.execution import Deliver
from callboard.messages.resources import Amount
from callboard.messages.values import Problem, Retry, Skill, Timeouts
from callboard.runtime.executors.processes.wire import (
    Answered,
    BidMade,
    Called,
    Frame,
    Logged,
)

PROTOCOL = 1
"""Which version of all this is spoken here."""

LONGEST = 8 << 20
"""Bytes that a message may have, unless `Welcome` says otherwise."""

NOTHING = Raw()
"""Where a worker may leave data out; it stands for null."""


class Spoken(Frame, omit_defaults=True):
    """Something that is said over a link."""


# Worker -> server


class Held(Value, omit_defaults=True):
    """An attempt that a worker has not forgotten.

    Attributes:
        subtask: What it is at.
        ended: Its handler has ended, and that was not acknowledged yet; word of how follows.
    """

    token: str
    subtask: SubtaskId = ""
    ended: bool = False


class Worker(Value, omit_defaults=True):
    """Who does the work, and how it wants to be treated; see `callboard.agent`.

    Attributes:
        handles: Tags of the messages that it has handlers for.
    """

    id: AgentId
    skills: tuple[Skill, ...] = ()
    max_load: int = 1
    stateful: bool = False
    concurrent_messages: bool = True
    handles: tuple[str, ...] = ()
    timeouts: Timeouts = Timeouts()
    retry: Retry | None = None
    mailbox_limit: int = 1000
    speculate: bool | None = None
    offers: tuple[Amount, ...] = ()
    bids: bool = False


class Hello(Spoken, tag="hello"):
    """Comes first, on every link.

    Attributes:
        life: Names what runs the agent: made anew when its program is, and not when the
            link is. What an earlier life had begun is lost.
        held: What it has of earlier links.
        replace: It takes the place of another life that is still there.
        grace: Seconds within which it wants to be able to come back after its link was
            lost, before its work goes elsewhere; the server has a limit. None takes the
            server's.
    """

    worker: Worker
    life: str
    protocol: int
    held: tuple[Held, ...] = ()
    replace: bool = False
    grace: float | None = None


class Running(Spoken, tag="running"):
    """The answer to `Reconcile`.

    Attributes:
        epoch: Of the question.
        held: All that it has.
    """

    epoch: int
    held: tuple[Held, ...] = ()


class Heartbeat(Spoken, tag="heartbeat"):
    """It is alive; said every `Welcome.heartbeat` seconds whatever its handlers do.

    Attributes:
        cpu: Busy part of its processors, in [0, 1]; None where that is not known.
        memory: Part of the memory that is taken, likewise.
    """

    cpu: float | None = None
    memory: float | None = None


class Progress(Spoken, tag="progress"):
    """A sign of life of an attempt.

    Attributes:
        fraction: Done, in [0, 1]; None where nothing is said of that.
        note: For people.
        checkpoint: What the next attempt would need; null leaves an earlier one.
        spent: What the attempt has used up in all.
    """

    token: str
    fraction: float | None = None
    note: str = ""
    checkpoint: Raw = NOTHING
    spent: tuple[Amount, ...] = ()


class Waiting(Spoken, tag="waiting"):
    """The attempt waits for a sub-goal and needs no slot.

    Attributes:
        number: Counts the waits of the attempt from 1.
    """

    token: str
    number: int = 1


class WaitOver(Spoken, tag="wait_over"):
    """The attempt wants its slot back; answer: `Granted`, some time."""

    token: str
    number: int = 1


class Done(Spoken, tag="done"):
    """The handler has returned; said again until there is an `Ack`."""

    token: str
    result: Raw = NOTHING


class Failed(Spoken, tag="failed"):
    """The handler has raised an error; said again until there is an `Ack`."""

    token: str
    problem: Problem


class Crashed(Spoken, tag="crashed"):
    """Its end takes the agent down; said again until there is an `Ack`."""

    token: str
    problem: Problem


class Stopped(Spoken, tag="stopped"):
    """The handler has ended as it was told to; said again until there is an `Ack`.

    Attributes:
        given_up: What is wrong where it would not stop, and runs on unheard.
        killed: What is wrong where its process had to be killed.
    """

    token: str
    given_up: Problem | None = None
    killed: Problem | None = None


class Handled(Spoken, tag="handled"):
    """A letter was handled, or could not be.

    Attributes:
        number: Of the letter.
        reply: What its handler returned.
        problem: What it raised, or why the letter could not be given to it.
    """

    number: int
    reply: Raw = NOTHING
    problem: Problem | None = None


class Looked(Spoken, tag="looked"):
    """The answer to `Look`.

    Attributes:
        quiet: Seconds since the last sign of life of the handler; None where it has ended.
    """

    look: int
    quiet: float | None = None


class Fallen(Spoken, tag="fallen"):
    """The agent has gone down by itself, not by an attempt: its life must begin anew.

    Attributes:
        problem: Why.
    """

    problem: Problem


class Drain(Spoken, tag="drain"):
    """Give it no more; when all has ended it is told `Bye`.

    Attributes:
        seconds: After which it is let go all the same.
    """

    seconds: float = 60.0


class Bye(Spoken, tag="bye"):
    """Said by either side, last of all: the agent has left.

    Attributes:
        reason: For people.
    """

    reason: str = ""


FromWorker: TypeAlias = (
    Hello
    | Running
    | Heartbeat
    | Progress
    | Waiting
    | WaitOver
    | Done
    | Failed
    | Crashed
    | Stopped
    | Handled
    | Looked
    | Fallen
    | Drain
    | Bye
    | BidMade
    | Logged
    | Called
)

# Server -> worker


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
