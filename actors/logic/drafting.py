"""A plan is drafted subtask by subtask, as a model proposes them, and checked meanwhile.

Each subtask is handed on as soon as all that it waits for was, whatever order the model
states them in: so what was handed on is a sound plan at any time, and stays one.

>>> from callboard.actors.logic.proposals import Proposal
>>> def step(name, *after):
...     return Proposal(name, "", "MEDIUM", 5.0, (), after, ())
>>> draft = Draft(Frame(), iter(["u1", "u2"]).__next__)
>>> draft.take(step("Fill", "Dig"))
>>> draft.settled
[]
>>> draft.take(step("Dig"))
>>> [(s.name, s.dependencies) for s in draft.settled]
[('Dig', ()), ('Fill', ('u2',))]
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from callboard.actors.logic.graph import check
from callboard.actors.logic.proposals import Caps, Proposal, name_of, subtask_of
from callboard.actors.logic.skills import Equivalences, can_do, missing, normal, stated
from callboard.messages.base import SubtaskId
from callboard.messages.errors.goals import (
    MalformedPlan,
    PlanEmpty,
    PlanTooLarge,
    UnknownDependency,
)
from callboard.messages.errors.planning import NobodyCan, PlanOverBudget, PlanTooDeep
from callboard.messages.learnt import UsualDuration
from callboard.messages.resources import Allowance
from callboard.messages.values import Plan, Skill, Subtask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan must fit into.

    Attributes:
        caps: How large it may be.
        trades: The skills of each agent that there is; without any, nobody knows yet who
            will do it, and all skills are taken.
        equivalences: Which skills stand in for which.
        budget: Of the goal.
        usual: What kinds of work usually take; a model is told, and nothing is checked by it.
    """

    caps: Caps = Caps()
    trades: tuple[tuple[Skill, ...], ...] = ()
    equivalences: Equivalences = Equivalences()
    budget: tuple[Allowance, ...] = ()
    usual: tuple[UsualDuration, ...] = ()


class Draft:
    """The plan so far.

    Args:
        frame: What it must fit into.
        new: Names subtasks.
        known: Names of what there is already: new ones may wait for that.
        path: Where proposals stand, for complaints.

    Attributes:
        settled: What may be handed on, each after all that it waits for; it only grows.
    """

    def __init__(
        self,
        frame: Frame,
        new: Callable[[], SubtaskId],
        known: Mapping[str, SubtaskId] | None = None,
        path: str = "$.subtasks",
    ) -> None:
        self._frame = frame
        self._new = new
        self.settled: list[Subtask] = []
        self._path = path
        self._uuids: dict[str, SubtaskId] = dict(known or {})
        self._depths: dict[SubtaskId, int] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._waiters: dict[str, list[str]] = {}

    def take(self, proposal: Proposal) -> None:
        """Take one more.

        Raises:
            InvalidPlan: It does not fit, or something that waited for it does not; it says
                why. What is settled stays.
        """
        number = len(self.settled) + len(self._waiting)
        path, caps = f"{self._path}[{number}]", self._frame.caps
        if number >= caps.subtasks:
            raise PlanTooLarge(number + 1, caps.subtasks)
        name = name_of(proposal, path, caps)
        if name in self._uuids or name in self._waiting:
            raise MalformedPlan(f"{path}.name", f"{name!r} is the name of another one already")
        if len(proposal.after) > caps.subtasks:
            raise MalformedPlan(f"{path}.after", "names more than there may be")
        alone = subtask_of(proposal, path, caps, self._new(), ())
        self._check_skills(alone)
        self._check_budget(alone, path)
        self._place(alone, dict.fromkeys(one.strip() for one in proposal.after))

    def end(self) -> Plan:
        """All of it, once there is no more to come.

        Raises:
            PlanEmpty: Nothing was proposed.
            UnknownDependency: A subtask names one that was not.
            PlanHasCycle: Subtasks wait for each other.
        """
        for one in self._waiting.values():
            for name in one.after:
                if name not in self._uuids and name not in self._waiting:
                    raise UnknownDependency(one.alone.name, name)
        if self._waiting:
            check(self._knot(), len(self._waiting))
        if not self.settled:
            raise PlanEmpty
        return Plan(subtasks=tuple(self.settled))

    def forget_waiting(self) -> None:
        """Go on from what was handed on, as if nothing else had been proposed."""
        self._waiting.clear()
        self._waiters.clear()

    def _check_skills(self, one: Subtask) -> None:
        trades, known = self._frame.trades, self._frame.equivalences
        wanted = one.required_skills
        if not trades or any(can_do(trade, wanted, known) for trade in trades):
            return
        offered = [skill for trade in trades for skill in trade]
        lacking = missing(offered, wanted, known) or tuple(map(stated, wanted))
        raise NobodyCan(one.name, lacking, sorted({stated(skill) for skill in offered}))

    def _check_budget(self, one: Subtask, path: str) -> None:
        budget = {normal(each.resource): each.amount for each in self._frame.budget}
        for demand in one.demands:
            resource = normal(demand.resource)
            if resource not in budget:
                what = f"the goal's budget has no {demand.resource!r}"
                raise MalformedPlan(f"{path}.demands", what)
            wanted = demand.amount + self._demanded(resource)
            if wanted > budget[resource]:
                raise PlanOverBudget(demand.resource, wanted, budget[resource])

    def _demanded(self, resource: str) -> float:
        return sum(
            demand.amount
            for one in (*self.settled, *(waiting.alone for waiting in self._waiting.values()))
            for demand in one.demands
            if normal(demand.resource) == resource
        )

    def _place(self, alone: Subtask, after: Iterable[str]) -> None:
        after = tuple(after)
        unmet = {name for name in after if name not in self._uuids}
        self._waiting[alone.name] = _Waiting(alone, after, unmet)
        for name in unmet:
            self._waiters.setdefault(name, []).append(alone.name)
        if not unmet:
            self._settle(alone.name)

    def _settle(self, first: str) -> None:
        """Hand it on, and what waited for it."""
        free = deque([first])
        while free:
            name = free.popleft()
            self._hand_on(self._waiting.pop(name))
            for waiter in self._waiters.pop(name, ()):
                unmet = self._waiting[waiter].unmet
                unmet.discard(name)
                if not unmet:
                    free.append(waiter)

    def _hand_on(self, one: _Waiting) -> None:
        needs = tuple([self._uuids[name] for name in one.after])
        subtask = msgspec.structs.replace(one.alone, dependencies=needs)
        depth = 1 + max((self._depths.get(uuid, 0) for uuid in subtask.dependencies), default=0)
        if depth > self._frame.caps.depth:
            raise PlanTooDeep(depth, self._frame.caps.depth)
        self._uuids[subtask.name] = subtask.uuid
        self._depths[subtask.uuid] = depth
        self.settled.append(subtask)

    def _knot(self) -> Plan:
        """What waits, as far as it waits for each other."""
        uuids = {name: one.alone.uuid for name, one in self._waiting.items()}
        return Plan(
            subtasks=tuple(
                msgspec.structs.replace(
                    one.alone, dependencies=tuple([uuids[name] for name in one.unmet])
                )
                for one in self._waiting.values()
            )
        )


class _Waiting(NamedTuple):
    """A subtask that waits until others are handed on.

    Attributes:
        alone: It, without its dependencies.
        after: The names of these.
        unmet: Which of them were not handed on yet.
    """

    alone: Subtask
    after: tuple[str, ...]
    unmet: set[str]
