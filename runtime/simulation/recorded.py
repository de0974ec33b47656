"""What a journal tells of a run, apart from how it was scheduled.

That is: which goals came when, who was there when, and how each attempt went. Played
again under the same policy it gives about the same run; under another one, another.
"""

from __future__ import annotations

import statistics
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec

from callboard.messages import facts
from callboard.messages.errors.endings import AttemptTimedOut
from callboard.messages.values import Payload
from callboard.runtime.simulation.account import needs_of
from callboard.runtime.simulation.executor import Fate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from callboard.actors.logic.effects import StartWork
    from callboard.messages.base import AgentId, GoalId, SubtaskId
    from callboard.messages.facts import Fact
    from callboard.messages.values import Agent, Goal, Lease, Plan, Problem, Subtask, Token
    from callboard.runtime.config import Config

_EVER = 365 * 86_400.0
"""Seconds of an attempt that was stopped by a limit: how long it would have taken nobody
knows, so it does not end by itself."""

_SIGNS = 1_000
"""Signs of life of an attempt at the most."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt went.

    Attributes:
        seconds: From its start to its end.
        ends: "done", "failed", "crashed" (its agent went down), "overdue" (a limit ended
            it), or "unknown" (it was taken back for another reason, or still ran).
        result: What it returned.
        problem: What it ended with, where it did not end well.
    """

    seconds: float
    ends: Literal["done", "failed", "crashed", "overdue", "unknown"]
    result: Payload = Payload()
    problem: Problem | None = None


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A goal that came with its plan, or was given one.

    Attributes:
        at: When it was planned, seconds since the epoch.
    """

    at: float
    goal: Goal
    plan: Plan


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """The process ended, and all agents with it.

    Attributes:
        at: After its last fact, seconds since the epoch.
    """

    at: float


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a runtime from outside.

    Attributes:
        begin: When the first fact happened, seconds since the epoch.
        end: When the last one did.
        deeds: Goals, agents and commands as they came, in order.
        attempts: At each subtask, in order.
        left_out: Goals that cannot be played again, with the reason.
    """

    begin: float
    end: float
    deeds: tuple[Arrival | Gone | Fact, ...]
    attempts: dict[SubtaskId, tuple[Attempt, ...]]
    left_out: dict[GoalId, str]


def recorded(told: Iterable[Fact]) -> Recorded:
    """What these facts tell, in their order."""
    fold = _Fold()
    for fact in told:
        fold.take(fact)
    return fold.recorded()


