"""What `mark_subtask_completed` takes, and what follows."""

from __future__ import annotations

from typing import Any

import pytest

from callboard.messages.errors import (
    AlreadyEnded,
    Blocked,
    NotEncodable,
    StaleLease,
    UnknownSubtask,
)
from callboard.messages.values import Lease, Plan, Retry, Subtask
from callboard.runtime.config import Config
from callboard.runtime.facade import (
    DistributedOrchestrator,
    TaskState,
)
from tests.runtime.facade.facades import ATTRIBUTES, eventually, loads, names, private


def test_a_completion_frees_what_waits_for_it(orchestrator: DistributedOrchestrator) -> None:
    orchestrator.register_agent("a1", ["general"])
    collection, analysis, report = orchestrator.decompose_goal("analyze sales")

    assert [orchestrator.can_execute_subtask(s) for s in (collection, analysis, report)] == [
        True,
        False,
        False,
    ]
    assert names(orchestrator.assign_subtasks()) == [("Data Collection", "a1")]
    orchestrator.mark_subtask_completed(collection.uuid, "1,000 rows")
    assert [private(orchestrator)._can_execute_subtask(s.uuid) for s in (analysis, report)] == [
        True,
        False,
    ]
    assert loads(orchestrator) == {"a1": 0}
    assert names(orchestrator.assign_subtasks()) == [("Data Analysis", "a1")]


def test_a_completion_without_a_token_means_the_current_lease(
    orchestrator: DistributedOrchestrator,
) -> None:
    orchestrator.register_agent("a1", ["general"])
    orchestrator.register_agent("a2", ["general"])
    [subtask] = orchestrator.decompose_goal("anything")
    orchestrator.assign_subtasks()
    orchestrator.unregister_agent("a1")
    orchestrator.assign_subtasks()

    orchestrator.mark_subtask_completed(subtask.uuid, "done")

    assert (subtask.assigned_agent_id, loads(orchestrator)) == ("a2", {"a2": 0})


def test_what_was_never_assigned_may_be_completed_and_is_not_assigned_again(
    orchestrator: DistributedOrchestrator,
) -> None:
    collection, analysis, _ = orchestrator.decompose_goal("analyze sales")
    orchestrator.mark_subtask_completed(collection, "done")
    orchestrator.register_agent("a1", ["general"])

    assert collection.completed_at is not None
    assert (collection.assigned_agent_id, collection.started_at) == (None, None)
    assert orchestrator.assign_subtasks() == [(analysis, "a1")]


def test_what_is_blocked_cannot_be_completed(orchestrator: DistributedOrchestrator) -> None:
    _, analysis, _ = orchestrator.decompose_goal("analyze sales")

    with pytest.raises(Blocked, match="'Data Collection'"):
        orchestrator.mark_subtask_completed(analysis, "done")
    assert (analysis.status.value, analysis.completed_at) == ("pending", None)


def test_completing_twice_is_harmless_with_the_same_result_only(
    orchestrator: DistributedOrchestrator,
) -> None:
    orchestrator.register_agent("a1", ["general"])
    [subtask] = orchestrator.decompose_goal("anything")
    orchestrator.assign_subtasks()
    orchestrator.mark_subtask_completed(subtask, "done")
    when = subtask.completed_at

    orchestrator.mark_subtask_completed(subtask, "done")
    with pytest.raises(AlreadyEnded, match=f"{subtask.uuid}.*completed with another result"):
        orchestrator.mark_subtask_completed(subtask, "done otherwise")
    assert (subtask.result, subtask.completed_at) == ("done", when)
    assert loads(orchestrator) == {"a1": 0}


def test_what_was_cancelled_cannot_be_completed(orchestrator: DistributedOrchestrator) -> None:
    orchestrator.register_agent("a1", ["general"])
    [subtask] = orchestrator.decompose_goal("anything")
    orchestrator.assign_subtasks()
    orchestrator.runtime.cancel_subtask(subtask.uuid)

    assert (subtask.state, subtask.status.value) == (TaskState.IDLE, "cancelled")
    assert subtask.completed_at is None
    with pytest.raises(AlreadyEnded, match="cancelled"):
        orchestrator.mark_subtask_completed(subtask, "done")


