"""What a supervisor says of its children: to the journal, the scheduler, the callers."""

from __future__ import annotations

import msgspec

from callboard.actors.logic.budget import RestartBudget
from callboard.actors.logic.children import Child
from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.actors.logic.lives import Life
from callboard.actors.logic.replies import answer
from callboard.messages.base import NOBODY, SCHEDULER, Address, AgentId, Message
from callboard.messages.commands import Done, RegisterAgent
from callboard.messages.errors import (
    AgentLost,
    CallboardError,
    RestartsExhausted,
    RuntimeBroken,
    problem_of,
)
from callboard.messages.facts import (
    AgentCrashed,
    AgentRegistered,
    AgentRemoved,
    AgentStarted,
    Escalated,
)
from callboard.messages.notices import RuntimeFailed
from callboard.messages.values import Agent, Problem
from callboard.messages.work import AgentDown, AgentDraining, AgentJoined, AgentLeft, AgentUp


def welcome(message: RegisterAgent, now: float) -> list[Effect]:
    """An agent has joined; where it has no actor, the scheduler answers the caller."""
    agent = message.agent
    reply_to = message.reply_to if agent.pull else NOBODY
    return [
        Record(AgentRegistered(at=now, agent=agent)),
        Tell(SCHEDULER, AgentJoined(agent=agent, reply_to=reply_to)),
    ]


def done(message: RegisterAgent) -> list[Effect]:
    """The caller's answer, where it does not come from the scheduler."""
    return [] if message.agent.pull else answer(message.reply_to, Done())


def started(child: Child, agent: Agent, now: float) -> list[Effect]:
    """An agent's actor runs; what has no actor has not started one."""
    if agent.pull:
        return []
    return [Record(AgentStarted(at=now, agent=agent.id, incarnation=child.incarnation))]


def up(child: Child, agent: Agent) -> Effect:
    """An agent takes work now."""
    return Tell(SCHEDULER, AgentUp(agent=agent.id, incarnation=child.incarnation))


def introduction(child: Child, agent: Agent) -> list[Effect]:
    """An agent, to a scheduler that knows nobody."""
    words: list[Message] = [AgentJoined(agent=agent)]
    if child.life in {Life.RUNNING, Life.DRAINING}:
        words.append(AgentUp(agent=agent.id, incarnation=child.incarnation))
    if child.life is Life.DRAINING:
        words.append(AgentDraining(agent=agent.id))
    return [Tell(SCHEDULER, word) for word in words]


def down(child: Child, agent: Agent, problem: Problem) -> Tell:
    """Nothing that this incarnation of an agent holds is valid any more."""
    word = AgentDown(agent=agent.id, incarnation=child.incarnation, problem=problem)
    return Tell(SCHEDULER, word)


def crashed(child: Child, agent: Agent, problem: Problem, now: float) -> list[Effect]:
    """An agent has died or is doubted."""
    fact = AgentCrashed(at=now, agent=agent.id, incarnation=child.incarnation, problem=problem)
    return [Record(fact), down(child, agent, problem)]


def farewell(child: Child, reason: str, now: float) -> list[Effect]:
    """An agent has left; the scheduler answers the first of those who wait for that."""
    if child.agent is None:
        return []
    first, *others = child.callers or (NOBODY,)
    agent = child.agent.id
    return [
        Record(AgentRemoved(at=now, agent=agent, reason=reason)),
        Tell(SCHEDULER, AgentLeft(agent=agent, reason=reason, reply_to=first)),
        *(Tell(other, Done()) for other in others),
    ]


def lost(agent: AgentId, why: str) -> Problem:
    """Why an agent is doubted."""
    return problem_of(AgentLost(agent, why))


def replaced(agent: AgentId) -> Problem:
    """Why an agent is taken down that did nothing wrong: the caller wants another one."""
    problem = lost(agent, "was replaced by another one of that id")
    return msgspec.structs.replace(problem, fault="caller")


def given_up(address: Address, budget: RestartBudget, last: Problem, now: float) -> Escalated:
    """A child has failed once too often."""
    error = RestartsExhausted(address, budget.used(now), budget.period, last.text)
    return Escalated(at=now, address=address, problem=following(last, error))


def broken(escalated: Escalated) -> RuntimeFailed:
    """The runtime cannot do without that child."""
    problem = escalated.problem
    return RuntimeFailed(at=escalated.at, problem=following(problem, RuntimeBroken(problem.text)))


def following(last: Problem, error: CallboardError) -> Problem:
    """*error* as data, with the traceback of the *last* straw."""
    return msgspec.structs.replace(problem_of(error), traceback=last.traceback)
