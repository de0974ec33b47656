"""What an agent holds: its attempts, and what the scheduler is told of them.

The link to the scheduler may lose, double, delay or reorder what is said. So every
assignment and every revocation is answered, however often it comes; and what the
scheduler must know, how an attempt has ended and that it waits or wants its slot back,
is said again until there is an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from callboard.actors.logic.attempts import (
    LINED,
    OVER,
    QUEUED,
    RESUMING,
    RUNNING,
    STOPPING,
    TOLD,
    UNDER_WAY,
    WAITING,
    Attempt,
    State,
)
from callboard.actors.logic.effects import (
    Effect,
    ResumeWork,
    StartWork,
    StopWork,
    Tell,
)
from callboard.actors.logic.lined import Lined, tell
from callboard.messages.base import SCHEDULER
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.endings import AttemptCancelled
from callboard.messages.execution import (
    WorkAbandoned,
    WorkDone,
    WorkFailed,
    WorkProgressed,
    WorkStopped,
    WorkWaiting,
    WorkWaitOver,
)
from callboard.messages.values import Token
from callboard.messages.work import (
    Accepted,
    Acknowledged,
    Assign,
    Cancelled,
    CheckpointLeft,
    Completed,
    Declined,
    Failed,
    HadStarted,
    NotHeld,
    Progress,
    Resume,
    Revoke,
    Running,
    Started,
    Waited,
    Waiting,
    WaitNoted,
    WaitOver,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.alarms import Alarms
    from callboard.messages.base import Message
    from callboard.messages.values import Lease, Payload

End: TypeAlias = WorkDone | WorkFailed | WorkStopped | WorkAbandoned
"""How the executor says that a handler has ended."""

_BY_ITSELF = msgspec.structs.replace(
    problem_of(AttemptCancelled("its handler gave up by itself")), lasting=False
)


class Commitments(Lined):
    """The attempts of one agent, and its side of what is said of them.

    Args:
        agent: Whose they are.
        incarnation: Of its actor.
        audit: Seconds after which what was not answered is said again.

    Attributes:
        agent: As it is now.
        attempts: All that are not over.
    """

    @property
    def occupied(self) -> int:
        """Slots that are taken."""
        return self.attempts.occupied

    @property
    def busy(self) -> bool:
        """Whether a handler runs, waits or has still to stop."""
        return self.attempts.under_way > 0

    def runs(self, token: Token) -> bool:
        """Whether that attempt is under way."""
        return self.attempts.begun(token) is not None

    def knows(self, token: Token) -> bool:
        """Whether that attempt is not over."""
        return self.attempts.get(token) is not None

    def figures(self) -> dict[str, int]:
        """How many attempts are where."""
        return {
            "running": self.occupied,
            "waiting": self.attempts.under_way - self.occupied,
            "queued": len(self.attempts.where(QUEUED, LINED)),
            "unacknowledged": self.attempts.count(TOLD),
        }

    def say_again(self, now: float) -> list[Effect]:
        """What the scheduler has not answered in time."""
        return [*self._ends.due(now), *self._slots.due(now)]

    @property
    def alarms(self) -> tuple[Alarms[Attempt], ...]:
        """When something is to be said again."""
        return self._ends.alarms, self._slots.alarms

    # Assigned

    def assign(self, assign: Assign, why_not: str) -> list[Effect] | None:
        """The answer to an assignment; None where it is new, and queued now.

        Args:
            assign: Said for the first time, or again.
            why_not: Why no new one is taken; "" where it is.
        """
        lease = assign.lease
        attempt = self.attempts.get(lease.token)
        if attempt is not None:
            return [tell(self._about(attempt))]
        if assign.incarnation != self._incarnation:
            why_not = "it was meant for another incarnation of the agent"
        elif self._latest is not None and lease.token <= self._latest:
            why_not = "it came after a later one"
        else:
            self._latest = lease.token
            if self._revoked_early and self.was_revoked(lease.token):
                return [tell(Cancelled(lease=lease))]
        if why_not:
            return [_decline(lease, why_not)]
        then = assign.then
        if then:
            self._latest = then[-1].lease.token
            then = self.wanted(then) if self._revoked_early else then
        self.attempts.add(lease, assign.ready, ahead=assign.ahead, then=then)
        return None

    def accepted(self, leases: Iterable[Lease]) -> list[Effect]:
        """Tell of those that wait; of what stands in line there is word when it begins."""
        if self.attempts.next is None:
            return []
        attempts = [self.attempts.get(lease.token) for lease in leases]
        return [self._accept(a.lease) for a in attempts if a and a.state is QUEUED]

    def waiting(self) -> list[Effect]:
        """Tell of all that wait: perhaps there is no slot for them any more."""
        return [self._accept(attempt.lease) for attempt in self.attempts.where(QUEUED)]

    def _accept(self, lease: Lease) -> Effect:
        return tell(Accepted(lease=lease, max_load=self.agent.max_load))

    def _about(self, attempt: Attempt) -> Message:
        """What a scheduler must hear that has perhaps heard nothing yet."""
        if attempt.report is not None:
            return attempt.report
        if attempt.state in (QUEUED, LINED, STOPPING):
            stopping = attempt.state is STOPPING
            return Accepted(lease=attempt.lease, max_load=self.agent.max_load, stopping=stopping)
        return Started(lease=attempt.lease)

    def start(self) -> list[Effect]:
        """Let attempts run while there are slots, those first that have waited for one."""
        effects: list[Effect] = []
        attempts, limit = self.attempts, self.agent.max_load
        while attempts.occupied < limit and (attempt := attempts.next) is not None:
            if attempt.state is QUEUED:
                then = attempt.then
                effects.append(StartWork(attempt.lease, attempt.ready, then=then))
                effects.append(Tell(SCHEDULER, Started(lease=attempt.lease)))
                if then:
                    attempts.tie(attempt)
            else:
                effects.append(ResumeWork(attempt.token))
            attempts.enter(attempt, RUNNING)
        return effects + self.line_up() if attempts.ahead else effects

    # Revoked

    def revoke(self, revoke: Revoke) -> list[Effect]:
        """Stop it; the answer is that it does not run, as soon as that is so."""
        token = revoke.token
        attempt = self.attempts.get(token)
        if attempt is None:
            self.attempts.not_behind(token)
            self._refuse_later(token)
            return [tell(NotHeld(agent=self.agent.id, token=token))]
        if attempt.state is STOPPING:
            return [tell(self._about(attempt))]
        if attempt.state is LINED or attempt.state in UNDER_WAY:
            return self._stop(attempt, revoke.reason)
        self._forget(attempt)
        return [tell(Cancelled(lease=attempt.lease))]

    def stop_all(self, reason: str) -> list[Effect]:
        """The agent stops: decline what has not begun, stop what has."""
        effects: list[Effect] = []
        for attempt in self.attempts.where(QUEUED):
            self._forget(attempt)
            effects.append(_decline(attempt.lease, reason))
        begun = (LINED, RUNNING, WAITING, RESUMING)
        for attempt in self.attempts.where(*begun):
            effects += self._stop(attempt, reason)
        return effects

    def _stop(self, attempt: Attempt, reason: str) -> list[Effect]:
        self._slots.answered(attempt)
        self.attempts.enter(attempt, STOPPING)
        return [StopWork(attempt.token, reason)]

    def acknowledged(self, message: Acknowledged) -> list[Effect]:
        """It is known how these have ended."""
        for token in message.tokens:
            attempt = self.attempts.get(token)
            if attempt is not None and attempt.state is TOLD:
                self._forget(attempt)
        return []

    # Asked by a scheduler that knows nothing

    def reconcile(self) -> list[Effect]:
        """Say all that is held, how some of it has ended, and who has lent its slot.

        What was given ahead and has not begun is let go first.
        """
        if line := self.leave_line():
            return line
        # With those that have ended: word of it follows, so they must not be requeued.
        wanted = self.attempts.where(*(s for s in State if s is not STOPPING))
        leases = tuple(attempt.lease for attempt in wanted)
        waits = tuple(
            Waited(token=a.token, number=a.waits, lent=a.state is WAITING)
            for a in wanted
            if a.waits
        )
        running = Running(
            agent=self.agent.id,
            leases=leases,
            incarnation=self._incarnation,
            waits=waits,
            stopping=tuple(a.lease for a in self.attempts.where(STOPPING)),
        )
        ends = [a.report for a in self.attempts.where(TOLD) if a.report is not None]
        slots = [w for a in self.attempts.where(WAITING) for w in _about_its_slot(a)]
        return [tell(said) for said in (running, *ends, *slots)]

    # Under way

    def progress(self, progress: WorkProgressed, now: float) -> list[Effect]:
        """A sign of life, passed on."""
        attempt = self.attempts.begun(progress.token)
        if attempt is not None and progress.spent:
            attempt.spent = progress.spent
        if attempt is None or attempt.state is STOPPING:
            # What it has used up is told with its end.
            known = attempt is not None and bool(progress.spent)
            return [] if known else [self.stale(attempt, progress, now)]
        if progress.checkpoint is not None:
            attempt.checkpoint = progress.checkpoint
            attempt.saves += 1
        said = Progress(
            lease=attempt.lease,
            fraction=progress.fraction,
            note=progress.note,
            checkpoint=progress.checkpoint,
            number=0 if progress.checkpoint is None else attempt.saves,
            spent=progress.spent,
        )
        return [tell(said)]

    def left(self) -> list[Effect]:
        """Which attempts had begun and what they had saved: word of that may be under way yet."""
        attempts = self.attempts.where(RUNNING, WAITING, RESUMING)
        began = [tell(HadStarted(lease=attempt.lease)) for attempt in attempts]
        saved = [
            _left(attempt.lease, attempt.checkpoint, attempt.saves)
            for attempt in attempts
            if attempt.checkpoint is not None
        ]
        return [*began, *saved]

    def wait(self, wait: WorkWaiting, now: float) -> list[Effect]:
        """The handler waits for a sub-goal: its slot is free."""
        attempt = self.attempts.begun(wait.token)
        if attempt is None or attempt.state is not RUNNING:
            return [self.stale(attempt, wait, now)]
        self.attempts.enter(attempt, WAITING)
        waiting = Waiting(lease=attempt.lease, number=attempt.waits)
        return [self._slots.say(attempt, tell(waiting), now)]

    def wait_over(self, over: WorkWaitOver, now: float) -> list[Effect]:
        """The handler wants its slot back."""
        attempt = self.attempts.begun(over.token)
        if attempt is None or attempt.state is not WAITING:
            return [self.stale(attempt, over, now)]
        attempt.wants_slot = True
        wants = WaitOver(lease=attempt.lease, number=attempt.waits)
        return [self._slots.say(attempt, tell(wants), now)]

    def wait_noted(self, noted: WaitNoted, now: float) -> list[Effect]:
        """The scheduler has heard what was said last of its slot, or what was said before."""
        attempt = self.attempts.begun(noted.token)
        said = (noted.number, noted.over)
        if attempt is not None and said == (attempt.waits, attempt.wants_slot):
            # Not for ever: a slot may be lost on its way here, and so may the scheduler.
            self._slots.noted(attempt, now)
        return []

    def resume(self, resume: Resume, now: float) -> list[Effect]:
        """The scheduler gives the slot back; for an earlier wait it comes too late."""
        attempt = self.attempts.begun(resume.token)
        waits = attempt is not None and attempt.state is WAITING and attempt.wants_slot
        if attempt is None or not waits or resume.number != attempt.waits:
            return [self.stale(attempt, resume, now)]
        self._slots.answered(attempt)
        self.attempts.enter(attempt, RESUMING)
        return []

    # Ended

    def ended(self, end: End, now: float) -> list[Effect]:
        """The handler has ended: tell how, until that is acknowledged; another may have begun."""
        attempt = self.attempts.begun(end.token)
        if attempt is None:
            effects = [self.stale(None, end, now)]
        else:
            effects = self._ended(attempt, end, now)
            effects += self.leave_behind(attempt) if type(end) is not WorkDone else ()
        began = None if isinstance(end, WorkAbandoned) else end.began
        return effects if began is None else effects + self.began(began, end, now)

    def _ended(self, attempt: Attempt, end: End, now: float) -> list[Effect]:
        if attempt.waits:
            self._slots.answered(attempt)
        if attempt.state is STOPPING:
            heard = isinstance(end, WorkDone | WorkFailed)
            refused = [self.stale(attempt, end, now)] if heard else []
            self.attempts.enter(attempt, OVER)
            given_up = type(end) is WorkAbandoned
            lease, spent = attempt.lease, attempt.spent
            return [*refused, tell(Cancelled(lease=lease, given_up=given_up, spent=spent))]
        self.attempts.enter(attempt, TOLD)
        attempt.report = report = _report(attempt, end)
        return [self._ends.say(attempt, Tell(SCHEDULER, report), now)]

    def lease(self, token: Token) -> Lease | None:
        """Of that attempt, if it is under way."""
        attempt = self.attempts.begun(token)
        return None if attempt is None else attempt.lease


def _decline(lease: Lease, reason: str) -> Effect:
    return tell(Declined(lease=lease, reason=reason))


def _left(lease: Lease, checkpoint: Payload, number: int) -> Effect:
    return tell(CheckpointLeft(lease=lease, checkpoint=checkpoint, number=number))


def _about_its_slot(attempt: Attempt) -> list[Message]:
    waits = Waiting(lease=attempt.lease, number=attempt.waits)
    if not attempt.wants_slot:
        return [waits]
    return [waits, WaitOver(lease=attempt.lease, number=attempt.waits)]


def _report(attempt: Attempt, end: End) -> Completed | Failed:
    lease, spent = attempt.lease, attempt.spent
    if isinstance(end, WorkDone):
        return Completed(lease=lease, result=end.result, seconds=end.seconds, spent=spent)
    problem = _BY_ITSELF if isinstance(end, WorkStopped) else end.problem
    seconds = end.seconds if isinstance(end, WorkFailed) else 0.0
    return Failed(lease=lease, problem=problem, seconds=seconds, spent=spent)
