"""Errors of whoever hands in a goal or a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from callboard.messages.errors.base import CallboardError

if TYPE_CHECKING:
    from collections.abc import Sequence


class InvalidGoal(CallboardError):
    """The goal cannot be taken as it is."""


class GoalEmpty(InvalidGoal):
    """The goal says nothing."""

    def __str__(self) -> str:
        return "the goal is empty: say in a sentence what is to be done"


class GoalNotText(InvalidGoal):
    """The goal, or its context, is not a string."""

    def __init__(self, what: str, given: str) -> None:
        super().__init__(what, given)
        self.what, self.given = what, given

    def __str__(self) -> str:
        return f"{self.what} must be text, not {self.given}"


class GoalTooLarge(InvalidGoal):
    """The goal with its context is longer than the runtime takes."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(size, limit)
        self.size, self.limit = size, limit

    def __str__(self) -> str:
        return f"the goal has {self.size:,} bytes, at most {self.limit:,} are taken"


class UnknownPriority(InvalidGoal):
    """Not one of the four priorities."""

    def __init__(self, given: object) -> None:
        super().__init__(given)
        self.given = given

    def __str__(self) -> str:
        return f"unknown priority {self.given!r}: CRITICAL, HIGH, MEDIUM or LOW"


class InvalidDeadline(InvalidGoal):
    """A deadline is a positive, finite number of seconds from now."""

    def __init__(self, given: object) -> None:
        super().__init__(given)
        self.given = given

    def __str__(self) -> str:
        return f"a deadline is a positive number of seconds from now, not {self.given!r}"


class InvalidPlan(CallboardError):
    """The plan cannot be adopted."""


class PlanEmpty(InvalidPlan):
    """The plan has no subtasks."""

    def __str__(self) -> str:
        return "the plan has no subtasks"


class PlanTooLarge(InvalidPlan):
    """The plan has more subtasks than the runtime takes.

    Attributes:
        size: What it has.
        limit: What is taken.
        what: Of which: subtasks, dependencies, characters.
    """

    def __init__(self, size: int, limit: int, what: str = "subtasks") -> None:
        more = () if what == "subtasks" else (what,)  # as journals have it since ever
        super().__init__(size, limit, *more)
        self.size, self.limit, self.what = size, limit, what

    def __str__(self) -> str:
        return f"the plan has {self.size:,} {self.what}, at most {self.limit:,} are taken"


class TooManyItems(InvalidPlan):
    """A goal lists more than a step of its rule is repeated for."""

    def __init__(self, rule: str, step: str, size: int, limit: int) -> None:
        super().__init__(rule, step, size, limit)
        self.rule, self.step, self.size, self.limit = rule, step, size, limit

    def __str__(self) -> str:
        return (
            f"{self.size:,} items are listed, but step {self.step!r} of rule {self.rule!r} "
            f"is repeated for {self.limit:,} at the most"
        )


class MalformedPlan(InvalidPlan):
    """A field of the plan is missing, unknown or of a wrong type."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(where, what)
        self.where, self.what = where, what

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class InvalidDuration(InvalidPlan):
    """A duration is a finite number that is not negative."""

    def __init__(self, subtask: str, given: object) -> None:
        super().__init__(subtask, given)
        self.subtask, self.given = subtask, given

    def __str__(self) -> str:
        return f"subtask {self.subtask!r}: a duration cannot be {self.given!r}"


class UnknownDependency(InvalidPlan):
    """A subtask depends on one that the plan does not have."""

    def __init__(self, subtask: str, dependency: str) -> None:
        super().__init__(subtask, dependency)
        self.subtask, self.dependency = subtask, dependency

    def __str__(self) -> str:
        return f"subtask {self.subtask!r} depends on {self.dependency!r}, which the plan lacks"


class AmbiguousDependency(InvalidPlan):
    """A dependency is given by a name that several subtasks have."""

    def __init__(self, subtask: str, dependency: str) -> None:
        super().__init__(subtask, dependency)
        self.subtask, self.dependency = subtask, dependency

    def __str__(self) -> str:
        return (
            f"subtask {self.subtask!r} depends on {self.dependency!r}, "
            "a name that several subtasks have: use the uuid"
        )


class PlanHasCycle(InvalidPlan):
    """Subtasks of a plan wait for each other, so none could ever start."""

    def __init__(self, cycle: Sequence[str]) -> None:
        super().__init__(tuple(cycle))
        self.cycle = tuple(cycle)

    def __str__(self) -> str:
        shown = list(self.cycle)
        if len(shown) > _READABLE:
            left_out = len(shown) - _READABLE
            shown[_READABLE - 1 : -1] = [f"... ({left_out:,} more)"]
        return "the plan has a cycle: " + " needs ".join([*shown, self.cycle[0]])


_READABLE = 12
"""Subtasks of a cycle that its error's text names at the most."""


class DuplicateSubtask(InvalidPlan):
    """Two subtasks have the same uuid."""

    def __init__(self, uuid: str) -> None:
        super().__init__(uuid)
        self.uuid = uuid

    def __str__(self) -> str:
        return f"there is a subtask with the uuid {self.uuid!r} already"


class PlanningError(CallboardError):
    """The planner failed to answer with a plan."""

    fault: ClassVar[str] = "callboard"

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return f"no plan could be made: {self.why}"


class MalformedRules(CallboardError):
    """A file of rules, or of equivalent skills, cannot be used.

    Attributes:
        file: Its name.
        where: Path of the first bad field, as `$.rules[0].steps[1].priority`.
        what: What is wrong there.
        line: In which line it stands; 0 where there is none.
        more: All else that is wrong, each as the text of this error by itself.
    """

    def __init__(
        self,
        file: str,
        where: str,
        what: str,
        line: int = 0,
        more: Sequence[str] = (),
    ) -> None:
        super().__init__(file, where, what, line, tuple(more))
        self.file, self.where, self.what, self.line = file, where, what, line
        self.more = tuple(more)

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        return "\n".join([f"{self.file}{line}: {self.where}: {self.what}", *self.more])
