"""What the scheduler has told agents and not heard of since: it tells them again.

An assignment is answered by any word of its lease, a revocation by the word that
nothing of it runs, a `Reconcile` by `Running`. Each says or asks the same however often
it comes, so a message that is lost costs a pause and nothing else. An agent that does
not answer at all is doubted: the supervisor is told, as of one that is silent. Not
before what waits in the scheduler's mailbox is read, which the clock's knock overtakes:
a look at the agent's signs of life comes back behind it. And who looks at the clock late
itself gives that much more time (`lateness`).

What an agent has to say by itself, how its attempts end and that they wait, it says
again until it is answered (`commitments`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.alarms import Alarms, Clocked
from callboard.actors.logic.effects import Effect, LookAt, Show, Tell
from callboard.actors.logic.expectations import Expectations
from callboard.actors.logic.lateness import owed, worst
from callboard.messages.base import SUPERVISOR, AgentId, agent_address
from callboard.messages.notices import AgentDoubted
from callboard.messages.supervision import AgentSilent
from callboard.messages.values import Token
from callboard.messages.work import Assign, Reconcile, Revoke

if TYPE_CHECKING:
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.slots import Slots

Word: TypeAlias = Assign | Revoke | Reconcile
"""What needs an answer."""

_Key: TypeAlias = Token | AgentId


class _Told:
    """A word that waits for its answer.

    Attributes:
        incarnation: Of the agent's actor that was told; its end answers everything.
        unheard: How often it was said again since the agent was last heard about it.
        late: Seconds that we looked after it was due meanwhile, as `lateness.worst` says.
        since: When there was no more patience; None while there is.
        asked: Somebody looks.
    """

    __slots__ = ("agent", "asked", "incarnation", "late", "since", "unheard", "word")

    def __init__(self, agent: AgentId, incarnation: int, word: Word) -> None:
        self.agent = agent
        self.incarnation = incarnation
        self.word = word
        self.forget()

    def forget(self) -> None:
        """The agent was heard, or is judged: count from here."""
        self.unheard, self.late = 0, 0.0
        self.since: float | None = None
        self.asked = False

    def again(self) -> Tell:
        """The same once more."""
        return Tell(agent_address(self.agent), self.word)


class Auditing:
    """Words that wait for their answers.

    Assignments are most of them, and almost all are answered at once: one that was not
    said again yet is only put down as expected.

    Args:
        slots: The agents.
        every: Seconds after which a word is said again; infinity says nothing again.
        patience: Seconds without any answer after which an agent is doubted.

    Attributes:
        alarms: When what is said again.
    """

    def __init__(self, slots: Slots, every: float, patience: float) -> None:
        self._slots = slots
        self._every = every
        self._patience = patience
        # Counted, not measured: who was suspended has not asked in vain meanwhile.
        self._most = math.ceil(patience / every)
        self._fresh = Expectations[Token, Assign](every)
        self._told: dict[_Key, _Told] = {}
        self._again_at = Alarms[_Key]()
        self.alarms: tuple[Clocked, ...] = (self._fresh, self._again_at)

    def __len__(self) -> int:
        """How many answers are awaited."""
        return len(self._fresh) + len(self._told)

    def assign(self, member: Member, assign: Assign, now: float) -> Tell:
        """Assign a lease, until there is word of it."""
        token = assign.lease.token
        known = token in self._told if self._told else False
        if self._every < math.inf and (known or not self._fresh.expect(token, assign, now)):
            self._await(member, token, assign, now)
        return Tell(member.address, assign)

    def revoke(self, member: Member, revoke: Revoke, now: float) -> Tell:
        """Revoke a lease, until nothing of it runs."""
        self._fresh.answered(revoke.token)  # whatever it says, it is not wanted any more
        self._await(member, revoke.token, revoke, now)
        return Tell(member.address, revoke)

    def reconcile(self, member: Member, now: float) -> Tell:
        """Ask what an agent runs, until it has said so."""
        word = Reconcile()
        self._await(member, member.agent.id, word, now)
        return Tell(member.address, word)

    def _await(self, member: Member, key: _Key, word: Word, now: float) -> None:
        if self._every < math.inf:
            self._told[key] = _Told(member.agent.id, member.incarnation, word)
            self._again_at.set(key, now + self._every)

    # Answered

    def heard(self, token: Token) -> None:
        """Word of a lease that the agent holds: it has the assignment."""
        if self._fresh.words.pop(token, None) is not None or not self._told:
            return
        told = self._told.get(token)
        if told is None:
            return
        if type(told.word) is Assign:
            self._answered(token)
        told.forget()

    def over(self, token: Token) -> None:
        """The agent has said that nothing of that lease runs."""
        if self._fresh.answered(token) is None and token in self._told:
            self._answered(token)

    def said_all(self, agent: AgentId) -> None:
        """The agent has said what it runs."""
        if agent in self._told:
            self._answered(agent)

    def _answered(self, key: _Key) -> None:
        del self._told[key]
        self._again_at.clear(key)

    # Not answered

    def due(self, now: float) -> list[Effect]:
        """Say again what was not answered, to those who are still there."""
        effects: list[Effect] = []
        for token, assign, when in self._fresh.overdue(now):
            self._told[token] = _Told(assign.lease.agent, assign.incarnation, assign)
            self._again_at.set(token, when)
        for key, when in self._again_at.overdue(now):
            told = self._told[key]
            if self._concerns(told):
                self._again_at.set(key, now + self._every)
                told.late = worst(now - when, told.late, limit=self._patience)
                effects.append(self._again(told, now))
            else:
                del self._told[key]
        return effects

    def _concerns(self, told: _Told) -> bool:
        """Whether that incarnation lives, and an assignment is still meant."""
        member = self._slots.member(told.agent)
        if member is None or not member.up or member.incarnation != told.incarnation:
            return False
        return type(told.word) is not Assign or told.word.lease.token in member.leases

    def _again(self, told: _Told, now: float) -> Effect:
        told.unheard += 1
        if told.unheard <= self._most:
            return told.again()
        told.since = now if told.since is None else told.since
        told.asked = True
        return LookAt(agent=told.agent, lease=None, limit="answer")

    def seen(self, agent: AgentId, now: float) -> list[Effect]:
        """All that waited was read; doubt the agent if no answer was among it."""
        doubts, effects = list[_Told](), list[Effect]()
        for key, told in self._told.items():
            if told.agent != agent or not told.asked or not self._concerns(told):
                continue
            told.asked = False
            more = self._patience_left(told, now)
            if more > 0:
                self._again_at.set(key, now + more)
                effects.append(told.again())
            else:
                doubts.append(told)
        return [*effects, *self._doubt(doubts, now)]

    def _patience_left(self, told: _Told, now: float) -> float:
        over = 0.0 if told.since is None else now - told.since
        return owed(over, told.late, limit=self._patience)

    def _doubt(self, mute: list[_Told], now: float) -> list[Effect]:
        for told in mute:
            told.forget()
        if not mute:
            return []
        agent, number = mute[0].agent, mute[0].incarnation
        shown = Show(AgentDoubted(at=now, agent=agent, seconds=self._patience))
        silent = AgentSilent(agent=agent, seconds=self._patience, incarnation=number)
        return [shown, Tell(SUPERVISOR, silent)]
