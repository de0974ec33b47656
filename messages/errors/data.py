"""Errors of data: messages and results that cannot be read or written."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.errors.base import CallboardError


class NotEncodable(CallboardError):
    """That object cannot be encoded, so it could be neither kept nor sent.

    Attributes:
        what: What it was meant to be: "the result of ...".
        why: What the encoder says.
    """

    fault: ClassVar[str] = "agent"

    def __init__(self, what: str, why: str) -> None:
        super().__init__(what, why)
        self.what, self.why = what, why

    def __str__(self) -> str:
        return f"{self.what} cannot be encoded: {self.why}"


class TensorTooLarge(CallboardError):
    """A dense task tensor would take more memory than it may.

    Attributes:
        tasks: How many there are.
        agents: How many there are.
        size: Bytes that it would take.
        limit: Bytes that it may take.
    """

    def __init__(self, tasks: int, agents: int, size: int, limit: int) -> None:
        super().__init__(tasks, agents, size, limit)
        self.tasks, self.agents, self.size, self.limit = tasks, agents, size, limit

    def __str__(self) -> str:
        shape = f"{self.tasks:,} x {self.agents:,} x 4"
        return (
            f"a dense tensor of {shape} would take {self.size:,} bytes, "
            f"the limit is {self.limit:,}: take sparse(), or raise Config.tensor_limit"
        )


class UnregisteredMessage(CallboardError):
    """A message between agents has a type that nobody registered."""

    def __init__(self, type_name: str) -> None:
        super().__init__(type_name)
        self.type_name = type_name

    def __str__(self) -> str:
        return f"{self.type_name} is no registered message type: derive it from UserMessage"


class MessageTagTaken(CallboardError):
    """Two message types have the same tag."""

    def __init__(self, tag: str, first: str, second: str) -> None:
        super().__init__(tag, first, second)
        self.tag, self.first, self.second = tag, first, second

    def __str__(self) -> str:
        return f"{self.second} cannot have the tag {self.tag!r}: {self.first} has it"


class NoHandler(CallboardError):
    """The agent has no handler for that type of message."""

    fault: ClassVar[str] = "agent"

    def __init__(self, agent: str, tag: str) -> None:
        super().__init__(agent, tag)
        self.agent, self.tag = agent, tag

    def __str__(self) -> str:
        return f"agent {self.agent!r} has no handler for {self.tag}"


class InboxFull(CallboardError):
    """So many messages wait for the agent that it gets no more of them."""

    fault: ClassVar[str] = "agent"
    lasting: ClassVar[bool] = False

    def __init__(self, agent: str, limit: int) -> None:
        super().__init__(agent, limit)
        self.agent, self.limit = agent, limit

    def __str__(self) -> str:
        return f"{self.limit:,} messages wait for agent {self.agent!r} already"


class HandlerRaised(CallboardError):
    """The agent's handler for a message raised."""

    fault: ClassVar[str] = "agent"

    def __init__(self, agent: str, tag: str, why: str) -> None:
        super().__init__(agent, tag, why)
        self.agent, self.tag, self.why = agent, tag, why

    def __str__(self) -> str:
        return f"agent {self.agent!r} raised while it handled {self.tag}: {self.why}"


class InvalidMessage(CallboardError):
    """Bytes that are no message of ours.

    Attributes:
        path: Of the bad field, as `$.lease.token`.
        why: What is wrong there.
    """

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, why)
        self.path, self.why = path, why

    def __str__(self) -> str:
        return f"{self.path}: {self.why}"


class MalformedMessage(InvalidMessage):
    """Not JSON or msgpack, or a field is missing or of a wrong type."""


class UnknownMessage(InvalidMessage):
    """A kind of message that this version does not know."""


class MessageTooLarge(InvalidMessage):
    """More bytes than are taken."""


class NewerMessage(InvalidMessage):
    """Written by a newer version of the format."""
