"""Errors of whoever registers an agent."""

from __future__ import annotations

from callboard.messages.errors.base import CallboardError


class InvalidAgent(CallboardError):
    """The agent cannot be registered as it is."""


class AgentWithoutId(InvalidAgent):
    """Nothing names the agent."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"{self.what} has no id: an agent's id is a non-empty text"


class AgentIdTaken(InvalidAgent):
    """Another agent has that id."""

    def __init__(self, agent: str) -> None:
        super().__init__(agent)
        self.agent = agent

    def __str__(self) -> str:
        return f"the agent id {self.agent!r} is taken"


class InvalidSkills(InvalidAgent):
    """Skills are a list of names, or names with levels."""

    def __init__(self, given: str) -> None:
        super().__init__(given)
        self.given = given

    def __str__(self) -> str:
        return f"skills are a list of names, or a mapping from names to levels, not {self.given}"


class InvalidOption(InvalidAgent):
    """An option has a value that makes no sense."""

    def __init__(self, option: str, given: object, expected: str) -> None:
        super().__init__(option, given, expected)
        self.option, self.given, self.expected = option, given, expected

    def __str__(self) -> str:
        return f"{self.option} must be {self.expected}, not {self.given!r}"


class NotAnAgent(InvalidAgent):
    """That object has no way to run work, and none was declared."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"{self.what} is no agent: decorate a function or a class with a `work` method"


class TakesNoWork(InvalidAgent):
    """What the agent was registered with has no way to be handed a subtask."""

    def __init__(self, agent: str) -> None:
        super().__init__(agent)
        self.agent = agent

    def __str__(self) -> str:
        return (
            f"agent {self.agent!r} cannot be handed a subtask: register an object with "
            "a method `communicate`, or one that can be called"
        )
