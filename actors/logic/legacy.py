"""What a supervisor finds that is built in the place of one that died.

The facts say who is a member, how often each has been restarted and which restarts
are due; whoever carries out what supervisors decide says who lives. So nothing of the
dead one's own memory is needed, which an error may have spoilt: a message that it died
of has changed nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from callboard.actors.logic.children import Child, Children, Departure
from callboard.actors.logic.effects import Effect, Record, StartActor, Tell
from callboard.actors.logic.lives import Life
from callboard.messages import facts
from callboard.messages.base import SUPERVISOR, Address, AgentId, agent_address
from callboard.messages.errors import ActorDied, problem_of
from callboard.messages.facts import Fact
from callboard.messages.supervision import ActorExited
from callboard.messages.values import Agent, replace

_Told: TypeAlias = (
    facts.AgentRegistered
    | facts.AgentResized
    | facts.AgentPaused
    | facts.AgentResumed
    | facts.AgentRemoved
    | facts.AgentStarted
    | facts.ActorRestarted
    | facts.RestartScheduled
    | facts.Escalated
)
_TOLD = (
    facts.AgentRegistered,
    facts.AgentResized,
    facts.AgentPaused,
    facts.AgentResumed,
    facts.AgentRemoved,
    facts.AgentStarted,
    facts.ActorRestarted,
    facts.RestartScheduled,
    facts.Escalated,
)


class Begun(msgspec.Struct, frozen=True, gc=False):
    """The latest actor that was started at an address.

    Attributes:
        at: When, seconds since the epoch.
    """

    incarnation: int
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Legacy:
    """What outlives a supervisor.

    Attributes:
        history: The journal's facts, in order; those of other actors may be among them.
        company: Agents that may be known already; others have left.
        alive: Actors that live, with their incarnations.
        latest: What was started last at an address, alive or not.
    """

    history: Iterable[Fact] = ()
    company: frozenset[AgentId] = frozenset()
    alive: Mapping[Address, int] = field(default_factory=dict[Address, int])
    latest: Mapping[Address, Begun] = field(default_factory=dict[Address, Begun])


class Heir:
    """Brings children to where they were left.

    Args:
        children: Those of the runtime, without agents.
        legacy: What was found.
        departures: Who drains.

    Attributes:
        restarts: When actors of the runtime were restarted, seconds since the epoch.
    """

    def __init__(
        self, children: Children, legacy: Legacy, departures: Mapping[AgentId, Departure]
    ) -> None:
        self._children = children
        self._legacy = legacy
        self._departures = departures
        self._seen: dict[Address, int] = {}
        self._due: dict[Address, float] = {}
        self._left: dict[Address, Agent] = {}
        self.restarts: list[float] = []

    def take_over(self, now: float) -> list[Effect]:
        """Every child is what it was.

        Returns:
            Effects that tell us of those who have died unseen, behind whatever waits in
            our mailbox: their own last word says more.
        """
        for address, begun in self._legacy.latest.items():
            self._children.remember(address, begun.incarnation)
        for fact in _of_this_run(self._legacy.history):
            self._tell(fact)
        self._let_go()
        self._heed()
        effects = [e for child in self._children.all() for e in self._settle(child, now)]
        return [*effects, *(e for address in self._left for e in self._see_off(address, now))]

    # What has happened

    def _tell(self, fact: _Told) -> None:
        match fact:
            case facts.AgentRegistered():
                self._registered(fact)
            case facts.AgentResized():
                child = self._children.agent(fact.agent)
                if child is not None and child.agent is not None:
                    child.agent = replace(child.agent, max_load=fact.max_load)
            case facts.AgentPaused() | facts.AgentResumed():
                child = self._children.agent(fact.agent)
                if child is not None and child.agent is not None:
                    paused = isinstance(fact, facts.AgentPaused)
                    child.agent = replace(child.agent, paused=paused)
            case facts.AgentRemoved():
                self._removed(fact.agent)
            case facts.AgentStarted():
                self._started(agent_address(fact.agent), fact.incarnation, fact.at)
            case facts.ActorRestarted():
                self._started(fact.address, fact.incarnation, fact.at)
            case facts.RestartScheduled():
                self._failed(fact)
            case facts.Escalated():
                self._given_up(fact.address)

    def _registered(self, fact: facts.AgentRegistered) -> None:
        known, address = self._children.agent(fact.agent.id), agent_address(fact.agent.id)
        if known is None or known.has_actor or not fact.agent.pull:
            self._removed(fact.agent.id)
            self._children.add(address, fact.agent)
        else:
            known.agent = fact.agent

    def _removed(self, agent: AgentId) -> None:
        address = agent_address(agent)
        child = self._children.agent(agent)
        if child is not None and child.agent is not None:
            self._left[address] = child.agent
            self._children.discard(child)
        self._seen.pop(address, None)
        self._due.pop(address, None)

    def _started(self, address: Address, incarnation: int, at: float) -> None:
        child = self._children.find(address)
        if child is not None:
            child.waits.runs(at)
        self._seen[address] = incarnation
        self._due.pop(address, None)

    def _failed(self, fact: facts.RestartScheduled) -> None:
        child = self._children.find(fact.address)
        if child is None:
            return
        child.budget.spend(fact.at)
        child.waits.failed(fact.at, "")
        self._due[fact.address] = fact.at + fact.delay
        # What has no actor does not tell that it has started.
        child.incarnation += not child.has_actor
        if child.agent is None:
            self.restarts.append(fact.at)

    def _given_up(self, address: Address) -> None:
        child = self._children.find(address)
        if child is not None and child.agent is None:  # of an agent more will be said
            self._children.discard(child)

    # How it is now

    def _let_go(self) -> None:
        for child in self._children.all():
            if child.agent is not None and child.agent.id not in self._legacy.company:
                self._removed(child.agent.id)

    def _heed(self) -> None:
        """What was asked of agents, and perhaps not recorded yet."""
        for child in self._children.all():
            if child.agent is not None:
                child.agent = self._children.as_asked(child.agent)

    def _settle(self, child: Child, now: float) -> list[Effect]:
        address = child.address
        alive, begun = self._legacy.alive.get(address), self._legacy.latest.get(address)
        if child.has_actor:
            child.incarnation = alive or (begun.incarnation if begun else child.incarnation)
        tried = now if not child.has_actor else begun.at if begun else 0.0
        if alive is None and tried < self._due.get(address, 0.0):
            child.life = Life.RESTARTING
            self._children.deadlines.set(address, self._due[address])
            return []
        self._go_on(child, now)
        if alive is None:
            return self._missing(child) if child.has_actor else []
        return self._unrecorded(child, now)

    def _missing(self, child: Child) -> list[Effect]:
        """There is none of it: it has died unseen, or our predecessor has never started it."""
        address = child.address
        if child.agent is None and address not in self._legacy.latest and address not in self._due:
            return [StartActor(address, child.incarnation)]
        return [_died_unseen(child)]

    def _unrecorded(self, child: Child, now: float) -> list[Effect]:
        """An actor of the runtime that was started again just before its supervisor died."""
        address, incarnation = child.address, child.incarnation
        if child.agent is not None or incarnation == self._seen.get(address, 1):
            return []
        fact = facts.ActorRestarted(at=now, address=address, incarnation=incarnation)
        return [Record(fact)]

    def _go_on(self, child: Child, now: float) -> None:
        # The runtime's own actors are never waited for: no matter if their word that
        # they have started was lost.
        started = child.agent is None or not child.has_actor
        if started or self._seen.get(child.address) == child.incarnation:
            child.life = Life.RUNNING
        else:
            self._children.expect_start(child, now)
        departure = None if child.agent is None else self._departures.get(child.agent.id)
        if child.agent is not None and departure is not None:
            child.life, child.callers = Life.DRAINING, departure.callers
            self._children.depart(child, child.agent.id, departure.until)

    def _see_off(self, address: Address, now: float) -> list[Effect]:
        """An agent that has left, and perhaps has not been told so."""
        incarnation = self._legacy.alive.get(address)
        if incarnation is None or self._children.find(address) is not None:
            return []
        child = self._children.add(address, self._left[address])
        child.incarnation, child.life = incarnation, Life.STOPPING
        return [self._children.expect_end(child, now)]


def _of_this_run(history: Iterable[Fact]) -> list[_Told]:
    """The actors of an earlier process are gone with it."""
    told: list[_Told] = []
    for fact in history:
        if isinstance(fact, facts.RuntimeStarted):
            told.clear()
        elif isinstance(fact, _TOLD):
            told.append(fact)
    return told


def _died_unseen(child: Child) -> Tell:
    error = ActorDied(child.address, "it was gone when its supervisor was built again")
    exited = ActorExited(
        address=child.address, incarnation=child.incarnation, problem=problem_of(error)
    )
    return Tell(SUPERVISOR, exited)
