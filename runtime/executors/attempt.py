"""An attempt at a subtask, as the executor of its agent runs it in this process.

There is one for every attempt, so it holds little. What only some handlers look at, the
context and what that stands on, is made when the handler is called with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from callboard.messages.execution import WorkProgressed
from callboard.messages.unions import AgentMessage
from callboard.messages.user import pack
from callboard.messages.values import Agent, Lease, Payload, Ready
from callboard.runtime.executors.context import Context
from callboard.runtime.executors.handlers import Handler
from callboard.runtime.executors.inbox import Inbox
from callboard.runtime.executors.packing import packed
from callboard.runtime.executors.runs import Outcome, Run
from callboard.runtime.executors.services import Equipment
from callboard.runtime.executors.slot import Slot
from callboard.runtime.executors.task import Task, deadline_of

if TYPE_CHECKING:
    import structlog


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What all attempts of one incarnation of an agent share.

    Attributes:
        inbox: The agent's messages that have no handler.
        say: Tells the agent's actor.
        ended: Told the outcome of an attempt, once, on any thread.
        returned: Told that an attempt has ended after it was given up.
    """

    agent: Agent
    equipment: Equipment
    inbox: Inbox
    log: structlog.stdlib.BoundLogger
    say: Callable[[AgentMessage], None]
    ended: Callable[[Attempt, Outcome], None]
    returned: Callable[[Attempt], None]


class Attempt(Run):
    """The run of a handler on one assignment.

    Args:
        desk: What it shares with the others.
        handler: The agent's own.
        lease: Names it.
        ready: What is to be done.

    Attributes:
        began: When, seconds since the epoch.
        slot: Of a handler that may wait for sub-goals; None for others, and in the end.
    """

    def __init__(self, desk: Desk, handler: Handler, lease: Lease, ready: Ready) -> None:
        super().__init__(desk.agent.id, desk.log)
        self.lease = lease
        self.began = desk.equipment.clock.now()
        self.slot: Slot | None = None
        self._desk = desk
        self._handler = handler
        self._ready = ready

    @property
    def is_async(self) -> bool:
        """Whether it is awaited, on the event loop."""
        return self._handler.is_async

    @property
    def what(self) -> str:
        """The agent and the name of the subtask."""
        return f"{self.agent} on {self._ready.subtask.name!r}"

    def settle(self, outcome: Outcome) -> None:
        """Tell the executor."""
        self._desk.ended(self, outcome)
        self.slot = None  # else it and this would keep each other alive

    def returned(self) -> None:
        """Tell the executor."""
        self._desk.returned(self)

    def work(self) -> Payload:
        """Call a handler that is not async; its result, encoded.

        Raises:
            BaseException: Whatever it raises.
            NotEncodable: Its result cannot be encoded.
        """
        handler, task = self._handler, Task(self.lease, self._ready)
        if handler.takes_context:
            return packed(handler.call(task, self._context(task)), self._result)
        return packed(handler.call(task), self._result)

    async def work_async(self) -> Payload:
        """Await a handler that is async; its result, encoded.

        Raises:
            BaseException: Whatever it raises.
            NotEncodable: Its result cannot be encoded.
        """
        handler, task = self._handler, Task(self.lease, self._ready)
        if handler.takes_context:
            value = await handler.call(task, self._context(task))
        else:
            value = await handler.call(task)
        return pack(value, what=self._result())

    def report(self, message: AgentMessage) -> None:
        """Pass on what its context says, unless it is over or unwanted."""
        # What is used up counts also where the attempt is not wanted any more.
        spends = isinstance(message, WorkProgressed) and bool(message.spent)
        if self.over or (self.stopped and not spends):
            token, what = str(self.lease.token), type(message).__name__
            self._log.debug("late_report", token=token, what=what)
        else:
            self._desk.say(message)

    def _result(self) -> str:
        return f"the result of {self._ready.subtask.name!r}"

    def _context(self, task: Task) -> Context:
        desk = self._desk
        self.slot = Slot(self.lease.token, self.report)
        return Context(
            task,
            slot=self.slot,
            report=self.report,
            equipment=desk.equipment,
            cancellation=self.cancellation,
            inbox=desk.inbox,
            deadline=deadline_of(desk.agent, self._ready, self.began),
        )
