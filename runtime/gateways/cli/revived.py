"""A goal of a server as a record again, for whoever shows records."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from callboard.actors.logic.records import (
    AttemptRecord,
    GoalRecord,
    GoalStatus,
    SubtaskRecord,
    SubtaskStatus,
)
from callboard.messages.user import pack
from callboard.messages.values import Goal, Problem, Subtask

if TYPE_CHECKING:
    from callboard.runtime.gateways.operations.goals import WholeGoal
    from callboard.runtime.gateways.operations.views import ProblemView, SubtaskView


def record_of(answer: WholeGoal) -> GoalRecord:
    """The goal as it was told: what it is, how it stands, and its results."""
    told = answer.goal
    return GoalRecord(
        goal=Goal(id=told.id, text=told.text, context=told.context, key=told.key),
        accepted_at=seconds_of(told.accepted_at),
        status=GoalStatus(told.status),
        ended_at=None if told.ended_at is None else seconds_of(told.ended_at),
        subtasks={subtask.uuid: _subtask(subtask) for subtask in answer.subtasks},
        problems=tuple(map(_problem, told.problems)),
        reason=told.reason,
    )


def seconds_of(at: str) -> float:
    """Seconds since the epoch.

    >>> seconds_of("1970-01-01T00:00:01.500000+00:00")
    1.5
    """
    return dt.datetime.fromisoformat(at).timestamp()


def _subtask(told: SubtaskView) -> SubtaskRecord:
    status = SubtaskStatus(told.status)
    done = status is SubtaskStatus.COMPLETED
    return SubtaskRecord(
        subtask=Subtask(
            uuid=told.uuid,
            name=told.name,
            description=told.description,
            dependencies=told.dependencies,
            optional=told.optional,
        ),
        goal=told.goal_id,
        status=status,
        created_at=seconds_of(told.created_at),
        latest=AttemptRecord(
            assigned_agent=told.assigned_agent,
            attempts=told.attempts,
            result=pack(told.result, what="a result") if done else None,
            seconds=told.seconds,
        ),
        ended_at=None if told.ended_at is None else seconds_of(told.ended_at),
        problem=None if told.problem is None else _problem(told.problem),
        reason=told.reason,
    )


def _problem(told: ProblemView) -> Problem:
    return Problem(error=told.error, text=told.text, fault=told.fault)
