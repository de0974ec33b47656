"""What a worker says to its server."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Raw

from callboard.messages.base import AgentId, SubtaskId, Value
from callboard.messages.resources import Amount
from callboard.messages.values import Problem, Retry, Skill, Timeouts
from callboard.runtime.executors.processes.wire import BidMade, Called, Logged
from callboard.runtime.gateways.link.frames.base import NOTHING, Bye, Spoken


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


End: TypeAlias = Done | Failed | Crashed | Stopped
"""How a worker says that a handler has ended."""

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
