"""What somebody says that is new about a subtask, made into a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, cast

from callboard.actors.logic.editing import EDITABLE
from callboard.messages.commands import EditSubtask
from callboard.messages.errors.agents import InvalidOption
from callboard.runtime.planners.stated import stated_fields

if TYPE_CHECKING:
    from callboard.actors.logic.given import (
        GivenPriority,
        GivenRetry,
        GivenSkills,
        GivenTimeouts,
    )
    from callboard.actors.logic.given_resources import GivenAmounts, GivenKeys
    from callboard.messages.base import SubtaskId


class SubtaskChanges(TypedDict, total=False):
    """What can be changed of a subtask that waits; what is left out stays as it is.

    Attributes:
        description: What is to be done.
        data: Arguments for the agent; whatever msgspec encodes.
        required_skills: All of them.
        priority: Its own one; not where its goal was submitted with a priority.
        estimated_duration: Minutes.
        timeouts: All of its limits; those of queue and total count from now.
        retry: Its retry policy; None takes the agent's.
        demands: All that an attempt takes of resources.
        keys: All of its concurrency keys.
    """

    description: str
    data: object
    required_skills: GivenSkills
    priority: GivenPriority
    estimated_duration: float
    timeouts: GivenTimeouts
    retry: GivenRetry
    demands: GivenAmounts
    keys: GivenKeys


def edit_of(subtask: SubtaskId, changes: SubtaskChanges, *, requeue: bool) -> EditSubtask:
    """The command, checked as a plan is.

    Raises:
        InvalidOption: Nothing is changed, or what cannot be.
        MalformedPlan: A value is of a wrong type; it names the field.
        CallboardError: As `callboard.subtask` raises them.
    """
    known = f"some of {', '.join(EDITABLE)}"
    for name in changes:
        if name not in EDITABLE:
            raise InvalidOption("what is edited", name, known)
    if not changes:
        raise InvalidOption("what is edited", None, known)
    to = stated_fields(subtask, cast("dict[str, object]", changes))
    return EditSubtask(subtask=subtask, to=to, fields=tuple(changes), requeue=requeue)
