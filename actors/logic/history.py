"""What befell subtasks before: what a scheduler that is rebuilt takes over.

A scheduler keeps in memory how often each subtask failed, whom it took down, and what
it waits for. All of that it has also recorded, so a successor folds the recorded facts
and goes on where its predecessor was. What runs it learns from the agents themselves.

>>> lease = Lease(goal="g", subtask="s", agent="a", token=Token(boot=1, incarnation=1, counter=1))
>>> wrong = Problem(error="ValueError", text="ValueError: no data")
>>> past = histories([
...     facts.SubtaskQueued(at=1.0, goal="g", subtask="s"),
...     facts.SubtaskAssigned(at=2.0, lease=lease),
...     facts.RetryScheduled(at=5.0, lease=lease, problem=wrong, delay=10.0),
... ])["s"]
>>> past.since, past.attempts, past.due
(1.0, 1, 15.0)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from callboard.actors.logic.standing import Standing
from callboard.messages import facts
from callboard.messages.base import AgentId, SubtaskId
from callboard.messages.values import Lease, Problem, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from callboard.messages.facts import Fact


@dataclass(slots=True, kw_only=True)
class History:
    """What befell one subtask that has not ended.

    Attributes:
        attempts: That have failed.
        downs: Agents that died while they ran it, oldest first, with the tracebacks.
        since: From when the time over all attempts counts, seconds since the epoch.
        queued: Since when it waits for an agent; None while it does not.
        due: When it is tried again after a failure; None while no retry is due.
        parked: When it fails unless somebody decides; None while it is not parked.
        lease: The attempt that was under way; None where there was none.
        started: Whether the handler of that attempt ran.
        stood: Since when it is paused, so that its waiting is not counted; None while it
            is not.
    """

    attempts: int = 0
    downs: list[tuple[AgentId, str]] = field(default_factory=list)
    since: float = 0.0
    queued: float | None = None
    due: float | None = None
    parked: float | None = None
    lease: Lease | None = None
    started: bool = False
    stood: float | None = None


def histories(recorded: Iterable[Fact]) -> dict[SubtaskId, History]:
    """The history of each subtask that has become ready and has not ended."""
    fold = _Fold()
    for fact in recorded:
        change = fold.changes.get(type(fact))
        if change is not None:
            change(fold, fact)
        fold.standing.apply(fact)
    fold.blame_the_dead()
    return fold.found


class _Fold:
    """Facts in order become histories.

    Attributes:
        found: By subtask.
        standing: Puts off what is counted by the time that they were paused.
    """

    def __init__(self) -> None:
        self.found: dict[SubtaskId, History] = {}
        self.standing = Standing(self.found)
        self._died_of: dict[AgentId, Problem] = {}
        self._suspects: dict[Token, SubtaskId] = {}

    def blame_the_dead(self) -> None:
        """For agents that died when no scheduler was there to blame anybody."""
        for token, uuid in self._suspects.items():
            past = self.found.get(uuid)
            if past is not None and past.lease is not None and past.lease.token == token:
                self._down(past, past.lease.agent)

    def _queued(self, fact: facts.SubtaskQueued) -> None:
        """Ready, or due again; said anew of each that waits when a scheduler is rebuilt."""
        past = self.found.get(fact.subtask)
        if past is None:
            past = self.found[fact.subtask] = History(since=fact.at)
        past.lease = past.due = None
        past.queued = fact.at if past.queued is None else past.queued

    def _requeued(self, fact: facts.SubtaskRequeued) -> None:
        past = self.found.get(fact.subtask)
        if past is not None:
            past.lease, past.queued = None, fact.at

    def _held(self, fact: facts.SubtaskAssigned | facts.LeaseAdopted) -> None:
        past = self.found.get(fact.lease.subtask)
        if past is not None:
            past.lease, past.queued, past.due = fact.lease, None, None
            past.started = isinstance(fact, facts.LeaseAdopted)

    def _started(self, fact: facts.SubtaskStarted) -> None:
        past = self._holding(fact.lease)
        if past is not None:
            past.started = True

    def _revoked(self, fact: facts.LeaseRevoked) -> None:
        past = self._holding(fact.lease)
        if past is not None and fact.blamed:
            self._down(past, fact.lease.agent)
        self._suspects.pop(fact.lease.token, None)

    def _failed(self, fact: facts.RetryScheduled) -> None:
        past = self.found.get(fact.lease.subtask)
        if past is not None:
            past.attempts = fact.lease.attempt
            past.lease, past.due = None, fact.at + fact.delay

    def _parked(self, fact: facts.SubtaskParked) -> None:
        past = self.found.get(fact.subtask)
        if past is not None:
            past.lease, past.queued, past.due, past.parked = None, None, None, fact.until

    def _unparked(self, fact: facts.SubtaskUnparked) -> None:
        past = self.found.get(fact.subtask)
        if past is not None:
            past.parked, past.since, past.queued = None, fact.at, fact.at
            past.downs.clear()

    def _ended(
        self, fact: facts.SubtaskCompleted | facts.SubtaskFailed | facts.SubtaskCancelled
    ) -> None:
        self.found.pop(fact.subtask, None)

    def _crashed(self, fact: facts.AgentCrashed) -> None:
        """Its scheduler blames what had started; here they are suspects until it has."""
        self._died_of[fact.agent] = fact.problem
        for uuid, past in self.found.items():
            if past.lease is not None and past.lease.agent == fact.agent and past.started:
                self._suspects[past.lease.token] = uuid

    def _holding(self, lease: Lease) -> History | None:
        past = self.found.get(lease.subtask)
        return past if past is not None and past.lease == lease else None

    def _down(self, past: History, agent: AgentId) -> None:
        died_of = self._died_of.get(agent)
        past.downs.append((agent, "" if died_of is None else died_of.traceback))

    changes: ClassVar[dict[type[Fact], Callable[[_Fold, Any], None]]] = {
        facts.SubtaskQueued: _queued,
        facts.SubtaskRequeued: _requeued,
        facts.SubtaskAssigned: _held,
        facts.LeaseAdopted: _held,
        facts.SubtaskStarted: _started,
        facts.LeaseRevoked: _revoked,
        facts.RetryScheduled: _failed,
        facts.SubtaskParked: _parked,
        facts.SubtaskUnparked: _unparked,
        facts.SubtaskCompleted: _ended,
        facts.SubtaskFailed: _ended,
        facts.SubtaskCancelled: _ended,
        facts.AgentCrashed: _crashed,
    }
