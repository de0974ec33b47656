"""What an agent was given ahead of a slot: it stands in line, begins, or is given back.

What runs the agent's work begins the next one by itself when one has ended. So only that
can say whether something has begun, and is asked before anything is given back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.attempts import (
    LINED,
    OVER,
    RUNNING,
    STOPPING,
    Attempt,
    Attempts,
)
from callboard.actors.logic.effects import Effect, Show, StartWork, TakeBack, Tell
from callboard.actors.logic.repeats import Repeats
from callboard.messages.base import SCHEDULER, agent_address
from callboard.messages.notices import DeadLetter, StaleRefused
from callboard.messages.values import Token
from callboard.messages.work import Cancelled, GivenBack, Recall, Started

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.messages.base import Message
    from callboard.messages.execution import WorkTakenBack
    from callboard.messages.unions import AgentMessage
    from callboard.messages.values import Agent, Follower

_LONGEST = 60
"""Pauses between repetitions grow up to so many times the first one."""


class Lined:
    """The attempts of one agent, and those of them that stand in line.

    Args:
        agent: Whose they are.
        incarnation: Of its actor.
        audit: Seconds after which what was not answered is said again.

    Attributes:
        agent: As it is now.
        attempts: All that are not over.
    """

    def __init__(self, agent: Agent, incarnation: int, audit: float) -> None:
        self.agent = agent
        self._incarnation = incarnation
        self.attempts = Attempts()
        self._latest: Token | None = None
        self._revoked_early: frozenset[Token] = frozenset()
        self._asked = False  # by a scheduler that knows nothing; the line is emptied first
        self._ends: Repeats[Attempt] = Repeats(audit, _LONGEST * audit)
        self._slots: Repeats[Attempt] = Repeats(audit, _LONGEST * audit)

    def reconcile(self) -> list[Effect]:
        """Say all that is held; see `Commitments`."""
        raise NotImplementedError

    def line_up(self) -> list[Effect]:
        """Hand on what came ahead."""
        effects: list[Effect] = []
        for attempt in list(self.attempts.ahead):
            self.attempts.enter(attempt, LINED)
            effects.append(StartWork(attempt.lease, attempt.ready, self.agent.max_load))
        return effects

    def leave_line(self) -> list[Effect]:
        """Let go what has not begun, before it is said what is held; nothing where that is done."""
        for attempt in list(self.attempts.ahead):
            self._forget(attempt)
        self.attempts.none_behind()
        self._asked = bool(self.attempts.where(LINED))
        return [TakeBack()] if self._asked else []

    def began(self, token: Token, message: AgentMessage, now: float) -> list[Effect]:
        """What stood in line runs."""
        attempt = self.attempts.get(token)
        if attempt is None:
            return [self.stale(None, message, now)]
        if attempt.state is not LINED:  # it was told to stop, and will
            return []
        self.attempts.enter(attempt, RUNNING)
        return [Tell(SCHEDULER, Started(lease=attempt.lease))]

    def recall(self, recall: Recall) -> list[Effect]:
        """Give back what has not begun, at once, or when what runs the work has said so.

        Of what has begun that is said again.
        """
        effects, free, lined = list[Effect](), list[Token](), False
        for token in recall.tokens:
            attempt = self.attempts.get(token)
            if attempt is None:
                self.attempts.not_behind(token)
                self._refuse_later(token)
                free.append(token)
            elif attempt.state is LINED:
                lined = True
            elif attempt in self.attempts.ahead:
                self._forget(attempt)
                free.append(token)
            elif attempt.state is RUNNING:  # the word of it was lost
                effects.append(tell(Started(lease=attempt.lease)))
        if free:
            effects.append(self._give_back(free))
        return [*effects, TakeBack()] if lined else effects

    def taken_back(self, message: WorkTakenBack) -> list[Effect]:
        """These stand in line no longer; one that was told to stop has stopped by that."""
        effects, free = list[Effect](), list[Token]()
        for token in message.tokens:
            attempt = self.attempts.get(token)
            if attempt is None:
                continue
            stopping = attempt.state is STOPPING
            self._forget(attempt)
            if stopping:
                effects.append(tell(Cancelled(lease=attempt.lease)))
            else:
                free.append(token)
        if self._asked:
            self._asked = False
            return [*effects, *self.reconcile()]
        return [*effects, self._give_back(free)] if free else effects

    def leave_behind(self, attempt: Attempt) -> list[Effect]:
        """It has not succeeded: nothing of what was to follow it will begin."""
        effects: list[Effect] = []
        for follower in self.attempts.untie(attempt) if attempt.then else ():
            stops = follower.state is STOPPING
            self._forget(follower)
            effects += [tell(Cancelled(lease=follower.lease))] if stops else ()
        return effects

    def _give_back(self, tokens: Iterable[Token]) -> Tell:
        return tell(GivenBack(agent=self.agent.id, tokens=tuple(tokens)))

    # What all of it needs

    def wanted(self, then: tuple[Follower, ...]) -> tuple[Follower, ...]:
        """Those before the first one that was revoked before it came."""
        for number, follower in enumerate(then):
            if self.was_revoked(follower.lease.token):
                return then[:number]
        return then

    def was_revoked(self, token: Token) -> bool:
        """Whether the revocation of *token* came first; older ones are forgotten."""
        revoked = token in self._revoked_early
        self._revoked_early = frozenset(t for t in self._revoked_early if t > token)
        return revoked

    def _refuse_later(self, token: Token) -> None:
        """Should that assignment be under way yet, it comes too late."""
        if self._latest is None or token > self._latest:
            self._revoked_early |= {token}

    def _forget(self, attempt: Attempt) -> None:
        self._ends.answered(attempt)
        self.attempts.enter(attempt, OVER)

    def stale(self, attempt: Attempt | None, message: AgentMessage, now: float) -> Effect:
        """It is shown, and changes nothing."""
        what = type(message).__name__
        if attempt is not None:
            return Show(StaleRefused(at=now, lease=attempt.lease, what=what))
        to, reason = agent_address(self.agent.id), "no such attempt is under way"
        return Show(DeadLetter(at=now, to=to, what=what, reason=reason))


def tell(message: Message) -> Tell:
    """Say it to the scheduler."""
    return Tell(SCHEDULER, message)
