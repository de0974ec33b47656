"""Whether what an attempt brought is taken as its subtask's result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.conforming import refusals
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.endings import ResultRejected

if TYPE_CHECKING:
    from callboard.messages.values import Payload, Problem, Subtask


def rejection(subtask: Subtask, result: Payload) -> Problem | None:
    """Why the result does not fit the subtask's schema; None where it does, or there is none."""
    if subtask.result_schema is None:
        return None
    reasons = refusals(subtask.result_schema, result)
    return problem_of(ResultRejected(subtask.name, reasons)) if reasons else None
