"""A subtask as the specification's callers see it: live, and read-only.

>>> from callboard.runtime.facade import DistributedOrchestrator
>>> with DistributedOrchestrator() as orchestrator:
...     [subtask] = orchestrator.decompose_goal("water the plants")
...     name, before = subtask.name, subtask.completed_at
...     orchestrator.mark_subtask_completed(subtask.uuid, "they are wet")
...     name, before, subtask.status.value, subtask.result
('Goal Execution', None, 'completed', 'they are wet')
"""

from __future__ import annotations

import copy
import datetime as dt
import enum
from typing import TYPE_CHECKING, Any, TypeVar

from callboard.actors.logic.records import SubtaskStatus
from callboard.actors.logic.skills import stated
from callboard.messages.errors.lookups import UnknownSubtask
from callboard.messages.values import Priority, unpack

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.logic.board import Board
    from callboard.actors.logic.records import SubtaskRecord
    from callboard.messages.base import AgentId, SubtaskId
    from callboard.runtime.hub import Hub

T = TypeVar("T")


class TaskState(enum.StrEnum):
    """All that the specification tells apart; `AtomicSubtask.status` says more."""

    IDLE = "idle"
    RUNNING = "running"


class AtomicSubtask:
    """A live view of one subtask: each attribute shows the state of now.

    Nothing can be assigned to it, and what it hands out is the caller's own copy. Two
    views of the same subtask are equal. After its goal is forgotten it goes on to
    answer, from what it saw last. Times are aware datetimes in UTC.
    """

    __slots__ = ("__weakref__", "_hub", "_record", "_seen")

    def __init__(self, record: SubtaskRecord, hub: Hub) -> None:
        """A view of *record*, which the board of *hub* keeps up to date while it has it."""
        self._record = self._seen = record
        self._hub = hub

    def __eq__(self, other: object) -> bool:
        """Whether it is a view of the same subtask."""
        if not isinstance(other, AtomicSubtask):
            return NotImplemented
        return self.uuid == other.uuid

    def __hash__(self) -> int:
        """By the uuid."""
        return hash(self.uuid)

    def __repr__(self) -> str:
        return f"<subtask {self.name!r} {self.status.value} {self.uuid}>"

    # What the plan says; it never changes.

    @property
    def uuid(self) -> SubtaskId:
        """Names it everywhere."""
        return self._record.subtask.uuid

    @property
    def name(self) -> str:
        """In a few words."""
        return self._record.subtask.name

    @property
    def description(self) -> str:
        """What is to be done."""
        return self._record.subtask.description

    @property
    def parent_task_uuid(self) -> SubtaskId:
        """The subtask that this one is a part of, or ""."""
        return self._record.subtask.parent_task_uuid

    @property
    def dependencies(self) -> list[SubtaskId]:
        """Uuids of the subtasks that must be done before."""
        return list(self._record.subtask.dependencies)

    @property
    def priority(self) -> Priority:
        """Its own one; the value is the index on the tensor's third axis."""
        return self._record.subtask.priority

    @property
    def estimated_duration(self) -> float:
        """Minutes; an `int` where they are whole."""
        minutes = self._record.subtask.estimated_duration
        return int(minutes) if minutes.is_integer() else minutes

    @property
    def required_skills(self) -> list[str]:
        """An agent must cover every one; with a level as `"sql >= 2"`."""
        return [stated(skill) for skill in self._record.subtask.required_skills]

    @property
    def created_at(self) -> dt.datetime:
        """When it was accepted."""
        return moment(self._record.created_at)

    # How it stands

    @property
    def status(self) -> SubtaskStatus:
        """pending, ready, running, completed, failed, cancelled or parked."""
        return self._now(lambda record: record.status)

    @property
    def state(self) -> TaskState:
        """`RUNNING` while an agent holds it, else `IDLE`."""
        running = self.status is SubtaskStatus.RUNNING
        return TaskState.RUNNING if running else TaskState.IDLE

    @property
    def assigned_agent_id(self) -> AgentId | None:
        """The agent that holds it, or has completed it."""
        return self._now(lambda record: record.assigned_agent)

    @property
    def started_at(self) -> dt.datetime | None:
        """When the attempt began that runs, or that completed it."""
        return _moment(self._now(lambda record: record.started_at))

    @property
    def completed_at(self) -> dt.datetime | None:
        """When it was completed; that it is not None means that the subtask is done."""
        return _moment(self._now(lambda record: record.completed_at))

    @property
    def result(self) -> Any:  # noqa: ANN401 - whatever was handed in
        """Of its completion; None before."""
        return unpack(self._now(lambda record: record.result))

    def _now(self, look: Callable[[SubtaskRecord], T]) -> T:
        """What *look* sees, while nothing changes."""
        return self._hub.read(lambda board: look(self._latest(board)))

    def _latest(self, board: Board) -> SubtaskRecord:
        if board.subtasks.get(self._record.subtask.uuid) is self._record:
            self._seen = copy.copy(self._record)
        elif self._seen.ended_at is None:  # it has ended and was forgotten between two looks
            self._seen = self._record
        return self._seen


def uuid_of(subtask: object) -> SubtaskId:
    """The uuid that is meant by a view, or by a uuid.

    Raises:
        UnknownSubtask: It is neither.
    """
    if isinstance(subtask, AtomicSubtask):
        return subtask.uuid
    if isinstance(subtask, str):
        return subtask
    raise UnknownSubtask(repr(subtask))


def moment(at: float) -> dt.datetime:
    """Seconds since the epoch as an aware datetime in UTC.

    >>> moment(0.5).isoformat()
    '1970-01-01T00:00:00.500000+00:00'
    """
    return dt.datetime.fromtimestamp(at, dt.UTC)


def _moment(at: float | None) -> dt.datetime | None:
    return None if at is None else moment(at)
