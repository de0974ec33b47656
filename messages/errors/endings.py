"""How goals, attempts and actors end when they do not end well."""

from __future__ import annotations

import math
import numbers
from typing import TYPE_CHECKING, ClassVar

from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.running import InvalidCall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.messages.values import Problem


class GoalFailed(CallboardError):
    """The goal has failed; every reason is there.

    Attributes:
        goal: Its id.
        problems: Why, as data.
    """

    fault: ClassVar[str] = "agent"

    def __init__(self, goal: str, problems: Sequence[Problem]) -> None:
        super().__init__(goal, tuple(problems))
        self.goal, self.problems = goal, tuple(problems)

    def __str__(self) -> str:
        reasons = "".join(f"\n- {problem}" for problem in self.problems)
        return f"goal {self.goal} failed:{reasons}"


class GoalCancelled(CallboardError):
    """Somebody has cancelled the goal."""

    def __init__(self, goal: str, reason: str) -> None:
        super().__init__(goal, reason)
        self.goal, self.reason = goal, reason

    def __str__(self) -> str:
        return f"goal {self.goal} was cancelled" + (f": {self.reason}" if self.reason else "")


class SubtaskCancelled(CallboardError):
    """Somebody has cancelled a subtask that its goal needs."""

    def __init__(self, subtask: str, reason: str) -> None:
        super().__init__(subtask, reason)
        self.subtask, self.reason = subtask, reason

    def __str__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"subtask {self.subtask!r} was cancelled{why}"


class DeadlinePassed(CallboardError):
    """The goal was not done by its deadline."""

    def __init__(self, goal: str) -> None:
        super().__init__(goal)
        self.goal = goal

    def __str__(self) -> str:
        return f"goal {self.goal} was not done by its deadline"


class AttemptTimedOut(CallboardError):
    """An attempt, or the wait for one, took too long.

    Attributes:
        limit: Which one: "run", "silence", "stall", "queue" or "total".
        seconds: That were allowed.
    """

    fault: ClassVar[str] = "agent"
    lasting: ClassVar[bool] = False

    def __init__(self, subtask: str, limit: str, seconds: float) -> None:
        super().__init__(subtask, limit, seconds)
        self.subtask, self.limit, self.seconds = subtask, limit, seconds

    def __str__(self) -> str:
        how = {
            "run": "was not finished within",
            "silence": "gave no sign of life for",
            "stall": "made no progress for",
            "queue": "found no agent within",
            "total": "was not done, over all attempts, within",
        }[self.limit]
        return f"subtask {self.subtask!r} {how} {self.seconds:g} s"


class ResultRejected(CallboardError):
    """An attempt's result is not what its subtask asks for.

    It is a failed attempt like any other; the next one is told the reasons.

    Attributes:
        reasons: What is wrong with it, each for whoever mends it.
    """

    fault: ClassVar[str] = "agent"
    lasting: ClassVar[bool] = False

    def __init__(self, subtask: str, reasons: Sequence[str]) -> None:
        super().__init__(subtask, tuple(reasons))
        self.subtask, self.reasons = subtask, tuple(reasons)

    def __str__(self) -> str:
        return f"the result of subtask {self.subtask!r} was rejected: {'; '.join(self.reasons)}"


class NotVerified(CallboardError):
    """A subtask has a result, and nobody has said whether it is good.

    Attributes:
        why: What became of its verification.
    """

    fault: ClassVar[str] = "agent"

    def __init__(self, subtask: str, why: str) -> None:
        super().__init__(subtask, why)
        self.subtask, self.why = subtask, why

    def __str__(self) -> str:
        return f"the result of subtask {self.subtask!r} was not verified: {self.why}"


def reasons_of(problem: Problem) -> tuple[str, ...]:
    """Why a result was rejected, where that is the problem; empty for any other one.

    >>> from callboard.messages.errors.base import problem_of
    >>> reasons_of(problem_of(ResultRejected("Count", ["$: total is missing"])))
    ('$: total is missing',)
    """
    if problem.error != ResultRejected.__name__ or len(problem.details) != _PARTS:
        return ()
    return tuple(str(reason) for reason in problem.details[1])


_PARTS = 2


class BudgetUsedUp(CallboardError):
    """A budget has not enough left for the subtask, and more was not granted.

    Attributes:
        resource: What of.
        wanted: By the subtask.
        budget: That may be used in all.
        used: Of that.
    """

    lasting: ClassVar[bool] = True

    def __init__(
        self, subtask: str, resource: str, wanted: float, budget: float, used: float
    ) -> None:
        super().__init__(subtask, resource, wanted, budget, used)
        self.subtask, self.resource = subtask, resource
        self.wanted, self.budget, self.used = wanted, budget, used

    def __str__(self) -> str:
        left = f"{self.used:g} of {self.budget:g} are used"
        return f"subtask {self.subtask!r} wants {self.wanted:g} {self.resource}, and {left}"


