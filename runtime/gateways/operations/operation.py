"""An operation: something that can be asked of a runtime from outside, in one place.

A door (REST, its documentation, the command line's client, the tool) looks things up here
and adds nothing of its own: what is asked and answered are structs, `do` is one call of
the runtime, and errors are those of `callboard.messages.errors`, which `problems` gives
their statuses.

>>> async def nothing(runtime, asked):
...     return Answer()
>>> cancel = Operation(
...     name="cancel_goal", method="POST", path="/goals/{goal_id}/cancel",
...     summary="End a goal", tag="goals", scope=Scope.OPERATOR,
...     request=Request, answer=Answer, do=nothing, refuses=(404,),
... )
>>> cancel.places
('goal_id',)
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeAlias, TypeVar

import msgspec

from callboard.messages.base import Value, Vocabulary

if TYPE_CHECKING:
    from callboard.runtime.runtime import Runtime

Method: TypeAlias = Literal["GET", "POST"]

_PLACE = re.compile(r"\{([a-z_]+)\}")


class Scope(enum.IntEnum):
    """What somebody may do: each may all that those below it may.

    Attributes:
        READER: Looks.
        AGENT: Does subtasks, and says so.
        OPERATOR: Hands in goals, and decides about goals, subtasks and agents.
    """

    READER = 0
    AGENT = 1
    OPERATOR = 2


class Request(Value):
    """What is asked: parameters of path, query and body together, each by its name.

    Attributes:
        also: What else its schema says than its fields do.
    """

    also: ClassVar[Mapping[str, Any]] = {}


def digest(asked: Request, key: str) -> str:
    """Stands for all that is asked: what is asked otherwise has another one.

    Args:
        asked: The request.
        key: Which of its fields does not count, as it names the request.

    >>> digest(Request(), "key") == digest(Request(), "key")
    True
    """
    import hashlib  # noqa: PLC0415 - slow to load, and clients need none

    told = {f: getattr(asked, f) for f in asked.__struct_fields__ if f != key}
    text = msgspec.json.encode(told, order="deterministic")
    return hashlib.sha256(text).hexdigest()[:32]


class Answer(msgspec.Struct, metaclass=Vocabulary, kw_only=True):
    """What is answered.

    Attributes:
        success: Always true; errors have `error` in its place.
    """

    success: bool = True


class Refusal(msgspec.Struct, metaclass=Vocabulary, kw_only=True, omit_defaults=True):
    """Why it was not done.

    Attributes:
        error: What is wrong, for people.
        kind: The error's class in `callboard.messages.errors`, or of the door.
        field: Which one is to blame, where one is.
    """

    error: str
    kind: str
    field: str = ""


Q = TypeVar("Q", bound=Request)
A = TypeVar("A")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Operation(Generic[Q, A]):
    """One thing that can be asked.

    Attributes:
        name: Its `operationId`, and what clients call it.
        method: Of HTTP. What is not in the path is in the query of a GET, and in the body
            of a POST, as a JSON object.
        path: With names of fields in braces.
        summary: What it does, in a line.
        tag: What it is about; a heading of the documentation.
        scope: What somebody needs to be allowed to do it.
        request: All that is asked.
        answer: What is answered.
        do: Does it: one call of the runtime, which never blocks the event loop.
        refuses: Statuses with which it may be refused for what it is; those of malformed
            requests, and of a runtime that cannot now, go without saying.
        agent: Which field names the agent that it is asked for; "" for none. Whoever may
            speak for one agent only is refused others.
        bulky: Its answer may be so large that it is encoded beside the event loop.
        by: Which field says who asks, for people; where somebody has shown who they are, that
            is what it says. "" for none.
        key: Which field the header `Idempotency-Key` fills; "" for none.
    """

    name: str
    method: Method
    path: str
    summary: str
    tag: str
    scope: Scope
    request: type[Q]
    answer: type[A]
    do: Callable[[Runtime, Q], Awaitable[A]]
    refuses: tuple[int, ...] = ()
    agent: str = ""
    key: str = ""
    by: str = ""
    bulky: bool = False

    @functools.cached_property
    def places(self) -> tuple[str, ...]:
        """Fields that are in the path."""
        return tuple(_PLACE.findall(self.path))

    @functools.cached_property
    def rest(self) -> tuple[msgspec.structs.FieldInfo, ...]:
        """Fields that are in the query or in the body."""
        places = self.places
        return tuple(f for f in msgspec.structs.fields(self.request) if f.name not in places)


AnyOperation: TypeAlias = Operation[Any, Any]
