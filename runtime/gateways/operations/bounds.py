"""What values of requests may be, as their schemas say it.

The runtime looks at them itself, wherever they come from, and has better words for what is
wrong; so these are told, and not checked a second time. Only how long an answer is waited
for is a matter of the doors.

>>> from typing import get_args
>>> get_args(Share)[1].extra_json_schema
{'minimum': 0, 'maximum': 1}
"""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

import msgspec

from callboard.actors.logic.records import GoalStatus
from callboard.messages.errors.running import InvalidCall
from callboard.messages.values import Priority


def told(**schema: Any) -> msgspec.Meta:  # noqa: ANN401 - any JSON
    """Keywords of JSON Schema (2020-12) that are said of a type."""
    return msgspec.Meta(extra_json_schema=schema)


def check_moment(name: str, seconds: float) -> None:
    """Whoever asks is told what is wrong with the time that they would wait: a `Moment`.

    Raises:
        InvalidCall: It is too long, or none.
    """
    if not 0.0 <= seconds <= LONGEST:
        raise InvalidCall(name, seconds, f"seconds from 0 to {LONGEST}")


NOT_BLANK = r"\S"
"""Something of it can be seen."""

Words: TypeAlias = Annotated[str, told(pattern=NOT_BLANK)]
"""A text that says something."""

Share: TypeAlias = Annotated[float, told(minimum=0, maximum=1)]
"""A part of something."""

Above: TypeAlias = Annotated[float, told(exclusiveMinimum=0)]
"""More than nothing."""

Some: TypeAlias = Annotated[float, told(minimum=0)]
"""Nothing, or more."""

LONGEST = 60
"""Seconds that an answer may be waited for; who wants to wait longer asks again."""

Moment: TypeAlias = Annotated[float, told(minimum=0, maximum=LONGEST)]
"""Seconds for which an answer may be waited for."""

Load: TypeAlias = Annotated[int, told(minimum=1)]
"""How many at once."""

Count: TypeAlias = Annotated[int, told(minimum=0)]
"""How many of something, perhaps none."""

PriorityName: TypeAlias = Annotated[str, told(enum=[priority.name for priority in Priority])]
"""A priority, by its name."""

GoalState: TypeAlias = Annotated[str, told(enum=[str(state) for state in GoalStatus])]
"""A state of goals."""

SkillNames: TypeAlias = tuple[Words, ...] | dict[Words, float | None]
"""Names, `"sql >= 2"` with a level, or names with their levels."""

PLAN_SUBTASK: Final = "PlanSubtask"
"""What the description of the server calls a subtask of a plan; `plans` says what it is."""

Stated: TypeAlias = Annotated[
    dict[str, Any], told(**{"$ref": f"#/components/schemas/{PLAN_SUBTASK}"})
]
"""A subtask of a plan, as it came."""
