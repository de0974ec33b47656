"""Who waits for a goal's plan, for its end, or for no goal to be open.

The hub's lock is held in every call; futures are handed out to be resolved without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.errors import RuntimeClosed
from callboard.runtime.outcomes import (
    Outcomes,
    Settled,
    error_of_failure,
    error_of_goal,
    resolve,
    running,
)

if TYPE_CHECKING:
    from concurrent.futures import Future

    from callboard.actors.logic.board import Board
    from callboard.actors.logic.records import GoalRecord
    from callboard.messages.errors import CallboardError


class Waits:
    """All waits of one hub.

    Args:
        board: The state of now.
    """

    def __init__(self, board: Board) -> None:
        self.closed = False
        self._board = board
        self._ends = Outcomes()
        self._plans = Outcomes()
        self._idle = Outcomes()

    def for_end(self, record: GoalRecord) -> Future[None]:
        """Resolved when the goal ends."""
        return self._of(self._ends, record, over=False)

    def for_plan(self, record: GoalRecord) -> Future[None]:
        """Resolved when the goal has a plan, or one is proposed."""
        there = record.planned_at is not None or record.proposal is not None
        return self._of(self._plans, record, over=there)

    def for_idle(self) -> Future[None]:
        """Resolved when no goal is open; all who ask meanwhile share one."""
        if self._board.open_goals and not self._over:
            return self._idle.of("")
        return _resolved(self._refusal() if self._over else None)

    def planned(self, record: GoalRecord) -> Settled:
        """It has a plan now."""
        plan = self._plans.take(record.goal.id)
        return [] if plan is None else [(plan, None)]

    def ended(self, record: GoalRecord) -> Settled:
        """It has ended; who waits for its plan waits in vain."""
        futures = (self._plans.take(record.goal.id), self._ends.take(record.goal.id))
        settled: Settled = [(f, error_of_goal(record)) for f in futures if f is not None]
        idle = None if self._board.open_goals else self._idle.take("")
        return settled if idle is None else [*settled, (idle, None)]

    def refuse(self) -> Settled:
        """Nobody will get what they wait for."""
        futures = [f for each in (self._ends, self._plans, self._idle) for f in each.take_all()]
        return [(future, self._refusal()) for future in futures]

    @property
    def _over(self) -> bool:
        return self.closed or self._board.failure is not None

    def _of(self, waiting: Outcomes, record: GoalRecord, *, over: bool) -> Future[None]:
        ended = record.ended_at is not None
        if not (over or ended or self._over):
            return waiting.of(record.goal.id)
        failed = error_of_goal(record) if ended else self._refusal()
        return _resolved(None if over else failed)

    def _refusal(self) -> CallboardError:
        failure = self._board.failure
        return RuntimeClosed() if failure is None else error_of_failure(failure)


def _resolved(error: CallboardError | None) -> Future[None]:
    future = running()
    resolve(future, error)
    return future
