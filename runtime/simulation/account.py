"""What a run came to, from its facts alone: when goals ended, who waited, who was busy.

>>> from callboard.messages.facts import GoalAccepted, GoalCompleted
>>> from callboard.messages.values import Goal
>>> told = [GoalAccepted(at=1.0, goal=Goal(id="g1", text="rest"))]
>>> account([*told, GoalCompleted(at=4.0, goal="g1")]).makespan
3.0
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from callboard.messages import facts
from callboard.messages.base import AgentId, GoalId, SubtaskId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from callboard.messages.facts import Fact
    from callboard.messages.values import Goal, Lease, Subtask, Token

ANY = "any"
"""What a subtask needs that needs no skill."""


class GoalAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A goal from its acceptance to its end.

    Attributes:
        text: The goal in words.
        accepted: Seconds since the epoch.
        ended: The same; None where it has not ended.
        status: "completed", "failed", "cancelled", or "open".
    """

    text: str
    accepted: float
    ended: float | None = None
    status: str = "open"

    @property
    def seconds(self) -> float | None:
        """From its acceptance to its end; None where it has not ended."""
        return None if self.ended is None else self.ended - self.accepted


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to.

    Attributes:
        makespan: Seconds from the first goal's acceptance to the last one's end; where a
            goal is open, to the last fact.
        goals: By id, in the order of acceptance.
        waits: Seconds that subtasks waited for an agent, all together, by the skills
            that they require.
        utilisation: Of each agent: the part of its slots that was busy while it was there.
        attempts: That began.
    """

    makespan: float
    goals: dict[GoalId, GoalAccount]
    waits: dict[str, float]
    utilisation: dict[AgentId, float]
    attempts: int

    @property
    def waited(self) -> float:
        """Seconds that all subtasks waited for agents."""
        return math.fsum(self.waits.values())

    @property
    def bottleneck(self) -> str:
        """The skills that were waited for longest; "" where nothing waited."""
        longest = max(self.waits, key=self.waits.__getitem__, default="")
        return longest if longest and self.waits[longest] > 0.0 else ""


def account(told: Iterable[Fact], name: Callable[[Goal], str] | None = None) -> Account:
    """What came of a run.

    Args:
        told: Its facts, in order.
        name: By which a goal is called; None for its id.
    """
    fold = _Fold(name)
    for fact in told:
        change = fold.changes.get(type(fact))
        if change is not None:
            change(fold, fact)
        fold.latest = max(fold.latest, fact.at)
    return fold.account()


class _Fold:
    """Facts in order become an account."""

    def __init__(self, name: Callable[[Goal], str] | None) -> None:
        self.latest = 0.0
        self._name = name or _id
        self._names: dict[GoalId, str] = {}
        self._goals: dict[str, GoalAccount] = {}
        self._needs: dict[SubtaskId, str] = {}
        self._queued: dict[SubtaskId, float] = {}
        self._waits: dict[str, float] = {}
        self._held: dict[Token, tuple[Lease, float]] = {}
        self._busy: dict[AgentId, list[tuple[float, float]]] = {}
        self._there: dict[AgentId, tuple[float, int]] = {}
        self._shifts: dict[AgentId, list[tuple[float, float, int]]] = {}
        self._attempts = 0

    def account(self) -> Account:
        self._leave_all(self.latest)
        begin = min((goal.accepted for goal in self._goals.values()), default=0.0)
        ends = [goal.ended for goal in self._goals.values()]
        known = [end for end in ends if end is not None]
        end = max(known, default=begin) if len(known) == len(ends) else self.latest
        return Account(
            makespan=end - begin,
            goals=self._goals,
            waits=self._waits,
            utilisation={agent: self._share(agent, begin, end) for agent in self._shifts},
            attempts=self._attempts,
        )

    def _share(self, agent: AgentId, begin: float, end: float) -> float:
        shifts = self._shifts[agent]
        slots = math.fsum(_within(b, e, begin, end) * load for b, e, load in shifts)
        busy = math.fsum(_within(b, e, begin, end) for b, e in self._busy.get(agent, ()))
        return min(1.0, busy / slots) if slots else 0.0

    # Goals

    def _accepted(self, fact: facts.GoalAccepted) -> None:
        name = self._names[fact.goal.id] = self._name(fact.goal)
        self._goals[name] = GoalAccount(text=fact.goal.text, accepted=fact.at)

    def _planned(self, fact: facts.PlanAdopted | facts.PlanGrown) -> None:
        self._needs |= {subtask.uuid: needs_of(subtask) for subtask in fact.plan.subtasks}

    def _changed(self, fact: facts.PlanChanged) -> None:
        self._needs |= {subtask.uuid: needs_of(subtask) for subtask in fact.change.add}

    def _edited(self, fact: facts.SubtaskEdited) -> None:
        self._needs[fact.subtask] = needs_of(fact.spec)

    def _goal_ended(
        self, fact: facts.GoalCompleted | facts.GoalFailed | facts.GoalCancelled
    ) -> None:
        name = self._names.get(fact.goal)
        if name is not None:
            status = type(fact).__name__.removeprefix("Goal").lower()
            goal = self._goals[name]
            self._goals[name] = msgspec.structs.replace(goal, ended=fact.at, status=status)

    # Waiting and working

    def _ready(self, fact: facts.SubtaskQueued | facts.SubtaskUnparked) -> None:
        self._release(fact.subtask, fact.at)
        self._queued.setdefault(fact.subtask, fact.at)

    def _requeued(self, fact: facts.SubtaskRequeued) -> None:
        self._release(fact.subtask, fact.at)
        self._queued[fact.subtask] = fact.at

    def _assigned(self, fact: facts.SubtaskAssigned) -> None:
        if not fact.ahead:  # else it waits, if at its agent
            self._take(fact)

    def _take(self, fact: facts.SubtaskAssigned | facts.SubtaskStarted) -> None:
        self._waited(fact.lease.subtask, fact.at)
        self._held[fact.lease.token] = fact.lease, fact.at

    def _started(self, fact: facts.SubtaskStarted) -> None:
        self._attempts += 1
        if fact.lease.token not in self._held:
            self._take(fact)

    def _lost(self, fact: facts.LeaseRevoked | facts.RetryScheduled | facts.CopyFailed) -> None:
        self._let_go(fact.lease.token, fact.at)

    def _over(
        self,
        fact: facts.SubtaskCompleted
        | facts.SubtaskFailed
        | facts.SubtaskCancelled
        | facts.SubtaskParked,
    ) -> None:
        self._waited(fact.subtask, fact.at)
        self._release(fact.subtask, fact.at)

    def _waited(self, subtask: SubtaskId, at: float) -> None:
        since = self._queued.pop(subtask, None)
        if since is not None:
            needs = self._needs.get(subtask, ANY)
            self._waits[needs] = self._waits.get(needs, 0.0) + max(0.0, at - since)

    def _release(self, subtask: SubtaskId, at: float) -> None:
        for token in [t for t, (lease, _) in self._held.items() if lease.subtask == subtask]:
            self._let_go(token, at)

    def _let_go(self, token: Token, at: float) -> None:
        held = self._held.pop(token, None)
        if held is not None:
            lease, since = held
            self._busy.setdefault(lease.agent, []).append((since, at))

    # Who is there

    def _joined(self, fact: facts.AgentRegistered) -> None:
        self._shift(fact.agent.id, fact.at, fact.agent.max_load)

    def _resized(self, fact: facts.AgentResized) -> None:
        self._shift(fact.agent, fact.at, fact.max_load)

    def _crashed(self, fact: facts.AgentCrashed) -> None:
        for token in [t for t, (lease, _) in self._held.items() if lease.agent == fact.agent]:
            self._let_go(token, fact.at)

    def _left(self, fact: facts.AgentRemoved) -> None:
        self._shift(fact.agent, fact.at, 0)

    def _reopened(self, fact: facts.RuntimeStarted) -> None:
        """All that was there went with the process, right after its last fact."""
        for token, (lease, _) in list(self._held.items()):
            self._let_go(token, self.latest)
            self._queued[lease.subtask] = fact.at
        for subtask, since in self._queued.items():
            if since < fact.at:  # so long it was there to be waited for
                self._queued[subtask] = since + max(0.0, fact.at - self.latest)
        self._leave_all(self.latest)

    def _leave_all(self, at: float) -> None:
        for token in list(self._held):
            self._let_go(token, at)
        for agent in list(self._there):
            self._shift(agent, at, 0)

    def _shift(self, agent: AgentId, at: float, load: int) -> None:
        begun = self._there.pop(agent, None)
        if begun is not None:
            self._shifts.setdefault(agent, []).append((begun[0], at, begun[1]))
        if load:
            self._there[agent] = at, load

    changes: ClassVar[dict[type[Fact], Callable[[_Fold, Any], None]]] = {
        facts.GoalAccepted: _accepted,
        facts.PlanAdopted: _planned,
        facts.PlanGrown: _planned,
        facts.PlanChanged: _changed,
        facts.SubtaskEdited: _edited,
        facts.GoalCompleted: _goal_ended,
        facts.GoalFailed: _goal_ended,
        facts.GoalCancelled: _goal_ended,
        facts.SubtaskQueued: _ready,
        facts.SubtaskUnparked: _ready,
        facts.SubtaskRequeued: _requeued,
        facts.SubtaskAssigned: _assigned,
        facts.SubtaskStarted: _started,
        facts.LeaseRevoked: _lost,
        facts.CopyFailed: _lost,
        facts.RetryScheduled: _lost,
        facts.SubtaskCompleted: _over,
        facts.SubtaskFailed: _over,
        facts.SubtaskCancelled: _over,
        facts.SubtaskParked: _over,
        facts.AgentRegistered: _joined,
        facts.AgentResized: _resized,
        facts.AgentCrashed: _crashed,
        facts.AgentRemoved: _left,
        facts.RuntimeStarted: _reopened,
    }


def needs_of(subtask: Subtask) -> str:
    """The skills that it requires, in words."""
    return ", ".join(sorted(skill.name for skill in subtask.required_skills)) or ANY


def _id(goal: Goal) -> str:
    return goal.id


def _within(begin: float, end: float, first: float, last: float) -> float:
    return max(0.0, min(end, last) - max(begin, first))


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean; 0.0 of nothing."""
    return math.fsum(values) / len(values) if values else 0.0
