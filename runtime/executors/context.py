"""What a handler can do beside its work: report, send, ask, hand in goals, and wait.

    def work(task, ctx):
        ctx.progress(0.5, "half of it", checkpoint={"row": 5000})
        ctx.raise_if_cancelled()
        ctx.send("reporter", Note("outliers in March"))
        part = ctx.submit("collect more data", deadline=60)
        return ctx.wait(part)["Data Collection"]

Every call that waits has a twin for coroutines: `asleep`, `aonce`, `aask`, `asubmit`,
`await_goal`, `messages.aget`. None waits beyond the attempt's own end: the timeouts are
cut to what is left of it, and all wake when the attempt is cancelled.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from callboard.actors.logic.given_resources import amounts_of
from callboard.actors.logic.skills import normal
from callboard.messages.base import AgentId
from callboard.messages.errors.endings import AttemptCancelled
from callboard.messages.errors.lookups import StaleLease
from callboard.messages.errors.running import CallTimedOut
from callboard.messages.execution import WorkProgressed
from callboard.messages.resources import Amount
from callboard.messages.unions import AgentMessage
from callboard.messages.user import pack
from callboard.messages.values import Parent
from callboard.runtime.executors.agent_context import ANSWER_SECONDS, AgentContext
from callboard.runtime.executors.cancellation import Cancellation
from callboard.runtime.executors.inbox import Letterbox, Messages
from callboard.runtime.executors.permit import Permit, effect_name, permit
from callboard.runtime.executors.services import Facilities, Services, SubGoal
from callboard.runtime.executors.slot import Slot
from callboard.runtime.executors.task import Task
from callboard.runtime.executors.waiting import forbid_on_loop, fraction_of, text_of

__all__ = [
    "AgentContext",
    "Context",
    "MessageContext",
    "Messages",
    "Permit",
    "Services",
    "SubGoal",
    "Task",
]

_spending = threading.Lock()


class Context(AgentContext):
    """What a handler can do beside its work.

    Args:
        task: What the handler has to do.
        slot: Of the attempt.
        report: Tells the agent's actor.
        equipment: What its runtime offers.
        cancellation: Tells the handler to stop.
        inbox: The agent's messages that have no handler.
        deadline: When the attempt must have ended, seconds since the epoch, or None.
    """

    def __init__(  # noqa: PLR0913 - a value object would only rename them
        self,
        task: Task,
        *,
        slot: Slot,
        report: Callable[[AgentMessage], None],
        equipment: Facilities,
        cancellation: Cancellation,
        inbox: Letterbox,
        deadline: float | None,
    ) -> None:
        super().__init__(
            agent=task.lease.agent,
            equipment=equipment,
            cancellation=cancellation,
            inbox=inbox,
            deadline=deadline,
        )
        self._task = task
        self._slot = slot
        self._report = report
        self._spent: dict[str, float] = {}

    def progress(self, fraction: float, note: str = "", checkpoint: object = None) -> None:
        """Say how far you are; this is a sign of life as well.

        Args:
            fraction: Done, in [0, 1].
            note: For people.
            checkpoint: What the next attempt would need; it finds it in
                `task.checkpoint`. None leaves an earlier one as it is.

        Raises:
            InvalidCall: The fraction or the note is none.
            NotEncodable: The checkpoint cannot be encoded.
        """
        done, said = fraction_of(fraction), text_of("note", note)
        what = f"the checkpoint of {self._task.name!r}"
        saved = None if checkpoint is None else pack(checkpoint, what=what)
        self._cancellation.pulse.look_up()
        self._report(
            WorkProgressed(token=self._task.token, fraction=done, note=said, checkpoint=saved)
        )

    def heartbeat(self) -> None:
        """Say that you are alive; cheap enough for an inner loop.

        It is a timestamp, at which is looked before your silence is held against you. It
        makes way for actors and callers, for a moment in a millisecond at the most.
        """
        self._cancellation.pulse.look_up()

    def spend(self, amounts: Mapping[str, float] | None = None, /, **more: float) -> None:
        """Say what you have used up of budgets since you last said so: tokens, money.

        It takes the place of what was reserved for you, and counts at once; also what you
        use beyond that, or of what you had not demanded.

            ctx.spend(tokens=1_200, usd=0.02)

        Args:
            amounts: By resource, where names are no words of Python.
            more: By resource.

        Raises:
            InvalidOption: An amount is below 0, or no number.
        """
        said = amounts_of("spend", {**(amounts or {}), **more}, least=0.0)
        with _spending:
            for one in said:
                name = normal(one.resource)
                self._spent[name] = self._spent.get(name, 0.0) + one.amount
            spent = tuple(Amount(resource=n, amount=a) for n, a in self._spent.items())
            self._cancellation.pulse.beat()
            # Within the lock: what is said later says more.
            self._report(WorkProgressed(token=self._task.token, spent=spent))

    def once(self, key: str) -> Permit:
        """Ask right before a side effect whether you may, and by which name it goes.

        The scheduler is asked whether your lease stands; it is revoked the moment your
        agent is doubted. What comes back names the effect: the same name for every
        attempt at this subtask, so a sink that takes each name once has the effect once.

        Args:
            key: Which of the subtask's effects it is, a non-empty text.

        Raises:
            InvalidCall: The key is none.
            AttemptCancelled: You have been told to stop, or would be: the subtask is
                somebody else's by now.
            CallTimedOut: The scheduler did not answer; the effect must not be done.
        """
        forbid_on_loop("ctx.once()", "await ctx.aonce()")
        granted, seconds, answer = self._ask_once(key)
        if not self._cancellation.wait(seconds, answer):
            raise CallTimedOut("ctx.once", seconds)
        return self._granted(granted, answer)

    async def aonce(self, key: str) -> Permit:
        """As `once`, in a coroutine."""
        granted, seconds, answer = self._ask_once(key)
        if not await self._settled(answer, seconds):
            raise CallTimedOut("ctx.once", seconds)
        return self._granted(granted, answer)

    def _ids(self) -> dict[str, object]:
        task = self._task
        return {
            "goal": task.goal_id,
            "subtask": task.uuid,
            "agent": self._agent,
            "token": str(task.token),
            "attempt": task.attempt,
        }

    def _parent(self) -> Parent:
        return Parent(goal=self._task.goal_id, subtask=self._task.uuid)

    def _ask_once(self, key: str) -> tuple[Permit, float, Future[None]]:
        granted = permit(self._task.lease, effect_name(key))
        self._cancellation.check()
        seconds = self.limited(ANSWER_SECONDS) or 0.0
        return granted, seconds, self._equipment.services.check_lease(self._task.lease)

    def _granted(self, granted: Permit, answer: Future[None]) -> Permit:
        self._cancellation.check()
        try:
            answer.result(0)
        except StaleLease as stale:
            # The revocation is on its way; whatever the handler does next is in vain.
            self._cancellation.set(str(stale))
            raise AttemptCancelled(str(stale)) from None
        return granted


class MessageContext(AgentContext):
    """What a handler for messages can do beside it.

    Args:
        agent: Whose handler it is.
        sender: Agent that sent the message, or "".
        tag: Type of the message.
        equipment: What its runtime offers.
        cancellation: Tells the handler to stop.
        inbox: The agent's messages that have no handler.
        deadline: When the answer is no longer wanted, seconds since the epoch, or None.
    """

    def __init__(  # noqa: PLR0913 - a value object would only rename them
        self,
        *,
        agent: AgentId,
        sender: AgentId,
        tag: str,
        equipment: Facilities,
        cancellation: Cancellation,
        inbox: Letterbox,
        deadline: float | None,
    ) -> None:
        super().__init__(
            agent=agent,
            equipment=equipment,
            cancellation=cancellation,
            inbox=inbox,
            deadline=deadline,
        )
        self._sender = sender
        self._tag = tag

    @property
    def sender(self) -> AgentId:
        """The agent that sent the message; "" for a caller outside."""
        return self._sender

    def _ids(self) -> dict[str, object]:
        return {"agent": self._agent, "tag": self._tag, "sender": self._sender}
