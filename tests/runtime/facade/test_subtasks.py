"""Goals of the facade, and the views of their subtasks."""

from __future__ import annotations

import datetime as dt
import inspect
from typing import TYPE_CHECKING, Any

import pytest

from callboard.messages.errors import (
    GoalEmpty,
    GoalNotText,
    PlanHasCycle,
    PlanningError,
    UnknownDependency,
)
from callboard.messages.values import Plan, Priority, Skill, Subtask
from callboard.runtime.facade import (
    AtomicSubtask,
    DistributedOrchestrator,
    TaskPriority,
    TaskState,
)
from tests.runtime.facade.facades import ATTRIBUTES

if TYPE_CHECKING:
    from callboard.messages.values import Goal


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        (
            "Analyse customer data and create a report",
            [
                ("Data Collection", "HIGH", 30, ["data_collection"]),
                ("Data Analysis", "HIGH", 60, ["data_analysis"]),
                ("Report Generation", "MEDIUM", 30, ["report_writing"]),
            ],
        ),
        (
            "develop a web application",
            [
                ("Requirements Analysis", "HIGH", 45, ["requirements_analysis"]),
                ("Design Phase", "HIGH", 90, ["design", "planning"]),
                ("Implementation", "MEDIUM", 120, ["coding", "development"]),
                ("Testing", "MEDIUM", 60, ["testing", "qa"]),
            ],
        ),
        ("organize a party", [("Goal Execution", "MEDIUM", 60, ["general"])]),
    ],
)
def test_a_goal_becomes_a_chain_of_subtasks(
    orchestrator: DistributedOrchestrator, goal: str, expected: list[Any]
) -> None:
    found = orchestrator.decompose_goal(goal)

    assert [
        (s.name, s.priority.name, s.estimated_duration, s.required_skills) for s in found
    ] == expected
    assert [s.dependencies for s in found] == [[], *([s.uuid] for s in found[:-1])]
    assert len({s.uuid for s in found}) == len(found)
    assert all(goal in s.description for s in found)


def test_the_context_of_a_goal_is_in_the_descriptions(
    orchestrator: DistributedOrchestrator,
) -> None:
    [subtask] = orchestrator.decompose_goal("organize a party", "on the roof")

    assert "on the roof" in subtask.description


def test_a_new_subtask_shows_all_its_attributes(orchestrator: DistributedOrchestrator) -> None:
    before = dt.datetime.now(dt.UTC)
    subtask, following, _ = orchestrator.decompose_goal("analyze sales")
    found = {name: getattr(subtask, name) for name in ATTRIBUTES}
    created = found.pop("created_at")

    assert found == {
        "uuid": subtask.uuid,
        "name": "Data Collection",
        "description": subtask.description,
        "parent_task_uuid": "",
        "dependencies": [],
        "priority": TaskPriority.HIGH,
        "estimated_duration": 30,
        "required_skills": ["data_collection"],
        "assigned_agent_id": None,
        "state": TaskState.IDLE,
        "started_at": None,
        "completed_at": None,
        "result": None,
    }
    assert created.tzinfo is dt.UTC
    assert abs(created - before) < dt.timedelta(seconds=10)
    assert type(subtask.estimated_duration) is int
    assert (subtask.status.value, following.status.value) == ("ready", "pending")
    assert repr(subtask) == f"<subtask 'Data Collection' ready {subtask.uuid}>"


def test_a_subtask_has_the_attributes_of_the_contract_and_its_status() -> None:
    public = {name for name, _ in inspect.getmembers(AtomicSubtask) if not name.startswith("_")}

    assert public == {*ATTRIBUTES, "status"}


def test_a_subtask_is_a_live_view(orchestrator: DistributedOrchestrator) -> None:
    orchestrator.register_agent("a1", ["general"])
    [subtask] = orchestrator.decompose_goal("anything")
    created = subtask.created_at

    orchestrator.assign_subtasks()
    started = subtask.started_at
    assert (subtask.state.value, subtask.status.value) == ("running", "running")
    assert subtask.state is TaskState.RUNNING
    assert (subtask.assigned_agent_id, subtask.completed_at) == ("a1", None)

    orchestrator.mark_subtask_completed(subtask.uuid, {"rows": [1, 2]})
    completed = subtask.completed_at
    assert (subtask.state.value, subtask.status.value) == ("idle", "completed")
    assert (subtask.assigned_agent_id, subtask.result) == ("a1", {"rows": [1, 2]})
    assert started is not None
    assert completed is not None
    assert created <= started <= completed
    assert subtask.started_at == started
    assert {started.tzinfo, completed.tzinfo} == {dt.UTC}


