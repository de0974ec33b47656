"""What facts teach: a fold that gives the same figures as learning while it happens.

A scheduler learns from a subtask when the orchestrator has recorded its end, so in the
order of the facts, and from failed attempts with it.

>>> from callboard.messages.values import Lease, Payload, Plan, Subtask, Token
>>> lease = Lease(goal="g", subtask="s", agent="a", token=Token(boot=1, incarnation=1, counter=1))
>>> lessons = Lessons()
>>> for fact in (
...     facts.PlanAdopted(at=1.0, goal="g", plan=Plan(subtasks=(Subtask(uuid="s", name="dig"),))),
...     facts.SubtaskCompleted(
...         at=2.0, goal="g", subtask="s", lease=lease, result=Payload(), seconds=7200.0
...     ),
... ):
...     lessons.apply(fact)
>>> lessons.learning.attempts
1
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from callboard.actors.logic.learning import Learning
from callboard.actors.logic.remembering import learning_of, learnt
from callboard.messages import facts
from callboard.messages.base import AgentId, GoalId, SubtaskId
from callboard.messages.facts.attempts import FIRST
from callboard.messages.values import Plan, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from callboard.messages.facts import Fact
    from callboard.messages.values import Subtask, Token


def taught_by(told: Iterable[Fact]) -> list[Fact]:
    """What stands for these facts where some of them are dropped; nothing for nothing."""
    lessons, last = Lessons(), 0.0
    for fact in lessons.heard(told):
        last = max(last, fact.at)
    return lessons.kept(last)


def taught(told: Iterable[Fact]) -> Learning:
    """What was learnt when these facts had happened."""
    lessons = Lessons()
    for fact in told:
        lessons.apply(fact)
    return lessons.learning


class Lessons:
    """Facts, in order, become experience.

    Attributes:
        learning: What they have taught so far.
    """

    def __init__(self) -> None:
        self.learning = Learning()
        self._plans: dict[GoalId, Plan] = {}
        self._stated: dict[SubtaskId, Subtask] = {}
        self._began: dict[Token, float] = {}
        self._overtaken: dict[SubtaskId, list[tuple[AgentId, float]]] = {}

    def apply(self, fact: Fact) -> None:
        """Learn from *fact*; most teach nothing."""
        lesson = self._lessons.get(type(fact))
        if lesson is not None:
            lesson(self, fact)

    def heard(self, told: Iterable[Fact]) -> Iterator[Fact]:
        """The same facts, learnt from as they are read."""
        lessons = self._lessons
        for fact in told:
            lesson = lessons.get(type(fact))
            if lesson is not None:
                lesson(self, fact)
            yield fact

    def kept(self, at: float) -> list[Fact]:
        """What stands for all facts so far; none where they taught nothing."""
        if not self.learning.attempts:
            return []
        return [facts.LearningKept(at=at, learnt=learnt(self.learning))]

    # What is to be done

    def _planned(self, fact: facts.PlanAdopted) -> None:
        self._plans[fact.goal] = fact.plan
        self._stated.update((subtask.uuid, subtask) for subtask in fact.plan.subtasks)

    def _grown(self, fact: facts.PlanGrown) -> None:
        before = self._plans.get(fact.goal, Plan(subtasks=())).subtasks
        self._plans[fact.goal] = replace(fact.plan, subtasks=(*before, *fact.plan.subtasks))
        self._stated.update((subtask.uuid, subtask) for subtask in fact.plan.subtasks)

    def _changed(self, fact: facts.PlanChanged) -> None:
        before, change = self._plans.get(fact.goal, Plan(subtasks=())), fact.change
        self._plans[fact.goal] = replace(before, subtasks=(*before.subtasks, *change.add))
        self._stated.update((subtask.uuid, subtask) for subtask in change.add)

    def _edited(self, fact: facts.SubtaskEdited) -> None:
        self._stated[fact.subtask] = fact.spec

    def _over(self, fact: facts.GoalCompleted | facts.GoalFailed | facts.GoalCancelled) -> None:
        plan = self._plans.pop(fact.goal, None)
        for subtask in () if plan is None else plan.subtasks:
            self._stated.pop(subtask.uuid, None)
            self.learning.dropped(subtask.uuid)

    # How it went

    def _completed(self, fact: facts.SubtaskCompleted) -> None:
        subtask, lease = self._stated.pop(fact.subtask, None), fact.lease
        overtaken = self._overtaken.pop(fact.subtask, ()) if self._overtaken else ()
        if subtask is None or lease is None:
            self.learning.dropped(fact.subtask)
            return
        self._began.pop(lease.token, None)
        self.learning.completed(subtask, lease.agent, fact.seconds)
        for agent, seconds in overtaken:
            self.learning.outlasted(subtask, agent, seconds)

    def _started(self, fact: facts.SubtaskStarted | facts.LeaseAdopted) -> None:
        self._began[fact.lease.token] = fact.at

    def _missed(self, fact: facts.RetryScheduled | facts.CopyFailed) -> None:
        self._began.pop(fact.lease.token, None)
        self.learning.missed(fact.lease.subtask, fact.lease.agent)

    def _revoked(self, fact: facts.LeaseRevoked) -> None:
        lease, began = fact.lease, self._began.pop(fact.lease.token, None)
        if fact.blamed:
            self.learning.missed(lease.subtask, lease.agent)
        elif began is not None and fact.reason == FIRST:
            overtaken = self._overtaken.setdefault(lease.subtask, [])
            overtaken.append((lease.agent, fact.at - began))

    def _reopened(self, fact: facts.RuntimeStarted) -> None:
        """Whatever ran has ended with its process."""
        del fact
        self._began.clear()

    def _parked(self, fact: facts.SubtaskParked) -> None:
        if fact.lease is not None:
            self.learning.missed(fact.subtask, fact.lease.agent)

    def _failed(self, fact: facts.SubtaskFailed) -> None:
        subtask = self._stated.pop(fact.subtask, None)
        if fact.lease is not None:
            self.learning.missed(fact.subtask, fact.lease.agent)
        if subtask is not None:
            self.learning.given_up(subtask)

    def _cancelled(self, fact: facts.SubtaskCancelled) -> None:
        self._stated.pop(fact.subtask, None)
        self.learning.dropped(fact.subtask)

    # What counts instead

    def _kept(self, fact: facts.LearningKept) -> None:
        misses, self.learning = self.learning.misses, learning_of(fact.learnt)
        self.learning.misses = misses  # they are of what is open, and no less true

    def _reset(self, fact: facts.LearningReset) -> None:
        self.learning.forget(fact.work, fact.agent)

    _lessons: ClassVar[dict[type[Fact], Callable[[Lessons, Any], None]]] = {
        facts.PlanAdopted: _planned,
        facts.PlanGrown: _grown,
        facts.PlanChanged: _changed,
        facts.SubtaskEdited: _edited,
        facts.SubtaskCompleted: _completed,
        facts.SubtaskStarted: _started,
        facts.LeaseAdopted: _started,
        facts.RetryScheduled: _missed,
        facts.CopyFailed: _missed,
        facts.LeaseRevoked: _revoked,
        facts.SubtaskParked: _parked,
        facts.SubtaskFailed: _failed,
        facts.SubtaskCancelled: _cancelled,
        facts.GoalCompleted: _over,
        facts.GoalFailed: _over,
        facts.GoalCancelled: _over,
        facts.RuntimeStarted: _reopened,
        facts.LearningKept: _kept,
        facts.LearningReset: _reset,
    }
