"""What goes wrong with a subtask, and what follows: another attempt, a rest, the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.copies import let_go
from callboard.actors.logic.effects import Effect, Record, Show
from callboard.actors.logic.leasing import queued
from callboard.actors.logic.lifecycle import State
from callboard.messages import facts
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.endings import AttemptTimedOut
from callboard.messages.values import DAY, Setback

if TYPE_CHECKING:
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.negotiating import Negotiating
    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Lease, Problem, Retry


class Setbacks:
    """Attempts that fail, take too long, or lose their agent.

    Args:
        leasing: The subtasks and their leases.
        poison: How many agents have gone down with a subtask or failed at it, the one that
            goes down now included, when it is parked.
        negotiating: Told what came of awards.
    """

    def __init__(self, leasing: Leasing, poison: int, negotiating: Negotiating) -> None:
        self._leasing = leasing
        self._negotiating = negotiating
        self._poison = poison

    # A limit is reached

    def due(self, kind: str, work: Work, now: float) -> list[Effect]:
        """The limit of that kind was reached."""
        match kind:
            case "run" | "silence" | "stall":
                return self._timed_out(work, kind, now)
            case "retry":
                return [queued(work, now), *self._leasing.queue(work, now)]
            case "park":
                return self._leasing.give_up(work, work.why or work.evidence.poison(work.name))
            case _:
                return self._too_late(work, kind, now)

    def _timed_out(self, work: Work, kind: str, now: float) -> list[Effect]:
        lease, problem = work.lease, _too_long(work, kind)
        if lease is None:
            return []
        revoked = Record(facts.LeaseRevoked(at=now, lease=lease, reason=problem.text))
        told = self._leasing.tell_agent(lease, problem.text, now)
        slow = self._leasing.slow(lease, kind, work.allowed[kind], now)
        return [revoked, *told, *slow, *self.attempt_failed(work, lease, problem, now)]

    def _too_late(self, work: Work, kind: str, now: float) -> list[Effect]:
        problem = _too_long(work, kind)
        revoked = self._leasing.revoke(work, problem.text, now)
        return [*revoked, *self._leasing.give_up(work, problem)]

    # An attempt fails

    def attempt_failed(
        self, work: Work, lease: Lease, problem: Problem, now: float
    ) -> list[Effect]:
        """Try again after a while, or give up; not while a copy goes on."""
        self._leasing.learning.missed(work.uuid, lease.agent)
        if self._leasing.copies.beside(work):
            return self._one_failed(work, lease, problem, now)
        policy = self._leasing.limits.retry(work.ready, self._leasing.slots.holder(lease).agent)
        delay = self.delay_of(work, policy, problem)
        strain = self._note(work, lease, problem, now)
        strain += self._negotiating.failed(lease, now)
        if delay is None:
            return [*self._no_attempt_left(work, lease, policy, problem, now), *strain]
        freed = self._leasing.free(work, lease, now)
        self.delay(work, now + delay)
        rule = work.charges.rule(policy, problem)
        fact = facts.RetryScheduled(at=now, lease=lease, problem=problem, delay=delay, rule=rule)
        return [*freed, Record(fact), *strain]

    def _one_failed(self, work: Work, lease: Lease, problem: Problem, now: float) -> list[Effect]:
        """It is a failed attempt, and what follows is seen when the others have ended."""
        whole = work.whole
        policy = self._leasing.limits.retry(whole.ready, self._leasing.slots.holder(lease).agent)
        rule = whole.charges.rule(policy, problem)
        whole.charges.add(rule)
        strain = self._note(work, lease, problem, now)
        failed = Record(facts.CopyFailed(at=now, lease=lease, problem=problem, rule=rule))
        return [failed, *let_go(self._leasing, work, lease, now), *strain]

    def _no_attempt_left(
        self, work: Work, lease: Lease, policy: Retry, problem: Problem, now: float
    ) -> list[Effect]:
        over = self._leasing.over(work, lease, now)
        if policy.then == "fail":
            return [*over, *self._leasing.give_up(work, problem, lease)]
        work.why = problem
        return [*over, self.park(work, now, lease)]

    def delay(self, work: Work, until: float) -> None:
        """Queue it again then."""
        work.move(State.DELAYED)
        self._leasing.timing.set(work, "retry", until)

    @staticmethod
    def delay_of(work: Work, policy: Retry, problem: Problem) -> float | None:
        """Seconds until it is queued again after that failure; None for never."""
        seed = f"{work.uuid}/{work.attempts}"
        return work.charges.delay(policy, problem, work.attempts, seed)

    def _note(
        self, work: Work, lease: Lease, problem: Problem, now: float, *, down: bool = False
    ) -> list[Effect]:
        """It counts against the subtask, and the skills that it needs may need a rest."""
        if not work.started:
            return []
        work.whole.evidence.add(Setback(agent=lease.agent, at=now, problem=problem, down=down))
        if problem.fault != "agent":
            return []
        leasing = self._leasing
        opened = leasing.breakers.failed(work.needs, work.uuid, lease.token, problem, now)
        return [*map(Show, opened), *(self._held_back(now) if opened else ())]

    def _held_back(self, now: float) -> list[Effect]:
        """Of all that waits, say what a rest keeps waiting."""
        leasing, effects = self._leasing, list[Effect]()
        for needs in leasing.needs():
            if leasing.breakers.bar(needs) is not None:
                for work in leasing.waiting(needs):
                    effects += leasing.held_back(work, now)
        return effects

    # An agent is lost

    def lose(
        self, lease: Lease, reason: str, now: float, *, blame: Problem | None = None
    ) -> list[Effect]:
        """Its agent is gone: to the front again, or aside if it took down too many.

        Args:
            lease: What the agent held.
            reason: Why it holds it no longer.
            now: Seconds since the epoch.
            blame: What the agent died of, if the subtask may have been the cause.
        """
        current = work = self._leasing.current(lease)
        if work is None or current is None:
            return []
        blamed = blame is not None and work.started
        strain: list[Effect] = []
        if blame is not None and blamed:
            self._leasing.learning.missed(work.uuid, lease.agent)
            strain = self._note(work, lease, blame, now, down=True)
        beside, work = self._leasing.copies.beside(work), work.whole
        work.attempts -= 1
        revoked = Record(facts.LeaseRevoked(at=now, lease=lease, reason=reason, blamed=blamed))
        poisons = blamed and work.evidence.weight >= self._poison
        if beside:
            freed = let_go(self._leasing, current, lease, now)
            freed += self._end_copies(work, now) if poisons else []
        else:
            freed = self._leasing.free(work, lease, now)
        if poisons:
            work.why = work.evidence.poison(work.name)
            return [revoked, *freed, self.park(work, now), *strain]
        if beside:
            return [revoked, *freed, *strain]
        goal, uuid = work.goal, work.uuid
        fact = facts.SubtaskRequeued(at=now, goal=goal, subtask=uuid, reason=reason)
        waits = self._leasing.queue(work, now, front=True)
        return [revoked, *freed, Record(fact), *strain, *waits]

    def _end_copies(self, work: Work, now: float) -> list[Effect]:
        """It is kept aside, with all that goes on of it."""
        revoked = self._leasing.revoke(work, "the subtask took too many agents down", now)
        work.attempts -= 1
        return revoked

    def park(self, work: Work, now: float, last: Lease | None = None) -> Record:
        """Keep it aside; no other limit counts while it rests."""
        work.move(State.PARKED)
        until = now + DAY if work.ready.deadline is None else work.ready.deadline
        self._leasing.timing.clear(work, "total")
        self._leasing.timing.set(work, "park", until)
        fact = facts.SubtaskParked(
            at=now,
            goal=work.goal,
            subtask=work.uuid,
            problem=work.why or work.evidence.poison(work.name),
            until=until,
            setbacks=work.evidence.all(),
            attempts=work.attempts,
            lease=last,
        )
        return Record(fact)

    def unpark(self, uuid: SubtaskId, now: float) -> list[Effect]:
        """Try a parked subtask again; no effects where it is not parked."""
        work = self._leasing.works.get(uuid)
        if work is None or work.state is not State.PARKED:
            return []
        work.evidence.clear()
        work.why = None
        work.charges.forgive(work.attempts)
        self._leasing.timing.clear(work, "park")
        self._leasing.take_on(work, now)
        fact = facts.SubtaskUnparked(at=now, goal=work.goal, subtask=uuid)
        return [Record(fact), *self._leasing.queue(work, now)]


def _too_long(work: Work, limit: str) -> Problem:
    return problem_of(AttemptTimedOut(work.name, limit, work.allowed[limit]))
