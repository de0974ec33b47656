"""What a logic object wants done: data, carried out by the shell and its post.

Effects are carried out in order. Those after a durable `Record` wait until the
journal has it (write-ahead). They refer to nothing that could refer to them, so the
garbage collector need not look at them.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from callboard.messages.base import Address, AgentId, GoalId, Message
from callboard.messages.bids import CallForBids
from callboard.messages.execution import Deliver
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from callboard.messages.values import Damage, Follower, Goal, Lease, Problem, Ready, Token


class Tell(msgspec.Struct, frozen=True, gc=False):
    """Send a message; what cannot be delivered becomes a dead letter."""

    to: Address
    message: Message


class After(msgspec.Struct, frozen=True, gc=False):
    """Send myself that message in so many seconds."""

    seconds: float
    message: Message


class Record(msgspec.Struct, frozen=True, gc=False):
    """Write the fact into the journal, and show it to who watches."""

    fact: Fact


class Show(msgspec.Struct, frozen=True, gc=False):
    """Show it to who watches, and keep nothing."""

    notice: Notice


class StartActor(msgspec.Struct, frozen=True, gc=False):
    """Start the actor of that address (supervisor only)."""

    address: Address
    incarnation: int


class StopActor(msgspec.Struct, frozen=True, gc=False):
    """End that actor now, and give up what it runs (supervisor only)."""

    address: Address


class MakePlan(msgspec.Struct, frozen=True, gc=False):
    """Have the planner decompose the goal (decomposer only).

    Attributes:
        seconds: That it may take.
    """

    goal: Goal
    seconds: float


class MakeChange(msgspec.Struct, frozen=True, gc=False):
    """Have the planner mend the plan of a running goal (decomposer only).

    Attributes:
        damage: What is broken, without what is left of the goal's budget.
        seconds: That it may take.
    """

    goal: Goal
    damage: Damage
    seconds: float


class StartWork(msgspec.Struct, frozen=True, gc=False):
    """Run the handler on that assignment (agents only).

    Attributes:
        room: It stands in line until fewer than so many run; 0 does not ask.
        then: What follows, each as soon as the one before has succeeded.
    """

    lease: Lease
    ready: Ready
    room: int = 0
    then: tuple[Follower, ...] = ()


class TakeBack(msgspec.Struct, frozen=True, gc=False):
    """Begin nothing of what stands in line; answered by `WorkTakenBack` (agents only)."""


class DropPlan(msgspec.Struct, frozen=True, gc=False):
    """Nobody waits for the plan of that goal any more (decomposer only)."""

    goal: GoalId


class LookAt(msgspec.Struct, frozen=True, gc=False):
    """Look at the signs of life of an agent, or of an attempt of its (scheduler only).

    Attributes:
        limit: That was reached; `SignsSeen` says it again.
    """

    agent: AgentId
    lease: Lease | None
    limit: str


class LookAtAll(msgspec.Struct, frozen=True, gc=False):
    """Look at the signs of life of many agents, whose limit was reached at once.

    Attributes:
        limit: As of `LookAt`; `AllSignsSeen` says it again.
    """

    agents: tuple[AgentId, ...]
    limit: str


class ExpectBeats(msgspec.Struct, frozen=True, gc=False):
    """Look for an agent's heartbeats from now on, or tell of the next one (scheduler only)."""

    agent: AgentId
    expected: bool


class StopWork(msgspec.Struct, frozen=True, gc=False):
    """Ask the handler to stop, and give it up when it does not (agents only)."""

    token: Token
    reason: str


class ForgetWork(msgspec.Struct, frozen=True, gc=False):
    """It is kept how these have ended, or does not count (agents elsewhere only).

    Attributes:
        refused: Why it does not; "" where it does.
    """

    tokens: tuple[Token, ...]
    refused: str = ""


class ResumeWork(msgspec.Struct, frozen=True, gc=False):
    """Let a handler go on that waited for its slot (agents only)."""

    token: Token


class RunHook(msgspec.Struct, frozen=True, gc=False):
    """Run `on_start` or `on_stop` of the agent (agents only)."""

    hook: str


class HandleMessage(msgspec.Struct, frozen=True, gc=False):
    """Run the agent's handler for that message (agents only)."""

    delivery: Deliver


class AskForBid(msgspec.Struct, frozen=True, gc=False):
    """Run the agent's function for bids (agents only)."""

    call: CallForBids


class Exit(msgspec.Struct, frozen=True, gc=False):
    """End myself; with a problem it is a crash."""

    problem: Problem | None = None


Effect: TypeAlias = (
    Tell
    | After
    | Record
    | Show
    | StartActor
    | StopActor
    | MakePlan
    | MakeChange
    | DropPlan
    | LookAt
    | LookAtAll
    | ExpectBeats
    | StartWork
    | StopWork
    | ForgetWork
    | TakeBack
    | ResumeWork
    | RunHook
    | HandleMessage
    | AskForBid
    | Exit
)

Special: TypeAlias = (
    StartActor
    | StopActor
    | MakePlan
    | MakeChange
    | DropPlan
    | LookAt
    | LookAtAll
    | ExpectBeats
    | StartWork
    | StopWork
    | ForgetWork
    | TakeBack
    | ResumeWork
    | RunHook
    | HandleMessage
    | AskForBid
)
"""Effects that only some kinds of actor have: their hooks carry them out."""
