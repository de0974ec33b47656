"""What the board takes note of about skills that are given a rest."""

from __future__ import annotations

import msgspec

from callboard.actors.logic.folds.state import BoardState, Folds
from callboard.actors.logic.records import RestRecord
from callboard.messages import notices


def _breaker_opened(state: BoardState, notice: notices.BreakerOpened) -> None:
    known = state.resting.get(notice.skill)
    since = notice.at if known is None else known.since
    state.resting[notice.skill] = RestRecord(since, notice.until, notice.failures, notice.problem)


def _breaker_half_open(state: BoardState, notice: notices.BreakerHalfOpen) -> None:
    known = state.resting.get(notice.skill)
    if known is not None:
        state.resting[notice.skill] = msgspec.structs.replace(known, until=None)


def _breaker_closed(state: BoardState, notice: notices.BreakerClosed) -> None:
    state.resting.pop(notice.skill, None)


FOLDS: Folds = {
    notices.BreakerOpened: _breaker_opened,
    notices.BreakerHalfOpen: _breaker_half_open,
    notices.BreakerClosed: _breaker_closed,
}
