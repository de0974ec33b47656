"""The messages that wait for an agent's handlers, and the one that is being handled.

One at a time, in the order in which they came. A message that the agent has no handler
for goes to its inbox at once, where its work may read it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from callboard.actors.logic.alarms import Alarms
from callboard.actors.logic.effects import Effect, HandleMessage, Show, Tell
from callboard.actors.logic.repeats import AUDIT
from callboard.messages.base import NOBODY, SUPERVISOR, agent_address
from callboard.messages.commands import Refused, Replied
from callboard.messages.errors.base import CallboardError, problem_of
from callboard.messages.errors.data import InboxFull, NoHandler
from callboard.messages.errors.endings import AgentLost
from callboard.messages.errors.running import CallTimedOut
from callboard.messages.execution import Deliver, Handled
from callboard.messages.notices import DeadLetter, HandlerFailed
from callboard.messages.supervision import AgentStuck
from callboard.messages.values import Agent, Payload, Problem

HANDLER_SECONDS = 300.0
"""How long a handler may take over one message; then its agent counts as stuck."""


class _Letter(NamedTuple):
    delivery: Deliver
    came: float


class Correspondence:
    """What becomes of the messages for one agent.

    Args:
        agent: Its address, what it has handlers for, and how many messages may wait.
        incarnation: Of its actor.
        audit: Seconds after which the supervisor is told again that a handler takes too long.
        handler_seconds: That a handler may take over one of them.

    Attributes:
        alarms: Deadlines of the messages, and of the one that is being handled.
        letters: Messages that wait, by number, in order.
    """

    def __init__(
        self,
        agent: Agent,
        incarnation: int = 0,
        audit: float = AUDIT,
        *,
        handler_seconds: float = HANDLER_SECONDS,
    ) -> None:
        self._agent = agent
        self._incarnation = incarnation
        self._audit = audit
        self._limit = agent.mailbox_limit
        self._seconds = agent.timeouts.run or handler_seconds
        self.letters: dict[int, _Letter] = {}
        self._handled: _Letter | None = None
        self._count = 0
        self.alarms: Alarms[int] = Alarms()

    def __len__(self) -> int:
        """How many messages wait."""
        return len(self.letters)

    @property
    def handling(self) -> bool:
        """Whether a handler runs."""
        return self._handled is not None

    def take(self, delivery: Deliver, now: float) -> list[Effect]:
        """A message has come."""
        if delivery.deadline is not None and delivery.deadline <= now:
            return self._undelivered(delivery, self._late(delivery, 0.0), now)
        if delivery.tag not in self._agent.handles:
            return self._to_inbox(delivery, now)
        if len(self.letters) >= self._limit:
            return self._undelivered(delivery, InboxFull(self._agent.id, self._limit), now)
        self._count += 1
        self.letters[self._count] = _Letter(delivery, now)
        if delivery.deadline is not None:
            self.alarms.set(self._count, delivery.deadline)
        return []

    def handle_next(self, now: float) -> list[Effect]:
        """Have the oldest message handled, unless there is none or another one is."""
        if self._handled is not None or not self.letters:
            return []
        number = next(iter(self.letters))
        self._handled = self.letters.pop(number)
        self.alarms.clear(number)
        self.alarms.set(0, now + self._seconds)
        return [HandleMessage(self._handled.delivery)]

    def handled(self, end: Handled, now: float) -> list[Effect]:
        """A handler has ended, or the inbox has refused a message."""
        if self._handled is None or self._handled.delivery.tag != end.tag:
            reason = end.problem.text if end.problem else "nobody handles it any more"
            return [self._dead(end.tag, reason, now)]
        delivery, self._handled = self._handled.delivery, None
        self.alarms.clear(0)
        if end.problem is None:
            return _answer(delivery, Replied(body=end.reply or Payload()))
        failed = HandlerFailed(at=now, agent=self._agent.id, tag=delivery.tag, problem=end.problem)
        return [Show(failed), *_answer(delivery, Refused(problem=end.problem))]

    def look(self, now: float) -> list[Effect]:
        """Turn away what is past its deadline, and doubt a handler that takes too long."""
        effects: list[Effect] = []
        for number in self.alarms.due(now):
            if number == 0:
                effects += self._stuck(now)
            else:
                effects += self._expired(number, now)
        return effects

    def close(self, now: float, problem: Problem | None = None) -> list[Effect]:
        """Turn away all that waits: the agent stops, or crashes of that problem."""
        letters, self.letters = self.letters, {}
        effects = [e for letter in letters.values() for e in self.refuse(letter.delivery, now)]
        if problem is not None and self._handled is not None:
            effects += _answer(self._handled.delivery, Refused(problem=problem))
        return effects

    def refuse(self, delivery: Deliver, now: float) -> list[Effect]:
        """Turn one message away: the agent stops."""
        return self._undelivered(delivery, AgentLost(self._agent.id, "is stopping"), now)

    def _expired(self, number: int, now: float) -> list[Effect]:
        letter = self.letters.pop(number, None)
        if letter is None:  # turned away already
            return []
        late = self._late(letter.delivery, now - letter.came)
        return self._undelivered(letter.delivery, late, now)

    def _to_inbox(self, delivery: Deliver, now: float) -> list[Effect]:
        if delivery.reply_to != NOBODY:  # nobody could answer it from there
            return self._undelivered(delivery, NoHandler(self._agent.id, delivery.tag), now)
        return [HandleMessage(delivery)]

    def _late(self, delivery: Deliver, seconds: float) -> CallTimedOut:
        return CallTimedOut(f"{delivery.tag} to agent {self._agent.id!r}", seconds)

    def _stuck(self, now: float) -> list[Effect]:
        if self._audit < math.inf:  # said again as long as it is so, for it may be lost
            self.alarms.set(0, now + self._audit)
        tag = self._handled.delivery.tag if self._handled else ""
        why = f"has been handling {tag} for more than {self._seconds:g} s"
        problem = problem_of(AgentLost(self._agent.id, why))
        us, number = self._agent.id, self._incarnation
        return [Tell(SUPERVISOR, AgentStuck(agent=us, problem=problem, incarnation=number))]

    def _undelivered(self, delivery: Deliver, error: CallboardError, now: float) -> list[Effect]:
        problem: Problem = problem_of(error)
        dead = self._dead(delivery.tag, problem.text, now)
        return [dead, *_answer(delivery, Refused(problem=problem))]

    def _dead(self, tag: str, reason: str, now: float) -> Effect:
        return Show(DeadLetter(at=now, to=agent_address(self._agent.id), what=tag, reason=reason))


def _answer(delivery: Deliver, reply: Replied | Refused) -> list[Effect]:
    return [Tell(delivery.reply_to, reply)] if delivery.reply_to != NOBODY else []