class _Fold:
    """Facts in order become a record."""

    def __init__(self) -> None:
        self._begin: float | None = None
        self._latest = 0.0
        self._goals: dict[GoalId, Goal] = {}
        self._planned: set[GoalId] = set()
        self._growing: dict[GoalId, tuple[float, tuple[Subtask, ...]]] = {}
        self._last_end = 0.0
        self._deeds: list[Arrival | Gone | Fact] = []
        self._attempts: dict[SubtaskId, list[Attempt]] = {}
        self._running: dict[SubtaskId, tuple[Lease, float]] = {}
        self._given_up: set[AgentId] = set()
        self._beside: dict[SubtaskId, set[Token]] = {}

    def take(self, fact: Fact) -> None:
        self._begin = fact.at if self._begin is None else min(self._begin, fact.at)
        change = self._changes.get(type(fact))
        if change is not None:
            change(self, fact)
        elif type(fact) in _COMMANDS:
            self._deeds.append(fact)
        self._latest = max(self._latest, fact.at)

    def recorded(self) -> Recorded:
        for subtask in list(self._running):
            self._end(subtask, self._latest, "unknown")
        unplanned = dict.fromkeys(self._goals.keys() - self._planned, "it has no plan")
        ended = self._last_end or self._latest
        deeds = [deed for deed in self._deeds if deed.at < ended or not _takes_leave(deed)]
        return Recorded(
            begin=self._begin or 0.0,
            end=self._latest,
            deeds=tuple(sorted(deeds, key=lambda deed: deed.at)),
            attempts={uuid: tuple(found) for uuid, found in self._attempts.items()},
            left_out=unplanned,
        )

    def _accepted(self, fact: facts.GoalAccepted) -> None:
        self._goals[fact.goal.id] = fact.goal

    def _adopted(self, fact: facts.PlanAdopted) -> None:
        goal = self._goals.get(fact.goal)
        if goal is not None and fact.goal not in self._planned:
            self._planned.add(fact.goal)
            self._deeds.append(Arrival(at=fact.at, goal=goal, plan=fact.plan))

    def _grown(self, fact: facts.PlanGrown) -> None:
        """All that there was in the end is played from when it began."""
        since, before = self._growing.pop(fact.goal, (fact.at, ()))
        subtasks = (*before, *fact.plan.subtasks)
        if fact.last:
            plan = msgspec.structs.replace(fact.plan, subtasks=subtasks)
            self._adopted(facts.PlanAdopted(at=since, goal=fact.goal, plan=plan))
        else:
            self._growing[fact.goal] = since, subtasks

    def _changed(self, fact: facts.PlanChanged) -> None:
        """What was added is played after what it made up for, which no goal fails by."""
        change, made_up_for = fact.change, set(fact.failed)
        rewired = {one.subtask: one.dependencies for one in change.rewire}

        def now(spec: Subtask) -> Subtask:
            needs = rewired.get(spec.uuid, spec.dependencies)
            optional = spec.optional or spec.uuid in made_up_for
            return msgspec.structs.replace(spec, dependencies=needs, optional=optional)

        for index, deed in enumerate(self._deeds):
            if isinstance(deed, Arrival) and deed.goal.id == fact.goal:
                left = [now(s) for s in deed.plan.subtasks if s.uuid not in change.drop]
                new = [
                    msgspec.structs.replace(s, dependencies=(*s.dependencies, *fact.failed))
                    for s in change.add
                ]
                plan = msgspec.structs.replace(deed.plan, subtasks=(*left, *new))
                self._deeds[index] = msgspec.structs.replace(deed, plan=plan)

    def _goal_ended(
        self, fact: facts.GoalCompleted | facts.GoalFailed | facts.GoalCancelled
    ) -> None:
        self._last_end = fact.at
        if isinstance(fact, facts.GoalCancelled):
            self._deeds.append(fact)

    def _copied(self, fact: facts.CopyStarted) -> None:
        """Both together are one attempt, which ends as the last of them does."""
        beside = self._beside.setdefault(fact.lease.subtask, set())
        beside |= {fact.of.token, fact.lease.token}

    def _one_less(self, lease: Lease) -> bool:
        """Whether others go on of those that are one attempt."""
        beside = self._beside.get(lease.subtask, set())
        beside.discard(lease.token)
        if not beside:
            self._beside.pop(lease.subtask, None)
        return bool(beside)

    def _copy_failed(self, fact: facts.CopyFailed) -> None:
        self._one_less(fact.lease)

    def _started(self, fact: facts.SubtaskStarted) -> None:
        if fact.lease.token in self._beside.get(fact.lease.subtask, ()):
            return
        self._end(fact.lease.subtask, fact.at, "unknown")
        self._running[fact.lease.subtask] = fact.lease, fact.at

    def _completed(self, fact: facts.SubtaskCompleted) -> None:
        lease, seconds = fact.lease, fact.seconds
        self._beside.pop(fact.subtask, None)
        begun = self._running.pop(fact.subtask, None)
        if lease is not None or begun is not None:
            worked = seconds or (0.0 if begun is None else fact.at - begun[1])
            done = Attempt(seconds=worked, ends="done", result=fact.result)
            self._attempts.setdefault(fact.subtask, []).append(done)

    def _failed(self, fact: facts.RetryScheduled) -> None:
        self._beside.pop(fact.lease.subtask, None)
        self._end_badly(fact.lease.subtask, fact.at, fact.problem)

    def _over(self, fact: facts.SubtaskFailed | facts.SubtaskParked) -> None:
        if fact.problem.fault == "agent":
            self._end_badly(fact.subtask, fact.at, fact.problem)
        else:
            self._end(fact.subtask, fact.at, "unknown")

    def _cancelled(self, fact: facts.SubtaskCancelled) -> None:
        self._end(fact.subtask, fact.at, "unknown")

    def _revoked(self, fact: facts.LeaseRevoked) -> None:
        if self._one_less(fact.lease):
            return
        self._end(fact.lease.subtask, fact.at, "crashed" if fact.blamed else "unknown")

    def _crashed(self, fact: facts.AgentCrashed) -> None:
        for uuid, (lease, _) in list(self._running.items()):
            if lease.agent == fact.agent:
                self._end(uuid, fact.at, "crashed", fact.problem)

    def _escalated(self, fact: facts.Escalated) -> None:
        self._given_up.add(fact.address.removeprefix("agent/"))

    def _removed(self, fact: facts.AgentRemoved) -> None:
        if fact.agent in self._given_up:  # its crashes come again, and with them this
            self._given_up.discard(fact.agent)
        else:
            self._deeds.append(fact)

    def _reopened(self, fact: facts.RuntimeStarted) -> None:
        del fact
        self._beside.clear()
        for uuid in list(self._running):
            self._end(uuid, self._latest, "unknown")
        self._deeds.append(Gone(at=self._latest))

    def _end_badly(self, subtask: SubtaskId, at: float, problem: Problem) -> None:
        overdue = problem.error == AttemptTimedOut.__name__
        if overdue and subtask not in self._running:
            self._blame_a_limit(subtask)
        self._end(subtask, at, "overdue" if overdue else "failed", problem)

    def _blame_a_limit(self, subtask: SubtaskId) -> None:
        """Its lease was revoked first, and now it is said why."""
        tried = self._attempts.get(subtask)
        if tried and tried[-1].ends == "unknown":
            tried[-1] = msgspec.structs.replace(tried[-1], ends="overdue")

    def _end(
        self,
        subtask: SubtaskId,
        at: float,
        ends: Literal["failed", "crashed", "overdue", "unknown"],
        problem: Problem | None = None,
    ) -> None:
        begun = self._running.pop(subtask, None)
        if begun is not None:
            gone = Attempt(seconds=max(0.0, at - begun[1]), ends=ends, problem=problem)
            self._attempts.setdefault(subtask, []).append(gone)

    _changes: ClassVar[dict[type[Fact], Callable[[_Fold, Any], None]]] = {
        facts.GoalAccepted: _accepted,
        facts.PlanAdopted: _adopted,
        facts.PlanGrown: _grown,
        facts.PlanChanged: _changed,
        facts.GoalCompleted: _goal_ended,
        facts.GoalFailed: _goal_ended,
        facts.GoalCancelled: _goal_ended,
        facts.SubtaskStarted: _started,
        facts.SubtaskCompleted: _completed,
        facts.SubtaskFailed: _over,
        facts.SubtaskParked: _over,
        facts.SubtaskCancelled: _cancelled,
        facts.RetryScheduled: _failed,
        facts.LeaseRevoked: _revoked,
        facts.CopyStarted: _copied,
        facts.CopyFailed: _copy_failed,
        facts.AgentCrashed: _crashed,
        facts.Escalated: _escalated,
        facts.AgentRemoved: _removed,
        facts.RuntimeStarted: _reopened,
    }


