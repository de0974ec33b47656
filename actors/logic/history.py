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

from callboard.actors.logic.evidence import Evidence
from callboard.actors.logic.retries import Charges
from callboard.actors.logic.standing import Standing
from callboard.messages import facts
from callboard.messages.base import AgentId, SubtaskId
from callboard.messages.errors.endings import AgentLost, AttemptTimedOut
from callboard.messages.values import Agent, Lease, Problem, Setback, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from callboard.messages.facts import Fact

    Bad: TypeAlias = tuple[Lease | None, Problem, Agent | None]
    """The attempt that made a result, if one did, what is wrong with it, and its agent."""


@dataclass(slots=True, kw_only=True)
class History:
    """What befell one subtask that has not ended.

    Attributes:
        attempts: That have failed.
        evidence: What speaks against it.
        charges: To which rules of its retry policy its failed attempts are charged.
        why: It is parked for that reason, or was until it had a result.
        since: From when the time over all attempts counts, seconds since the epoch.
        queued: Since when it waits for an agent; None while it does not.
        due: When it is tried again after a failure; None while no retry is due.
        parked: When it fails unless somebody decides; None while it is not parked.
        lease: The attempt that was under way; None where there was none.
        started: Whether the handler of that attempt ran.
        copies: The other ones that were under way, each with whether its handler ran.
        rejected: The latest result, where it was not found good and nothing has followed.
        stood: Since when it is paused, so that its waiting is not counted; None while it
            is not.
    """

    attempts: int = 0
    evidence: Evidence = field(default_factory=Evidence)
    charges: Charges = field(default_factory=Charges)
    why: Problem | None = None
    since: float = 0.0
    queued: float | None = None
    due: float | None = None
    parked: float | None = None
    lease: Lease | None = None
    started: bool = False
    copies: dict[Lease, bool] = field(default_factory=dict[Lease, bool])
    rejected: Bad | None = None
    stood: float | None = None

    def ran(self, lease: Lease) -> bool | None:
        """Whether the handler of that attempt ran; None where it was not under way."""
        if self.lease == lease:
            return self.started
        return self.copies.get(lease)

    def run(self, lease: Lease) -> None:
        """Its handler runs."""
        if self.lease == lease:
            self.started = True
        else:
            self.copies[lease] = True

    def drop(self, lease: Lease) -> None:
        """It has ended, and others go on, if there are any."""
        if self.lease != lease:
            self.copies.pop(lease, None)
        elif self.copies:
            self.lease = next(iter(self.copies))
            self.started = self.copies.pop(self.lease)

    def drop_all(self) -> None:
        """Nothing is under way."""
        self.lease, self.started = None, False
        self.copies.clear()


def histories(recorded: Iterable[Fact]) -> dict[SubtaskId, History]:
    """The history of each subtask that has become ready and has not ended."""
    fold = _Fold()
    for fact in recorded:
        change = fold.changes.get(type(fact))
        if change is not None:
            change(fold, fact)
        fold.standing.apply(fact)
        fold.latest = max(fold.latest, fact.at)
    fold.blame_the_dead()
    return fold.found


