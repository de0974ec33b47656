"""What goes wrong with an assignment that runs in an Agent Zero, and who stops it."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import CancelledError
from typing import Any

import pytest

from callboard.messages.facts import RetryScheduled
from callboard.runtime.facade import DistributedOrchestrator
from callboard.runtime.gateways.agent_zero import live, ways
from callboard.runtime.gateways.agent_zero.host import Host
from callboard.runtime.gateways.agent_zero.settings import Settings
from callboard.runtime.handover import Instruction
from tests.runtime.facade.facades import eventually
from tests.runtime.gateways.agent_zero.living import (
    PATIENCE,
    Stuck,
    errand,
    finished,
    kinds,
    pausing,
    results,
    said,
    watched,
    worker,
)
from tests.runtime.gateways.agent_zero.planting import Tree, respond


@pytest.mark.parametrize("way", ["own", "registered", "subordinate", "scheduler"])
def test_cancelling_a_goal_ends_the_run(
    tree: Tree,
    orchestrator: DistributedOrchestrator,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    monkeypatch.setenv("CALLBOARD_WAY", way)
    stuck = Stuck()
    tree.script(stuck.__call__)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="an errand")
    said(chief, "assign_tasks")
    eventually(lambda: len(stuck.begun) == 1, PATIENCE)

    [goal] = orchestrator.runtime.hub.board.goals
    orchestrator.runtime.goal(goal).cancel("not wanted any more")
    eventually(lambda: stuck.ended == stuck.begun, PATIENCE)
    assert orchestrator.registered_agents["chief"].current_load == 0


def test_a_run_that_takes_too_long_is_stopped_and_fails(
    tree: Tree, orchestrator: DistributedOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLBOARD_DEADLINE_MINUTES", "0.001")
    stuck = Stuck()
    tree.script(stuck.__call__)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="an errand")
    said(chief, "assign_tasks")

    [uuid] = orchestrator.runtime.hub.board.subtasks
    eventually(lambda: "RetryScheduled" in kinds(orchestrator, uuid), PATIENCE)
    [failed] = [e for e in orchestrator.runtime.story(uuid) if isinstance(e, RetryScheduled)]
    assert failed.problem.error == "AttemptTimedOut"
    eventually(lambda: stuck.begun[:1] == stuck.ended[:1], PATIENCE)


def test_a_run_that_fails_is_tried_again(tree: Tree, orchestrator: DistributedOrchestrator) -> None:
    failures = iter([ConnectionError("the model is away")])

    def script(agent: Any) -> str:
        failure = next(failures, None)
        if failure is not None:
            raise failure
        return worker(agent)

    tree.script(script)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    errand(orchestrator)
    said(chief, "assign_tasks")
    eventually(lambda: finished(orchestrator), PATIENCE)

    assert results(orchestrator) == {"Goal Execution": "done by A0: Goal Execution"}
    [uuid] = orchestrator.runtime.hub.board.subtasks
    assert "ConnectionError: the model is away" in str(orchestrator.explain(uuid))


def test_a_run_that_somebody_stops_is_tried_again(
    tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    stuck = Stuck()
    tree.script(stuck.__call__)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    errand(orchestrator)
    said(chief, "assign_tasks")
    eventually(lambda: len(stuck.begun) == 1, PATIENCE)
    context = tree.load("agent").AgentContext.get(stuck.begun[0])
    # The model may be asked before the host knows of the task that could be stopped.
    eventually(lambda: context.task is not None and context.task.is_alive(), PATIENCE)
    tree.script(worker)
    context.kill_process()

    eventually(lambda: finished(orchestrator), PATIENCE)
    [uuid] = orchestrator.runtime.hub.board.subtasks
    assert "somebody has stopped the run at agent 'chief'" in str(orchestrator.explain(uuid))


def test_who_says_that_it_is_done_first_ends_the_run(
    tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    stuck = Stuck()
    tree.script(stuck.__call__)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    plan = said(chief, "decompose_goal", goal="an errand")
    [uuid] = [one["uuid"] for one in json.loads(plan.partition("\n\n")[2])]
    said(chief, "assign_tasks")
    eventually(lambda: len(stuck.begun) == 1, PATIENCE)

    assert said(chief, "mark_completed", subtask_uuid=uuid, result="I did it") == (
        f"Subtask {uuid} marked as completed with result: I did it"
    )
    eventually(lambda: stuck.ended == stuck.begun, PATIENCE)
    assert results(orchestrator) == {"Goal Execution": "I did it"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("way", "sideways"), ("deadline_minutes", "0"), ("deadline_minutes", "inf")],
)
def test_settings_that_make_no_sense_are_told_before_anything_is_assigned(
    tree: Tree,
    orchestrator: DistributedOrchestrator,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
) -> None:
    monkeypatch.setenv(f"CALLBOARD_{name.upper()}", value)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="an errand")
    told = said(chief, "assign_tasks")
    assert told.startswith(f"the setting {name} must be as docs/how-to/agent-zero.md says (")
    assert told.endswith(f"not {value!r}")
    assert orchestrator.registered_agents["chief"].current_load == 0


@pytest.mark.parametrize("layout", ["current"])
def test_the_plugins_configuration_is_what_a_user_has_written(
    tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    configuration = tree.path / "usr/plugins/distributed_orchestration/config.json"
    configuration.write_text('{"way": "registered", "deadline_minutes": 5}')
    assert Host().settings() == Settings(way="registered", deadline_minutes=5.0)
    configuration.write_text("{")
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="an errand")
    told = said(chief, "assign_tasks")
    assert told.startswith("the plugin's configuration must be readable, not ")
    assert orchestrator.registered_agents["chief"].current_load == 0


def test_a_run_that_somebody_stops_in_the_scheduler_is_tried_again(
    tree: Tree, orchestrator: DistributedOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLBOARD_WAY", "scheduler")
    monkeypatch.setattr(ways, "LOOK", 0.01)
    stuck = Stuck()
    tree.script(stuck.__call__)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    errand(orchestrator)
    looked = watched(monkeypatch, asyncio, "sleep")
    said(chief, "assign_tasks")
    eventually(lambda: len(stuck.begun) == 1 and 0.01 in looked, PATIENCE)
    tree.script(worker)
    scheduler = tree.load("helpers.task_scheduler").TaskScheduler.get()
    assert [scheduler.cancel_running_task(uuid) for uuid in list(scheduler.tasks)] == [True]

    eventually(lambda: finished(orchestrator), PATIENCE)
    assert results(orchestrator) == {"Goal Execution": "done by A0: Goal Execution"}


def test_an_assignment_that_is_over_stops_nothing_else_in_its_context(tree: Tree) -> None:
    """A registered context goes on to something else as soon as it has answered."""
    tree.script(lambda _: respond("done"))
    chief = tree.context("chief")
    way = ways.told(Host(), chief, lambda _: None)
    assert way.run(Instruction("an errand"), PATIENCE) == "done"

    stuck = Stuck()
    tree.script(stuck.__call__)
    task = tree.tell(chief, "something else")
    eventually(lambda: len(stuck.begun) == 1, PATIENCE)
    way.stop()
    assert task.is_alive()
    assert stuck.ended == []


def test_an_assignment_that_is_stopped_before_it_begins_stops_nothing_else(tree: Tree) -> None:
    stuck = Stuck()
    tree.script(stuck.__call__)
    chief = tree.context("chief")
    task = tree.tell(chief, "something else")
    eventually(lambda: len(stuck.begun) == 1, PATIENCE)
    cleared: list[Any] = []
    way = ways.told(Host(), chief, cleared.append)
    way.stop()
    with pytest.raises(CancelledError):
        way.run(Instruction("an errand"), PATIENCE)
    assert task.is_alive()
    assert cleared == [chief]


def test_a_goal_that_came_later_and_was_begun_is_carried_to_its_end(
    tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    tree.script(worker)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="analyze sales")
    [live_contexts] = live.all_live()
    with pausing(live_contexts):
        said(chief, "assign_tasks")
        said(chief, "decompose_goal", goal="analyze costs")
    eventually(lambda: finished(orchestrator), PATIENCE)
    assert orchestrator.runtime.status()["completed_subtasks"] == 6