class RetryLater(CallboardError):
    """Raised by a handler: this attempt failed, and the next one makes sense only later.

    It is a failed attempt like any other, and counted by the retry policy; only the wait
    is at least this long, also where the policy's `longest` is shorter.

    Attributes:
        retry_after: Seconds, not negative.

    Raises:
        InvalidCall: The seconds are none.
    """

    fault: ClassVar[str] = "agent"
    lasting: ClassVar[bool] = False

    def __init__(self, seconds: float, why: str = "") -> None:
        super().__init__(seconds, why)
        self.retry_after, self.why = _seconds(seconds), why

    def __str__(self) -> str:
        why = f": {self.why}" if self.why else ""
        return f"to be tried again after {self.retry_after:g} s{why}"


def _seconds(given: object) -> float:
    seconds = -1.0
    if not isinstance(given, bool) and isinstance(given, numbers.Real):
        seconds = float(given)
    if not 0 <= seconds < math.inf:
        raise InvalidCall("seconds", given, "a number of seconds, not negative")
    return seconds


class Poison(CallboardError):
    """A subtask took down so many agents that it is kept aside.

    Attributes:
        agents: Those that went down, one as often as it did.
        failed: Others at which it failed; they count as well.
    """

    fault: ClassVar[str] = "agent"

    def __init__(self, subtask: str, agents: Sequence[str], failed: Sequence[str] = ()) -> None:
        super().__init__(subtask, tuple(agents), tuple(failed))
        self.subtask, self.agents, self.failed = subtask, tuple(agents), tuple(failed)

    def __str__(self) -> str:
        failed = f", and failed at {', '.join(self.failed)}" if self.failed else ""
        return f"subtask {self.subtask!r} took down {', '.join(self.agents)}{failed}"


class DependencyFailed(CallboardError):
    """A subtask could not be done because one that it depends on was not."""

    fault: ClassVar[str] = "agent"

    def __init__(self, subtask: str, dependency: str) -> None:
        super().__init__(subtask, dependency)
        self.subtask, self.dependency = subtask, dependency

    def __str__(self) -> str:
        return f"subtask {self.subtask!r} needs {self.dependency!r}, which did not succeed"


class ActorDied(CallboardError):
    """An actor ended by an error that nobody handled."""

    fault: ClassVar[str] = "agent"
    lasting: ClassVar[bool] = False

    def __init__(self, address: str, why: str) -> None:
        super().__init__(address, why)
        self.address, self.why = address, why

    def __str__(self) -> str:
        return f"{self.address} died: {self.why}"


class AgentLost(CallboardError):
    """An agent gave no sign of life, or did not start or stop in time."""

    fault: ClassVar[str] = "agent"
    lasting: ClassVar[bool] = False

    def __init__(self, agent: str, why: str) -> None:
        super().__init__(agent, why)
        self.agent, self.why = agent, why

    def __str__(self) -> str:
        return f"agent {self.agent!r} {self.why}"


class ProcessDied(CallboardError):
    """A process of an agent has ended without saying why.

    Attributes:
        agent: Whose process it was.
        status: Its exit status; negative for the number of the signal that killed it.
        signal: That signal's name, as "SIGKILL"; "" for none.
    """

    fault: ClassVar[str] = "agent"
    lasting: ClassVar[bool] = False

    def __init__(self, agent: str, status: int, signal: str) -> None:
        super().__init__(agent, status, signal)
        self.agent, self.status, self.signal = agent, status, signal

    def __str__(self) -> str:
        ended = f"was killed by {self.signal}" if self.signal else f"ended with {self.status}"
        return f"a process of agent {self.agent!r} {ended}"


class NotReachable(CallboardError):
    """A worker process could not find what it is to run."""

    fault: ClassVar[str] = "agent"

    def __init__(self, what: str, why: str) -> None:
        super().__init__(what, why)
        self.what, self.why = what, why

    def __str__(self) -> str:
        return f"a process of its own cannot find {self.what}: {self.why}"


class RestartsExhausted(CallboardError):
    """An actor died more often than its budget of restarts allows."""

    fault: ClassVar[str] = "agent"

    def __init__(self, address: str, restarts: int, period: float, last: str) -> None:
        super().__init__(address, restarts, period, last)
        self.address, self.restarts, self.period, self.last = address, restarts, period, last

    def __str__(self) -> str:
        return (
            f"{self.address} is given up: {self.restarts} restarts within "
            f"{self.period:g} s did not help; last: {self.last}"
        )


class RunStopped(CallboardError):
    """What ran the attempt was stopped by somebody who is not its runtime."""

    fault: ClassVar[str] = "agent"
    lasting: ClassVar[bool] = False

    def __init__(self, agent: str) -> None:
        super().__init__(agent)
        self.agent = agent

    def __str__(self) -> str:
        return f"somebody has stopped the run at agent {self.agent!r}"


class AttemptCancelled(CallboardError):
    """Raised inside a handler whose attempt is not wanted any more."""

    fault: ClassVar[str] = "callboard"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"this attempt was cancelled: {self.reason}"