class _Fold:
    """Facts in order become histories.

    Attributes:
        found: By subtask.
        standing: Puts off what is counted by the time that they were paused.
        latest: When the latest fact so far happened, seconds since the epoch.
    """

    def __init__(self) -> None:
        self.found: dict[SubtaskId, History] = {}
        # pyright follows the links, and so takes this file for two modules.
        self.standing = Standing(self.found)  # pyright: ignore[reportArgumentType]
        self.latest = 0.0
        self._died_of: dict[AgentId, Problem] = {}
        self._suspects: dict[Token, tuple[SubtaskId, float]] = {}
        self._agents: dict[AgentId, Agent] = {}

    def blame_the_dead(self) -> None:
        """For agents that died when no scheduler was there to blame anybody."""
        for token, (uuid, at) in self._suspects.items():
            past = self.found.get(uuid)
            held = () if past is None or past.lease is None else (past.lease, *past.copies)
            for lease in held:
                if past is not None and lease.token == token:
                    self._down(past, lease.agent, self._died_of[lease.agent], at)

    def _queued(self, fact: facts.SubtaskQueued) -> None:
        """Ready, or due again; said anew of each that waits when a scheduler is rebuilt."""
        past = self.found.get(fact.subtask)
        if past is None:
            past = self.found[fact.subtask] = History(since=fact.at)
        past.drop_all()
        past.due = past.why = past.rejected = None
        past.queued = fact.at if past.queued is None else past.queued

    def _requeued(self, fact: facts.SubtaskRequeued) -> None:
        past = self.found.get(fact.subtask)
        if past is not None:
            past.drop_all()
            past.queued = fact.at

    def _held(self, fact: facts.SubtaskAssigned | facts.LeaseAdopted) -> None:
        past = self.found.get(fact.lease.subtask)
        if past is None:
            return
        if fact.lease not in past.copies and fact.lease != past.lease:
            past.drop_all()
            past.lease = fact.lease
        past.queued = past.due = past.rejected = None
        if isinstance(fact, facts.LeaseAdopted):
            past.run(fact.lease)

    def _copied(self, fact: facts.CopyStarted) -> None:
        """It is assigned beside what is held."""
        past = self._holding(fact.of)
        if past is not None:
            past.copies[fact.lease] = False

    def _started(self, fact: facts.SubtaskStarted) -> None:
        past = self._holding(fact.lease)
        if past is not None:
            past.run(fact.lease)

    def _revoked(self, fact: facts.LeaseRevoked) -> None:
        past = self._holding(fact.lease)
        if past is not None and fact.blamed:
            silent = Problem(error=AgentLost.__name__, text=fact.reason)
            died_of = self._died_of.get(fact.lease.agent, silent)
            self._down(past, fact.lease.agent, died_of, fact.at)
        if past is not None:
            past.drop(fact.lease)
        self._suspects.pop(fact.lease.token, None)

    def _failed(self, fact: facts.RetryScheduled | facts.CopyFailed) -> None:
        past = self.found.get(fact.lease.subtask)
        if past is None:
            return
        past.charges.add(fact.rule)
        if past.rejected is None:  # else the attempt is counted
            past.attempts += 1
            if past.ran(fact.lease) or fact.problem.error != AttemptTimedOut.__name__:
                failed = Setback(agent=fact.lease.agent, at=fact.at, problem=fact.problem)
                past.evidence.add(failed)
        past.queued = past.rejected = None
        if isinstance(fact, facts.CopyFailed):
            past.drop(fact.lease)
        else:
            past.drop_all()
            past.due = fact.at + fact.delay

    def _submitted(self, fact: facts.ResultSubmitted) -> None:
        """Nobody does anything with it meanwhile."""
        past = self.found.get(fact.subtask)
        if past is not None:
            past.drop_all()
            past.queued = past.due = past.parked = past.rejected = None

    def _rejected(self, fact: facts.ResultRejected) -> None:
        past = self.found.get(fact.subtask)
        if past is None:
            return
        who, lease = "", fact.lease
        if lease is not None:
            who = lease.agent
            past.attempts += 1
        past.evidence.add(Setback(agent=who, at=fact.at, problem=fact.problem))
        past.rejected = lease, fact.problem, self._agents.get(who)

    def _parked(self, fact: facts.SubtaskParked) -> None:
        past = self.found.get(fact.subtask)
        if past is not None:
            past.drop_all()
            past.queued = past.due = past.rejected = None
            past.parked = fact.until
            past.attempts, past.why = fact.attempts, fact.problem
            past.evidence = Evidence()
            for setback in fact.setbacks:
                past.evidence.add(setback)

    def _unparked(self, fact: facts.SubtaskUnparked) -> None:
        past = self.found.get(fact.subtask)
        if past is not None:
            past.parked = past.why = None
            past.since = past.queued = fact.at
            past.evidence.clear()
            past.charges.forgive(past.attempts)

    def _ended(
        self, fact: facts.SubtaskCompleted | facts.SubtaskFailed | facts.SubtaskCancelled
    ) -> None:
        self.found.pop(fact.subtask, None)

    def _reopened(self, fact: facts.RuntimeStarted) -> None:
        """Whatever ran has ended with its process, which speaks against nobody.

        Nobody could do anything meanwhile, so that time counts for no limit; and waiting
        for an agent begins anew, for agents have to be registered again.
        """
        away = max(0.0, fact.at - self.latest)
        for past in self.found.values():
            past.since += away
            if past.lease is not None or past.queued is not None:
                past.drop_all()
                past.queued = fact.at
        self._suspects.clear()

    def _registered(self, fact: facts.AgentRegistered) -> None:
        self._agents[fact.agent.id] = fact.agent

    def _crashed(self, fact: facts.AgentCrashed) -> None:
        """Its scheduler blames what had started; here they are suspects until it has."""
        self._died_of[fact.agent] = fact.problem
        for uuid, past in self.found.items():
            for lease in () if past.lease is None else (past.lease, *past.copies):
                if lease.agent == fact.agent and past.ran(lease):
                    self._suspects[lease.token] = uuid, fact.at

    def _holding(self, lease: Lease) -> History | None:
        past = self.found.get(lease.subtask)
        return None if past is None or past.ran(lease) is None else past

    @staticmethod
    def _down(past: History, agent: AgentId, died_of: Problem, at: float) -> None:
        past.evidence.add(Setback(agent=agent, at=at, problem=died_of, down=True))

    changes: ClassVar[dict[type[Fact], Callable[[_Fold, Any], None]]] = {
        facts.SubtaskQueued: _queued,
        facts.SubtaskRequeued: _requeued,
        facts.SubtaskAssigned: _held,
        facts.LeaseAdopted: _held,
        facts.CopyStarted: _copied,
        facts.SubtaskStarted: _started,
        facts.LeaseRevoked: _revoked,
        facts.RetryScheduled: _failed,
        facts.CopyFailed: _failed,
        facts.ResultSubmitted: _submitted,
        facts.ResultRejected: _rejected,
        facts.SubtaskParked: _parked,
        facts.SubtaskUnparked: _unparked,
        facts.SubtaskCompleted: _ended,
        facts.SubtaskFailed: _ended,
        facts.SubtaskCancelled: _ended,
        facts.AgentRegistered: _registered,
        facts.AgentCrashed: _crashed,
        facts.RuntimeStarted: _reopened,
    }
