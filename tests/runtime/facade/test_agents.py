"""Agents of the facade: they sign in, are looked at, are resized, and leave."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from callboard.messages.errors import (
    AgentIdTaken,
    AgentWithoutId,
    InvalidOption,
    InvalidSkills,
    NoHandler,
    UnknownAgent,
    UnknownSubtask,
)
from callboard.messages.user import Note
from callboard.runtime.facade import (
    DistributedOrchestrator,
    TaskState,
)
from tests.runtime.facade.facades import Context, eventually, name_of, private


def test_an_agent_is_an_object_with_an_id_or_a_plain_id(
    orchestrator: DistributedOrchestrator,
) -> None:
    context = Context("a1")

    assert orchestrator.register_agent(context, ["coding"]) == "a1"
    assert orchestrator.register_agent("a2") == "a2"
    agents = orchestrator.registered_agents
    assert [(a.id, a.agent_id, a.context, a.agent_context) for a in agents.values()] == [
        ("a1", "a1", context, context),
        ("a2", "a2", "a2", "a2"),
    ]
    assert {name: set(agent.skills) for name, agent in agents.items()} == {
        "a1": {"coding"},
        "a2": set(),
    }


def test_an_agent_shows_how_it_stands(orchestrator: DistributedOrchestrator) -> None:
    before = dt.datetime.now(dt.UTC)
    orchestrator.register_agent("a1", ["data analysis", "sql >= 2"])
    agent = orchestrator.registered_agents["a1"]

    assert agent.skills == {"data analysis", "sql >= 2"}
    assert (agent.current_load, agent.max_load) == (0, 5)
    assert agent.last_heartbeat.tzinfo is dt.UTC
    assert abs(agent.last_heartbeat - before) < dt.timedelta(seconds=10)
    assert repr(agent) == "<agent 'a1' 0/5>"
    assert {agent, orchestrator.registered_agents["a1"]} == {agent}


@pytest.mark.parametrize("context", [None, "", "  ", Context(""), Context(7), object()])
def test_without_an_id_nobody_is_taken(
    orchestrator: DistributedOrchestrator, context: object
) -> None:
    with pytest.raises(AgentWithoutId, match="has no id"):
        orchestrator.register_agent(context, ["coding"])
    assert list(orchestrator.registered_agents) == []


@pytest.mark.parametrize("skills", ["coding", 7, [""], [None], [b"coding"], {"coding": "high"}])
def test_skills_of_a_wrong_type_are_refused(
    orchestrator: DistributedOrchestrator, skills: Any
) -> None:
    with pytest.raises(InvalidSkills, match="skills are a list of names"):
        orchestrator.register_agent("a1", skills)
    assert list(orchestrator.registered_agents) == []


def test_registering_again_keeps_the_load_and_replaces_skills_and_context(
    orchestrator: DistributedOrchestrator,
) -> None:
    orchestrator.register_agent("a1", ["general"])
    [subtask] = orchestrator.decompose_goal("anything")
    orchestrator.assign_subtasks()
    agent = orchestrator.registered_agents["a1"]
    agent.max_load = 2
    context = Context("a1")

    assert orchestrator.register_agent(context, ["coding"]) == "a1"
    assert (agent.current_load, agent.max_load, set(agent.skills)) == (1, 2, {"coding"})
    assert agent.context is context
    assert subtask.assigned_agent_id == "a1"
    orchestrator.mark_subtask_completed(subtask, "done")
    assert agent.current_load == 0


def test_who_runs_its_work_by_itself_is_not_replaced_by_one_who_pulls(
    orchestrator: DistributedOrchestrator,
) -> None:
    orchestrator.runtime.register(name_of, id="worker", skills=["general"])

    with pytest.raises(AgentIdTaken, match="'worker'"):
        orchestrator.register_agent("worker", ["coding"])
    [subtask] = orchestrator.decompose_goal("anything")
    eventually(lambda: subtask.completed_at is not None)
    assert (subtask.result, subtask.assigned_agent_id) == ("Goal Execution", "worker")
    assert orchestrator.registered_agents["worker"].context is None


def test_who_pulls_is_not_replaced_by_one_who_runs_its_work_by_itself(
    orchestrator: DistributedOrchestrator,
) -> None:
    orchestrator.register_agent("a1", ["general"])
    runtime = orchestrator.runtime

    with pytest.raises(AgentIdTaken, match="'a1'"):
        runtime.register(name_of, id="a1")
    with pytest.raises(NoHandler, match="'a1'"):  # nobody is there who could be asked
        runtime.ask("a1", Note(text="are you there?"), timeout=1)
    orchestrator.unregister_agent("a1")
    assert runtime.register(name_of, id="a1") == "a1"


def test_an_agent_that_leaves_gives_back_what_it_runs(
    orchestrator: DistributedOrchestrator,
) -> None:
    orchestrator.register_agent("a1", ["general"])
    [subtask] = orchestrator.decompose_goal("anything")
    orchestrator.assign_subtasks()
    agent = orchestrator.registered_agents["a1"]

    orchestrator.unregister_agent("a1")

    assert (subtask.state, subtask.status.value) == (TaskState.IDLE, "ready")
    assert (subtask.assigned_agent_id, subtask.started_at) == (None, None)
    assert list(orchestrator.registered_agents) == []
    assert (agent.id, agent.context, agent.current_load) == ("a1", "a1", 0)
    orchestrator.register_agent("a2", ["general"])
    assert orchestrator.assign_subtasks() == [(subtask, "a2")]


def test_an_agent_can_leave_and_come_back(orchestrator: DistributedOrchestrator) -> None:
    orchestrator.register_agent("a1", ["coding"])
    agent = orchestrator.registered_agents["a1"]
    orchestrator.unregister_agent(agent)
    orchestrator.register_agent("a1", ["general"])

    assert agent.skills == {"general"}
    [subtask] = orchestrator.decompose_goal("anything")
    assert orchestrator.assign_subtasks() == [(subtask, "a1")]
    assert agent.current_load == 1


@pytest.mark.parametrize("agent", ["nobody", Context("nobody"), None])
def test_an_unknown_agent_is_named(orchestrator: DistributedOrchestrator, agent: Any) -> None:
    for call in (orchestrator.unregister_agent, orchestrator.update_agent_heartbeat):
        with pytest.raises(UnknownAgent) as caught:
            call(agent)
        assert caught.value.agent == (agent if isinstance(agent, str) else repr(agent))
    with pytest.raises(KeyError, match="nobody"):
        orchestrator.registered_agents["nobody"]
    assert "nobody" not in orchestrator.registered_agents
    assert orchestrator.registered_agents.get("nobody") is None


def test_max_load_holds_from_the_moment_it_is_set(orchestrator: DistributedOrchestrator) -> None:
    orchestrator.register_agent("a1", ["general"])
    for n in range(8):
        orchestrator.decompose_goal(f"errand {n}")

    assert len(orchestrator.assign_subtasks()) == 5
    agent = private(orchestrator)._registered_agents["a1"]
    agent.max_load = 7
    assert (agent.max_load, len(orchestrator.assign_subtasks())) == (7, 2)
    agent.max_load = 1
    assert (agent.current_load, orchestrator.assign_subtasks()) == (7, [])


@pytest.mark.parametrize("load", [0, -1, 2.0, "3", None, True])
def test_a_max_load_that_makes_no_sense_is_refused(
    orchestrator: DistributedOrchestrator, load: Any
) -> None:
    orchestrator.register_agent("a1")
    agent = orchestrator.registered_agents["a1"]

    with pytest.raises(InvalidOption, match="max_load must be a whole number above 0, not"):
        agent.max_load = load
    assert agent.max_load == 5


def test_only_max_load_and_current_load_can_be_set(orchestrator: DistributedOrchestrator) -> None:
    orchestrator.register_agent("a1")
    agent: Any = orchestrator.registered_agents["a1"]

    for name in ("id", "agent_id", "context", "skills", "last_heartbeat", "x"):
        with pytest.raises(AttributeError):
            setattr(agent, name, 1)


def test_the_max_load_of_who_has_left_cannot_be_set(
    orchestrator: DistributedOrchestrator,
) -> None:
    orchestrator.register_agent("a1")
    agent = orchestrator.registered_agents["a1"]
    orchestrator.unregister_agent("a1")

    with pytest.raises(UnknownAgent, match="'a1'"):
        agent.max_load = 2


def test_an_agent_can_handle_what_it_covers_while_it_has_a_free_slot(
    orchestrator: DistributedOrchestrator,
) -> None:
    orchestrator.register_agent("statistician", ["Statistics"])
    orchestrator.register_agent("writer", ["report_writing"])
    orchestrator.register_agent("generalist", ["general"])
    collection, _, report = orchestrator.decompose_goal("analyze sales")
    agents = orchestrator.registered_agents

    assert [a for a in agents if agents[a].can_handle_task(collection)] == [
        "statistician",
        "generalist",
    ]
    assert [a for a in agents if agents[a].can_handle_task(report.uuid)] == [
        "writer",
        "generalist",
    ]
    agents["statistician"].max_load = 1
    orchestrator.assign_subtasks()
    assert collection.assigned_agent_id == "statistician"
    assert not agents["statistician"].can_handle_task(collection)
    with pytest.raises(UnknownSubtask, match="'nothing'"):
        agents["writer"].can_handle_task("nothing")


def test_what_an_agent_runs_for_others_takes_its_slots(
    orchestrator: DistributedOrchestrator,
) -> None:
    orchestrator.register_agent("a1", ["general"])
    orchestrator.register_agent("a2", ["general"])
    first, second = (orchestrator.registered_agents[name] for name in ("a1", "a2"))
    first.current_load, second.max_load = 3, 2

    [errand] = orchestrator.decompose_goal("an errand")
    assert orchestrator.assign_subtasks() == [(errand, "a2")]  # who is busy with less
    assert (first.current_load, second.current_load) == (3, 1)
    second.current_load = 2
    first.current_load = 5
    [other] = orchestrator.decompose_goal("another one")
    assert orchestrator.assign_subtasks() == []
    assert [first.can_handle_task(other), second.can_handle_task(other)] == [False, False]
    figures = orchestrator.get_orchestration_status()["agent_status"]
    assert {name: f["current_load"] for name, f in figures.items()} == {"a1": 5, "a2": 2}
    orchestrator.mark_subtask_completed(errand, "done")
    assert second.current_load == 1
    second.current_load = 0
    assert orchestrator.assign_subtasks() == [(other, "a2")]
    assert second.current_load == 1


@pytest.mark.parametrize("load", [-1, 1.0, True, "1", None])
def test_a_load_is_a_whole_number_not_below_0(
    orchestrator: DistributedOrchestrator, load: Any
) -> None:
    orchestrator.register_agent("a1")
    agent = orchestrator.registered_agents["a1"]

    with pytest.raises(InvalidOption, match="current_load"):
        agent.current_load = load
    assert agent.current_load == 0


def test_who_comes_back_runs_nothing_for_others(orchestrator: DistributedOrchestrator) -> None:
    orchestrator.register_agent("a1", ["general"])
    orchestrator.registered_agents["a1"].current_load = 5
    orchestrator.unregister_agent("a1")
    orchestrator.register_agent("a1", ["general"])
    [errand] = orchestrator.decompose_goal("an errand")

    assert orchestrator.registered_agents["a1"].current_load == 0
    assert orchestrator.assign_subtasks() == [(errand, "a1")]
