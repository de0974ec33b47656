"""Messages for an agent elsewhere, until it says that it has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.errors.base import problem_of
from callboard.messages.errors.data import InboxFull
from callboard.messages.execution import Handled
from callboard.messages.values import replace
from callboard.runtime.gateways.link import frames

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.messages.execution import Deliver
    from callboard.messages.unions import AgentMessage
    from callboard.messages.values import Agent
    from callboard.runtime.executors.processes.wire import Frame
    from callboard.runtime.gateways.link.codec import Codec


class Letters:
    """The letters of one agent; pure.

    Args:
        say: Tells the worker.
        report: Tells the agent's actor.
    """

    def __init__(
        self, say: Callable[[Frame], None], report: Callable[[AgentMessage], None]
    ) -> None:
        self._say = say
        self._report = report
        self._open: dict[int, Deliver] = {}
        self._count = 0

    def __len__(self) -> int:
        """How many the worker has not answered."""
        return len(self._open)

    def send(self, agent: Agent, delivery: Deliver) -> None:
        """Give it to the worker: to a handler of its, or for its work to read."""
        if delivery.tag not in agent.handles and len(self._open) >= agent.mailbox_limit:
            full = problem_of(InboxFull(agent.id, agent.mailbox_limit))
            self._report(Handled(tag=delivery.tag, problem=full))
            return
        self._count += 1
        self._open[self._count] = delivery
        self._say(frames.Letter(number=self._count, delivery=delivery))

    def handled(self, agent: Agent, said: frames.Handled, codec: Codec) -> None:
        """The worker has it, or a handler of its has ended."""
        reply = codec.payload(said.reply)
        delivery = self._open.pop(said.number, None)
        if delivery is None:
            return
        if said.problem is not None:
            problem = replace(said.problem, fault="agent")
            self._report(Handled(tag=delivery.tag, problem=problem))
        elif delivery.tag in agent.handles:
            self._report(Handled(tag=delivery.tag, reply=reply))

    def again(self) -> None:
        """Say again what was not answered: it may have been lost with a link."""
        for number, delivery in self._open.items():
            self._say(frames.Letter(number=number, delivery=delivery))

    def void(self) -> None:
        """The agent's actor has ended."""
        self._open.clear()
