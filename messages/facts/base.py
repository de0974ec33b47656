"""What every fact is: what has happened, when, and to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, ClassVar

import msgspec

from callboard.messages.base import GoalId, Message, SubtaskId
from callboard.messages.values import Goal, Lease


def goal_of(event: Message) -> GoalId:
    """The goal that a fact or a notice is about; "" for none."""
    kind = type(event)
    read = _GOALS.get(kind) or _GOALS.setdefault(kind, _reader(kind, "goal"))
    return read(event)


def goals_of(events: Iterable[Message]) -> set[GoalId]:
    """The goals that any of them is about; "" for none."""
    readers, found = _GOALS, set[GoalId]()
    for event in events:
        read = readers.get(type(event))
        found.add(goal_of(event) if read is None else read(event))
    return found


def subtask_of(event: Message) -> SubtaskId:
    """The subtask that a fact or a notice is about; "" for none."""
    kind = type(event)
    read = _SUBTASKS.get(kind) or _SUBTASKS.setdefault(kind, _reader(kind, "subtask"))
    return read(event)


def _reader(kind: type[Message], wanted: str) -> Callable[[Any], str]:
    """Where events of that kind say it: found once, as everything that happens is asked."""
    types = {field.name: field.type for field in msgspec.structs.fields(kind)}
    if wanted in types:
        return attrgetter("goal.id" if types[wanted] is Goal else wanted)
    if "lease" not in types:
        return _nothing
    found = attrgetter(f"lease.{wanted}")
    return found if types["lease"] is Lease else lambda event: found(event) if event.lease else ""


def _nothing(event: Message) -> str:  # noqa: ARG001 - as the others
    return ""


_GOALS: dict[type[Message], Callable[[Any], GoalId]] = {}
_SUBTASKS: dict[type[Message], Callable[[Any], SubtaskId]] = {}


class Fact(Message):
    """Something that has happened.

    Attributes:
        at: When, seconds since the epoch.
    """

    durable: ClassVar[bool] = False
    level: ClassVar[str] = "info"
    at: float

    @property
    def goal_id(self) -> GoalId:
        """The goal that this is about; "" for none."""
        return goal_of(self)

    @property
    def subtask_id(self) -> SubtaskId:
        """The subtask that this is about; "" for none."""
        return subtask_of(self)
