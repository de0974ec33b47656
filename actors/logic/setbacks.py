"""What goes wrong with a subtask, and what follows: another attempt, a rest, the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.backoff import is_lasting, retry_delay
from callboard.actors.logic.effects import Effect, Record
from callboard.actors.logic.leasing import queued
from callboard.actors.logic.lifecycle import State
from callboard.messages import facts
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.endings import AttemptTimedOut, Poison
from callboard.messages.values import DAY

if TYPE_CHECKING:
    from callboard.actors.logic.company import Member
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work
    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Lease, Problem


class Setbacks:
    """Attempts that fail, take too long, or lose their agent.

    Args:
        leasing: The subtasks and their leases.
        poison: Agents that a subtask may take down before it is parked.
    """

    def __init__(self, leasing: Leasing, poison: int) -> None:
        self._leasing = leasing
        self._poison = poison

    # A limit is reached

    def due(self, kind: str, uuid: SubtaskId, now: float) -> list[Effect]:
        """The limit of that kind was reached."""
        work = self._leasing.works.get(uuid)
        if work is None:
            return []
        match kind:
            case "run" | "silence":
                return self._timed_out(work, kind, now)
            case "retry":
                return self._again(work, now)
            case "park":
                return self._leasing.give_up(work, problem_of(Poison(work.name, work.downs)))
            case _:
                return self._too_late(work, kind, now)

    def _timed_out(self, work: Work, kind: str, now: float) -> list[Effect]:
        lease = work.lease
        member = None if lease is None else self._leasing.slots.member(lease.agent)
        if lease is None or member is None:
            return []
        problem = problem_of(AttemptTimedOut(work.name, kind, self._limit(work, member, kind, now)))
        revoked = Record(facts.LeaseRevoked(at=now, lease=lease, reason=problem.text))
        told = self._leasing.tell_agent(lease, problem.text)
        return [revoked, *told, *self.attempt_failed(work, lease, problem, now)]

    def _limit(self, work: Work, member: Member, kind: str, now: float) -> float:
        limits = self._leasing.limits
        if kind == "silence":
            return limits.silence(work.ready, member.agent) or 0.0
        return limits.run(work.ready, member.agent, now) or 0.0

    def _too_late(self, work: Work, kind: str, now: float) -> list[Effect]:
        if work.state is State.SETTLING:
            return []
        limits = self._leasing.limits
        limit = limits.queue if kind == "queue" else limits.total
        problem = problem_of(AttemptTimedOut(work.name, kind, limit(work.ready, now)))
        revoked = self._leasing.revoke(work, problem.text, now)
        return [*revoked, *self._leasing.give_up(work, problem)]

    def _again(self, work: Work, now: float) -> list[Effect]:
        if work.state is not State.DELAYED:
            return []
        return [queued(work, now), *self._leasing.queue(work, now)]

    # An attempt fails

    def attempt_failed(
        self, work: Work, lease: Lease, problem: Problem, now: float
    ) -> list[Effect]:
        """Try again after a while, or give up."""
        delay = self._delay(work, lease, problem)
        if delay is None:
            over = self._leasing.over(work, lease, now)
            return [*over, *self._leasing.give_up(work, problem)]
        freed = self._leasing.free(work)
        self.delay(work, now + delay)
        fact = facts.RetryScheduled(at=now, lease=lease, problem=problem, delay=delay)
        return [*freed, Record(fact)]

    def delay(self, work: Work, until: float) -> None:
        """Queue it again then."""
        work.move(State.DELAYED)
        self._leasing.alarms.set(("retry", work.uuid), until)

    def _delay(self, work: Work, lease: Lease, problem: Problem) -> float | None:
        member = self._leasing.slots.member(lease.agent)
        policy = self._leasing.limits.retry(work.ready, member.agent if member else None)
        if is_lasting(problem, policy):
            return None
        return retry_delay(policy, work.attempts, f"{work.uuid}/{work.attempts}")

    # An agent is lost

    def lose(self, lease: Lease, reason: str, now: float, *, blame: bool) -> list[Effect]:
        """Its agent is gone: to the front again, or aside if it took down too many."""
        work = self._leasing.current(lease)
        if work is None:
            return []
        if blame and work.started:
            work.downs.append(lease.agent)
        work.attempts -= 1
        revoked = Record(facts.LeaseRevoked(at=now, lease=lease, reason=reason))
        freed = self._leasing.free(work)
        if len(work.downs) >= self._poison:
            return [revoked, *freed, self._park(work, now)]
        goal, uuid = work.goal, work.uuid
        fact = facts.SubtaskRequeued(at=now, goal=goal, subtask=uuid, reason=reason)
        return [revoked, *freed, Record(fact), *self._leasing.queue(work, now, front=True)]

    def _park(self, work: Work, now: float) -> Record:
        work.move(State.PARKED)
        until = now + DAY if work.ready.deadline is None else work.ready.deadline
        self._leasing.alarms.set(("park", work.uuid), until)
        problem = problem_of(Poison(work.name, work.downs))
        goal, uuid = work.goal, work.uuid
        return Record(
            facts.SubtaskParked(at=now, goal=goal, subtask=uuid, problem=problem, until=until)
        )

    def unpark(self, uuid: SubtaskId, now: float) -> list[Effect]:
        """Try a parked subtask again; no effects where it is not parked."""
        work = self._leasing.works.get(uuid)
        if work is None or work.state is not State.PARKED:
            return []
        work.downs.clear()
        self._leasing.alarms.clear(("park", uuid))
        fact = facts.SubtaskUnparked(at=now, goal=work.goal, subtask=uuid)
        return [Record(fact), *self._leasing.queue(work, now)]
