"""What `assign_subtasks` hands out, and to whom."""

from __future__ import annotations

import math

from callboard.actors.logic.limits import Limits
from callboard.messages.values import Agent, Plan, Priority, Ready, Skill, Subtask
from callboard.runtime.facade import (
    PATIENT,
    DistributedOrchestrator,
    TaskState,
)
from tests.runtime.facade.facades import eventually, name_of, names


def test_nothing_runs_until_somebody_assigns(orchestrator: DistributedOrchestrator) -> None:
    orchestrator.register_agent("a1", ["general"])
    [subtask] = orchestrator.decompose_goal("anything")
    orchestrator.runtime.health()

    assert subtask.state is TaskState.IDLE
    assert orchestrator.assign_subtasks() == [(subtask, "a1")]


def test_where_there_is_nothing_to_assign_nothing_is(
    orchestrator: DistributedOrchestrator,
) -> None:
    assert orchestrator.assign_subtasks() == []
    orchestrator.register_agent("a1", ["general"])
    assert orchestrator.assign_subtasks() == []
    orchestrator.decompose_goal("anything")
    orchestrator.assign_subtasks()
    assert orchestrator.assign_subtasks() == []


def test_a_subtask_is_found_by_the_very_next_assignment(
    orchestrator: DistributedOrchestrator,
) -> None:
    orchestrator.register_agent("a1", ["general"])
    for _ in range(200):
        [subtask] = orchestrator.decompose_goal("anything")
        assert orchestrator.assign_subtasks() == [(subtask, "a1")]
        orchestrator.mark_subtask_completed(subtask, "done")


def test_every_required_skill_must_be_covered(orchestrator: DistributedOrchestrator) -> None:
    plan = Plan(
        subtasks=(Subtask(uuid="u1", name="S", required_skills=(Skill(name="a"), Skill(name="b"))),)
    )
    [subtask] = orchestrator.decompose_goal(plan)
    orchestrator.register_agent("half", ["a"])
    assert orchestrator.assign_subtasks() == []
    orchestrator.register_agent("whole", ["A", "B"])
    assert orchestrator.assign_subtasks() == [(subtask, "whole")]


def test_all_that_can_be_had_is_handed_out_and_nobody_waits_for_a_better_agent(
    orchestrator: DistributedOrchestrator,
) -> None:
    orchestrator.register_agent("expert", ["data collection"])
    orchestrator.registered_agents["expert"].max_load = 1
    orchestrator.register_agent("generalist", ["general"])
    for n in range(3):
        orchestrator.decompose_goal(f"analyze {n}")

    assert names(orchestrator.assign_subtasks()) == [
        ("Data Collection", "expert"),
        ("Data Collection", "generalist"),
        ("Data Collection", "generalist"),
    ]


def test_work_goes_to_the_least_loaded(orchestrator: DistributedOrchestrator) -> None:
    for agent in ("a1", "a2", "a3"):
        orchestrator.register_agent(agent, ["general"])
    for n in range(6):
        orchestrator.decompose_goal(f"errand {n}")

    assert [agent for _, agent in orchestrator.assign_subtasks()] == ["a1", "a2", "a3"] * 2


def test_the_most_urgent_is_assigned_first(orchestrator: DistributedOrchestrator) -> None:
    orchestrator.decompose_goal(
        Plan(subtasks=tuple(Subtask(uuid=p.name, name=p.name, priority=p) for p in Priority)[::-1])
    )
    orchestrator.register_agent("a1")

    assert [subtask.name for subtask, _ in orchestrator.assign_subtasks()] == [
        "CRITICAL",
        "HIGH",
        "MEDIUM",
        "LOW",
    ]


def test_agents_that_run_work_are_pushed_to_and_never_wait(
    orchestrator: DistributedOrchestrator,
) -> None:
    orchestrator.register_agent("puller", ["report_writing"])
    orchestrator.runtime.register(name_of, id="pushed", skills=["data_collection", "data_analysis"])
    collection, analysis, report = orchestrator.decompose_goal("analyze sales")
    eventually(lambda: report.status.value == "ready")

    assert [s.assigned_agent_id for s in (collection, analysis)] == ["pushed", "pushed"]
    assert orchestrator.assign_subtasks() == [(report, "puller")]


def test_who_pulls_may_take_as_long_as_it_takes() -> None:
    limits = Limits(PATIENT.timeouts, PATIENT.retry)
    subtask = Subtask(uuid="u1", name="S")
    ready = Ready(
        goal="g1", goal_text="", subtask=subtask, urgency=Priority.LOW, rank=0.0, since=0.0
    )
    agent = Agent(id="a1", pull=True)

    assert limits.attempt(ready, agent) == (None, None, None)
    assert limits.total(ready) == math.inf
