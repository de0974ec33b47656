"""What agents say of their leases, and what others say of subtasks.

Whatever comes with an old token changes nothing: it is shown, and the agent is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

from callboard.actors.logic.checkpoints import is_known, is_older
from callboard.actors.logic.conforming import rejection
from callboard.actors.logic.copies import let_go, only, single
from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.actors.logic.lifecycle import State
from callboard.messages import facts
from callboard.messages.base import ORCHESTRATOR, agent_address
from callboard.messages.commands import Done, FailSubtask, Refused, ResizeAgent
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.lookups import StaleLease
from callboard.messages.facts.attempts import FIRST
from callboard.messages.notices import AttemptDeclined, ProgressMade, StaleRefused
from callboard.messages.values import Saved, replace
from callboard.messages.work import (
    Accepted,
    Acknowledged,
    Cancelled,
    CheckLease,
    CheckpointLeft,
    Completed,
    Declined,
    Failed,
    HadStarted,
    LeaseStands,
    Progress,
    SaveCheckpoint,
    Started,
    SubtaskDone,
    Waiting,
    WaitNoted,
    WaitOver,
)

if TYPE_CHECKING:
    from callboard.actors.logic.chaining import Chaining
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.negotiating import Negotiating
    from callboard.actors.logic.setbacks import Setbacks
    from callboard.messages.values import Lease, Payload, Problem, Token

Said: TypeAlias = (
    Accepted
    | Completed
    | Started
    | HadStarted
    | Progress
    | CheckpointLeft
    | CheckLease
    | Failed
    | FailSubtask
    | Declined
    | Cancelled
    | Waiting
    | WaitOver
)
"""What an agent says of one lease, or somebody for it."""

DECLINED_WAIT = 0.1
"""Seconds after which a subtask that an agent would not take is queued again."""


CROWDED = "its agent has no slot for it any more"


class Reports:
    """Listens to agents.

    After a restart the lease that a message is about may be adopted a moment later:
    what comes too early is kept until then.
    """

    def __init__(
        self,
        leasing: Leasing,
        setbacks: Setbacks,
        negotiating: Negotiating,
        chaining: Chaining,
    ) -> None:
        self._leasing = leasing
        self._chaining = chaining
        self._setbacks = setbacks
        self._negotiating = negotiating
        self._early: dict[Token, list[Said]] = {}

    def take(self, message: Said, now: float) -> list[Effect]:
        """Decide about what an agent says of a lease."""
        match message:  # the commonest first
            case Completed():
                return self.completed(message, now)
            case Started() | HadStarted():
                return self.started(message, now)
            case _:
                self._leasing.auditing.heard(message.lease.token)
        linked = self._chaining.reported(message, now)
        if linked is not None:
            return linked
        match message:
            case Accepted():
                return self._accepted(message, now)
            case Progress():
                return self._progress(message, now)
            case CheckpointLeft():
                return self._left(message, now)
            case CheckLease():
                return self._check(message, now)
            case Failed():
                return self._failed(message, now)
            case FailSubtask():
                return self._failed_outside(message, now)
            case Declined():
                return self._declined(message, now)
            case Cancelled():
                return self._cancelled(message, now)
            case Waiting():
                return self._waiting(message, now)
            case WaitOver():
                return self._wait_over(message, now)
            case _:
                assert_never(message)

    def early(self, token: Token) -> list[Said]:
        """What came too early of that lease, in order; it is forgotten here."""
        return self._early.pop(token, [])

    def all_early(self) -> list[list[Said]]:
        """The same for each lease of which anything did."""
        return [self.early(token) for token in list(self._early)]

    # An attempt goes on

    def _accepted(self, message: Accepted, now: float) -> list[Effect]:
        """It waits there: if for want of slots that it has, word of these was lost."""
        member = self._leasing.slots.member(message.lease.agent)
        if member is None:
            return []
        if self._leasing.current(message.lease) is None:
            # To tell it again at once what it has just confirmed would never end.
            told = message.stopping or message.lease.token in member.stopping
            return [] if told else self._stale(message, now)
        if member.agent.max_load == message.max_load:
            crowded = member.load > message.max_load and not message.stopping
            return self._hand_on(message.lease, now) if crowded else []
        resize = ResizeAgent(agent=member.agent.id, max_load=member.agent.max_load)
        return [Tell(agent_address(member.agent.id), resize)]

    def _hand_on(self, lease: Lease, now: float) -> list[Effect]:
        """Its agent may run less since it was given this, and would begin it who knows when."""
        told = self._leasing.tell_agent(lease, CROWDED, now)
        return [*told, *self._setbacks.lose(lease, CROWDED, now)]

    def started(self, message: Started | HadStarted, now: float) -> list[Effect]:
        """The handler runs; its time counts from now, and not anew when it is said again."""
        leasing, lease = self._leasing, message.lease
        leasing.auditing.heard(lease.token)
        work = leasing.current(lease)
        if work is None:
            linked = self._chaining.reported(message, now)
            return self._stale(message, now) if linked is None else linked
        return [] if work.started else self._begin(work, lease, now)

    def _begin(self, work: Work, lease: Lease, now: float) -> list[Effect]:
        self._leasing.started(work, self._leasing.slots.holder(lease), now)
        return [Record(facts.SubtaskStarted(at=now, lease=lease))]

    def _begun(self, work: Work, lease: Lease, now: float) -> list[Effect]:
        """What was given ahead has begun, which this says too where the word of it was lost."""
        if work.started or lease.token not in self._leasing.slots.holder(lease).ahead:
            return []
        return self._begin(work, lease, now)

    def _progress(self, message: Progress, now: float) -> list[Effect]:
        """A sign of life, perhaps with a checkpoint."""
        work = self._leasing.current(message.lease)
        if work is None:
            return self._stale(message, now)
        member = self._leasing.slots.holder(message.lease)
        begun = self._begun(work, message.lease, now)
        saves = _is_news(work, message)
        if saves or (message.fraction or 0.0) > work.fraction:
            work.fraction = max(work.fraction, message.fraction or 0.0)
            self._leasing.timing.advanced(work, member, now)
        else:
            self._leasing.timing.heard(work, member, now)
        effects = begun + self._spent(work, message, now) if message.spent else begun
        if message.fraction is not None:
            effects.append(_shown(message, message.fraction, now))
        if message.checkpoint is not None:
            effects += self._save(work, message, message.checkpoint, now)
        return effects

    def _left(self, message: CheckpointLeft, now: float) -> list[Effect]:
        """Its agent goes down, and this is what it had saved last."""
        work = self._leasing.current(message.lease)
        if work is None:
            return self._stale(message, now)
        begun = self._begun(work, message.lease, now)
        return begun + self._save(work, message, message.checkpoint, now)

    def _save(
        self, work: Work, message: Progress | CheckpointLeft, checkpoint: Payload, now: float
    ) -> list[Effect]:
        """The next attempt receives it, and so does one after a restart of ours."""
        lease, saved = message.lease, _which(message)
        if is_older(saved, work.ready.saved):
            return [Show(StaleRefused(at=now, lease=lease, what=type(message).__name__))]
        if is_known(saved, work.ready.saved):
            return []
        work.ready = replace(work.ready, checkpoint=checkpoint, saved=saved)
        if work.whole is not work:
            return []  # it counts when the copy takes the place of the first attempt
        save = SaveCheckpoint(lease=lease, checkpoint=checkpoint, number=saved.number)
        return [Tell(ORCHESTRATOR, save)]

    def _check(self, message: CheckLease, now: float) -> list[Effect]:
        """The handler is about to do what cannot be undone: may it?"""
        if self._leasing.current(message.lease) is not None:
            return [Tell(message.reply_to, LeaseStands(lease=message.lease))]
        if self._leasing.recovering:
            return self._stale(message, now)  # it is answered when the lease is adopted, or not
        stale = StaleLease(message.lease.subtask, str(message.lease.token))
        refused = Refused(problem=problem_of(stale))
        return [*self._stale(message, now), Tell(message.reply_to, refused)]

    def _waiting(self, message: Waiting, now: float) -> list[Effect]:
        """The attempt waits for a sub-goal; its slot is for others meanwhile."""
        work = self._leasing.current(message.lease)
        if work is None:
            return self._stale(message, now)
        member, token = self._leasing.slots.holder(message.lease), message.lease.token
        begun = self._begun(work, message.lease, now)
        noted = [_noted(message)] if message.number > member.waits.get(token, 0) else []
        back = self._leasing.slots.lend(member, message.lease, message.number)
        if token in member.lent:
            self._leasing.timing.lent(work)
        return [*begun, *noted, *self._leasing.resume(member, back, now)]

    def _wait_over(self, message: WaitOver, now: float) -> list[Effect]:
        """The attempt wants its slot back; it goes before new work."""
        work = self._leasing.current(message.lease)
        if work is None:
            return self._stale(message, now)
        member, token = self._leasing.slots.holder(message.lease), message.lease.token
        begun = self._begun(work, message.lease, now)
        stood = token in member.resuming
        back = self._leasing.slots.want_back(member, message.lease, message.number)
        noted = [] if stood or token not in member.resuming else [_noted(message)]
        return [*begun, *noted, *self._leasing.resume(member, back, now)]

    # An attempt ends

    def completed(self, message: Completed, now: float) -> list[Effect]:
        """The first valid completion ends the subtask; the orchestrator records it."""
        lease, leasing = message.lease, self._leasing
        leasing.auditing.heard(lease.token)
        work = leasing.current(lease)
        if work is None:
            linked = self._chaining.reported(message, now)
            return self._completed_again(message, now) if linked is None else linked
        if work.ready.subtask.result_schema is not None:
            rejected = rejection(work.ready.subtask, message.result)
            if rejected is not None:
                return self._failed(_as_failed(message, rejected), now)
        effects = [] if work.started else self._begun(work, lease, now)
        work.started = True  # also where the word of it was lost
        if message.spent:
            effects += self._spent(work, message, now)
        if leasing.copies.twins and leasing.copies.beside(work):
            leasing.speculating.overtaken(work.whole, lease, now)
            effects += only(leasing, work, lease, FIRST, now)
            work = work.whole
        learns = leasing.breakers.failing or leasing.tenders.awarded
        learnt = self._learnt(work, message, now) if learns else ()
        done = SubtaskDone(
            subtask=lease.subtask, lease=lease, result=message.result, seconds=message.seconds
        )
        effects += leasing.done(work, lease, done, now)
        effects += learnt
        return effects + self._chaining.went_on(lease, now) if leasing.links.heads else effects

    def _learnt(self, work: Work, message: Completed, now: float) -> list[Effect]:
        """What it says of the skills that are needed, and of bids."""
        well = self._leasing.breakers.succeeded(work.needs, now)
        honest = self._negotiating.finished(message.lease, message.seconds, now)
        return [*honest, *map(Show, well)]

    def completed_outside(self, done: SubtaskDone, now: float) -> list[Effect]:
        """Somebody says it is done; the orchestrator knows whether that can be."""
        work = self._leasing.works.get(done.subtask)
        if work is None or work.state is State.SETTLING:
            return [Tell(ORCHESTRATOR, done)]
        rejected = rejection(work.ready.subtask, done.result)
        if rejected is not None:
            return self._rejected_outside(work, done, rejected, now)
        effects: list[Effect] = []
        if work.lease is not None:
            done, reason = replace(done, lease=work.lease), "it was completed by somebody else"
            effects += single(self._leasing, work, reason, now)
            effects += self._leasing.tell_agent(work.lease, reason, now)
            effects += self._leasing.over(work, work.lease, now)
        return [*effects, *self._leasing.report(work, done)]

    def _rejected_outside(
        self, work: Work, done: SubtaskDone, problem: Problem, now: float
    ) -> list[Effect]:
        """Who says that it is done is told why not; in pull mode that was the attempt."""
        lease, refused = work.lease, Tell(done.reply_to, Refused(problem=problem))
        if lease is None or lease.agent not in self._leasing.slots.pulling.members:
            return [refused]
        return [*self._setbacks.attempt_failed(work, lease, problem, now), refused]

    def _failed(self, message: Failed, now: float) -> list[Effect]:
        """The attempt failed, the agent lives."""
        work = self._leasing.current(message.lease)
        if work is None:
            return self._stale(message, now)
        spent = self._begun(work, message.lease, now)
        work.started = True  # also where the word of it was lost
        spent += self._spent(work, message, now) if message.spent else ()
        failed = self._setbacks.attempt_failed(work, message.lease, message.problem, now)
        acknowledged = Acknowledged(tokens=(message.lease.token,))
        return [*spent, *failed, Tell(agent_address(message.lease.agent), acknowledged)]

    def _failed_outside(self, message: FailSubtask, now: float) -> list[Effect]:
        """Who runs the attempt of an agent in pull mode says that it failed."""
        lease, work = message.lease, self._leasing.current(message.lease)
        if work is None and self._leasing.recovering:
            return self._stale(message, now)  # it is answered when the lease is adopted, or not
        if work is None:
            stale = StaleLease(lease.subtask, str(lease.token))
            refused = Tell(message.reply_to, Refused(problem=problem_of(stale)))
            return [*self._stale(message, now), refused]
        failed = self._setbacks.attempt_failed(work, lease, message.problem, now)
        return [*failed, Tell(message.reply_to, Done())]

    def is_stale(self, lease: Lease) -> bool:
        """Whether somebody else works on that subtask now, or nobody does; not if it has ended."""
        work = self._leasing.works.get(lease.subtask)
        open_ = work is not None and work.state is not State.SETTLING
        return open_ and not self._leasing.recovering and self._leasing.current(lease) is None

    def _declined(self, message: Declined, now: float) -> list[Effect]:
        """The agent would not take it: nobody's attempt; tried again a little later."""
        work = self._leasing.current(message.lease)
        if work is None:
            return self._leasing.ended(message.lease, now)
        lease, reason = message.lease, message.reason
        shown = Show(AttemptDeclined(at=now, lease=lease, reason=reason))
        # A fact: until it is queued again it would be said to be held by that agent.
        revoked = facts.LeaseRevoked(at=now, lease=lease, reason=f"it was declined: {reason}")
        beside = self._leasing.copies.beside(work)
        work.whole.attempts -= 1
        if beside:
            freed = let_go(self._leasing, work, lease, now)
        else:
            freed = self._leasing.free(work, lease, now)
            self._setbacks.delay(work, now + DECLINED_WAIT)
        return [shown, Record(revoked), *freed]

    def _cancelled(self, message: Cancelled, now: float) -> list[Effect]:
        """The agent has stopped the attempt: as it was told to, or else for its own reasons."""
        work = self._leasing.current(message.lease)
        if work is None and self._leasing.recovering:
            return self._stale(message, now)
        spent = self._spent(work, message, now) if message.spent else []
        if work is not None:
            return [*spent, *self._setbacks.lose(message.lease, "its agent has stopped it", now)]
        return [*spent, *self._leasing.ended(message.lease, now, given_up=message.given_up)]

    def _spent(
        self, work: Work | None, message: Progress | Completed | Failed | Cancelled, now: float
    ) -> list[Effect]:
        """What the attempt has used up so far."""
        return self._leasing.reserving.spent(work, message.lease, message.spent, now)

    # Old tokens

    def _completed_again(self, message: Completed, now: float) -> list[Effect]:
        work = self._leasing.works.get(message.lease.subtask)
        outcome = work.outcome if work is not None else None
        if isinstance(outcome, SubtaskDone) and outcome.lease == message.lease:
            # What was to be begun later may be refused by now.
            return [Tell(ORCHESTRATOR, outcome)] if outcome.after is None else []
        return self._stale(message, now)

    def _stale(self, message: Said, now: float) -> list[Effect]:
        if self._leasing.recovering:
            self._early.setdefault(message.lease.token, []).append(message)
            return []
        refused = StaleRefused(at=now, lease=message.lease, what=type(message).__name__)
        told = self._leasing.tell_agent(message.lease, "the lease is not current", now)
        # Who ends with an old token has stopped, and says it until it is told that it is old.
        over = isinstance(message, Completed | Failed)
        ended = self._leasing.ended(message.lease, now) if over else []
        return [Show(refused), *told, *ended]


def _as_failed(message: Completed, problem: Problem) -> Failed:
    return Failed(
        lease=message.lease, problem=problem, seconds=message.seconds, spent=message.spent
    )


def _which(message: Progress | CheckpointLeft) -> Saved:
    return Saved(token=message.lease.token, number=message.number)


def _is_news(work: Work, message: Progress) -> bool:
    """Whether it has saved anything that a successor could use and does not have yet."""
    saved, known = _which(message), work.ready.saved
    old = is_older(saved, known) or is_known(saved, known)
    return message.checkpoint is not None and not old


def _noted(message: Waiting | WaitOver) -> Tell:
    """So that it need not be said again soon; once, for who misses it says it again."""
    over = isinstance(message, WaitOver)
    noted = WaitNoted(token=message.lease.token, number=message.number, over=over)
    return Tell(agent_address(message.lease.agent), noted)


def _shown(message: Progress, fraction: float, now: float) -> Show:
    return Show(ProgressMade(at=now, lease=message.lease, fraction=fraction, note=message.note))
