"""What happens in a runtime, in words for people; and what is being done just now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from callboard.actors.logic.correcting import said as corrections_said
from callboard.messages import facts, notices
from callboard.messages.base import SubtaskId
from callboard.messages.errors import DependencyFailed
from callboard.messages.facts.attempts import FIRST
from callboard.messages.unions import Event
from callboard.messages.values import Lease, Plan, PlanChange, Problem, Subtask
from callboard.messages.words import listed
from callboard.runtime.gateways.cli.text import counted, duration, one_line

QUIET = 5.0
"""Seconds between two lines about the progress of the same subtask."""


class Line(NamedTuple):
    """A line of the story.

    Attributes:
        at: Seconds since its beginning.
        style: One of a `Stream`'s: "plain", "dim", "good" or "bad".
        progress: It says only how far something is: of no use where bars show it.
    """

    at: float
    text: str
    style: str = "plain"
    progress: bool = False


@dataclass(slots=True)
class Doing:
    """A subtask that somebody works on.

    Attributes:
        fraction: Done, in [0, 1]; None where nothing was said of it.
        told_at: When its progress was told last, seconds since the epoch.
    """

    agent: str
    name: str
    fraction: float | None = None
    note: str = ""
    told_at: float = 0.0


def failed(problem: Problem) -> str:
    """What became of a subtask with that problem.

    >>> failed(Problem(error="ValueError", text="ValueError: no such page"))
    'has FAILED: ValueError: no such page'
    >>> failed(Problem(error="DependencyFailed", text="...", details=("Tell", "Count")))
    'is not done: it needs Count'
    """
    if problem.error == DependencyFailed.__name__ and problem.details:
        return f"is not done: it needs {problem.details[-1]}"
    return f"has FAILED: {problem.text}"


def _proposed(fact: facts.PlanProposed) -> str:
    return f"a plan of {counted(len(fact.plan.subtasks), 'subtask')} {_to_approve(fact)}"


def _to_approve(fact: facts.PlanProposed | facts.ChangeProposed) -> str:
    return f"waits to be approved (number {fact.number}): callboard approve {fact.goal}"


def _planned(plan: Plan) -> str:
    said = f"the plan has {counted(len(plan.subtasks), 'subtask')}{_learnt(plan.subtasks)}"
    if not plan.compounds:
        return said
    wholes = ", ".join(compound.subtask.name for compound in plan.compounds[:_SHOWN])
    more = len(plan.compounds) - _SHOWN
    return f"{said}; decomposed again: {wholes}{f' and {more:,} more' if more > 0 else ''}"


def _learnt(subtasks: Iterable[Subtask]) -> str:
    """What of a plan is not as its planner said."""
    found = corrections_said(subtasks)
    more = f"; and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
    return f"; corrected: {'; '.join(found[:_SHOWN])}{more}" if found else ""


_SHOWN = 5


@dataclass(slots=True)
class Story:
    """Takes events in order; sub-goals are part of the story.

    Attributes:
        begin: Seconds since the epoch.
        doing: What is being done, by subtask, in the order in which it was begun.
        total: Subtasks that are known.
        over: Of these, how many have ended, however.
    """

    begin: float
    doing: dict[SubtaskId, Doing] = field(default_factory=dict[SubtaskId, Doing])
    total: int = 0
    over: int = 0
    _names: dict[SubtaskId, str] = field(default_factory=dict[SubtaskId, str])

    def see(self, event: Event) -> Line | None:
        """Take note of an event; the line that tells it, if it is worth one."""
        said = self._tell(event)
        if said is None:
            return None
        text, *rest = (said,) if isinstance(said, str) else said
        style = rest[0] if rest else "plain"
        at = max(0.0, event.at - self.begin)
        return Line(at, one_line(text), style, isinstance(event, notices.ProgressMade))

    def name(self, subtask: SubtaskId) -> str:
        """What people call it."""
        return self._names.get(subtask, subtask)

    def _tell(self, event: Event) -> str | tuple[str, str] | None:
        match event:
            case facts.PlanAdopted():
                self._names.update((s.uuid, s.name) for s in event.plan.subtasks)
                self.total += len(event.plan.subtasks)
                return _planned(event.plan), "dim"
            case facts.PlanGrown():
                self._names.update((s.uuid, s.name) for s in event.plan.subtasks)
                self.total += len(event.plan.subtasks)
                return self._grown(event), "dim"
            case facts.PlanProposed():
                return _proposed(event), "bad"
            case facts.ChangeProposed():
                return f"a change of the plan {_to_approve(event)}", "bad"
            case facts.RepairWanted():
                names = listed([self.name(uuid) for uuid in event.failed])
                return f"the planner is asked how the plan can go on without {names}", "bad"
            case facts.PlanChanged():
                return self._changed(event.change), "plain"
            case facts.RepairAbandoned():
                return f"the plan cannot be mended: {event.problem.text}", "bad"
            case facts.PlanningSetback():
                return f"planning: {event.problem.text}; it {event.then}", "bad"
            case facts.SubtaskStarted():
                return self._begun(event.lease, event.at)
            case notices.ProgressMade():
                return self._progress(event)
            case facts.SubtaskCompleted():
                self._end(event.subtask)
                who = event.lease.agent if event.lease else "somebody outside"
                took = duration(event.seconds)
                return f"{who} has done {self.name(event.subtask)} in {took}", "good"
            case facts.SubtaskFailed():
                self._end(event.subtask)
                return f"{self.name(event.subtask)} {failed(event.problem)}", "bad"
            case facts.SubtaskCancelled():
                self._end(event.subtask)
                reason = event.reason.replace(f"goal {event.goal}", "the goal")
                said = f"{self.name(event.subtask)} is cancelled"
                return f"{said}: {reason}" if reason else said, "bad"
            case _:
                return self._tell_trouble(event)

    def _tell_trouble(self, event: Event) -> str | tuple[str, str] | None:
        match event:
            case facts.RetryScheduled():
                self.doing.pop(event.lease.subtask, None)
                what = f"{event.lease.agent} failed at {self.name(event.lease.subtask)}"
                again = f"another attempt in {duration(event.delay)}"
                return f"{what}: {event.problem.text}; {again}", "bad"
            case facts.CopyStarted():
                what = f"{self.name(event.lease.subtask)} takes {event.of.agent} long"
                return f"{what}, so {event.lease.agent} tries it too", "dim"
            case facts.CopyFailed():
                self._let_go(event.lease)
                what = f"{event.lease.agent} failed at {self.name(event.lease.subtask)}"
                return f"{what}: {event.problem.text}; another attempt goes on", "bad"
            case facts.LeaseRevoked():
                self._let_go(event.lease)
                what = self.name(event.lease.subtask)
                style = "dim" if event.reason == FIRST else "bad"
                return f"{what} is taken away from {event.lease.agent}: {event.reason}", style
            case facts.SubtaskRequeued():
                self.doing.pop(event.subtask, None)
                return f"{self.name(event.subtask)} waits again, at the front", "dim"
            case facts.SubtaskParked():
                self.doing.pop(event.subtask, None)
                return f"{self.name(event.subtask)} is kept aside: {event.problem.text}", "bad"
            case facts.SubtaskEdited():
                return f"{self.name(event.subtask)} was edited"
            case facts.BidAwarded(award=award, others=others):
                name = self.name(event.lease.subtask)
                of = f" of {counted(len(others) + 1, 'bid')}" if others else ""
                return f"{award.agent} gets {name} for its bid{of}: {duration(award.score)}", "dim"
            case notices.BidRefused():
                return f"{event.agent} does not bid for {self.name(event.subtask)}: {event.reason}"
            case notices.NegotiationFellBack():
                return f"{self.name(event.subtask)} goes by the usual rule: {event.reason}", "dim"
            case notices.HeldBack():
                why = f"attempts with {event.skill!r} only fail, so it is given a rest"
                return f"{self.name(event.subtask)} waits: {why}", "bad"
            case facts.AgentCrashed():
                return f"{event.agent} has CRASHED: {event.problem.text}", "bad"
            case facts.RestartScheduled():
                who = event.address.removeprefix("agent/")
                return f"{who} is started again in {duration(event.delay)}", "dim"
            case facts.Escalated():
                who = event.address.removeprefix("agent/")
                return f"{who} is given up: {event.problem.text}", "bad"
            case notices.ThreadAbandoned():
                what = self.name(event.lease.subtask)
                return f"{event.lease.agent} does not let go of {what}: left to itself", "bad"
            case notices.ProcessLost():
                return f"{event.agent} loses a process: {event.problem.text}", "bad"
            case notices.AgentRecovered(was="stuck"):
                return f"{event.lease.agent} has let go of {self.name(event.lease.subtask)}", "dim"
            case notices.HandlerFailed():
                return f"{event.agent} failed to handle {event.tag}: {event.problem.text}", "bad"
            case notices.RuntimeFailed():
                return f"the runtime has failed: {event.problem.text}", "bad"
            case _:
                return None

    def _grown(self, fact: facts.PlanGrown) -> str:
        more, whole = len(fact.plan.subtasks), f"the plan has {counted(self.total, 'subtask')}"
        if fact.last:
            return whole + _learnt(fact.plan.subtasks)
        return (
            f"{counted(more, 'subtask')} of the plan, and more to come{_learnt(fact.plan.subtasks)}"
        )

    def _changed(self, change: PlanChange) -> str:
        self._names.update((s.uuid, s.name) for s in change.add)
        self.total += len(change.add)
        said: list[str] = []
        if change.add:
            said.append(f"new: {listed([s.name for s in change.add])}")
        if change.rewire:
            names = listed([self.name(one.subtask) for one in change.rewire])
            said.append(f"after others: {names}")
        if change.drop:
            said.append(f"dropped: {listed([self.name(uuid) for uuid in change.drop])}")
        why = f" ({change.reason})" if change.reason else ""
        return f"{change.source} has changed the plan: {'; '.join(said)}{why}{_learnt(change.add)}"

    def _begun(self, lease: Lease, at: float) -> str:
        name = self.name(lease.subtask)
        self.doing[lease.subtask] = Doing(lease.agent, name, told_at=at)
        again = f", attempt {lease.attempt}" if lease.attempt > 1 else ""
        return f"{lease.agent} begins {name}{again}"

    def _let_go(self, lease: Lease) -> None:
        """Unless another one is shown to do it, who tries it too."""
        doing = self.doing.get(lease.subtask)
        if doing is not None and doing.agent == lease.agent:
            del self.doing[lease.subtask]

    def _progress(self, event: notices.ProgressMade) -> tuple[str, str] | None:
        doing = self.doing.get(event.lease.subtask)
        if doing is None:
            return None
        doing.fraction, doing.note = event.fraction, event.note or doing.note
        if event.at - doing.told_at < QUIET:
            return None
        doing.told_at = event.at
        note = f", {event.note}" if event.note else ""
        return f"{doing.agent} is at {event.fraction:.0%} of {doing.name}{note}", "dim"

    def _end(self, subtask: SubtaskId) -> None:
        self.doing.pop(subtask, None)
        self.over += 1
