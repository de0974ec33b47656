"""What handlers need of the runtime, and what executors share."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from callboard.actors.logic.given import GivenPriority
from callboard.actors.ports import Clock, Timers
from callboard.messages.base import GoalId
from callboard.messages.execution import Deliver
from callboard.messages.values import Lease, Parent

if TYPE_CHECKING:
    import structlog

    from callboard.runtime.executors.coroutine import EventLoop
    from callboard.runtime.executors.processes.pool import WorkerProcesses
    from callboard.runtime.executors.threads import WorkerThreads


class SubGoal(Protocol):
    """A goal that a handler has handed in; the runtime's own handle is one."""

    @property
    def id(self) -> GoalId:
        """Names the goal."""
        ...

    @property
    def ending(self) -> Future[None]:
        """Done when the goal has ended; raises as `result` does. Nobody may cancel it."""
        ...

    def result(self, timeout: float | None = None) -> Mapping[str, Any]:
        """The results of its subtasks by name and uuid; at once where it has ended.

        Raises:
            GoalFailed: The goal has failed.
            GoalCancelled: Somebody has cancelled it.
            CallTimedOut: It has not ended within *timeout* seconds.
        """
        ...


class Services(Protocol):
    """What a runtime does for the handlers of its agents; nothing here blocks."""

    def send(self, delivery: Deliver) -> None:
        """Deliver a message that wants no answer.

        Raises:
            UnknownAgent: There is no such agent.
        """
        ...

    def ask(self, delivery: Deliver) -> Future[Any]:
        """Deliver a message; the future has its decoded answer, or the error.

        The delivery has a deadline and no `reply_to` yet. Nobody cancels the future; after
        the deadline nobody waits for it any more.

        Raises:
            UnknownAgent: There is no such agent.
        """
        ...

    def check_lease(self, lease: Lease) -> Future[None]:
        """Ask whether the lease is current; the future is done if it is.

        It has the error `StaleLease` if it is not.
        """
        ...

    def submit(  # noqa: PLR0913 - one for each field of a goal
        self,
        goal: object,
        *,
        context: str,
        priority: GivenPriority | None,
        deadline: float | None,
        key: str,
        parent: Parent | None,
    ) -> Future[SubGoal]:
        """Hand in a goal; the future is done when it is accepted, or has the error.

        Args:
            goal: A text, or a plan in any of the forms that the runtime takes.
            context: What else is known.
            priority: As the caller wrote it.
            deadline: Seconds from now, or None.
            key: Idempotency key, or "".
            parent: The subtask that it serves and with which it ends; None for none.

        Raises:
            CallboardError: It cannot be taken as it is.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Facilities:
    """What the context of a handler stands on, in whatever process it runs.

    Attributes:
        log: All lines go there, with ids.
    """

    services: Services
    clock: Clock
    log: structlog.stdlib.BoundLogger


@dataclass(frozen=True, kw_only=True)
class Equipment(Facilities):
    """What all executors of one runtime share.

    Attributes:
        grace: Seconds that a handler has to end in after it was told to.
        hook_seconds: Seconds that `on_start` and `on_stop` may take.
    """

    timers: Timers
    threads: WorkerThreads
    loop: EventLoop
    processes: WorkerProcesses
    grace: float = 5.0
    hook_seconds: float = 30.0
