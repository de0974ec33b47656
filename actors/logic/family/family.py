"""A supervisor's decisions about any actors, as OTP's: strategies, restarts, order, end.

>>> family = FamilyLogic("tree", [ChildSpec("a", None), ChildSpec("b", None)])
>>> [(effect.spec.id, effect.incarnation) for effect in family.start(0.0)]
[('a', 1)]
>>> [(effect.spec.id, effect.incarnation) for effect in family.handle(ChildStarted("a", 1), 0.1)]
[('b', 1)]

Sources: OTP's documentation of `supervisor` for what follows from what. Unlike OTP's, it
waits before a restart, longer each time; a child may have a budget of its own; what was
stopped on purpose never comes back by itself, not even with its group; and it waits for
nothing: while children stop or start it goes on hearing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from callboard.actors.logic.announcements import given_up
from callboard.actors.logic.budget import RestartBudget, exceeded
from callboard.actors.logic.effects import Record, Show
from callboard.actors.logic.family.brood import Brood, Child
from callboard.actors.logic.family.exits import Exit, Restart, comes_back
from callboard.actors.logic.family.phases import Event, Phase
from callboard.actors.logic.family.specs import ChildSpec, FamilyOptions, check
from callboard.actors.logic.family.strategies import AutoShutdown, Strategy, concerned
from callboard.actors.logic.family.words import (
    Abandon,
    Answer,
    Begin,
    ChildExited,
    ChildInfo,
    ChildStarted,
    Counts,
    DeleteChild,
    Halt,
    Heard,
    Leave,
    Opened,
    RestartChild,
    StartChild,
    Stop,
    TerminateChild,
    Wanted,
)
from callboard.actors.logic.waits import Waits
from callboard.messages.base import Address
from callboard.messages.errors import (
    CallboardError,
    ChildNotStarted,
    ChildNotStopped,
    SupervisorEnds,
    UnknownChild,
    problem_of,
)
from callboard.messages.facts import ActorRestarted, Escalated, RestartScheduled
from callboard.messages.notices import ActorAbandoned, ActorEnded
from callboard.messages.supervision import Wake
from callboard.messages.values import Problem

_GROUP = ""
"""The alarm of a whole group, which no child's name can be."""