_COMMANDS = frozenset({
    facts.AgentRegistered,
    facts.AgentResized,
    facts.AgentPaused,
    facts.AgentResumed,
    facts.GoalPaused,
    facts.GoalResumed,
    facts.RuntimePaused,
    facts.RuntimeResumed,
})  # fmt: skip


def _takes_leave(deed: Arrival | Gone | Fact) -> bool:
    """Who left when all was done would have stayed for longer had it taken longer."""
    return isinstance(deed, (Gone, facts.AgentRemoved))


class RecordedFates:
    """Attempts go as they went: the first as the first one, and so on, on whatever agent.

    Beyond those that are recorded they go as the last one. Where its end is not known
    they take as long as others of the same name did, else of the same skills (medians),
    else as long as was estimated.

    Args:
        past: What is recorded.
        config: Has the limits within which attempts give signs of life.
    """

    def __init__(self, past: Recorded, config: Config) -> None:
        self._attempts = past.attempts
        self._config = config
        self._counts = Counter[str]()
        self._typical = _medians(past)

    def __call__(self, agent: Agent, effect: StartWork) -> Fate:
        """The fate of the next attempt at that subtask."""
        subtask = effect.ready.subtask
        known: Sequence[Attempt] = self._attempts.get(subtask.uuid, ())
        number = self._counts[subtask.uuid]
        self._counts[subtask.uuid] += 1
        past = known[min(number, len(known) - 1)] if known else None
        fate = self._fate(subtask, past)
        return msgspec.structs.replace(fate, signs=self._signs(agent, subtask, fate.seconds))

    def _fate(self, subtask: Subtask, past: Attempt | None) -> Fate:
        match past:
            case Attempt(ends="done"):
                return Fate(seconds=past.seconds, result=past.result)
            case Attempt(ends="failed" | "crashed" as ends):
                return Fate(seconds=past.seconds, ends=ends, problem=past.problem)
            case Attempt(ends="overdue"):
                return Fate(seconds=_EVER)
            case _:
                least = 0.0 if past is None else past.seconds
                return Fate(seconds=max(least, self._estimated(subtask)))

    def _estimated(self, subtask: Subtask) -> float:
        own = self._typical.get(subtask.name)
        like = self._typical.get(needs_of(subtask)) if own is None else own
        return subtask.seconds if like is None else like

    def _signs(self, agent: Agent, subtask: Subtask, seconds: float) -> int:
        """So many that nobody takes it for silent: it was not, or its end would say so."""
        each = (subtask.timeouts, agent.timeouts, self._config.timeouts)
        limits = [t.silence for t in each if t.silence] + [t.stall for t in each if t.stall]
        if not limits or seconds >= _EVER:
            return 0
        return min(_SIGNS, int(2 * seconds / min(limits)) + 1)


def _medians(past: Recorded) -> Mapping[str, float]:
    """Seconds of completed attempts, by the subtask's name and by its skills."""
    found: dict[str, list[float]] = {}
    for deed in past.deeds:
        if isinstance(deed, Arrival):
            for subtask in deed.plan.subtasks:
                done = [a.seconds for a in past.attempts.get(subtask.uuid, ()) if a.ends == "done"]
                for name in (needs_of(subtask), subtask.name):
                    found.setdefault(name, []).extend(done)
    return {name: statistics.median(seconds) for name, seconds in found.items() if seconds}
