"""What goes wrong between a supervisor and its children."""

from __future__ import annotations

from callboard.messages.errors.base import CallboardError


class UnknownChild(CallboardError):
    """The supervisor has no child of that name."""

    def __init__(self, child: str) -> None:
        super().__init__(child)
        self.child = child

    def __str__(self) -> str:
        return f"unknown child {self.child!r}"


class ChildIdTaken(CallboardError):
    """The supervisor has a child of that name already, running or not."""

    def __init__(self, child: str) -> None:
        super().__init__(child)
        self.child = child

    def __str__(self) -> str:
        return f"there is a child {self.child!r} already"


class ChildNotStarted(CallboardError):
    """A child could not be started."""

    def __init__(self, child: str, why: str) -> None:
        super().__init__(child, why)
        self.child, self.why = child, why

    def __str__(self) -> str:
        return f"child {self.child!r} did not start: {self.why}"


class ChildNotStopped(CallboardError):
    """Only a child that is stopped, or was given up, can be restarted or deleted by hand."""

    def __init__(self, child: str, phase: str) -> None:
        super().__init__(child, phase)
        self.child, self.phase = child, phase

    def __str__(self) -> str:
        return f"child {self.child!r} is {self.phase}"


class ChildNotRunning(CallboardError):
    """The child has no actor that takes messages now."""

    def __init__(self, child: str, phase: str) -> None:
        super().__init__(child, phase)
        self.child, self.phase = child, phase

    def __str__(self) -> str:
        return f"child {self.child!r} does not run: it is {self.phase}"


class SupervisorEnds(CallboardError):
    """The supervisor stops its children, or has ended."""

    def __init__(self, supervisor: str) -> None:
        super().__init__(supervisor)
        self.supervisor = supervisor

    def __str__(self) -> str:
        return f"supervisor {self.supervisor!r} has ended, or is about to"
