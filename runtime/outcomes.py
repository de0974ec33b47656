"""Who waits for the plans and the ends of goals."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.records import GoalStatus
from callboard.messages.errors import GoalCancelled, GoalFailed, RuntimeBroken, error_of

if TYPE_CHECKING:
    from callboard.actors.logic.records import GoalRecord
    from callboard.messages.base import GoalId
    from callboard.messages.errors import CallboardError
    from callboard.messages.values import Problem

Settled: TypeAlias = list[tuple["Future[None]", "CallboardError | None"]]
"""Futures to be resolved, each with None or with an error of its own."""


class Outcomes:
    """One future a goal, made when somebody asks and shared by all who do.

    It cannot be cancelled: who gives up waiting must not stop the others.
    """

    def __init__(self) -> None:
        self._open: dict[GoalId, Future[None]] = {}

    def of(self, goal: GoalId) -> Future[None]:
        """The goal's future, which is open."""
        future = self._open.get(goal)
        if future is None:
            future = self._open[goal] = running()
        return future

    def take(self, goal: GoalId) -> Future[None] | None:
        """The goal's future, if there is one, to be resolved now."""
        return self._open.pop(goal, None) if self._open else None

    def take_all(self) -> list[Future[None]]:
        """All open futures, to be resolved now."""
        futures = list(self._open.values())
        self._open.clear()
        return futures


def running() -> Future[None]:
    """A future that nobody can cancel."""
    future: Future[None] = Future()
    future.set_running_or_notify_cancel()
    return future


def resolve(future: Future[None], error: BaseException | None) -> None:
    """Resolve it, whatever its callbacks do."""
    try:
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
    except BaseException:  # noqa: BLE001, S110 -- a callback's SystemExit is not ours to die of
        pass


def error_of_goal(record: GoalRecord) -> CallboardError | None:
    """The error that a goal ended with, made anew; None where it ended well."""
    if record.status is GoalStatus.FAILED:
        return GoalFailed(record.goal.id, record.problems)
    if record.status is GoalStatus.CANCELLED:
        return GoalCancelled(record.goal.id, record.reason)
    return None


def error_of_failure(problem: Problem) -> RuntimeBroken:
    """The error that everybody gets who waits for a runtime that failed by *problem*."""
    error = error_of(problem)
    return error if isinstance(error, RuntimeBroken) else RuntimeBroken(problem.text)