class FamilyLogic:
    """The decisions of one supervisor.

    Args:
        address: Of the supervisor, for events; its children are reached below it.
        specs: The children that it begins with, in the order of their start.
        options: How it treats them.

    Raises:
        ChildIdTaken: Two of them have one name.
        InvalidCall: One of them cannot be as it is.
    """

    def __init__(
        self,
        address: Address,
        specs: Sequence[ChildSpec] = (),
        options: FamilyOptions | None = None,
    ) -> None:
        self._address = address
        self._options = o = options or FamilyOptions()
        self._budget = RestartBudget(o.budget.restarts, o.budget.seconds)
        self._grouped = o.strategy is not Strategy.ONE_FOR_ONE
        self._brood = Brood()
        self._opening = True
        self._end: Leave | None = None
        self._over = False
        for spec in specs:
            check(spec, o, (child.id for child in self._brood))
            self._add(spec).first = True

    def start(self, now: float) -> list[Wanted]:
        """Start the children, each when the one before it runs."""
        return self._go_on(now)

    def which(self) -> tuple[ChildInfo, ...]:
        """How each child stands, in the order of their start."""
        return self._brood.which()

    def count(self) -> Counts:
        """How many there are of each kind."""
        return self._brood.count()

    def handle(self, heard: Heard, now: float) -> list[Wanted]:
        """What follows from what was heard."""
        return [*self._decide(heard, now), *self._go_on(now), *self._brood.alarms.arm(now)]

    def _decide(self, heard: Heard, now: float) -> list[Wanted]:
        match heard:
            case ChildStarted():
                return self._started(heard, now)
            case ChildExited():
                return self._exited(heard, now)
            case StartChild():
                return self._start_child(heard)
            case TerminateChild():
                return self._terminate_child(heard, now)
            case RestartChild():
                return self._restart_child(heard)
            case DeleteChild():
                return self._delete_child(heard)
            case Stop():
                return self._close(Leave(Exit.SHUTDOWN))
            case Wake():
                return [e for due in self._brood.alarms.due(now) for e in self._due(due, now)]
            case _:
                assert_never(heard)

    def _add(self, spec: ChildSpec) -> Child:
        own = spec.budget
        budget = None if own is None else RestartBudget(own.restarts, own.seconds)
        return self._brood.add(Child(spec=spec, budget=budget, waits=Waits(self._options.pace)))

    def _at(self, child: Child) -> Address:
        return f"{self._address}/{child.id}"

    # A child runs.

    def _started(self, heard: ChildStarted, now: float) -> list[Wanted]:
        child = self._brood.spoken_of(heard.child, heard.incarnation)
        if child is None or child.phase is not Phase.STARTING:
            return []
        self._brood.move(child, Event.STARTED)
        child.waits.runs(now)
        again = child.incarnation > 1
        fact = ActorRestarted(at=now, address=self._at(child), incarnation=child.incarnation)
        return [*([Record(fact)] if again else []), *self._has_begun(child)]

    def _has_begun(self, child: Child, error: CallboardError | None = None) -> list[Wanted]:
        """It has been started, or is not to be: nobody waits for that any more."""
        asked, child.asked, child.first, child.fresh = child.asked, None, False, False
        return [] if asked is None else [Answer(asked, error)]

    # A child ends.

    def _exited(self, heard: ChildExited, now: float) -> list[Wanted]:
        if (heard.child, heard.incarnation) in self._brood.abandoned:
            self._brood.abandoned.discard((heard.child, heard.incarnation))
            return []
        child = self._brood.spoken_of(heard.child, heard.incarnation)
        if child is None:
            return []
        if child.leaves is not None:
            return self._left(child, child.leaves)
        if child.phase is Phase.STARTING and heard.end is Exit.FAILED:
            if child.asked is not None:
                return self._not_started(child, heard.problem)
            if child.first:
                return self._not_opened(child, heard.problem)
        if comes_back(child.spec.restart, heard.end):
            return self._fail(child, heard, now)
        return self._stay_down(child, heard, now)

    def _not_started(self, child: Child, problem: Problem | None) -> list[Wanted]:
        event = Event.FORGOTTEN if child.fresh or _is_temporary(child) else Event.ENDED
        child.wished = True
        self._brood.move(child, event)
        return self._has_begun(child, ChildNotStarted(child.id, _text(problem)))

    def _not_opened(self, child: Child, problem: Problem | None) -> list[Wanted]:
        error = ChildNotStarted(child.id, _text(problem))
        self._brood.move(child, Event.FORGOTTEN if _is_temporary(child) else Event.ENDED)
        return self._close(Leave(Exit.FAILED, problem_of(error)))

    def _stay_down(self, child: Child, heard: ChildExited, now: float) -> list[Wanted]:
        self._brood.move(child, Event.FORGOTTEN if _is_temporary(child) else Event.ENDED)
        shown = ActorEnded(
            at=now, address=self._at(child), end=heard.end.value, problem=heard.problem
        )
        return [Show(shown), *self._has_begun(child), *self._shut_down_with(child)]

    def _shut_down_with(self, child: Child) -> list[Wanted]:
        if not child.spec.significant:
            return []
        others = (c for c in self._brood if c.spec.significant and (c.alive or c.phase in _COMING))
        auto = self._options.auto_shutdown
        if auto is AutoShutdown.ALL_SIGNIFICANT and any(others):
            return []
        return self._close(Leave(Exit.SHUTDOWN))

    # A child comes back.

    def _fail(self, child: Child, heard: ChildExited, now: float) -> list[Wanted]:
        problem = heard.problem or _ended(self._at(child), heard.end)
        asked = self._has_begun(child)
        if child.budget is not None and not child.budget.spend(now):
            escalated = given_up(self._at(child), child.budget, problem, now)
            if self._grouped:  # its siblings cannot do without it
                return [*asked, *self._give_up(child, escalated)]
            self._brood.move(child, Event.EXHAUSTED)
            return [*asked, Record(escalated)]
        if exceeded([self._budget], now) is not None:
            return [
                *asked,
                *self._give_up(child, given_up(self._address, self._budget, problem, now)),
            ]
        return [*asked, self._restart_later(child, problem, now)]

    def _give_up(self, child: Child, escalated: Escalated) -> list[Wanted]:
        self._brood.move(child, Event.ENDED)
        return [Record(escalated), *self._close(Leave(Exit.SHUTDOWN, escalated.problem))]

    def _restart_later(self, child: Child, problem: Problem, now: float) -> Record:
        delay = child.waits.failed(now, f"{self._at(child)} {child.incarnation}")
        self._brood.move(child, Event.FAILED)
        self._brood.alarms.set(_GROUP if self._grouped else child.id, now + delay)
        for other in concerned(self._options.strategy, list(self._brood), child):
            if other is not child:
                self._take_along(other)
        return Record(
            RestartScheduled(
                at=now,
                address=self._at(child),
                attempt=self._budget.used(now),
                delay=delay,
                problem=problem,
            )
        )

    def _take_along(self, other: Child) -> None:
        """One of the group has failed, so this one ends, and starts again."""
        if other.alive and other.leaves is None:
            other.leaves = Event.FORGOTTEN if _is_temporary(other) else Event.FREED
        elif other.phase is Phase.STOPPED and not other.wished:
            self._brood.move(other, Event.FAILED)

    # What is asked for.

    def _start_child(self, heard: StartChild) -> list[Wanted]:
        if self._end is not None:
            return [Answer(heard.caller, SupervisorEnds(self._address))]
        try:
            check(heard.spec, self._options, (child.id for child in self._brood))
        except CallboardError as error:
            return [Answer(heard.caller, error)]
        child = self._add(heard.spec)
        child.asked, child.fresh = heard.caller, True
        return []

    def _terminate_child(self, heard: TerminateChild, now: float) -> list[Wanted]:
        child = self._brood.get(heard.child)
        if child is None:
            return [Answer(heard.caller, UnknownChild(heard.child))]
        child.wished = True
        if not child.alive:
            return [*self._call_off(child), Answer(heard.caller)]
        child.callers.append(heard.caller)
        child.leaves = Event.FORGOTTEN if _is_temporary(child) else Event.HALTED
        # Now, whoever else has to stop in turn: it stands alone.
        return [] if child.phase is Phase.STOPPING else self._tell_to_stop(child, now)

    def _call_off(self, child: Child) -> list[Wanted]:
        effects = self._has_begun(child, ChildNotStarted(child.id, _TOLD))
        if child.phase in _COMING:
            event = Event.FORGOTTEN if _is_temporary(child) else Event.CALLED_OFF
            self._brood.move(child, event)
        return effects

    def _restart_child(self, heard: RestartChild) -> list[Wanted]:
        child = self._brood.get(heard.child)
        error = self._cannot_touch(heard.child, child)
        if child is None or error is not None:
            return [Answer(heard.caller, error)]
        self._brood.move(child, Event.CALLED)
        child.asked, child.wished = heard.caller, False
        return []

    def _delete_child(self, heard: DeleteChild) -> list[Wanted]:
        child = self._brood.get(heard.child)
        error = self._cannot_touch(heard.child, child)
        if child is not None and error is None:
            self._brood.move(child, Event.FORGOTTEN)
        return [Answer(heard.caller, error)]

    def _cannot_touch(self, name: str, child: Child | None) -> CallboardError | None:
        if child is None:
            return UnknownChild(name)
        if self._end is not None:
            return SupervisorEnds(self._address)
        down = child.phase in {Phase.STOPPED, Phase.GIVEN_UP}
        return None if down else ChildNotStopped(name, child.phase.value)

    # The end

    def _close(self, leave: Leave) -> list[Wanted]:
        """Stop every child, and end; the first reason stays."""
        if self._end is not None:
            return []
        self._end = leave
        effects: list[Wanted] = []
        for child in self._brood:
            if child.alive and child.leaves is not Event.FORGOTTEN:
                child.leaves = Event.FORGOTTEN if _is_temporary(child) else Event.HALTED
            elif not child.alive:
                effects += self._call_off(child)
        return effects

    def _due(self, name: str, now: float) -> list[Wanted]:
        child = self._brood.get(name)
        if child is None or child.phase is not Phase.STOPPING:
            return []  # its wait is over, and its turn comes by itself
        return self._abandon(child, now)

    def _abandon(self, child: Child, now: float) -> list[Wanted]:
        self._brood.abandoned.add((child.id, child.incarnation))
        seconds = child.spec.shutdown or 0.0
        shown = ActorAbandoned(at=now, address=self._at(child), seconds=seconds)
        leaves = child.leaves or Event.HALTED
        return [
            Abandon(child.id, child.incarnation),
            Show(shown),
            *self._left(child, leaves),
        ]

    def _left(self, child: Child, leaves: Event) -> list[Wanted]:
        """It has stopped, as it should."""
        child.leaves = None
        self._brood.move(child, leaves)
        callers, child.callers = child.callers, []
        answers: list[Wanted] = [Answer(caller) for caller in callers]
        if leaves is Event.FREED:  # whoever waits for its start goes on waiting
            return answers
        return [*self._has_begun(child, ChildNotStarted(child.id, _TOLD)), *answers]

    # Whose turn it is

    def _go_on(self, now: float) -> list[Wanted]:
        effects = [*self._stop_next(now), *self._start_next()]
        if self._opening and self._end is None and not any(c.first for c in self._brood):
            self._opening = False
            effects.append(Opened())
        if self._end is not None and not self._over and not any(c.alive for c in self._brood):
            self._over = True
            effects.append(self._end)
        return effects

    def _stop_next(self, now: float) -> list[Wanted]:
        """The last one that shall stop, when nobody is stopping; or all of them at once."""
        effects: list[Wanted] = []
        for child in reversed(list(self._brood)):
            if child.phase is Phase.STOPPING and not self._options.together:
                break
            if child.leaves is not None and child.phase is not Phase.STOPPING:
                effects += self._tell_to_stop(child, now)
                if child.alive and not self._options.together:
                    break
        return effects

    def _tell_to_stop(self, child: Child, now: float) -> list[Wanted]:
        self._brood.move(child, Event.TOLD)
        if child.spec.shutdown == 0:
            return self._abandon(child, now)
        if child.spec.shutdown is not None:
            self._brood.alarms.set(child.id, now + child.spec.shutdown)
        return [Halt(child.id, child.incarnation)]

    def _start_next(self) -> list[Wanted]:
        """In order: each waits for those before it, unless they have fallen since."""
        if self._end is not None or self._holds_back():
            return []
        effects: list[Wanted] = []
        for child in self._brood:
            if child.phase in _COMING and child.id not in self._brood.alarms:
                self._brood.move(child, Event.TURN)
                child.incarnation += 1
                effects.append(Begin(child.spec, child.incarnation))
            if child.phase in _UNDER_WAY and (self._grouped or child.first):
                break
        return effects

    def _holds_back(self) -> bool:
        """A group starts when all of it has stopped, and its wait is over."""
        stopping = any(child.leaves is not None for child in self._brood)
        return self._grouped and (stopping or _GROUP in self._brood.alarms)


_TOLD = "it was told to stop"
_COMING = frozenset({Phase.WAITING, Phase.RESTARTING})
_UNDER_WAY = frozenset({Phase.WAITING, Phase.RESTARTING, Phase.STARTING})


def _is_temporary(child: Child) -> bool:
    return child.spec.restart is Restart.TEMPORARY


def _text(problem: Problem | None) -> str:
    return "it has ended" if problem is None else problem.text


def _ended(address: Address, end: Exit) -> Problem:
    return Problem(error="Exit", text=f"{address} has ended by itself: {end.value}")