def test_a_subtask_is_read_only(orchestrator: DistributedOrchestrator) -> None:
    orchestrator.register_agent("a1", ["general"])
    [subtask] = orchestrator.decompose_goal("anything")
    orchestrator.mark_subtask_completed(subtask, {"rows": [1]})
    untyped: Any = subtask

    for name in (*ATTRIBUTES, "status", "whatever"):
        with pytest.raises(AttributeError):
            setattr(untyped, name, "x")
    subtask.required_skills.append("more")
    subtask.dependencies.append("more")
    subtask.result["rows"].append(2)
    assert (subtask.required_skills, subtask.dependencies) == (["general"], [])
    assert subtask.result == {"rows": [1]}


def test_views_of_the_same_subtask_are_equal(orchestrator: DistributedOrchestrator) -> None:
    orchestrator.register_agent("a1", ["general"])
    [subtask] = orchestrator.decompose_goal("anything")
    [(assigned, _)] = orchestrator.assign_subtasks()
    [another] = orchestrator.decompose_goal("anything")

    assert assigned is not subtask
    assert assigned == subtask != another
    assert {assigned, subtask, another} == {subtask, another}
    assert subtask != subtask.uuid


def test_priorities_are_the_tensors_third_axis() -> None:
    assert TaskPriority is Priority
    assert {p.name: p.value for p in TaskPriority} == {
        "CRITICAL": 0,
        "HIGH": 1,
        "MEDIUM": 2,
        "LOW": 3,
    }


@pytest.mark.parametrize("goal", ["", "   ", "\n"])
def test_the_empty_goal_is_an_error(orchestrator: DistributedOrchestrator, goal: str) -> None:
    with pytest.raises(GoalEmpty, match="the goal is empty"):
        orchestrator.decompose_goal(goal)
    assert orchestrator.get_orchestration_status()["total_subtasks"] == 0


def test_a_goal_and_its_context_are_texts(orchestrator: DistributedOrchestrator) -> None:
    wrong: Any = 7
    with pytest.raises(GoalNotText, match="a goal must be text, not int"):
        orchestrator.decompose_goal(wrong)
    with pytest.raises(GoalNotText, match="a context must be text, not int"):
        orchestrator.decompose_goal("anything", wrong)


def test_a_plan_is_taken_as_it_is(orchestrator: DistributedOrchestrator) -> None:
    plan = Plan(
        subtasks=(
            Subtask(uuid="u1", name="First", priority=Priority.LOW, estimated_duration=1.5),
            Subtask(
                uuid="u2",
                name="Second",
                parent_task_uuid="u1",
                dependencies=("u1",),
                required_skills=(Skill(name="sql", level=2),),
            ),
        )
    )
    first, second = orchestrator.decompose_goal(plan)

    assert (first.uuid, first.priority, first.estimated_duration) == ("u1", Priority.LOW, 1.5)
    assert (second.parent_task_uuid, second.required_skills) == ("u1", ["sql >= 2"])


def test_a_dependency_that_does_not_exist_is_refused(
    orchestrator: DistributedOrchestrator,
) -> None:
    plan = Plan(subtasks=(Subtask(uuid="u1", name="First", dependencies=("u0",)),))

    with pytest.raises(UnknownDependency, match="'First' depends on 'u0'"):
        orchestrator.decompose_goal(plan)


def test_a_plan_of_the_planner_is_refused_by_the_error_that_it_deserves() -> None:
    class Circular:
        def plan(self, goal: Goal) -> Plan:
            return Plan(subtasks=(Subtask(uuid="u1", name=goal.text, dependencies=("u1",)),))

    with DistributedOrchestrator(planner=Circular()) as orchestrator:
        with pytest.raises(PlanHasCycle, match="anything needs anything"):
            orchestrator.decompose_goal("anything")
        assert orchestrator.get_orchestration_status()["total_subtasks"] == 0


def test_a_planner_that_fails_is_named() -> None:
    class Broken:
        def plan(self, goal: Goal) -> Plan:
            raise LookupError(goal.text)

    with (
        DistributedOrchestrator(planner=Broken()) as orchestrator,
        pytest.raises(PlanningError, match="LookupError: anything"),
    ):
        orchestrator.decompose_goal("anything")
