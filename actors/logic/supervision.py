"""Life and death of actors: who is started, restarted, given up and let go.

One supervisor has two kinds of children: the runtime's own actors and the agents. All
are transient and supervised one for one, in the words of `callboard.actors.logic.family`:
what happens to a child concerns no other, and one that ends without an error has left.
A child that dies is started again after a wait that doubles, within a budget of
restarts; over budget, an agent is let go and the runtime fails loudly. An explicit stop
is never undone. What a child can go through is in `callboard.actors.logic.lives`.

>>> from callboard.messages.values import Agent
>>> logic = SupervisionLogic(runtime=())
>>> logic.handle(RegisterAgent(agent=Agent(id="a")), now=0.0)[2]
StartActor(address='agent/a', incarnation=1)
>>> logic.handle(ActorStarted(address="agent/a", incarnation=1), now=1.0)[1]
Tell(to='scheduler', message=AgentUp(agent='a', incarnation=1))
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from callboard.actors.logic.alarms import arm, glance
from callboard.actors.logic.announcements import (
    broken,
    crashed,
    done,
    down,
    farewell,
    given_up,
    lost,
    replaced,
    welcome,
)
from callboard.actors.logic.budget import RestartBudget, exceeded
from callboard.actors.logic.children import Child, Children, Departure
from callboard.actors.logic.effects import After, Effect, Record, Show, StopActor, Tell
from callboard.actors.logic.family.exits import Exit, Restart, comes_back
from callboard.actors.logic.launching import Launching
from callboard.actors.logic.legacy import Heir, Legacy
from callboard.actors.logic.lives import Change, Life
from callboard.actors.logic.repeats import AUDIT
from callboard.actors.logic.replies import answer, refuse
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.messages.base import (
    DECOMPOSER,
    NOBODY,
    ORCHESTRATOR,
    SCHEDULER,
    SUPERVISOR,
    Address,
    AgentId,
    agent_address,
)
from callboard.messages.commands import (
    Done,
    PauseAgent,
    Ping,
    Pong,
    RegisterAgent,
    RegisterAgents,
    ResizeAgent,
    ResumeAgent,
    UnregisterAgent,
)
from callboard.messages.errors import AgentIdTaken, UnknownAgent
from callboard.messages.facts import ActorRestarted, RestartScheduled
from callboard.messages.supervision import (
    ActorExited,
    ActorStarted,
    AgentGone,
    AgentSilent,
    AgentStuck,
    Wake,
)
from callboard.messages.unions import SupervisorMessage
from callboard.messages.values import Agent, Problem, replace
from callboard.messages.work import AgentDraining

__all__ = ["SupervisionLogic", "SupervisionOptions"]


class SupervisionLogic:
    """The supervisor's decisions.

    Args:
        options: How patient it is; None for the defaults.
        runtime: Addresses of the runtime's own actors, in the order of their start.
        legacy: What its predecessor left, where the supervisor is built anew.
        incarnation: Counts the supervisors of a runtime.
        audit: Seconds after which an agent is asked and told again what it has not answered.
        departures: Who drains; the same object for every supervisor of a runtime.
        asked: Agents as somebody has asked them to be; likewise.
        standins: See `Launching`.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of the runtime, or what one leaves
        self,
        options: SupervisionOptions | None = None,
        *,
        runtime: Sequence[Address] = (ORCHESTRATOR, SCHEDULER, DECOMPOSER),
        legacy: Legacy | None = None,
        incarnation: int = 1,
        audit: float = AUDIT,
        departures: dict[AgentId, Departure] | None = None,
        asked: dict[AgentId, Agent] | None = None,
        standins: bool = False,
    ) -> None:
        self._options = o = options or SupervisionOptions()
        self._departures = {} if departures is None else departures
        asked = {} if asked is None else asked
        self._children = Children(o, self._departures, asked, audit)
        self._launching = Launching(self._children, standins=standins)
        self._runtime_budget = RestartBudget(o.runtime_intensity, o.period)
        self._legacy = legacy
        self._incarnation = incarnation
        for address in runtime:
            self._children.add(address)

    def start(self, now: float) -> list[Effect]:
        """Start the runtime's own actors, in order; or go on with those that there are."""
        if self._legacy is not None:
            return [*self._take_over(self._legacy, now), *arm(self._children.alarms, now)]
        return [e for child in self._children.all() for e in self._launching.launch(child, now)]

    def _take_over(self, legacy: Legacy, now: float) -> list[Effect]:
        heir = Heir(self._children, legacy, self._departures)
        left_to_find_out = heir.take_over(now)
        for at in heir.restarts:
            self._runtime_budget.spend(at)
        fact = ActorRestarted(at=now, address=SUPERVISOR, incarnation=self._incarnation)
        # The predecessor's last words may have been lost: the scheduler hears them again.
        words = self._launching.introductions() if SCHEDULER in legacy.alive else []
        # After the facts: what a new scheduler takes over follows that it is there.
        facts = [effect for effect in left_to_find_out if isinstance(effect, Record)]
        others = [effect for effect in left_to_find_out if not isinstance(effect, Record)]
        return [Record(fact), *facts, *words, *others]

    def handle(self, message: SupervisorMessage, now: float) -> list[Effect]:
        """What follows from *message*."""
        match message:
            case RegisterAgent():
                effects = self._register(message, now)
            case RegisterAgents():
                effects = self._register_all(message, now)
            case UnregisterAgent():
                effects = self._unregister(message, now)
            case ResizeAgent():
                effects = self._resize(message)
            case PauseAgent() | ResumeAgent():
                effects = self._pause(message)
            case ActorStarted():
                effects = self._started(message, now)
            case ActorExited():
                effects = self._exited(message, now)
            case AgentSilent():
                why = f"gave no sign of life for {message.seconds:g} s"
                effects = self._doubt(message, lost(message.agent, why), now)
            case AgentStuck():
                effects = self._doubt(message, message.problem, now)
            case AgentGone():
                effects = self._drained(message.agent, now)
            case Wake():
                effects = self._wake(now)
            case Ping():
                effects = [
                    Tell(message.reply_to, Pong(address=SUPERVISOR, state=self._children.count()))
                ]
            case _:
                assert_never(message)
        return [*effects, *arm(self._children.alarms, now)]

    def glance(self, now: float) -> list[After] | None:
        """See `glance` of `alarms`."""
        return glance(self._children.alarms, now)

    # An agent comes.

    def _register(self, message: RegisterAgent, now: float) -> list[Effect]:
        child = self._children.agent(message.agent.id)
        if child is None:
            return self._join(message, now)
        if child.life is Life.STOPPING:
            return [*self._cut_short(child, Change.REPLACED), *self._join(message, now)]
        if not message.replace:
            return refuse(message.reply_to, AgentIdTaken(message.agent.id))
        if child.agent is not None and child.agent.paused:
            # Whoever paused it did so by its name; only they undo it.
            message = replace(message, agent=replace(message.agent, paused=True))
        if child.life is Life.DRAINING:
            left = self._leave(child, Change.LEAVE, "replaced", now)
            return [*left, *self._cut_short(child, Change.REPLACED), *self._join(message, now)]
        return self._replace(child, message, now)

    def _register_all(self, message: RegisterAgents, now: float) -> list[Effect]:
        """All, or none: half a company is nothing that a caller could go on with."""
        known, leaving = set[AgentId](), list[Child]()
        for agent in message.agents:
            child = self._children.agent(agent.id)
            if agent.id in known or (child is not None and child.life is not Life.STOPPING):
                return refuse(message.reply_to, AgentIdTaken(agent.id))
            known.add(agent.id)
            leaving += [] if child is None else [child]
        ended = [e for child in leaving for e in self._cut_short(child, Change.REPLACED)]
        launched = self._launching.launch_all(message.agents, now)
        return [*ended, *launched, *answer(message.reply_to, Done())]

    def _join(self, message: RegisterAgent, now: float) -> list[Effect]:
        child = self._children.add(agent_address(message.agent.id), message.agent)
        return [*welcome(message, now), *self._launching.launch(child, now), *done(message)]

    def _replace(self, child: Child, message: RegisterAgent, now: float) -> list[Effect]:
        agent, effects = message.agent, welcome(message, now)
        if agent.pull and not child.has_actor:
            self._children.change(child, agent)
            return effects
        if child.life is not Life.RESTARTING:
            effects += self._kill(child)
        if child.life is Life.RUNNING:
            effects.append(down(child, agent, replaced(agent.id)))
        # Whoever replaces it has mended it: nothing of the past counts against it.
        self._children.change(child, agent)
        child.budget, child.waits = self._children.new_budget(), self._children.new_waits()
        return [*effects, *self._launching.relaunch(child, Change.REPLACED, now), *done(message)]

    # A child runs.

    def _started(self, message: ActorStarted, now: float) -> list[Effect]:
        child = self._children.spoken_of(message)
        if child is None or not child.can(Change.STARTED):
            return []
        return self._launching.up(child, now)

    # A child fails.

    def _exited(self, message: ActorExited, now: float) -> list[Effect]:
        child = self._children.spoken_of(message)
        if child is None:
            return []
        problem = message.problem or Problem(error="Exit", text="it has ended")
        end = Exit.NORMAL if message.problem is None else Exit.FAILED
        if child.life is not Life.STOPPING and comes_back(Restart.TRANSIENT, end):
            return self._fail(child, Change.CRASHED, problem, now)
        return self._ended(child, now)

    def _doubt(
        self, message: AgentSilent | AgentStuck, problem: Problem, now: float
    ) -> list[Effect]:
        child = self._children.agent(message.agent)
        if child is None or 0 < message.incarnation < child.incarnation:
            return []
        return self._fail(child, Change.DOUBTED, problem, now)

    def _fail(self, child: Child, change: Change, problem: Problem, now: float) -> list[Effect]:
        if not child.can(change):
            return []
        effects: list[Effect] = [] if change is Change.CRASHED else self._kill(child)
        if child.agent is not None:
            effects += crashed(child, child.agent, problem, now)
        if child.life is Life.DRAINING:
            self._children.move(child, change)
            return [*effects, *farewell(child, problem.text, now)]
        empty = self._spend(child, now)
        if empty is not None:
            return [*effects, *self._give_up(child, empty, problem, now)]
        return [*effects, self._restart_later(child, change, problem, now)]

    def _spend(self, child: Child, now: float) -> RestartBudget | None:
        """Count a restart; the answer is the budget that does not allow it, if any."""
        budgets = [child.budget]
        if child.agent is None:
            budgets.append(self._runtime_budget)
        return exceeded(budgets, now)

    def _restart_later(self, child: Child, change: Change, problem: Problem, now: float) -> Record:
        delay = child.waits.failed(now, f"{child.address} {child.incarnation}")
        self._children.move(child, change)
        self._children.deadlines.set(child.address, now + delay)
        used = child.budget.used(now)
        return Record(
            RestartScheduled(
                at=now, address=child.address, attempt=used, delay=delay, problem=problem
            )
        )

    def _give_up(
        self, child: Child, empty: RestartBudget, last: Problem, now: float
    ) -> list[Effect]:
        self._children.move(child, Change.EXHAUSTED)
        escalated = given_up(child.address, empty, last, now)
        if child.agent is not None:
            return [Record(escalated), *farewell(child, escalated.problem.text, now)]
        return [Record(escalated), Show(broken(escalated))]

    # A child goes.

    def _unregister(self, message: UnregisterAgent, now: float) -> list[Effect]:
        child = self._children.agent(message.agent)
        if child is None or child.life is Life.STOPPING:
            return refuse(message.reply_to, UnknownAgent(message.agent))
        if message.reply_to != NOBODY:
            child.callers += (message.reply_to,)
        # One that does not run holds nothing that it could finish.
        if not message.drain or not child.can(Change.DRAIN):
            return self._leave(child, Change.LEAVE, "unregistered", now)
        self._children.move(child, Change.DRAIN)
        self._children.depart(child, message.agent, now + message.seconds)
        return [Tell(SCHEDULER, AgentDraining(agent=message.agent))]

    def _resize(self, message: ResizeAgent) -> list[Effect]:
        """Remember it for the next start, and tell the scheduler, who answers, and the agent."""
        child = self._children.agent(message.agent)
        if child is None or child.agent is None or child.life is Life.STOPPING:
            return refuse(message.reply_to, UnknownAgent(message.agent))
        self._children.change(child, replace(child.agent, max_load=message.max_load))
        effects: list[Effect] = [Tell(SCHEDULER, message)]
        if child.has_actor:
            effects.append(Tell(child.address, replace(message, reply_to=NOBODY)))
        return effects

    def _pause(self, message: PauseAgent | ResumeAgent) -> list[Effect]:
        """Remember it for every scheduler that is to come; the one of now answers."""
        child = self._children.agent(message.agent)
        if child is None or child.agent is None or child.life is Life.STOPPING:
            return refuse(message.reply_to, UnknownAgent(message.agent))
        paused = isinstance(message, PauseAgent)
        self._children.change(child, replace(child.agent, paused=paused))
        return [Tell(SCHEDULER, message)]

    def _drained(self, agent: AgentId, now: float) -> list[Effect]:
        child = self._children.agent(agent)
        if child is None or not child.can(Change.DRAINED):
            return []
        return self._leave(child, Change.DRAINED, "drained", now)

    def _leave(self, child: Child, change: Change, reason: str, now: float) -> list[Effect]:
        self._children.move(child, change)
        effects = farewell(child, reason, now)
        if child.life is Life.STOPPING and child.has_actor:
            effects.append(self._children.expect_end(child, now))
        elif child.life is Life.STOPPING:
            self._children.move(child, Change.ENDED)
        return effects

    def _ended(self, child: Child, now: float) -> list[Effect]:
        if not child.can(Change.ENDED):
            return []
        asked = child.life is Life.STOPPING
        self._children.move(child, Change.ENDED)
        return [] if asked else farewell(child, "ended by itself", now)

    def _cut_short(self, child: Child, change: Change) -> list[Effect]:
        """End an actor that has not ended by itself after it was told to."""
        if child.life is Life.GONE:
            return []
        effects = self._kill(child)
        self._children.move(child, change)
        return effects

    def _kill(self, child: Child) -> list[Effect]:
        if not child.has_actor:
            return []
        self._children.remember(child.address, child.incarnation)
        return [StopActor(child.address)]

    # Time passes.

    def _wake(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for address in self._children.deadlines.due(now):
            effects += self._overdue(self._children[address], now)
        return [*effects, *self._children.say_again(now)]

    def _overdue(self, child: Child, now: float) -> list[Effect]:
        if child.life is Life.RESTARTING:
            return self._launching.relaunch(child, Change.DUE, now)
        if child.life is Life.DRAINING:
            return self._leave(child, Change.OVERDUE, "not drained in time", now)
        if child.life is Life.STOPPING:
            return self._cut_short(child, Change.OVERDUE)
        why = f"did not start within {self._options.start_seconds:g} s"
        return self._fail(child, Change.OVERDUE, lost(child.name, why), now)
