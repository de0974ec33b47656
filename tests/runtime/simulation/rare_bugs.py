"""Bugs that hardly any seed finds, to be put back: the corpus has what found them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from callboard.actors.logic import books, recovering
from callboard.actors.logic.ahead import Ahead
from callboard.actors.logic.board import Board
from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.evidence import Evidence
from callboard.actors.logic.folds.state import BoardState, Folds
from callboard.actors.logic.goal_states import Status
from callboard.actors.logic.goals import Goals
from callboard.actors.logic.history import History
from callboard.actors.logic.inheritance import inherit
from callboard.actors.logic.leasing import Leasing
from callboard.actors.logic.lifecycle import Work
from callboard.actors.logic.members import Member
from callboard.actors.logic.recovering import Recovering
from callboard.actors.logic.reports import Reports
from callboard.actors.logic.returning import Returning
from callboard.actors.logic.settling import Settling
from callboard.messages.base import ORCHESTRATOR, SCHEDULER, AgentId, SubtaskId
from callboard.messages.facts import SubtaskStarted
from callboard.messages.values import Lease
from callboard.messages.work import Completed, GivenBack, Settled, SubtaskDone

Put = Callable[[pytest.MonkeyPatch], None]


def what_ended_before_it_was_ready_is_learnt_from(patch: pytest.MonkeyPatch) -> None:
    def as_if_ready(goals: Goals, uuid: SubtaskId) -> list[Effect]:
        blocked = goals.subtasks[uuid].status is Status.BLOCKED
        return [Tell(SCHEDULER, Settled(subtasks=(uuid,)))] if blocked else []

    patch.setattr(books, "_blocked", as_if_ready)


def a_scheduler_hears_what_was_open_when_another_asked(patch: pytest.MonkeyPatch) -> None:
    def whatever_is_said(*_: object) -> bool:
        return False

    patch.setattr(Recovering, "waits_for", whatever_is_said)


def the_last_result_is_rejected_while_the_scheduler_is_dead(patch: pytest.MonkeyPatch) -> None:
    def try_again(
        self: Returning, work: Work, past: History, _: object, now: float
    ) -> list[Effect]:
        leasing = self._leasing  # pyright: ignore[reportPrivateUsage]
        return inherit(leasing, work, past, now)

    patch.setattr(Returning, "inherit_bad", try_again)


def what_was_rejected_is_reported_again(patch: pytest.MonkeyPatch) -> None:
    done = Settling.done

    def forgetful(self: Settling, message: SubtaskDone, now: float) -> list[Effect]:
        goals = self._books.goals  # pyright: ignore[reportPrivateUsage]
        state = goals.subtasks.get(message.subtask)
        if state is not None and state.status is Status.READY:
            state.token = None
        return done(self, message, now)

    patch.setattr(Settling, "done", forgetful)


def what_was_refused_of_a_chain_is_reported_again(patch: pytest.MonkeyPatch) -> None:
    what_was_rejected_is_reported_again(patch)
    completed_again = Reports._completed_again  # pyright: ignore[reportPrivateUsage]

    def tireless(self: Reports, message: Completed, now: float) -> list[Effect]:
        works = self._leasing.works  # pyright: ignore[reportPrivateUsage]
        work = works.get(message.lease.subtask)
        outcome = None if work is None else work.outcome
        if isinstance(outcome, SubtaskDone) and outcome.lease == message.lease:
            return [Tell(ORCHESTRATOR, outcome)]
        return completed_again(self, message, now)

    patch.setattr(Reports, "_completed_again", tireless)


def word_that_a_handler_stops_comes_late(patch: pytest.MonkeyPatch) -> None:
    def unasked(_: Leasing, member: Member, leases: Iterable[Lease], __: float) -> None:
        member.stopping.update((lease.token, None) for lease in leases)

    patch.setattr(recovering, "keep_stopping", unasked)


def what_is_revoked_has_been_given_back(patch: pytest.MonkeyPatch) -> None:
    given_back = Ahead.given_back

    def unfreed(self: Ahead, message: GivenBack, now: float) -> list[Effect]:
        members = self._leasing.slots.pushed.members  # pyright: ignore[reportPrivateUsage]
        member = members[message.agent]
        kept = [token for token in message.tokens if token in member.stopping]
        for token in kept:
            del member.stopping[token]
        effects = given_back(self, message, now)
        member.stopping.update(dict.fromkeys(kept))
        return effects

    patch.setattr(Ahead, "given_back", unfreed)


def a_bad_result_that_was_brought_is_held_against_an_agent(patch: pytest.MonkeyPatch) -> None:
    def all_of_them(self: Evidence) -> list[AgentId]:
        downs = [setback.agent for setback in self.downs]
        return [agent for agent in self.failures if agent not in downs]

    patch.setattr(Evidence, "_others", property(all_of_them))


def a_start_is_recorded_after_its_agent_has_fallen(patch: pytest.MonkeyPatch) -> None:
    folds = Board._folds  # pyright: ignore[reportPrivateUsage]
    started = folds[SubtaskStarted]

    def forgetful(board: BoardState, fact: SubtaskStarted) -> None:
        board.fallen.clear()
        started(board, fact)

    changed: Folds = {**folds}
    changed[SubtaskStarted] = forgetful
    patch.setattr(Board, "_folds", changed)


def who_asks_for_work_leaves_and_comes_while_a_scheduler_looks_about(
    patch: pytest.MonkeyPatch,
) -> None:
    pulled = Recovering._pulled  # pyright: ignore[reportPrivateUsage]

    def trusting(self: Recovering, now: float) -> list[Effect]:
        self._listed.clear()  # pyright: ignore[reportPrivateUsage]
        return pulled(self, now)

    patch.setattr(Recovering, "_pulled", trusting)


def somebody_leaves_and_another_comes_under_its_id(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Recovering, "left", Recovering.gone)


BUGS: dict[str, Put] = {
    put.__name__: put
    for put in (
        what_ended_before_it_was_ready_is_learnt_from,
        a_scheduler_hears_what_was_open_when_another_asked,
        the_last_result_is_rejected_while_the_scheduler_is_dead,
        what_was_rejected_is_reported_again,
        what_was_refused_of_a_chain_is_reported_again,
        word_that_a_handler_stops_comes_late,
        what_is_revoked_has_been_given_back,
        a_bad_result_that_was_brought_is_held_against_an_agent,
        a_start_is_recorded_after_its_agent_has_fallen,
        who_asks_for_work_leaves_and_comes_while_a_scheduler_looks_about,
        somebody_leaves_and_another_comes_under_its_id,
    )
}
