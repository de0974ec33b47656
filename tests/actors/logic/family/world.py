"""Actors that do at once what a supervisor wants of them, and a clock that a test sets."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from callboard.actors.logic.effects import After, Record, Show
from callboard.actors.logic.family.exits import Exit, Restart
from callboard.actors.logic.family.family import FamilyLogic
from callboard.actors.logic.family.phases import Phase
from callboard.actors.logic.family.specs import Budget, ChildSpec, FamilyOptions
from callboard.actors.logic.family.words import (
    Abandon,
    Answer,
    Begin,
    ChildExited,
    ChildStarted,
    Halt,
    Heard,
    Leave,
    Opened,
    Wanted,
)
from callboard.actors.logic.waits import Pace
from callboard.messages.errors import CallboardError
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from callboard.messages.supervision import Wake
from callboard.messages.values import Problem

BOOM = Problem(error="KeyError", text="KeyError: 'q4'")
PACE = Pace(first=1.0, longest=1e9, jitter=0.0, reset_after=8.0)


def options(**changes: object) -> FamilyOptions:
    """Two restarts within ten seconds, after 1, 2, 4 seconds."""
    chosen: dict[str, object] = {"budget": Budget(2, 10.0), "pace": PACE, **changes}
    return FamilyOptions(**chosen)  # type: ignore[arg-type]


def specs(names: str, restart: Restart = Restart.PERMANENT) -> list[ChildSpec]:
    return [ChildSpec(name, None, restart=restart) for name in names]


class World:
    """A supervisor and its actors.

    Attributes:
        alive: Incarnation of each actor that lives.
        log: What happened, in order: "+a1" for a start, "-a1" for a stop that was asked
            for, "?a1" for an actor that was abandoned.
        broken: Who cannot start now.
        stubborn: Who does not stop when told to.
        slow: Who does not say that it has started.
    """

    def __init__(self, children: Sequence[ChildSpec], chosen: FamilyOptions) -> None:
        self.logic = FamilyLogic("tree", children, chosen)
        self.now = 0.0
        self.alive: dict[str, int] = {}
        self.log: list[str] = []
        self.events: list[Fact | Notice] = []
        self.answers: dict[int, CallboardError | None] = {}
        self.broken: set[str] = set()
        self.stubborn: set[str] = set()
        self.slow: set[str] = set()
        self.wakes: list[float] = []
        self.opened = self.busy = False
        self.waiting: deque[Heard] = deque()
        self.left: Leave | None = None

    def start(self) -> World:
        self.busy = True
        self.perform(self.logic.start(self.now))
        self.busy = False
        self.say(Wake())
        return self

    def say(self, heard: Heard) -> None:
        """As a mailbox: what is said while others are heard waits for its turn."""
        self.waiting.append(heard)
        if not self.busy:
            self.busy = True
            while self.waiting:
                self.perform(self.logic.handle(self.waiting.popleft(), self.now))
            self.busy = False

    def exit(self, child: str, end: Exit = Exit.FAILED) -> None:
        problem = BOOM if end is Exit.FAILED else None
        self.say(ChildExited(child, self.alive.pop(child), end, problem))

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while self.wakes and min(self.wakes) <= end:
            self.now = min(self.wakes)
            self.wakes.remove(self.now)
            self.say(Wake())
        self.now = end

    def has_left(self) -> bool:
        return self.left is not None

    def phases(self) -> dict[str, Phase]:
        return {info.id: info.phase for info in self.logic.which()}

    def perform(self, wanted: list[Wanted]) -> None:
        for effect in wanted:
            match effect:
                case Begin():
                    self.begin(effect)
                case Halt():
                    self.log.append(f"-{effect.child}{effect.incarnation}")
                    if effect.child in self.alive and effect.child not in self.stubborn:
                        self.exit(effect.child, Exit.SHUTDOWN)
                case Abandon():
                    self.log.append(f"?{effect.child}{effect.incarnation}")
                    self.alive.pop(effect.child, None)
                case Answer():
                    assert effect.caller not in self.answers, "answered twice"
                    self.answers[effect.caller] = effect.error
                case Opened():
                    self.opened = True
                case Leave():
                    assert self.left is None
                    assert not self.alive, "nobody ends before its children"
                    self.left = effect
                case After():
                    self.wakes.append(self.now + effect.seconds)
                case Record():
                    self.events.append(effect.fact)
                case Show():
                    self.events.append(effect.notice)

    def begin(self, effect: Begin) -> None:
        child, incarnation = effect.spec.id, effect.incarnation
        assert child not in self.alive, "two actors for one child"
        assert self.left is None, "nobody starts after the end"
        self.log.append(f"+{child}{incarnation}")
        self.alive[child] = incarnation
        if child in self.broken:
            del self.alive[child]
            self.say(ChildExited(child, incarnation, Exit.FAILED, BOOM))
        elif child not in self.slow:
            self.say(ChildStarted(child, incarnation))
