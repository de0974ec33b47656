"""What every message has in common: frozen, keyword-only, tagged, and in a lane.

A message is a frozen `msgspec.Struct`; its tag is its class name, so an encoded
message says what it is. Time is in seconds since the epoch, durations are in
seconds unless a field says otherwise.
"""

from __future__ import annotations

import enum
from typing import Any, ClassVar, TypeAlias, dataclass_transform

import msgspec

Address: TypeAlias = str
"""Where an actor or a caller is reached: `"scheduler"`, `"agent/analyst"`, `"caller/7"`."""
AgentId: TypeAlias = str
GoalId: TypeAlias = str
SubtaskId: TypeAlias = str

ORCHESTRATOR: Address = "orchestrator"
SCHEDULER: Address = "scheduler"
DECOMPOSER: Address = "decomposer"
SUPERVISOR: Address = "supervisor"
NOBODY: Address = ""
"""The address of a caller who wants no reply."""


def agent_address(agent: AgentId) -> Address:
    """The address of the actor that stands for *agent*.

    >>> agent_address("analyst")
    'agent/analyst'
    """
    return "agent/" + agent


class Lane(enum.IntEnum):
    """Which queue of a mailbox a message waits in; the lower one goes first."""

    CONTROL = 0
    WORK = 1


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Vocabulary(msgspec.StructMeta):
    """Makes each message frozen and keyword-only without saying so every time."""

    def __new__(
        mcs: type[Vocabulary],
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        **options: Any,  # noqa: ANN401 - msgspec's own
    ) -> Vocabulary:
        """Create the class; `options` are those of `msgspec.Struct`.

        The garbage collector passes them over: what is frozen and made of values that are
        frozen cannot refer to itself, and there are dozens of them for every subtask.
        """
        options = {"frozen": True, "kw_only": True, "gc": False, **options}
        return super().__new__(mcs, name, bases, namespace, **options)


class Value(msgspec.Struct, metaclass=Vocabulary, forbid_unknown_fields=True):
    """A part of messages that is not a message by itself."""


class Message(Value, metaclass=Vocabulary, tag_field="kind", tag=True):
    """Something that can be said to an actor, or recorded.

    Attributes:
        lane: In which it waits in a mailbox.
        patient: Nothing that anybody waits for follows from it: it may lie in the mailbox
            for a moment, so that it is taken with what comes next, in one turn.
    """

    lane: ClassVar[Lane] = Lane.WORK
    patient: ClassVar[bool] = False
