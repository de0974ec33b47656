"""Subtasks end: completed, failed with all that depends on them, or cancelled.

Who has to do with them is told once for a whole batch (`confirm`), and what completions
have made ready is sent off together (`Books.release`). A crash in its midst loses that
word, and nothing else: a successor tells the scheduler all that is open, and an agent says
again what was not acknowledged.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from callboard.actors.logic.checkpoints import is_older
from callboard.actors.logic.closing import cancelled, withdraw
from callboard.actors.logic.conforming import rejection
from callboard.actors.logic.consequences import fail_dependents, failed
from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.actors.logic.goal_states import ENDED, Status
from callboard.actors.logic.verifying import goal_for, is_rejection, plan_for, verdict
from callboard.messages import facts
from callboard.messages.base import SCHEDULER, agent_address
from callboard.messages.commands import CancelSubtask, Done, Refused
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.lookups import AlreadyEnded, Blocked, UnknownSubtask
from callboard.messages.facts import ResultSubmitted
from callboard.messages.notices import StaleRefused
from callboard.messages.values import Saved
from callboard.messages.work import (
    Acknowledged,
    ForgetLearnt,
    ResultReturned,
    ResultTaken,
    Settled,
    SubtaskDone,
    SubtaskGivenUp,
)

if TYPE_CHECKING:
    from callboard.actors.logic.books import Books
    from callboard.actors.logic.closing import Closing
    from callboard.actors.logic.goal_states import SubtaskState
    from callboard.actors.logic.intake import Intake
    from callboard.actors.logic.repairing import Repairing
    from callboard.messages.base import AgentId, SubtaskId
    from callboard.messages.commands import ResetLearning
    from callboard.messages.errors.base import CallboardError
    from callboard.messages.facts import Fact
    from callboard.messages.values import Lease, Payload, Problem, Token
    from callboard.messages.work import SaveCheckpoint


_READY = Status.READY  # to look it up takes longer than to compare with it


class Settling:
    """Records how subtasks end, and tells everybody who has to do with them."""

    def __init__(
        self, books: Books, closing: Closing, intake: Intake, repairing: Repairing
    ) -> None:
        self._books = books
        self._closing = closing
        self._intake = intake
        self._repairing = repairing
        self._settled: list[SubtaskId] = []
        self._acknowledged: defaultdict[AgentId, list[Token]] = defaultdict(list)

    def confirm(self) -> list[Effect]:
        """Tell the scheduler, and the agents, what they need not mind any more."""
        effects: list[Effect] = []
        if self._settled:
            effects.append(Tell(SCHEDULER, Settled(subtasks=tuple(self._settled))))
            self._settled.clear()
        if self._acknowledged:
            for agent, tokens in self._acknowledged.items():
                effects.append(Tell(agent_address(agent), Acknowledged(tokens=tuple(tokens))))
            self._acknowledged.clear()
        return effects

    # Completed

    def done(self, message: SubtaskDone, now: float) -> list[Effect]:
        """The first completion ends the subtask; the same one again is harmless."""
        state = self._books.goals.subtasks.get(message.subtask)
        if state is None:
            return self._refuse(message, UnknownSubtask(message.subtask), now)
        if state.status is not _READY:
            return self._not_now(message, state, now)
        if state.token is not None and state.token == _token(message.lease):
            return self._heard(message, [])  # it was refused, as the scheduler is about to hear
        if message.after is not None and message.lease is not None:
            if not self._follows(message, state):
                return self._too_soon(message, state, now)
            first = _begun(message.lease, message.after, now)
            return [*first, *self._done(message, state, now)]
        return self._done(message, state, now)

    def _done(self, message: SubtaskDone, state: SubtaskState, now: float) -> list[Effect]:
        if message.reply_to and (rejected := rejection(state.spec, message.result)):
            return [Tell(message.reply_to, Refused(problem=rejected))]
        if state.spec.verify is not None:
            return self._submit(state, message, now)
        effects = self._books.complete(state, _completed(state, message, now))
        self._settled.append(message.subtask)
        self._heard(message, effects)
        goals = self._books.goals
        if goals.children or not goals.by_id[state.goal].open:
            self._after_end(state, now, effects)
        return effects

    def _follows(self, message: SubtaskDone, state: SubtaskState) -> bool:
        """Whether it was begun with the result that counts, as it is to be done, unhindered."""
        goals, needs = self._books.goals, state.spec.dependencies
        led = len(needs) == 1 and goals.subtasks[needs[0]].token == message.after
        return led and message.spec == state.spec and not goals.pauses.any

    def _too_soon(self, message: SubtaskDone, state: SubtaskState, now: float) -> list[Effect]:
        """It was begun in line with what does not count so: it is to be done again."""
        effects = self._heard(message, [])
        if message.lease is not None:
            state.token = message.lease.token
            effects.append(Show(StaleRefused(at=now, lease=message.lease, what="SubtaskDone")))
        effects += withdraw([state], "what it follows does not count")
        if state.status is _READY and state not in self._books.freed:
            self._books.freed.append(state)
        return effects

    def _not_now(self, message: SubtaskDone, state: SubtaskState, now: float) -> list[Effect]:
        if state.status is Status.BLOCKED and message.after is not None:
            return self._too_soon(message, state, now)
        if state.status is Status.BLOCKED:
            unmet = self._books.goals.by_id[state.goal].unmet(state)
            names = [s.spec.name for s in unmet]
            return self._refuse(message, Blocked(message.subtask, names), now)
        if state.status is Status.VERIFYING:
            return self._submitted_again(message, state)
        if state.status is not Status.COMPLETED:
            how = state.status.value
        elif _is_same(message, state):
            self._settled.append(message.subtask)
            return self._heard(message, [])
        else:
            how = "completed with another result"
        return self._refuse(message, AlreadyEnded(message.subtask, how), now)

    def _refuse(self, message: SubtaskDone, why: CallboardError, now: float) -> list[Effect]:
        # A blocked one is not the scheduler's yet: there is nothing to confirm.
        if not isinstance(why, Blocked):
            self._settled.append(message.subtask)
        if message.reply_to:
            return [Tell(message.reply_to, Refused(problem=problem_of(why)))]
        if message.lease is None:
            return []
        self._acknowledged[message.lease.agent].append(message.lease.token)
        return [Show(StaleRefused(at=now, lease=message.lease, what="SubtaskDone"))]

    def _heard(self, message: SubtaskDone, effects: list[Effect]) -> list[Effect]:
        if message.reply_to:
            effects.append(Tell(message.reply_to, Done()))
        elif message.lease is not None:
            self._acknowledged[message.lease.agent].append(message.lease.token)
        return effects

    # Verified

    def _submit(self, state: SubtaskState, message: SubtaskDone, now: float) -> list[Effect]:
        """It is kept, so that nobody need make it again, and counts if it is found good."""
        effects = self._books.record(_submitted(state, message, now))
        self._heard(message, effects)
        effects.append(Tell(SCHEDULER, ResultTaken(subtask=message.subtask)))
        return [*effects, *self._verify(state, now)]

    def _submitted_again(self, message: SubtaskDone, state: SubtaskState) -> list[Effect]:
        known = state.submitted
        if known is None or not _is_that(message, known.result, _token(known.lease)):
            if message.reply_to:
                why = AlreadyEnded(message.subtask, "done, and its result is being verified")
                return [Tell(message.reply_to, Refused(problem=problem_of(why)))]
            return self._heard(message, [])
        return self._heard(message, [Tell(SCHEDULER, ResultTaken(subtask=message.subtask))])

    def _verify(self, state: SubtaskState, now: float) -> list[Effect]:
        goal = goal_for(self._books.goals, state)
        return self._intake.accept(goal, plan_for(goal, state), now)

    def judge(self, now: float) -> list[Effect]:
        """Verifications have ended: what was verified has, too, or is tried again."""
        effects: list[Effect] = []
        verified = self._closing.verified
        while verified:
            goal = verified.pop(0)
            parent = goal.goal.parent
            state = None if parent is None else self._books.goals.subtasks.get(parent.subtask)
            # What was withdrawn meanwhile, or has another result, is not concerned.
            if state is not None and state.status is Status.VERIFYING:
                known = state.submitted
                if known is not None and known.number == goal.goal.verifies:
                    effects += self._judge(state, known, verdict(goal, state), now)
        return effects

    def _judge(
        self, state: SubtaskState, known: ResultSubmitted, problem: Problem | None, now: float
    ) -> list[Effect]:
        uuid, lease = known.subtask, known.lease
        if problem is None:
            done = SubtaskDone(
                subtask=uuid, lease=lease, result=known.result, seconds=known.seconds
            )
            effects = self._books.complete(state, _completed(state, done, now))
            self._settled.append(uuid)
            self._after_end(state, now, effects)
            return effects
        if not is_rejection(problem):
            lost = Tell(SCHEDULER, ResultTaken(subtask=uuid, problem=problem))
            # No attempt's failure: who made it is not to blame.
            return [lost, *self.given_up(SubtaskGivenUp(subtask=uuid, problem=problem), now)]
        effects = self._books.record(_rejected(known, problem, now))
        ready = self._books.goals.by_id[state.goal].ready(state)
        return [
            *effects,
            Tell(SCHEDULER, ResultReturned(ready=ready, problem=problem, lease=lease)),
        ]

    def verify_again(self, now: float) -> list[Effect]:
        """Go on with what was being verified when the process, or the journal, ended."""
        goals, effects = self._books.goals, list[Effect]()
        waiting = (s for g in list(goals.open_goals()) for s in g.subtasks.values())
        for state in [s for s in waiting if s.status is Status.VERIFYING]:
            served = (goals.by_id[goal] for goal in goals.children.get(state.spec.uuid, ()))
            found = next((g for g in served if g.goal.verifies == state.submissions), None)
            if found is None:
                effects += self._verify(state, now)
            elif found.ended:
                self._closing.verified.append(found)
            elif found.plan is None:
                effects += self._intake.adopt(found.id, plan_for(found.goal, state), now)
        return [*effects, *self.judge(now)]

    # Failed

    def given_up(self, message: SubtaskGivenUp, now: float) -> list[Effect]:
        """No further attempt will be made: it has failed, and what depends on it."""
        state = self._books.goals.subtasks.get(message.subtask)
        self._settled.append(message.subtask)
        if state is None or state.status in ENDED:
            return []
        goal, required = self._books.goals.by_id[state.goal], not state.spec.optional
        may_be_mended = required and self._repairing.may(goal, (message.subtask,))
        effects = self._books.record(failed(state, message.problem, now, message.lease))
        if may_be_mended:
            effects += self._repairing.want(goal, (message.subtask,), now)
        elif required:
            effects += fail_dependents(self._books, self._closing, state, now)
        effects += self._repairing.review(goal, now)
        self._after_end(state, now, effects)
        return effects

    # Cancelled

    def cancel(self, message: CancelSubtask, now: float) -> list[Effect]:
        """Somebody wants the subtask to end; that it was cancelled already is as good."""
        state = self._books.goals.subtasks.get(message.subtask)
        if state is None:
            return _refuse_cancel(message, UnknownSubtask(message.subtask))
        if state.status is Status.CANCELLED:
            return [Tell(message.reply_to, Done())]
        if state.status in ENDED:
            return _refuse_cancel(message, AlreadyEnded(message.subtask, state.status.value))
        return [*self.end(state, message.reason, now), Tell(message.reply_to, Done())]

    def end(self, state: SubtaskState, reason: str, now: float) -> list[Effect]:
        """Nobody wants it any more, and what depends on it fails."""
        effects = self._books.record(cancelled(state, reason, now))
        effects += fail_dependents(self._books, self._closing, state, now)
        effects += withdraw([state], reason)
        effects += self._repairing.review(self._books.goals.by_id[state.goal], now)
        self._after_end(state, now, effects)
        return effects

    # Whichever

    def _after_end(self, state: SubtaskState, now: float, effects: list[Effect]) -> None:
        """A subtask has ended: so do its sub-goals, and perhaps its goal."""
        if self._books.goals.children:
            effects += self._closing.end_children(state, now)
        goal = self._books.goals.by_id[state.goal]
        if not goal.open:
            effects += self._closing.close_if_done(goal, now)

    def reset_learning(self, message: ResetLearning, now: float) -> list[Effect]:
        """What has ended so far teaches nothing; the scheduler hears first what that is."""
        heard = self.confirm()
        recorded = self._books.record(_forgotten(message, now))
        forget = ForgetLearnt(work=message.work, agent=message.agent, reply_to=message.reply_to)
        return [*heard, *recorded, Tell(SCHEDULER, forget)]

    def save(self, message: SaveCheckpoint, now: float) -> list[Effect]:
        """Keep what the next attempt will need."""
        state = self._books.goals.subtasks.get(message.lease.subtask)
        if state is None or state.status is not Status.READY:
            return [Show(StaleRefused(at=now, lease=message.lease, what="SaveCheckpoint"))]
        lease, number = message.lease, message.number
        _, latest = state.saved or (None, None)
        if is_older(Saved(token=lease.token, number=number), latest):
            return [Show(StaleRefused(at=now, lease=lease, what="SaveCheckpoint"))]
        saved = facts.CheckpointSaved(
            at=now, lease=lease, checkpoint=message.checkpoint, number=number
        )
        return self._books.record(saved)


def _begun(lease: Lease, after: Token, now: float) -> list[Effect]:
    """The agent has gone on to that by itself."""
    assigned = facts.SubtaskAssigned(at=now, lease=lease, ahead=True, after=after)
    return [Record(assigned), Record(facts.SubtaskStarted(at=now, lease=lease))]


def _forgotten(message: ResetLearning, now: float) -> Fact:
    return facts.LearningReset(at=now, work=message.work, agent=message.agent)


def _is_same(message: SubtaskDone, state: SubtaskState) -> bool:
    return _is_that(message, state.result, state.token)


def _is_that(message: SubtaskDone, result: Payload | None, token: Token | None) -> bool:
    if message.reply_to:
        return message.result == result
    return message.lease is not None and message.lease.token == token


def _token(lease: Lease | None) -> Token | None:
    return None if lease is None else lease.token


def _refuse_cancel(message: CancelSubtask, why: CallboardError) -> list[Effect]:
    return [Tell(message.reply_to, Refused(problem=problem_of(why)))]


def _completed(state: SubtaskState, message: SubtaskDone, now: float) -> facts.SubtaskCompleted:
    return facts.SubtaskCompleted(
        at=now,
        goal=state.goal,
        subtask=message.subtask,
        lease=message.lease,
        result=message.result,
        seconds=message.seconds,
    )


def _submitted(state: SubtaskState, message: SubtaskDone, now: float) -> ResultSubmitted:
    return ResultSubmitted(
        at=now,
        goal=state.goal,
        subtask=message.subtask,
        lease=message.lease,
        result=message.result,
        seconds=message.seconds,
        number=state.submissions + 1,
    )


def _rejected(known: ResultSubmitted, problem: Problem, now: float) -> Fact:
    return facts.ResultRejected(
        at=now,
        goal=known.goal,
        subtask=known.subtask,
        lease=known.lease,
        problem=problem,
        number=known.number,
    )
