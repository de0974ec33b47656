"""Heartbeats of agents in pull mode: expected from the first one on."""

from __future__ import annotations

from callboard.runtime.config import Config
from callboard.runtime.facade import (
    DistributedOrchestrator,
    TaskState,
)
from tests.runtime.facade.facades import eventually, loads


def test_a_heartbeat_is_seen(orchestrator: DistributedOrchestrator) -> None:
    orchestrator.register_agent("a1")
    agent = orchestrator.registered_agents["a1"]
    registered = agent.last_heartbeat

    orchestrator.update_agent_heartbeat("a1")
    first = agent.last_heartbeat
    orchestrator.update_agent_heartbeat(agent)

    assert registered < first < agent.last_heartbeat


def test_who_never_gave_a_heartbeat_is_not_missed() -> None:
    with DistributedOrchestrator(Config(heartbeat_timeout=0.2)) as orchestrator:
        orchestrator.register_agent("silent", ["general"])
        orchestrator.register_agent("beating", ["coding"])
        [subtask] = orchestrator.decompose_goal("anything")
        orchestrator.assign_subtasks()
        orchestrator.update_agent_heartbeat("beating")
        eventually(lambda: orchestrator.runtime.hub.counts().get("AgentDoubted") == 1)

        assert subtask.assigned_agent_id == "silent"
        assert subtask.state is TaskState.RUNNING


def test_who_falls_silent_after_a_heartbeat_loses_its_work_until_it_speaks_again() -> None:
    with DistributedOrchestrator(Config(heartbeat_timeout=0.2)) as orchestrator:
        orchestrator.register_agent("a1", ["general"])
        [subtask] = orchestrator.decompose_goal("anything")
        orchestrator.update_agent_heartbeat("a1")
        orchestrator.assign_subtasks()
        eventually(lambda: subtask.status.value == "ready")

        assert loads(orchestrator) == {"a1": 0}
        assert orchestrator.assign_subtasks() == []
        orchestrator.update_agent_heartbeat("a1")
        assert orchestrator.assign_subtasks() == [(subtask, "a1")]


def test_who_fell_silent_is_back_when_it_registers_again() -> None:
    with DistributedOrchestrator(Config(heartbeat_timeout=0.2)) as orchestrator:
        orchestrator.register_agent("a1", ["general"])
        orchestrator.update_agent_heartbeat("a1")
        eventually(lambda: orchestrator.runtime.hub.counts().get("AgentDoubted") == 1)
        [subtask] = orchestrator.decompose_goal("anything")
        assert orchestrator.assign_subtasks() == []

        orchestrator.register_agent("a1", ["general"])

        assert orchestrator.assign_subtasks() == [(subtask, "a1")]
        eventually(lambda: subtask.status.value == "ready")  # it is still expected to beat
