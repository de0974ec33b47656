"""Messages of people's own types go to agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callboard.messages import values
from callboard.messages.base import AgentId, agent_address
from callboard.messages.commands import Replied
from callboard.messages.errors.data import InboxFull, NoHandler
from callboard.messages.execution import Deliver
from callboard.messages.notices import DeadLetter
from callboard.messages.user import UserMessage, pack_message, tag_of
from callboard.messages.values import unpack
from callboard.runtime.core import Core
from callboard.runtime.executors.waiting import text_of

if TYPE_CHECKING:
    from callboard.runtime.calls import Call


class MessageCalls(Core):
    """Sending to agents, and asking them."""

    def send(self, agent: AgentId, message: UserMessage) -> None:
        """Send a message that wants no answer; this does not wait for anything.

        Args:
            agent: Its id; the case of its letters does not matter where that is clear.
            message: Of a type of your own.

        Raises:
            UnknownAgent: There is no such agent.
            UnregisteredMessage: Its type is not derived from `UserMessage`.
            NotEncodable: It holds what cannot be encoded.
            NoHandler: That agent runs its work by itself, and takes no messages.
        """
        self._delivering(self._letter(agent, message))

    def ask(self, agent: AgentId, message: UserMessage, timeout: float | None = None) -> Any:  # noqa: ANN401 - the answer
        """What the agent's handler answers.

        Args:
            agent: As for `send`.
            message: Of a type of your own.
            timeout: Seconds; None for the runtime's `call_timeout`.

        Raises:
            UnknownAgent: There is no such agent.
            UnregisteredMessage: The message's type is not derived from `UserMessage`.
            NotEncodable: The message holds what cannot be encoded.
            NoHandler: The agent has no handler for that type.
            HandlerRaised: Its handler raised.
            CallTimedOut: It did not answer in time.
        """
        return self._asking(agent, message, timeout).now()

    async def aask(
        self,
        agent: AgentId,
        message: UserMessage,
        timeout: float | None = None,  # noqa: ASYNC109 - as `ask`
    ) -> Any:  # noqa: ANN401 - as `ask`
        """The twin of `ask`."""
        return await self._asking(agent, message, timeout)

    # How

    def _delivering(self, delivery: Deliver) -> None:
        agent = self._receiver(delivery)
        addressed = values.replace(delivery, agent=agent.id)
        full = self._crowd(agent, delivery.tag)
        if full is None:
            self._post.tell(agent_address(agent.id), addressed)

    def _answering(self, delivery: Deliver, seconds: float | None = None) -> Call[Any]:
        agent = self._receiver(delivery)
        receiver, full = agent.id, self._crowd(agent, delivery.tag)
        if full is not None:
            raise full
        return self._calls.ask(
            f"ask {receiver}",
            agent_address(receiver),
            lambda here: values.replace(delivery, agent=receiver, reply_to=here),
            Replied,
            lambda replied: unpack(replied.body),
            seconds,
        )

    def _letter(self, agent: AgentId, message: UserMessage) -> Deliver:
        to, tag = text_of("agent", agent), tag_of(message)
        return Deliver(agent=to, tag=tag, body=pack_message(message))

    def _asking(self, agent: AgentId, message: UserMessage, timeout: float | None) -> Call[Any]:
        seconds = self._calls.limit(timeout)
        letter = self._letter(agent, message)
        dated = values.replace(letter, deadline=self._world.clock.now() + seconds)
        return self._answering(dated, seconds)

    def _crowd(self, agent: values.Agent, tag: str) -> InboxFull | None:
        """Why it gets no more messages now; shown as a dead letter.

        Its logic bounds what it has read; this bounds what it has not even come to.
        """
        to, limit = agent_address(agent.id), agent.mailbox_limit
        if self._post.waiting(to) < limit:
            return None
        full, at = InboxFull(agent.id, limit), self._world.clock.now()
        self.see(DeadLetter(at=at, to=to, what=tag, reason=str(full)))
        return full

    def _receiver(self, delivery: Deliver) -> values.Agent:
        """Whom it goes to.

        Raises:
            UnknownAgent: There is no such agent.
            NoHandler: It runs its work by itself, and takes no messages.
        """
        self._check_open()
        agent = self._cast.member(text_of("agent", delivery.agent))
        if agent.pull:
            raise NoHandler(agent.id, delivery.tag)
        return agent
