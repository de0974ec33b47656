"""Classic bugs, to be put back: what the prover must find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from callboard.actors.logic import intake, repairing, reports, settling, verifying
from callboard.actors.logic.ahead import Ahead
from callboard.actors.logic.approving import Approving
from callboard.actors.logic.closing import Closing
from callboard.actors.logic.company import Company
from callboard.actors.logic.copies import Copies
from callboard.actors.logic.dispatching import Dispatching
from callboard.actors.logic.effects import Effect, StartWork, Tell
from callboard.actors.logic.goal_states import GoalState, SubtaskState
from callboard.actors.logic.goals import Goals
from callboard.actors.logic.leasing import Leasing
from callboard.actors.logic.lifecycle import Work
from callboard.actors.logic.members import Member
from callboard.actors.logic.outlook import Needs
from callboard.actors.logic.recovering import Recovering
from callboard.actors.logic.reports import Reports
from callboard.actors.logic.setbacks import Setbacks
from callboard.actors.logic.skills import VERIFICATION
from callboard.actors.logic.timing import Timing
from callboard.actors.mailbox import new_mailbox
from callboard.actors.post import Post
from callboard.messages.base import SCHEDULER, Message
from callboard.messages.commands import Approve, ProposePlan, Reject
from callboard.messages.values import Goal, Lease, Ready, Skill
from callboard.messages.work import CheckLease, LeaseStands, Settled, SubtasksReady, Withdraw
from callboard.runtime.executors.standby import Standby

Put = Callable[[pytest.MonkeyPatch], None]


def nothing(*_: object) -> None:
    """Does nothing, whatever it is asked for."""


def nobody(*_: object, **__: object) -> list[Effect]:
    """Has nothing to say."""
    return []


def a_token_ends_only_at_reassignment(patch: pytest.MonkeyPatch) -> None:
    free, current = Leasing.free, Leasing.current
    freed: dict[str, Lease] = {}

    def remembering(self: Leasing, work: Work, lease: Lease, now: float) -> list[Effect]:
        freed[work.uuid] = lease
        return free(self, work, lease, now)

    def lax(self: Leasing, lease: Lease) -> Work | None:
        work = self.works.get(lease.subtask)
        if work is not None and work.lease is None and freed.get(work.uuid) == lease:
            return work
        return current(self, lease)

    patch.setattr(Leasing, "free", remembering)
    patch.setattr(Leasing, "current", lax)


def dependents_are_released_before_the_record(patch: pytest.MonkeyPatch) -> None:
    perform = Post.perform

    def hasty(self: Post, actor: Any, effects: list[Effect]) -> None:
        early = [e for e in effects if isinstance(e, Tell) and isinstance(e.message, SubtasksReady)]
        letters: dict[str, list[Message]] = {SCHEDULER: [e.message for e in early]} if early else {}
        self._carry_out(actor, letters, [])  # pyright: ignore[reportPrivateUsage]
        perform(self, actor, [e for e in effects if e not in early])

    patch.setattr(Post, "perform", hasty)


def a_cancel_is_ignored_while_queued(patch: pytest.MonkeyPatch) -> None:
    withdraw = Dispatching.withdraw

    def careless(self: Dispatching, subtasks: Any, *told: Any) -> list[Effect]:
        works = self._leasing.works  # pyright: ignore[reportPrivateUsage]
        queued = [uuid for uuid in subtasks if uuid in works and works[uuid].lease is None]
        return withdraw(self, [uuid for uuid in subtasks if uuid not in queued], *told)

    patch.setattr(Dispatching, "withdraw", careless)


def the_timer_of_an_old_attempt_fires(patch: pytest.MonkeyPatch) -> None:
    run = Timing.run

    def running_on(self: Timing, work: Work, *told: Any) -> None:
        if "run" not in work.due:
            run(self, work, *told)

    patch.setattr(Timing, "freed", nothing)
    patch.setattr(Timing, "run", running_on)


def no_token_check(patch: pytest.MonkeyPatch) -> None:
    def current(self: Leasing, lease: Lease) -> Work | None:
        work = self.works.get(lease.subtask)
        return work if work is not None and work.lease is not None else None

    patch.setattr(Leasing, "current", current)


def a_load_is_freed_twice(patch: pytest.MonkeyPatch) -> None:
    def due(self: Member) -> int:
        return max(0, len(self.leases) - len(self.lent) - 1)

    patch.setattr(Member, "due", property(due))


def the_run_limit_is_never_set(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Timing, "run", nothing)


def a_withdrawal_leaves_no_tombstone(patch: pytest.MonkeyPatch) -> None:
    withdraw = Dispatching.withdraw

    def forgetful(self: Dispatching, *told: Any) -> list[Effect]:
        effects = withdraw(self, *told)
        self._withdrawn.clear()  # pyright: ignore[reportPrivateUsage]
        return effects

    patch.setattr(Dispatching, "withdraw", forgetful)


def a_withdrawal_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    record = Closing._end_one  # pyright: ignore[reportPrivateUsage]

    def silent(self: Closing, *told: Any) -> list[Effect]:
        effects = record(self, *told)
        return [e for e in effects if not (isinstance(e, Tell) and isinstance(e.message, Withdraw))]

    patch.setattr(Closing, "_end_one", silent)


def a_lost_subtask_is_not_requeued(patch: pytest.MonkeyPatch) -> None:
    queue = Leasing.queue

    def forgetful(self: Leasing, work: Work, now: float, *, front: bool = False) -> list[Effect]:
        return [] if front else queue(self, work, now)

    patch.setattr(Leasing, "queue", forgetful)


def a_restart_loses_the_mailbox(patch: pytest.MonkeyPatch) -> None:
    def open_box(self: Post, address: str) -> object:
        box = self._boxes[address] = new_mailbox()  # pyright: ignore[reportPrivateUsage]
        return box

    patch.setattr(Post, "open_box", open_box)


def dependents_are_released_early(patch: pytest.MonkeyPatch) -> None:
    release = Goals._release  # pyright: ignore[reportPrivateUsage]

    def hasty(self: Goals, state: SubtaskState, at: float) -> list[SubtaskState]:
        for dependent in map(self.subtasks.__getitem__, state.dependents):
            dependent.unmet = 1 if dependent.unmet == 2 else dependent.unmet
        return release(self, state, at)

    patch.setattr(Goals, "_release", hasty)


def an_agents_death_is_not_noticed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Setbacks, "lose", nobody)


def retries_never_end(patch: pytest.MonkeyPatch) -> None:
    delay = Setbacks.delay_of

    def endless(_: Setbacks, *told: Any) -> float | None:
        found = delay(*told)
        return 60.0 if found is None else found

    patch.setattr(Setbacks, "delay_of", endless)


def a_new_scheduler_adopts_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Recovering, "_adopt", nobody)


def a_confirmation_is_lost(patch: pytest.MonkeyPatch) -> None:
    perform = Post.perform

    def deaf(self: Post, actor: Any, effects: list[Effect]) -> None:
        kept = [e for e in effects if not (isinstance(e, Tell) and isinstance(e.message, Settled))]
        perform(self, actor, kept)

    patch.setattr(Post, "perform", deaf)


def skills_do_not_matter(patch: pytest.MonkeyPatch) -> None:
    choose = Company.choose

    def anybody(self: Company, needs: Needs) -> Member | None:
        del needs
        return choose(self, frozenset())

    patch.setattr(Company, "choose", anybody)


def the_scheduler_crashes_by_itself(patch: pytest.MonkeyPatch) -> None:
    park = Setbacks.park

    def clumsy(self: Setbacks, work: Work, now: float) -> object:
        work.move(work.state)
        return park(self, work, now)

    patch.setattr(Setbacks, "park", clumsy)


def whoever_asks_may_have_its_effect(patch: pytest.MonkeyPatch) -> None:
    def stands(_: Reports, message: CheckLease, now: float) -> list[Effect]:
        del now
        return [Tell(message.reply_to, LeaseStands(lease=message.lease))]

    patch.setattr(Reports, "_check", stands)


def the_slower_copy_goes_on(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reports, "only", nobody)


def a_failed_copy_is_tried_anew_at_once(patch: pytest.MonkeyPatch) -> None:
    def alone(*_: object) -> bool:
        return False

    patch.setattr(Copies, "beside", alone)


def a_copy_goes_to_who_has_it_already(patch: pytest.MonkeyPatch) -> None:
    def anybody(self: Company, needs: Needs, but: object) -> Member | None:
        del but
        return self.choose(needs)

    patch.setattr(Company, "choose_other", anybody)


def an_answer_from_before_is_heard_after_a_revocation(patch: pytest.MonkeyPatch) -> None:
    right = Leasing.tell_agent

    def tell_agent(self: Leasing, lease: Lease, reason: str, now: float) -> list[Effect]:
        work = self.works.get(lease.subtask)
        before = None if work is None else work.before
        effects = right(self, lease, reason, now)
        if work is not None:
            work.before = before
        return effects

    patch.setattr(Leasing, "tell_agent", tell_agent)


def what_stands_in_line_begins_at_once(patch: pytest.MonkeyPatch) -> None:
    begin = Standby.begin

    def hasty(self: Standby, work: StartWork) -> bool:
        return begin(self, msgspec.structs.replace(work, room=work.room and 99))

    patch.setattr(Standby, "begin", hasty)


def what_is_given_back_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Ahead, "given_back", nobody)


def who_made_it_verifies_it(patch: pytest.MonkeyPatch) -> None:
    def anybody(_: str) -> Skill:
        return Skill(name=VERIFICATION)

    patch.setattr(verifying, "others", anybody)


def whatever_is_said_is_good(patch: pytest.MonkeyPatch) -> None:
    def good(*_: object) -> None:
        return None

    patch.setattr(settling, "verdict", good)


def a_new_scheduler_makes_anew_what_is_verified(patch: pytest.MonkeyPatch) -> None:
    ready = GoalState.ready

    def forgetful(self: GoalState, subtask: SubtaskState) -> Ready:
        return msgspec.structs.replace(ready(self, subtask), verifying=False)

    patch.setattr(GoalState, "ready", forgetful)


def nobody_has_to_approve_plans(patch: pytest.MonkeyPatch) -> None:
    def never(_: Goal) -> bool:
        return False

    patch.setattr(intake, "plan_waits", never)


def whatever_is_proposed_is_approved(patch: pytest.MonkeyPatch) -> None:
    found = Approving._found  # pyright: ignore[reportPrivateUsage]

    def careless(
        self: Approving, goal: GoalState | None, message: Approve | ProposePlan | Reject
    ) -> Any:
        proposal = None if goal is None else goal.proposal
        number = message.number if proposal is None else proposal.number
        return found(self, goal, msgspec.structs.replace(message, number=number))

    patch.setattr(Approving, "_found", careless)


def a_change_is_made_unasked(patch: pytest.MonkeyPatch) -> None:
    def never(_: Goal) -> bool:
        return False

    patch.setattr(repairing, "changes_wait", never)


BUGS: dict[str, Put] = {
    put.__name__: put
    for put in (
        a_token_ends_only_at_reassignment,
        dependents_are_released_before_the_record,
        a_cancel_is_ignored_while_queued,
        the_timer_of_an_old_attempt_fires,
        no_token_check,
        a_load_is_freed_twice,
        the_run_limit_is_never_set,
        a_withdrawal_leaves_no_tombstone,
        a_withdrawal_is_forgotten,
        a_lost_subtask_is_not_requeued,
        a_restart_loses_the_mailbox,
        dependents_are_released_early,
        an_agents_death_is_not_noticed,
        retries_never_end,
        a_new_scheduler_adopts_nothing,
        a_confirmation_is_lost,
        skills_do_not_matter,
        the_scheduler_crashes_by_itself,
        whoever_asks_may_have_its_effect,
        the_slower_copy_goes_on,
        a_failed_copy_is_tried_anew_at_once,
        a_copy_goes_to_who_has_it_already,
        an_answer_from_before_is_heard_after_a_revocation,
        what_stands_in_line_begins_at_once,
        what_is_given_back_is_forgotten,
        who_made_it_verifies_it,
        whatever_is_said_is_good,
        a_new_scheduler_makes_anew_what_is_verified,
        nobody_has_to_approve_plans,
        whatever_is_proposed_is_approved,
        a_change_is_made_unasked,
    )
}
