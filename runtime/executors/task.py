"""What a handler is given to do."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from callboard.messages.base import GoalId, SubtaskId
from callboard.messages.values import Agent, Lease, Priority, Ready, Skill, Token, unpack
from callboard.runtime.executors.inputs import Results


def deadline_of(agent: Agent, ready: Ready, began: float) -> float | None:
    """When an attempt that began then must have ended, seconds since the epoch, or None."""
    limit = ready.subtask.timeouts.run or agent.timeouts.run
    ends = [] if limit is None else [began + limit]
    if ready.deadline is not None:
        ends.append(ready.deadline)
    return min(ends, default=None)


class Task:
    """One attempt at one subtask; to be read, not to be changed.

    Attributes:
        lease: Names the attempt.
    """

    def __init__(self, lease: Lease, ready: Ready) -> None:
        self.lease = lease
        self._ready = ready

    def __repr__(self) -> str:
        return f"<task {self.name!r} ({self.uuid}), attempt {self.attempt}>"

    @property
    def uuid(self) -> SubtaskId:
        """The subtask's uuid."""
        return self._ready.subtask.uuid

    @property
    def name(self) -> str:
        """The subtask's name."""
        return self._ready.subtask.name

    @property
    def description(self) -> str:
        """What is to be done, in words."""
        return self._ready.subtask.description

    @property
    def goal(self) -> str:
        """The text of the goal that this serves."""
        return self._ready.goal_text

    @property
    def goal_id(self) -> GoalId:
        """The goal's id."""
        return self._ready.goal

    @property
    def context(self) -> str:
        """What else is known of the goal."""
        return self._ready.context

    @property
    def priority(self) -> Priority:
        """The subtask's own priority."""
        return self._ready.subtask.priority

    @property
    def required_skills(self) -> tuple[Skill, ...]:
        """The skills that it was given to you for."""
        return self._ready.subtask.required_skills

    @cached_property
    def inputs(self) -> Results:
        """The results of what it depends on, by name and by uuid; a copy each time."""
        return Results(self._ready.inputs)

    @property
    def data(self) -> Any:  # noqa: ANN401 - the user's
        """Arguments that the plan has for it, or None; a copy each time."""
        return unpack(self._ready.subtask.data)

    @property
    def result_schema(self) -> Any:  # noqa: ANN401 - the user's
        """The JSON Schema that its result has to fit, or None; a copy each time."""
        return unpack(self._ready.subtask.result_schema)

    @property
    def attempt(self) -> int:
        """Counts the attempts at this subtask, from 1."""
        return self.lease.attempt

    @property
    def checkpoint(self) -> Any:  # noqa: ANN401 - the user's
        """What an earlier attempt saved by `ctx.progress`, or None; a copy each time."""
        return unpack(self._ready.checkpoint)

    @property
    def rejected(self) -> tuple[str, ...]:
        """Why the result of the attempt before was not taken; empty where it was not that."""
        return self._ready.rejected

    @property
    def deadline(self) -> float | None:
        """When its goal must be done, seconds since the epoch; None for no deadline."""
        return self._ready.deadline

    @property
    def token(self) -> Token:
        """Names this attempt; the token of a later one is greater."""
        return self.lease.token
