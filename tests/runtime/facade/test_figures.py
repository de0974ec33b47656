"""The tensor and the status, as the facade gives them."""

from __future__ import annotations

import json

from callboard.runtime.facade import (
    DistributedOrchestrator,
)


def test_without_subtasks_or_agents_the_tensor_is_empty(
    orchestrator: DistributedOrchestrator,
) -> None:
    assert orchestrator.get_task_tensor().shape == (0, 0, 4)
    orchestrator.decompose_goal("analyze sales")
    assert orchestrator.get_task_tensor().shape == (3, 0, 4)
    orchestrator.register_agent("a1")
    assert orchestrator.get_task_tensor().shape == (3, 1, 4)


def test_only_the_slice_of_its_own_priority_is_not_zero(
    orchestrator: DistributedOrchestrator,
) -> None:
    orchestrator.register_agent("a1", ["general"])
    orchestrator.decompose_goal("analyze sales")

    assert orchestrator.get_task_tensor().tolist() == [
        [[0, 1, 0, 0]],
        [[0, 1, 0, 0]],
        [[0, 0, 1, 0]],
    ]


def test_a_row_says_how_likely_each_agent_is_and_then_who_it_is(
    orchestrator: DistributedOrchestrator,
) -> None:
    for agent, skills in (("a1", ["general"]), ("a2", ["general"]), ("a3", ["coding"])):
        orchestrator.register_agent(agent, skills)
    orchestrator.registered_agents["a1"].max_load = 1
    [subtask] = orchestrator.decompose_goal("anything")
    rows = [_row(orchestrator)]
    orchestrator.assign_subtasks()
    orchestrator.decompose_goal("something else")  # a1 has no free slot, and is eligible
    rows += orchestrator.get_task_tensor()[:, :, 2].tolist()
    orchestrator.mark_subtask_completed(subtask, "done")
    rows.append(_row(orchestrator))
    orchestrator.unregister_agent("a1")
    rows.append(_row(orchestrator))

    assert rows == [
        [0.5, 0.5, 0.0],  # either may get it
        [1.0, 0.0, 0.0],  # a1 has it
        [0.5, 0.5, 0.0],  # the other one
        [1.0, 0.0, 0.0],  # a1 has completed it
        [1.0, 0.0],  # ... and is not there any more
    ]


def _row(orchestrator: DistributedOrchestrator) -> list[float]:
    row: list[float] = orchestrator.get_task_tensor()[0, :, 2].tolist()
    return row


def test_nobody_may_do_it_or_it_is_cancelled_so_the_row_is_zero(
    orchestrator: DistributedOrchestrator,
) -> None:
    orchestrator.register_agent("a1", ["cooking"])
    orchestrator.register_agent("a2", ["data_analysis"])
    collection, _, report = orchestrator.decompose_goal("analyze sales")
    assert orchestrator.get_task_tensor().sum(axis=(1, 2)).tolist() == [1.0, 1.0, 0.0]
    assert report.status.value == "pending"

    orchestrator.runtime.cancel_subtask(collection.uuid)

    assert not orchestrator.get_task_tensor().any()


def test_the_labels_of_the_axes_come_with_the_runtimes_tensor(
    orchestrator: DistributedOrchestrator,
) -> None:
    orchestrator.register_agent("b")
    orchestrator.register_agent("a")
    subtasks = orchestrator.decompose_goal("analyze sales")
    tensor = orchestrator.runtime.tensor()

    assert tensor.subtasks == tuple(subtask.uuid for subtask in subtasks)
    assert tensor.agents == ("b", "a")
    assert tensor.priorities == ("CRITICAL", "HIGH", "MEDIUM", "LOW")
    assert (tensor.values == orchestrator.get_task_tensor()).all()


def test_the_status_has_exactly_the_keys_of_the_contract(
    orchestrator: DistributedOrchestrator,
) -> None:
    orchestrator.register_agent("a1", ["general"])
    orchestrator.register_agent("a2", ["cooking", "Baking"])
    collection, *_ = orchestrator.decompose_goal("analyze sales")
    orchestrator.decompose_goal("anything")
    orchestrator.mark_subtask_completed(collection, "done")
    orchestrator.assign_subtasks()
    status = orchestrator.get_orchestration_status()
    beats = {name: a.last_heartbeat for name, a in orchestrator.registered_agents.items()}

    assert json.loads(json.dumps(status))["task_tensor_shape"] == [4, 2, 4]
    assert status == {
        "total_subtasks": 4,
        "completed_subtasks": 1,
        "running_subtasks": 2,
        "pending_subtasks": 1,
        "registered_agents": 2,
        "agent_status": {
            "a1": {
                "current_load": 2,
                "max_load": 5,
                "skills": ["general"],
                "last_heartbeat": beats["a1"].isoformat(timespec="microseconds"),
            },
            "a2": {
                "current_load": 0,
                "max_load": 5,
                "skills": ["cooking", "Baking"],
                "last_heartbeat": beats["a2"].isoformat(timespec="microseconds"),
            },
        },
        "task_tensor_shape": (4, 2, 4),
    }
