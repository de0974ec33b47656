"""What a supervisor of a family hears, and what it wants done; all of it data."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from callboard.actors.logic.effects import After, Record, Show
from callboard.actors.logic.family.exits import Exit
from callboard.actors.logic.family.phases import Phase
from callboard.actors.logic.family.specs import ChildSpec
from callboard.messages.errors import CallboardError
from callboard.messages.supervision import Wake
from callboard.messages.values import Problem

Caller: TypeAlias = int
"""Who waits for an answer; the supervisor's actor knows who that is."""


class ChildStarted(msgspec.Struct, frozen=True):
    """A child runs now."""

    child: str
    incarnation: int


class ChildExited(msgspec.Struct, frozen=True):
    """A child has ended; where it failed to start, it has failed.

    Attributes:
        problem: What it failed by; None for another end.
    """

    child: str
    incarnation: int
    end: Exit
    problem: Problem | None = None


class StartChild(msgspec.Struct, frozen=True):
    """Take on another child, the last in order. Answered when it runs, or does not."""

    spec: ChildSpec
    caller: Caller


class TerminateChild(msgspec.Struct, frozen=True):
    """Stop a child; its specification stays unless it is temporary. Answered when it has."""

    child: str
    caller: Caller


class RestartChild(msgspec.Struct, frozen=True):
    """Start a child that was stopped or given up. Answered when it runs, or does not."""

    child: str
    caller: Caller


class DeleteChild(msgspec.Struct, frozen=True):
    """Forget a child that does not run."""

    child: str
    caller: Caller


class Stop(msgspec.Struct, frozen=True):
    """Stop all children, and end."""


Heard: TypeAlias = (
    ChildStarted
    | ChildExited
    | StartChild
    | TerminateChild
    | RestartChild
    | DeleteChild
    | Stop
    | Wake
)


class Begin(msgspec.Struct, frozen=True):
    """Start an actor for that child."""

    spec: ChildSpec
    incarnation: int


class Halt(msgspec.Struct, frozen=True):
    """Tell that actor to stop."""

    child: str
    incarnation: int


class Abandon(msgspec.Struct, frozen=True):
    """Let that actor be: it takes no more messages, and its thread may run on."""

    child: str
    incarnation: int


class Answer(msgspec.Struct, frozen=True):
    """Tell a caller that it is done, or why not."""

    caller: Caller
    error: CallboardError | None = None


class Opened(msgspec.Struct, frozen=True):
    """All children of the beginning have been started."""


class Leave(msgspec.Struct, frozen=True):
    """End; nobody is left.

    Attributes:
        problem: Why, where it was not asked to.
    """

    end: Exit
    problem: Problem | None = None


Wanted: TypeAlias = Begin | Halt | Abandon | Answer | Opened | Leave | After | Record | Show


class ChildInfo(msgspec.Struct, frozen=True, kw_only=True):
    """How a child stands.

    Attributes:
        incarnation: Of the actor that lives, or has lived last; 0 before the first one.
    """

    id: str
    phase: Phase
    incarnation: int
    spec: ChildSpec


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many children there are.

    Attributes:
        specs: Children, running or not.
        running: That run.
        restarting: That wait for their next start.
        stopped: That do not run and do not come back by themselves.
        given_up: That have failed too often.
        abandoned: Threads that did not stop in time and still run.
    """

    specs: int
    running: int
    restarting: int
    stopped: int
    given_up: int
    abandoned: int
