"""What all handlers of an agent can do: send, ask, hand in goals, and wait.

None of it waits beyond the handler's own end: timeouts are cut to what is left of it,
and every wait ends when the handler is told to stop.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from functools import cached_property
from typing import TYPE_CHECKING, Any

from callboard.actors.logic.given import GivenPriority
from callboard.messages.base import AgentId
from callboard.messages.errors.running import CallTimedOut
from callboard.messages.execution import Deliver
from callboard.messages.user import UserMessage, pack_message, tag_of
from callboard.messages.values import Parent
from callboard.runtime.executors.cancellation import Cancellation
from callboard.runtime.executors.inbox import Letterbox, Messages
from callboard.runtime.executors.services import Facilities, SubGoal
from callboard.runtime.executors.slot import Slot
from callboard.runtime.executors.waiting import forbid_on_loop, not_negative, settled

if TYPE_CHECKING:
    import structlog

ANSWER_SECONDS = 30.0
"""How long the runtime may take to accept a goal."""


class AgentContext:
    """What the handlers of an agent have in common.

    Args:
        agent: Whose handler it is.
        equipment: What its runtime offers.
        cancellation: Tells the handler to stop.
        inbox: The agent's messages that have no handler.
        deadline: When the handler must have ended, seconds since the epoch, or None.
    """

    def __init__(
        self,
        *,
        agent: AgentId,
        equipment: Facilities,
        cancellation: Cancellation,
        inbox: Letterbox,
        deadline: float | None,
    ) -> None:
        self._agent = agent
        self._equipment = equipment
        self._cancellation = cancellation
        self._inbox = inbox
        self._deadline = deadline
        self._slot: Slot | None = None

    @property
    def agent(self) -> AgentId:
        """Your own id."""
        return self._agent

    @cached_property
    def log(self) -> structlog.stdlib.BoundLogger:
        """A structlog logger that adds the ids of this attempt to every line."""
        return self._equipment.log.bind(**self._ids())

    @property
    def messages(self) -> Messages:
        """Messages for this agent that it has no handler for."""
        return Messages(self._inbox, self._cancellation, self.limited)

    # Cancellation

    @property
    def cancelled(self) -> bool:
        """Whether you have been told to stop."""
        self._cancellation.pulse.look_up()
        return bool(self._cancellation)

    def raise_if_cancelled(self) -> None:
        """Go on only if you have not been told to stop.

        Raises:
            AttemptCancelled: You have.
        """
        self._cancellation.check()

    @property
    def remaining(self) -> float | None:
        """Seconds that are left, never below 0; None where there is no limit."""
        if self._deadline is None:
            return None
        return max(0.0, self._deadline - self._equipment.clock.now())

    def sleep(self, seconds: float) -> None:
        """Do nothing for that long.

        Raises:
            AttemptCancelled: You have been told to stop, before or meanwhile.
        """
        forbid_on_loop("ctx.sleep()", "await ctx.asleep()")
        self._cancellation.wait(not_negative("seconds", seconds))

    async def asleep(self, seconds: float) -> None:
        """As `sleep`, in a coroutine."""
        import asyncio  # noqa: PLC0415 - there is a loop, so it is loaded

        self._cancellation.check()
        with self._cancellation.pulse.waiting():
            await asyncio.sleep(not_negative("seconds", seconds))

    # Messages

    def send(self, agent_id: AgentId, message: UserMessage) -> None:
        """Send a message to an agent; it does not wait for anything.

        Raises:
            UnregisteredMessage: Its type was not derived from `UserMessage`.
            NotEncodable: It cannot be encoded.
            UnknownAgent: There is no such agent.
            AttemptCancelled: You have been told to stop.
        """
        self._cancellation.check()
        self._equipment.services.send(self._delivery(agent_id, message, None))

    def ask(self, agent_id: AgentId, message: UserMessage, timeout: float) -> Any:  # noqa: ANN401 - the answer
        """Send a message to an agent, and wait for what its handler answers.

        Raises:
            CallTimedOut: No answer came within *timeout* seconds, or in the time left.
            NoHandler: The agent has no handler for messages of that type.
            HandlerRaised: Its handler raised.
            CallboardError: As for `send`.
        """
        forbid_on_loop("ctx.ask()", "await ctx.aask()")
        what, seconds, answer = self._ask(agent_id, message, timeout)
        if not self._cancellation.wait(seconds, answer):
            raise CallTimedOut(what, seconds)
        return answer.result(0)

    async def aask(self, agent_id: AgentId, message: UserMessage, timeout: float) -> Any:  # noqa: ANN401, ASYNC109
        """As `ask`, in a coroutine."""
        what, seconds, answer = self._ask(agent_id, message, timeout)
        if not await self._settled(answer, seconds):
            raise CallTimedOut(what, seconds)
        return answer.result(0)

    # Sub-goals

    def submit(
        self,
        goal: object,
        *,
        context: str = "",
        priority: GivenPriority | None = None,
        deadline: float | None = None,
        key: str = "",
    ) -> SubGoal:
        """Hand in a goal of your own; it ends with your attempt at the latest.

        Args:
            goal: A text, or a plan in any of the forms that `Runtime.submit` takes.
            context: What else is known.
            priority: As for `Runtime.submit`.
            deadline: Seconds from now; cut to what is left of your own.
            key: Idempotency key.

        Raises:
            CallboardError: It cannot be taken as it is.
            AttemptCancelled: You have been told to stop.
        """
        forbid_on_loop("ctx.submit()", "await ctx.asubmit()")
        accepted = self._submit(goal, context, priority, deadline, key)
        if not self._cancellation.wait(ANSWER_SECONDS, accepted):
            raise CallTimedOut("submit", ANSWER_SECONDS)
        return accepted.result(0)

    async def asubmit(
        self,
        goal: object,
        *,
        context: str = "",
        priority: GivenPriority | None = None,
        deadline: float | None = None,
        key: str = "",
    ) -> SubGoal:
        """As `submit`, in a coroutine."""
        accepted = self._submit(goal, context, priority, deadline, key)
        if not await self._settled(accepted, ANSWER_SECONDS):
            raise CallTimedOut("submit", ANSWER_SECONDS)
        return accepted.result(0)

    def wait(self, goal: SubGoal, timeout: float | None = None) -> Mapping[str, Any]:
        """Wait for a goal's results; another subtask may use your slot meanwhile.

        Raises:
            CallTimedOut: It has not ended within *timeout* seconds, or in the time left.
            GoalFailed: The goal has failed.
            GoalCancelled: Somebody has cancelled it.
            AttemptCancelled: You have been told to stop.
        """
        forbid_on_loop("ctx.wait()", "await ctx.await_goal()")
        seconds = self.limited(timeout)
        if not goal.ending.done() and self._slot is not None:
            self._slot.release()
        ended = self._cancellation.wait(seconds, goal.ending)
        if self._slot is not None:
            self._cancellation.wait(None, self._slot.reclaim())
        return _result(goal, seconds, ended=ended)

    async def await_goal(self, goal: SubGoal, timeout: float | None = None) -> Mapping[str, Any]:  # noqa: ASYNC109 - as `wait`
        """As `wait`, in a coroutine."""
        import asyncio  # noqa: PLC0415 - there is a loop, so it is loaded

        self._cancellation.check()
        seconds = self.limited(timeout)
        if not goal.ending.done() and self._slot is not None:
            self._slot.release()
        try:
            ended = await self._settled(goal.ending, seconds)
            if self._slot is not None:
                await self._settled(self._slot.reclaim(), None)
        except asyncio.CancelledError:
            if self._slot is not None and not self._cancellation:  # by the user's own timeout
                self._slot.reclaim()
            raise
        return _result(goal, seconds, ended=ended)

    # Within

    def _ids(self) -> dict[str, object]:
        """What names the handler's call in log lines."""
        return {"agent": self._agent}

    def _parent(self) -> Parent | None:
        """Whose a goal is that the handler hands in."""
        return None

    def limited(self, seconds: float | None) -> float | None:
        """The smaller of *seconds* and what is left; None where neither sets a limit."""
        if seconds is None:
            return self.remaining
        left = self.remaining
        asked = not_negative("timeout", seconds)
        return asked if left is None else min(asked, left)

    async def _settled(self, future: Future[Any], seconds: float | None) -> bool:
        with self._cancellation.pulse.waiting():
            return await settled(future, seconds)

    def _delivery(self, agent_id: AgentId, message: UserMessage, deadline: float | None) -> Deliver:
        return Deliver(
            agent=agent_id,
            tag=tag_of(message),
            body=pack_message(message),
            sender=self._agent,
            deadline=deadline,
        )

    def _ask(
        self, agent_id: AgentId, message: UserMessage, timeout: float
    ) -> tuple[str, float, Future[Any]]:
        self._cancellation.check()
        seconds = self.limited(timeout) or 0.0
        deadline = self._equipment.clock.now() + seconds
        answer = self._equipment.services.ask(self._delivery(agent_id, message, deadline))
        return f"{tag_of(message)} to agent {agent_id!r}", seconds, answer

    def _submit(
        self,
        goal: object,
        context: str,
        priority: GivenPriority | None,
        deadline: float | None,
        key: str,
    ) -> Future[SubGoal]:
        self._cancellation.check()
        left = self.remaining
        # A deadline of a wrong type is the runtime's to refuse, as it is for all callers.
        if left is not None and (deadline is None or deadline > left):
            deadline = left
        return self._equipment.services.submit(
            goal,
            context=context,
            priority=priority,
            deadline=deadline,
            key=key,
            parent=self._parent(),
        )


def _result(goal: SubGoal, seconds: float | None, *, ended: bool) -> Mapping[str, Any]:
    if not ended:
        raise CallTimedOut(f"the sub-goal {goal.id}", seconds or 0.0)
    goal.ending.result(0)
    return goal.result(0)