def test_a_result_must_be_data(orchestrator: DistributedOrchestrator) -> None:
    [subtask] = orchestrator.decompose_goal("anything")

    with pytest.raises(NotEncodable, match=subtask.uuid):
        orchestrator.mark_subtask_completed(subtask, object())
    assert subtask.completed_at is None


def test_an_unknown_subtask_is_named(orchestrator: DistributedOrchestrator) -> None:
    for unknown in ("nothing", 7):
        wrong: Any = unknown
        with pytest.raises(UnknownSubtask, match=str(unknown)):
            orchestrator.mark_subtask_completed(wrong, "done")
        with pytest.raises(UnknownSubtask, match=str(unknown)):
            orchestrator.can_execute_subtask(wrong)
        with pytest.raises(UnknownSubtask, match=str(unknown)):
            private(orchestrator)._can_execute_subtask(wrong)


def test_a_dependency_that_may_fail_counts_as_done_when_it_has(
    orchestrator: DistributedOrchestrator,
) -> None:
    first = Subtask(uuid="u1", name="First", optional=True)
    second = Subtask(uuid="u2", name="Second", dependencies=("u1",))
    orchestrator.runtime.register(_fail, id="clumsy", retry=1)
    orchestrator.decompose_goal(Plan(subtasks=(first,)))
    failed, following = orchestrator.decompose_goal(
        Plan(subtasks=(Subtask(uuid="u3", name="F", optional=True), _after(second, "u3")))
    )
    eventually(lambda: failed.status.value == "failed")

    assert orchestrator.can_execute_subtask(following)


def _fail(task: object) -> None:
    raise ValueError(task)


def _after(subtask: Subtask, dependency: str) -> Subtask:
    return Subtask(uuid=subtask.uuid, name=subtask.name, dependencies=(dependency,))


def test_a_view_goes_on_to_answer_when_its_goal_is_forgotten() -> None:
    with DistributedOrchestrator(Config(keep_goals=1)) as orchestrator:
        orchestrator.register_agent("a1", ["general"])
        [subtask] = orchestrator.decompose_goal("anything")
        orchestrator.assign_subtasks()
        orchestrator.mark_subtask_completed(subtask, "done")
        seen = {name: getattr(subtask, name) for name in ATTRIBUTES}
        for _ in range(2):
            [later] = orchestrator.decompose_goal("anything else")
            orchestrator.mark_subtask_completed(later, "done")

        assert orchestrator.get_task_tensor().shape == (1, 1, 4)
        with pytest.raises(UnknownSubtask, match=subtask.uuid):
            orchestrator.mark_subtask_completed(subtask, "done")
        assert {name: getattr(subtask, name) for name in ATTRIBUTES} == seen
        assert subtask.status.value == "completed"


def test_who_runs_an_attempt_ends_it_by_its_lease() -> None:
    with DistributedOrchestrator(Config(retry=Retry(attempts=2, first=0.0))) as orchestrator:
        runtime = orchestrator.runtime
        orchestrator.register_agent("a1", ["general"])
        [subtask] = orchestrator.decompose_goal("anything")
        [old] = runtime.assign()

        runtime.fail(old, ValueError("the line was dead"))
        with pytest.raises(StaleLease, match=r"is not current"):
            runtime.fail(old, ValueError("still"))
        leases: list[Lease] = []

        def leased() -> bool:
            leases.extend(runtime.assign())
            return bool(leases)

        eventually(leased)
        with pytest.raises(StaleLease, match=r"is not current"):
            runtime.complete(subtask.uuid, "too late", lease=old)
        runtime.complete(subtask.uuid, "done", lease=leases[0])
        runtime.complete(subtask.uuid, "done", lease=leases[0])  # harmless

        assert (subtask.result, subtask.assigned_agent_id) == ("done", "a1")
        assert loads(orchestrator) == {"a1": 0}


def test_an_attempt_that_is_not_tried_again_fails_its_goal() -> None:
    with DistributedOrchestrator(Config(retry=Retry(attempts=1))) as orchestrator:
        orchestrator.register_agent("a1", ["general"])
        [subtask] = orchestrator.decompose_goal("anything")
        [lease] = orchestrator.runtime.assign()

        orchestrator.runtime.fail(lease, ValueError("no data"))
        eventually(lambda: subtask.status.value == "failed")
        assert "no data" in str(orchestrator.explain(subtask))
