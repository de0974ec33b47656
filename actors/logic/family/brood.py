"""A supervisor's children: who there is, where each is, and until when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from callboard.actors.logic.alarms import Alarms
from callboard.actors.logic.budget import RestartBudget
from callboard.actors.logic.family.phases import ALIVE, TRANSITIONS, Event, Phase
from callboard.actors.logic.family.specs import ChildSpec
from callboard.actors.logic.family.words import Caller, ChildInfo, Counts
from callboard.actors.logic.waits import Waits


@dataclass(slots=True, kw_only=True)
class Child:
    """One supervised actor.

    Attributes:
        budget: Of its own restarts, where it has one.
        incarnation: Of the actor that lives, or has lived last.
        first: It has never run, and its start is part of the supervisor's own.
        leaves: What its stop will be, where it shall stop; None where it may go on.
        asked: Who waits for it to start; a failure is theirs to know, and no restart.
        wished: It does not run because somebody has said so.
        callers: Who waits for it to stop.
    """

    spec: ChildSpec
    budget: RestartBudget | None
    waits: Waits
    phase: Phase = Phase.WAITING
    incarnation: int = 0
    first: bool = False
    leaves: Event | None = None
    asked: Caller | None = None
    fresh: bool = False
    wished: bool = False
    callers: list[Caller] = field(default_factory=list[Caller])

    @property
    def id(self) -> str:
        """Its name among its siblings."""
        return self.spec.id

    @property
    def alive(self) -> bool:
        """Whether there is an actor."""
        return self.phase in ALIVE


class Brood:
    """All children, in the order of their start.

    Attributes:
        alarms: Until when a child stops, or waits for its restart.
        abandoned: Actors that did not stop in time and have not ended yet.
    """

    def __init__(self) -> None:
        self._children: dict[str, Child] = {}
        self.alarms = Alarms[str]()
        self.abandoned: set[tuple[str, int]] = set()
        self._numbers: dict[str, int] = {}

    def __contains__(self, child: str) -> bool:
        """Whether there is a child of that name."""
        return child in self._children

    def __iter__(self) -> Iterator[Child]:
        """Every child, in the order of their start."""
        return iter(list(self._children.values()))

    def get(self, child: str) -> Child | None:
        """The child of that name, if there is one."""
        return self._children.get(child)

    def add(self, child: Child) -> Child:
        """Another child, the last in order."""
        self._children[child.id] = child
        child.incarnation = self._numbers.pop(child.id, 0)
        return child

    def spoken_of(self, child: str, incarnation: int) -> Child | None:
        """The child of which that is said, unless it is about the past."""
        found = self._children.get(child)
        known = found is not None and found.alive and found.incarnation == incarnation
        return found if known else None

    def move(self, child: Child, event: Event) -> None:
        """Let *event* happen to *child*; where it ends, the child is forgotten.

        Raises:
            KeyError: That cannot happen to it now.
        """
        child.phase = TRANSITIONS[child.phase, event]
        self.alarms.clear(child.id)
        if child.phase is Phase.GONE:
            del self._children[child.id]
            # An abandoned actor may still speak under that name.
            if any(name == child.id for name, _ in self.abandoned):
                self._numbers[child.id] = child.incarnation

    def which(self) -> tuple[ChildInfo, ...]:
        """How each child stands."""
        return tuple(
            ChildInfo(id=c.id, phase=c.phase, incarnation=c.incarnation, spec=c.spec) for c in self
        )

    def count(self) -> Counts:
        """How many there are of each kind."""
        found = Counter(child.phase for child in self)
        return Counts(
            specs=len(self._children),
            running=found[Phase.RUNNING],
            restarting=found[Phase.RESTARTING],
            stopped=found[Phase.STOPPED],
            given_up=found[Phase.GIVEN_UP],
            abandoned=len(self.abandoned),
        )
