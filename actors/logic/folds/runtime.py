"""What the board takes note of about the runtime as a whole, and about any actor's restarts."""

from __future__ import annotations

from callboard.actors.logic.folds.state import BoardState, Folds
from callboard.actors.logic.folds.steps import put_back
from callboard.actors.logic.liveness import Change
from callboard.actors.logic.records import AgentStatus, SubtaskStatus
from callboard.messages import facts, notices
from callboard.messages.base import SCHEDULER, Message, agent_address

_READY = SubtaskStatus.READY
_AGENT = agent_address("")


def _runtime_started(state: BoardState, fact: facts.RuntimeStarted) -> None:
    """The process of before has ended, and its agents with it."""
    state.ledger.apply(fact)
    state.agents.clear()
    state.draining = False
    for record in state.subtasks.values():
        if record.leases:
            put_back(state, record.subtask.uuid, _READY)


def _runtime_paused(state: BoardState, fact: facts.RuntimePaused) -> None:
    del fact
    state.paused = True


def _runtime_resumed(state: BoardState, fact: facts.RuntimeResumed) -> None:
    del fact
    state.paused = state.draining = False


def _runtime_draining(state: BoardState, fact: facts.RuntimeDraining) -> None:
    del fact
    state.draining = True


def _runtime_failed(state: BoardState, notice: notices.RuntimeFailed) -> None:
    if state.failure is None:
        state.failure = notice.problem


def _restart_scheduled(state: BoardState, fact: facts.RestartScheduled) -> None:
    if not fact.address.startswith(_AGENT):
        restarts = state.actor_restarts
        restarts[fact.address] = restarts.get(fact.address, 0) + 1
        return
    agent = state.agents.get(fact.address.removeprefix(_AGENT))
    if agent is not None:
        agent.restarts += 1


def _escalated(state: BoardState, fact: facts.Escalated) -> None:
    agent = state.agents.get(fact.address.removeprefix(_AGENT))
    if agent is not None and fact.address.startswith(_AGENT):
        agent.status, agent.problem = AgentStatus.GONE, fact.problem
        agent.liveness.note(Change.DIED)


def _actor_restarted(state: BoardState, fact: facts.ActorRestarted) -> None:
    if fact.address == SCHEDULER:  # a new one knows of no rests
        state.resting.clear()
        for agent in state.agents.values():  # nor of what was told to stop
            agent.liveness.forget_slow()


def _nothing(state: BoardState, event: Message) -> None:
    """What was learnt is not on the board."""


FOLDS: Folds = {
    facts.RuntimePaused: _runtime_paused,
    facts.RuntimeResumed: _runtime_resumed,
    facts.RuntimeDraining: _runtime_draining,
    facts.RuntimeStarted: _runtime_started,
    facts.RestartScheduled: _restart_scheduled,
    facts.Escalated: _escalated,
    facts.ActorRestarted: _actor_restarted,
    facts.LearningKept: _nothing,
    facts.LearningReset: _nothing,
    notices.RuntimeFailed: _runtime_failed,
}
