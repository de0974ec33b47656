"""A result is being verified, and may come back: what the scheduler makes of that.

Its subtask settles meanwhile, with all that befell it before. If the result is not found
good, that was a failed attempt like any other, except that its agent is free already. What
was parked before is parked again: that is not for a bad result to end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.actors.logic.inheritance import count_what_was_waited
from callboard.actors.logic.lifecycle import State
from callboard.actors.logic.standing import put_off
from callboard.messages import facts
from callboard.messages.base import ORCHESTRATOR
from callboard.messages.values import Setback
from callboard.messages.work import ResultReturned, ResultTaken, SubtaskGivenUp

if TYPE_CHECKING:
    from callboard.actors.logic.history import Bad, History
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.setbacks import Setbacks

WHY = "its result is being verified"
"""Why an attempt is taken back where another one has a result already."""


class Returning:
    """Keeps what is being verified, and has it tried again.

    Args:
        leasing: The subtasks and their leases.
        setbacks: Knows what follows a failed attempt.
    """

    def __init__(self, leasing: Leasing, setbacks: Setbacks) -> None:
        self._leasing = leasing
        self._setbacks = setbacks

    def taken(self, message: ResultTaken, now: float) -> list[Effect]:
        """Its result is kept; where a scheduler that is new did not know it, all stops."""
        work = self._leasing.works.get(message.subtask)
        if work is None:
            return []
        effects: list[Effect] = []
        if work.state is not State.SETTLING:
            effects = self._leasing.revoke(work, WHY, now)
            self._leasing.settle_down(work)
        work.verifying = True
        if message.problem is not None:  # that its attempt was completed is not learnt from
            work.outcome = SubtaskGivenUp(subtask=work.uuid, problem=message.problem)
        return effects

    def inherit(self, work: Work, past: History | None, now: float) -> None:
        """An earlier scheduler knew it, and its result is being verified."""
        work.state, work.verifying = State.SETTLING, True
        self._leasing.know(work)
        if past is not None:
            work.inherit(past.evidence, past.charges)
            work.attempts, work.why = past.attempts, past.why
            put_off(past, now)
            self._leasing.timing.total(work, past.since)
            count_what_was_waited(work, past, now)

    def inherit_bad(self, work: Work, past: History, bad: Bad, now: float) -> list[Effect]:
        """Its result was not found good, and nobody came to say what follows before us."""
        self.inherit(work, past, now)
        work.verifying = False
        return self._follow(work, bad, now)

    def returned(self, message: ResultReturned, now: float) -> list[Effect]:
        """It was not found good."""
        work = self._leasing.works.get(message.ready.subtask.uuid)
        if work is None or work.state is not State.SETTLING:
            return []
        work.outcome, work.verifying = None, False
        self._leasing.amend(work, message.ready)
        work.gates = self._leasing.gates.admit(work)
        lease, problem = message.lease, message.problem
        who = "" if lease is None else lease.agent
        work.evidence.add(Setback(agent=who, at=now, problem=problem))
        if lease is not None:
            self._leasing.learning.missed(work.uuid, lease.agent)
            work.attempts = max(work.attempts, lease.attempt)
        member = self._leasing.slots.member(who)
        agent = None if member is None else member.agent
        return self._follow(work, (lease, problem, agent), now)

    def _follow(self, work: Work, bad: Bad, now: float) -> list[Effect]:
        lease, problem, agent = bad
        if work.why is not None:  # and nobody has put it back since
            return [self._setbacks.park(work, now, lease)]
        if lease is None:  # nobody has tried it, so nobody has failed
            return self._again(work, 0.0, now)
        policy = self._leasing.limits.retry(work.ready, agent)
        delay = self._setbacks.delay_of(work, policy, problem)
        if delay is not None:
            rule = work.charges.rule(policy, problem)
            fact = facts.RetryScheduled(
                at=now, lease=lease, problem=problem, delay=delay, rule=rule
            )
            return [Record(fact), *self._again(work, delay, now)]
        if policy.then == "fail":
            work.outcome = SubtaskGivenUp(subtask=work.uuid, problem=problem, lease=lease)
            return [Tell(ORCHESTRATOR, work.outcome)]
        work.why = problem
        return [self._setbacks.park(work, now, lease)]

    def _again(self, work: Work, delay: float, now: float) -> list[Effect]:
        self._leasing.timing.go_on_trying(work, now)
        self._setbacks.delay(work, now + delay)
        return []
