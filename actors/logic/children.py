"""A supervisor's children: who there is, where each is in its life, and until when."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import msgspec

from callboard.actors.logic.alarms import Alarms
from callboard.actors.logic.budget import RestartBudget
from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.lives import TRANSITIONS, Change, Life
from callboard.actors.logic.repeats import Repeats
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.actors.logic.waits import Waits
from callboard.messages.base import Address, AgentId, agent_address
from callboard.messages.supervision import ActorExited, ActorStarted, CheckStarted, Shutdown
from callboard.messages.values import Agent, replace

_CHANCES = 4
"""How often within its limit a child is asked again, or told."""


class Child(msgspec.Struct, gc=False):
    """One supervised actor.

    Nothing of it refers back to it, so the garbage collector passes it over: there may be
    ten thousand.

    Attributes:
        budget: Of its restarts.
        agent: What it stands for; None for an actor of the runtime.
        incarnation: The one that lives, or has lived last.
        waits: For its restarts.
        callers: Who waits for it to go.
    """

    address: Address
    budget: RestartBudget
    waits: Waits
    agent: Agent | None = None
    incarnation: int = 1
    life: Life = Life.STARTING
    callers: tuple[Address, ...] = ()

    @property
    def name(self) -> str:
        """For people: the agent's id, or the address."""
        return self.address if self.agent is None else self.agent.id

    @property
    def has_actor(self) -> bool:
        """False for an agent that works elsewhere and asks for its work."""
        return self.agent is None or not self.agent.pull

    def can(self, change: Change) -> bool:
        """Whether that may happen to it now."""
        return (self.life, change) in TRANSITIONS


@dataclass(frozen=True, slots=True)
class Departure:
    """An agent that shall finish what it runs and go.

    Attributes:
        until: When it goes all the same, seconds since the epoch.
        callers: Who waits for that.
    """

    until: float
    callers: tuple[Address, ...]


class Children:
    """All children by address, in the order in which they came.

    A child has at most one deadline; what it means depends on where the child is in
    its life, so it is forgotten with every change. Word that an agent has started, and
    that it shall end, may be lost on the way: until there is an answer it is asked and
    told again.

    Args:
        options: How patient their supervisor is.
        departures: Who drains; the same object for every supervisor of a runtime.
        asked: Agents as somebody has asked them to be, likewise; whoever carries that
            out records it, and that may be later than the next supervisor is built.
        audit: Seconds after which what was not answered is said again, unless the limit
            for the answer is short; infinity says nothing again.

    Attributes:
        deadlines: Until when the present state of a child may last.
        alarms: The deadlines, and when something is to be said again.
    """

    def __init__(
        self,
        options: SupervisionOptions,
        departures: dict[AgentId, Departure],
        asked: dict[AgentId, Agent],
        audit: float,
    ) -> None:
        self._options, self._departures, self._asked = options, departures, asked
        self._starting = _repeats(audit, options.start_seconds)
        self._ending = _repeats(audit, options.stop_seconds)
        self._children: dict[Address, Child] = {}
        # Actors that were ended from here and of which word may still come: whoever
        # takes such an address begins with a higher incarnation.
        self._ghosts: dict[Address, int] = {}
        self.deadlines = Alarms[Address]()
        self.alarms = (self.deadlines, self._starting.alarms, self._ending.alarms)

    def __getitem__(self, address: Address) -> Child:
        """The child with that address.

        Raises:
            KeyError: There is none.
        """
        return self._children[address]

    def add(self, address: Address, agent: Agent | None = None) -> Child:
        """A new child, about to be started."""
        child = Child(
            address,
            self.new_budget(),
            self.new_waits(),
            agent,
            self._ghosts.get(address, 0) + 1,
        )
        self._children[address] = child
        return child

    def new_budget(self) -> RestartBudget:
        """Restarts that nobody has used yet."""
        return RestartBudget(self._options.intensity, self._options.period)

    def new_waits(self) -> Waits:
        """Of a child that has not failed yet."""
        return Waits(self._options)

    def change(self, child: Child, agent: Agent) -> None:
        """It stands for *agent* as that is to be from now on."""
        child.agent = self._asked[agent.id] = agent

    def as_asked(self, agent: Agent) -> Agent:
        """The agent, paused or not and of the size that was asked for last."""
        asked = self._asked.get(agent.id, agent)
        return replace(agent, paused=asked.paused, max_load=asked.max_load)

    def agent(self, agent: AgentId) -> Child | None:
        """The child that stands for *agent*, if there is one."""
        return self._children.get(agent_address(agent))

    def find(self, address: Address) -> Child | None:
        """The child with that address, if there is one."""
        return self._children.get(address)

    def all(self) -> list[Child]:
        """Every child, in the order in which they came."""
        return list(self._children.values())

    def spoken_of(self, message: ActorStarted | ActorExited) -> Child | None:
        """The child of which *message* speaks, unless it speaks of the past.

        A higher incarnation is of the past too: of an agent that left and came back.
        """
        child = self._children.get(message.address)
        of_now = child is not None and message.incarnation == child.incarnation
        return child if of_now else None

    def move(self, child: Child, change: Change) -> None:
        """Let *change* happen to *child*; where it ends, the child is forgotten.

        Raises:
            KeyError: That cannot happen to it now.
        """
        child.life = TRANSITIONS[child.life, change]
        self._answered(child)
        if child.agent is not None and child.life is not Life.DRAINING:
            self._departures.pop(child.agent.id, None)
        if child.life is Life.GONE:
            self.discard(child)

    def discard(self, child: Child) -> None:
        """Forget a child that has gone."""
        self._answered(child)
        del self._children[child.address]
        if child.agent is not None:
            self._asked.pop(child.agent.id, None)

    def expect_start(self, child: Child, now: float) -> None:
        """It has so long to start, and is asked whether it has."""
        self.deadlines.set(child.address, now + self._options.start_seconds)
        self._starting.say(child.address, Tell(child.address, CheckStarted()), now)

    def expect_end(self, child: Child, now: float) -> Effect:
        """Tell it to end; it has so long for that."""
        self.deadlines.set(child.address, now + self._options.stop_seconds)
        return self._ending.say(child.address, Tell(child.address, Shutdown()), now)

    def say_again(self, now: float) -> list[Effect]:
        """What was not answered in time."""
        return [*self._starting.due(now), *self._ending.due(now)]

    def _answered(self, child: Child) -> None:
        """It is somewhere else in its life now: nothing more is expected of where it was."""
        self.deadlines.clear(child.address)
        self._starting.answered(child.address)
        self._ending.answered(child.address)

    def depart(self, child: Child, agent: AgentId, until: float) -> None:
        """An agent drains, until then at the latest; a successor of ours knows it too."""
        self.deadlines.set(child.address, until)
        self._departures[agent] = Departure(until, child.callers)

    def remember(self, address: Address, incarnation: int) -> None:
        """That incarnation is ended from here, and may not know it yet."""
        self._ghosts[address] = incarnation

    def count(self) -> dict[str, int]:
        """How many are in each state of life."""
        found = Counter(child.life for child in self._children.values())
        return {life.value: found[life] for life in Life if life is not Life.GONE}


def _repeats(audit: float, limit: float) -> Repeats[Address]:
    every = audit if audit == math.inf else min(audit, limit / _CHANCES)
    return Repeats(every, every)
