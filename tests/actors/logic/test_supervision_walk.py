"""A supervisor in a world that does what it likes: what holds whatever happens."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from callboard.actors.logic.children import Departure
from callboard.actors.logic.effects import After, Effect, Record, StartActor, StopActor, Tell
from callboard.actors.logic.legacy import Begun, Legacy
from callboard.actors.logic.supervision import SupervisionLogic, SupervisionOptions
from callboard.messages.base import SCHEDULER, Address, AgentId
from callboard.messages.commands import Done, Ping, Pong, Refused, RegisterAgent, UnregisterAgent
from callboard.messages.facts import (
    ActorRestarted,
    AgentRegistered,
    AgentRemoved,
    Escalated,
    Fact,
    RestartScheduled,
)
from callboard.messages.supervision import (
    ActorExited,
    ActorStarted,
    AgentGone,
    AgentSilent,
    AgentStuck,
    Wake,
)
from callboard.messages.unions import SupervisorMessage
from callboard.messages.values import Agent, Problem
from callboard.messages.work import AgentDraining, AgentJoined, AgentLeft, AgentUp

pytestmark = pytest.mark.no_cover  # the same code thousands of times

BOOM = Problem(error="KeyError", text="KeyError: 'q4'")
OPTIONS = SupervisionOptions(
    intensity=2,
    runtime_intensity=3,
    period=10.0,
    first=1.0,
    longest=4.0,
    reset_after=8.0,
    start_seconds=6.0,
    stop_seconds=3.0,
)
RUNTIME = ("orchestrator", SCHEDULER, "decomposer")
IDS = st.sampled_from(["a", "b", "c"])


class World(RuleBasedStateMachine):
    """Actors that live and die as they are told, and a scheduler that takes notes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.departures: dict[AgentId, Departure] = {}
        self.logic = SupervisionLogic(OPTIONS, departures=self.departures)
        self.incarnation = 1
        self.history: list[Fact] = []
        self.latest: dict[Address, Begun] = {}
        self.alive: dict[Address, int] = {}
        self.buried: list[tuple[Address, int]] = []
        self.wakes: list[float] = []
        self.known: dict[AgentId, Agent] = {}
        self.joined: set[AgentId] = set()
        self.draining: set[AgentId] = set()
        self.due: dict[Address, float] = {}
        self.restarts: dict[Address, list[float]] = defaultdict(list)
        self.runtime_restarts: list[float] = []
        self.given_up: set[Address] = set()
        self.callers: Counter[Address] = Counter()
        self.waiting: dict[Address, AgentId] = {}

    # The world does what it is told.

    def say(self, message: SupervisorMessage) -> list[Effect]:
        return self.perform(self.logic.handle(message, self.now))

    def perform(self, effects: list[Effect]) -> list[Effect]:
        for effect in effects:
            match effect:
                case StartActor():
                    self.start_actor(effect)
                case StopActor():
                    self.bury(effect.address)
                case Record():
                    self.note(effect.fact)
                case Tell():
                    self.hear(effect)
                case After():
                    self.wakes.append(self.now + effect.seconds)
                case _:
                    pass
        return [effect for effect in effects if not isinstance(effect, After)]

    def start_actor(self, start: StartActor) -> None:
        assert start.address not in self.alive, "two incarnations at one address"
        buried = [n for address, n in self.buried if address == start.address]
        assert start.incarnation > max(buried, default=0), "an incarnation twice"
        assert start.address not in self.given_up, "what was given up or stopped lives again"
        agent = start.address.removeprefix("agent/")
        if agent != start.address:
            assert agent in self.known, "an agent that has left lives again"
            assert agent not in self.draining, "an agent that shall go lives again"
        self.alive[start.address] = start.incarnation
        self.latest[start.address] = Begun(start.incarnation, self.now)
        self.due.pop(start.address, None)

    def bury(self, address: Address) -> None:
        if address in self.alive:
            self.buried.append((address, self.alive.pop(address)))

    def note(self, fact: Fact) -> None:
        self.history.append(fact)
        match fact:
            case AgentRegistered():
                old = self.known.get(fact.agent.id)
                if old is None or not (old.pull and fact.agent.pull):
                    self.restarts.pop("agent/" + fact.agent.id, None)
                self.known[fact.agent.id] = fact.agent
            case AgentRemoved():
                del self.known[fact.agent]
                self.draining.discard(fact.agent)
                self.due.pop("agent/" + fact.agent, None)
                self.restarts.pop("agent/" + fact.agent, None)
            case RestartScheduled():
                self.restarts[fact.address].append(fact.at)
                self.due[fact.address] = fact.at + fact.delay
                if fact.address in RUNTIME:
                    self.runtime_restarts.append(fact.at)
            case Escalated():
                self.given_up |= {fact.address} & set(RUNTIME)
            case _:
                pass

    def hear(self, tell: Tell) -> None:
        match tell.message:
            case AgentJoined():
                self.joined.add(tell.message.agent.id)
                self.answered(tell.message.reply_to)
            case AgentUp():
                assert tell.message.agent in self.joined
                self.due.pop("agent/" + tell.message.agent, None)
            case AgentDraining():
                assert tell.message.agent in self.joined
                self.draining.add(tell.message.agent)
            case AgentLeft():
                self.joined.remove(tell.message.agent)
                self.answered(tell.message.reply_to)
            case Done() | Refused():
                self.answered(tell.to)
            case ActorExited():
                self.say(tell.message)
            case _:
                pass

    def answered(self, caller: Address) -> None:
        if caller:
            del self.waiting[caller]

    def caller(self, agent: AgentId) -> Address:
        name = f"caller/{len(self.callers)}"
        self.callers[name] += 1
        self.waiting[name] = agent
        return name

    # Anything can happen.

    @initialize()
    def curtain(self) -> None:
        self.perform(self.logic.start(self.now))

    @rule(agent=IDS, pull=st.booleans(), replace=st.booleans())
    def register(self, agent: AgentId, *, pull: bool, replace: bool) -> None:
        new = Agent(id=agent, pull=pull)
        known = agent in self.known
        self.say(RegisterAgent(agent=new, replace=replace, reply_to=self.caller(agent)))
        if replace or not known:
            assert self.known[agent] == new

    @rule(agent=IDS, drain=st.booleans(), seconds=st.integers(0, 9))
    def unregister(self, agent: AgentId, *, drain: bool, seconds: int) -> None:
        message = UnregisterAgent(
            agent=agent, drain=drain, seconds=float(seconds), reply_to=self.caller(agent)
        )
        self.say(message)
        assert agent not in self.known or agent in self.draining

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def start(self, data: st.DataObject) -> None:
        address = data.draw(st.sampled_from(sorted(self.alive)))
        self.say(ActorStarted(address=address, incarnation=self.alive[address]))

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), clean=st.sampled_from([False, False, False, True]))
    def exit(self, data: st.DataObject, *, clean: bool) -> None:
        address = data.draw(st.sampled_from(sorted(self.alive)))
        incarnation = self.alive.pop(address)
        wanted = address in RUNTIME or address.removeprefix("agent/") in self.known
        if clean and address in RUNTIME:
            self.given_up.add(address)
        problem = None if clean else BOOM
        effects = self.say(ActorExited(address=address, incarnation=incarnation, problem=problem))
        self.check_outcome(effects, wanted=wanted and not (clean and address in RUNTIME))

    @rule(agent=IDS, stuck=st.booleans())
    def doubt(self, agent: AgentId, *, stuck: bool) -> None:
        silent = AgentSilent(agent=agent, seconds=15.0)
        effects = self.say(AgentStuck(agent=agent, problem=BOOM) if stuck else silent)
        self.check_outcome(effects, wanted=bool(effects))

    @rule(agent=IDS)
    def hold_nothing(self, agent: AgentId) -> None:
        draining = agent in self.draining
        effects = self.say(AgentGone(agent=agent))
        assert bool(effects) is draining

    @precondition(lambda self: self.buried)
    @rule(data=st.data(), started=st.booleans(), problem=st.sampled_from([None, BOOM]))
    def speak_from_the_grave(
        self, data: st.DataObject, *, started: bool, problem: Problem | None
    ) -> None:
        address, incarnation = data.draw(st.sampled_from(self.buried))
        if started:
            word: SupervisorMessage = ActorStarted(address=address, incarnation=incarnation)
        else:
            word = ActorExited(address=address, incarnation=incarnation, problem=problem)
            self.buried.remove((address, incarnation))
        assert self.say(word) == []

    @rule(seconds=st.sampled_from([0.0, 0.5, 1.0, 2.0, 4.0, 12.0]))
    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while self.wakes and min(self.wakes) <= end:
            self.now = min(self.wakes)
            self.wakes.remove(self.now)
            self.say(Wake())
        self.now = end

    @rule(data=st.data(), dies=st.booleans())
    def die_and_be_built_again(self, data: st.DataObject, *, dies: bool) -> None:
        """The supervisor itself; another actor may die unseen meanwhile."""
        self.given_up -= {a for a in RUNTIME if not self.is_given_up(a)}
        if dies and self.alive:
            self.bury(data.draw(st.sampled_from(sorted(self.alive))))
        self.wakes.clear()
        self.incarnation += 1
        legacy = Legacy(
            history=tuple(self.history),
            company=frozenset(self.known),
            alive=dict(self.alive),
            latest=dict(self.latest),
        )
        self.logic = SupervisionLogic(
            OPTIONS, legacy=legacy, incarnation=self.incarnation, departures=self.departures
        )
        effects = self.perform(self.logic.start(self.now))
        built = ActorRestarted(at=self.now, address="supervisor", incarnation=self.incarnation)
        assert effects[0] == Record(built)

    def is_given_up(self, address: Address) -> bool:
        """An actor of the runtime that has ended without a problem is not."""
        return any(isinstance(f, Escalated) and f.address == address for f in self.history)

    @rule()
    def wake_for_nothing(self) -> None:
        self.say(Wake())

    def check_outcome(self, effects: list[Effect], *, wanted: bool) -> None:
        """Each death has exactly one outcome, and none where it was wanted."""
        found = [type(effect.fact) for effect in effects if isinstance(effect, Record)]
        restarted, escalated = found.count(RestartScheduled), found.count(Escalated)
        removed = found.count(AgentRemoved)
        assert restarted + max(escalated, removed) == int(wanted)

    # And yet:

    @invariant()
    def no_window_holds_more_restarts_than_allowed(self) -> None:
        for times in self.restarts.values():
            assert crowd(times) <= OPTIONS.intensity
        assert crowd(self.runtime_restarts) <= OPTIONS.runtime_intensity

    @invariant()
    def the_scheduler_knows_exactly_who_is_there(self) -> None:
        assert self.joined == set(self.known)

    @invariant()
    def every_restart_comes_in_time(self) -> None:
        assert all(due >= self.now - 1e-9 for due in self.due.values())

    @invariant()
    def whoever_is_there_lives_or_is_about_to(self) -> None:
        for agent in self.known.values():
            if not agent.pull:
                assert ("agent/" + agent.id in self.alive) is not ("agent/" + agent.id in self.due)

    @invariant()
    def only_those_wait_whose_agent_drains(self) -> None:
        assert set(self.waiting.values()) <= self.draining

    @invariant()
    def it_answers_and_its_figures_are_right(self) -> None:
        [effect] = self.logic.handle(Ping(reply_to="caller/me"), self.now)
        assert isinstance(effect, Tell)
        assert isinstance(effect.message, Pong)
        state = effect.message.state
        assert state["draining"] == len(self.draining)
        assert state["restarting"] == len(self.due)


def crowd(times: list[float]) -> int:
    """The most of *times* that lie within one period."""
    return max(
        (sum(start <= t <= start + OPTIONS.period for t in times) for start in times), default=0
    )


World.TestCase.settings = settings(max_examples=200, stateful_step_count=60)
TestWorld = World.TestCase
