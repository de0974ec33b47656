"""What a hub is shown, and what it says."""

from __future__ import annotations

from callboard.messages.errors import CallboardError, GoalFailed
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from callboard.runtime.hub import Hub
from tests.actors.logic.happenings import (
    WRONG,
    accepted,
    adopted,
    assigned,
    completed,
    lease,
    registered,
    started,
    subtask,
)

L1 = lease("s1", "a1")

PLANNED = (registered("a1"), accepted(), adopted(subtask("s1"), subtask("s2", "s1")))
"""A goal of two subtasks, and an agent."""

DONE = (assigned(L1), started(L1), completed("s1", L1))
"""What becomes of the first of them."""

FAILED = GoalFailed("g1", (WRONG,))
"""What waiters are told where it fails."""


def show(hub: Hub, *events: Fact | Notice) -> None:
    """All at once, in that order."""
    hub.see_all(events)


def same(error: BaseException | None, other: CallboardError) -> bool:
    """Whether they say the same; each waiter has one of its own."""
    return error is not None and (type(error), error.args) == (type(other), other.args)
