"""What the board takes note of about agents: who is here, and how alive."""

from __future__ import annotations

from callboard.actors.logic.folds.state import BoardState, Folds
from callboard.actors.logic.folds.steps import lose
from callboard.actors.logic.liveness import Change, Health
from callboard.actors.logic.records import AgentRecord, AgentStatus, SubtaskStatus
from callboard.messages import facts, notices
from callboard.messages.base import AgentId
from callboard.messages.values import Lease, replace

_READY = SubtaskStatus.READY


def _agent_registered(state: BoardState, fact: facts.AgentRegistered) -> None:
    agent = state.agents.get(fact.agent.id)
    if agent is None:
        agent = state.agents[fact.agent.id] = AgentRecord(fact.agent, fact.at, fact.at)
    agent.agent, agent.last_heartbeat = fact.agent, fact.at
    if fact.agent.pull:
        # It has no actor whose start could be told of.
        agent.liveness.note(Change.STARTED)
        agent.status, agent.problem = AgentStatus.UP, None
        agent.incarnation = max(agent.incarnation, 1)


def _agent_resized(state: BoardState, fact: facts.AgentResized) -> None:
    agent = state.agents.get(fact.agent)
    if agent is not None:
        agent.agent = replace(agent.agent, max_load=fact.max_load)


def _agent_held(state: BoardState, fact: facts.AgentPaused | facts.AgentResumed) -> None:
    agent = state.agents.get(fact.agent)
    if agent is not None:
        agent.agent = replace(agent.agent, paused=isinstance(fact, facts.AgentPaused))


def _agent_started(state: BoardState, fact: facts.AgentStarted) -> None:
    agent = state.agents.get(fact.agent)
    if agent is not None:
        agent.status, agent.incarnation = AgentStatus.UP, fact.incarnation
        agent.liveness.note(Change.STARTED)
        agent.last_heartbeat, agent.problem = fact.at, None


def _agent_crashed(state: BoardState, fact: facts.AgentCrashed) -> None:
    agent = state.agents.get(fact.agent)
    if agent is not None:
        agent.status, agent.problem = AgentStatus.DOWN, fact.problem
        agent.liveness.note(Change.DIED)
        state.fallen[fact.agent] = frozenset(agent.held)
        _lose_all(state, agent)


def _agent_removed(state: BoardState, fact: facts.AgentRemoved) -> None:
    agent = state.agents.pop(fact.agent, None)
    state.fallen.pop(fact.agent, None)
    if agent is not None:
        _lose_all(state, agent)


def _lose_all(state: BoardState, agent: AgentRecord) -> None:
    name = agent.agent.id
    over = (lease for lease in state.over.values() if lease.agent == name)
    for lease in (*agent.held.values(), *over):
        lose(state, lease, _READY)
    agent.held.clear()


def _heartbeat_seen(state: BoardState, notice: notices.HeartbeatSeen) -> None:
    agent = state.agents.get(notice.agent)
    if agent is not None:
        agent.last_heartbeat = notice.at
        if agent.agent.pull and agent.health is Health.DEAD:
            agent.liveness.note(Change.STARTED)


def _agent_doubted(state: BoardState, notice: notices.AgentDoubted) -> None:
    _alive(state, notice.agent, Change.DIED)


def _agent_slow(state: BoardState, notice: notices.AgentSlow) -> None:
    _alive(state, notice.lease.agent, Change.OVERRAN, notice.lease)


def _thread_abandoned(state: BoardState, notice: notices.ThreadAbandoned) -> None:
    _alive(state, notice.lease.agent, Change.GIVEN_UP, notice.lease)


def _agent_recovered(state: BoardState, notice: notices.AgentRecovered) -> None:
    _alive(state, notice.lease.agent, Change.ENDED, notice.lease)


def _alive(state: BoardState, name: AgentId, change: Change, lease: Lease | None = None) -> None:
    agent = state.agents.get(name)
    if agent is not None:
        agent.liveness.note(change, *(() if lease is None else (lease.token,)))


def _load_reported(state: BoardState, notice: notices.LoadReported) -> None:
    agent = state.agents.get(notice.agent)
    if agent is not None:
        agent.cpu, agent.memory = notice.cpu, notice.memory


def _overloaded(state: BoardState, notice: notices.AgentOverloaded | notices.AgentRelieved) -> None:
    agent = state.agents.get(notice.agent)
    if agent is not None:
        agent.overloaded = isinstance(notice, notices.AgentOverloaded)


FOLDS: Folds = {
    notices.LoadReported: _load_reported,
    notices.AgentOverloaded: _overloaded,
    notices.AgentRelieved: _overloaded,
    facts.AgentRegistered: _agent_registered,
    facts.AgentResized: _agent_resized,
    facts.AgentPaused: _agent_held,
    facts.AgentResumed: _agent_held,
    facts.AgentRemoved: _agent_removed,
    facts.AgentStarted: _agent_started,
    facts.AgentCrashed: _agent_crashed,
    notices.HeartbeatSeen: _heartbeat_seen,
    notices.AgentDoubted: _agent_doubted,
    notices.AgentSlow: _agent_slow,
    notices.ThreadAbandoned: _thread_abandoned,
    notices.AgentRecovered: _agent_recovered,
}
