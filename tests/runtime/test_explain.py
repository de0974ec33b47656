"""A runtime says why: of what waits, runs or has ended."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from callboard.messages.errors import RuntimeClosed, UnknownSubtask
from callboard.messages.notices import Unschedulable
from callboard.runtime.executors.context import Context
from callboard.runtime.executors.task import Task
from callboard.runtime.facade import DistributedOrchestrator
from callboard.runtime.handle import GoalHandle
from callboard.runtime.journal.sqlite import SqliteJournal
from callboard.runtime.planners.plans import subtask
from callboard.runtime.runtime import Runtime
from callboard.runtime.simulation import simulated_runtime
from callboard.runtime.simulation.simulated import SimulatedRuntime
from tests.live import eventually

BUSY = "ann runs 1 of 1, free in 59 min"
PLAN = [
    subtask("Query", required_skills=["sql"], retry={"attempts": 1}),
    subtask("Count", required_skills=["sql"], priority="LOW"),
    subtask("Tell", required_skills=["sql"], dependencies=["Query", "Sue"]),
    subtask("Sue", required_skills=["law"]),
]


def work(task: Task, ctx: Context) -> None:
    ctx.sleep(600.0)
    if task.attempt == 1 and task.name == "Count":
        message = "no such table"
        raise ValueError(message)


def begun(runtime: SimulatedRuntime) -> GoalHandle:
    """One agent that works for ten minutes at a time, and more to do."""
    runtime.register(work, id="ann", skills=["sql"])
    goal = runtime.submit("know it all", plan=PLAN)
    runtime.advance(minutes=1)
    return goal


def told(goal: GoalHandle, name: str) -> list[str]:
    return goal.explain(name).text.split("\n")


def test_why_each_subtask_of_a_plan_stands_as_it_does() -> None:
    with simulated_runtime() as runtime:
        goal = begun(runtime)
        assert told(goal, "Query") == [
            "'Query' is running",
            "- ann has had it for 1 min",
            "- ann got it: nobody else may do it",
        ]
        assert told(goal, "Count") == [
            "'Count' is ready",
            "- the one agent that may do it can take nothing now: ann runs 1 of 1, free in 59 min",
            "- it waits for 1 min, and is the next",
        ]
        assert told(goal, "Tell") == [
            "'Tell' is pending",
            "- it needs the result of 'Query' (running at ann) and 'Sue' (ready)",
        ]
        assert told(goal, "Sue") == [
            "'Sue' is ready",
            "- no registered agent covers law; it fails in 23 h 59 min",
        ]


def test_why_it_has_ended_and_what_befell_it_before() -> None:
    with simulated_runtime() as runtime:
        goal = begun(runtime)
        runtime.advance(hours=1)
        assert told(goal, "Query") == [
            "'Query' is completed",
            "- ann completed it 51 min ago, in 10 min",
            "- ann got it: nobody else may do it",
        ]
        assert told(goal, "Count")[3:] == [
            "- 1 earlier attempt did not end it: ann (ValueError: no such table)"
        ]
        runtime.cancel_subtask(goal.subtasks[3].subtask.uuid, "no suit")
        runtime.advance(minutes=1)
        assert told(goal, "Sue")[1].endswith("ago: no suit")
        assert told(goal, "Tell")[1].startswith("- it failed")


def test_it_answers_while_everything_is_paused() -> None:
    with simulated_runtime() as runtime:
        goal = begun(runtime)
        runtime.pause("night", interrupt=True)
        assert told(goal, "Count")[1] == "- the runtime is paused: night"
        assert told(goal, "Query")[1:] == [
            "- the runtime is paused: night",
            "- 1 earlier attempt did not end it: ann (paused: night)",
        ]


def test_it_is_data_too() -> None:
    with simulated_runtime() as runtime:
        goal = begun(runtime)
        found = runtime.explain(goal.subtasks[3].subtask.uuid)
        data = json.loads(json.dumps(found.data()))
        assert (data["status"], data["goal"], data["name"]) == ("ready", goal.id, "Sue")
        [reason] = data["reasons"]
        assert (reason["kind"], reason["missing"]) == ("NobodyCan", ["law"])
        assert reason["text"] == found.sentences[0]


def test_a_subtask_that_is_not_known_is_an_error() -> None:
    with simulated_runtime() as runtime, pytest.raises(UnknownSubtask):
        runtime.explain("nothing")


def test_a_goal_knows_its_subtasks_by_name_and_by_uuid_and_no_others() -> None:
    with simulated_runtime() as runtime:
        goal, other = begun(runtime), runtime.submit("more", plan=[subtask("More", uuid="m")])
        runtime.advance(seconds=1)
        uuid = goal.subtasks[0].subtask.uuid
        assert goal.explain(uuid) == goal.explain("Query") == runtime.explain(uuid)
        for name in ("More", "m"):
            with pytest.raises(UnknownSubtask):
                goal.explain(name)
        assert other.explain("More") == runtime.explain("m")


def test_of_a_subtask_that_never_was_a_journal_in_a_file_says_so_without_reading_a_fact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Runtime.open(tmp_path / "work.db") as runtime:
        runtime.submit("know", plan=[subtask("Query", uuid="query-1")]).cancel()
        eventually(lambda: runtime.hub.subtask("query-1").ended_at is not None)
    with Runtime.open(tmp_path / "work.db") as runtime:
        with monkeypatch.context() as patch:
            patch.delattr(SqliteJournal, "history")
            for unknown in ("query-2", "query-", "no \ud800 such thing"):
                with pytest.raises(UnknownSubtask):
                    runtime.explain(unknown)
            with pytest.raises(UnknownSubtask):
                asyncio.run(runtime.aexplain("query-2"))

        assert runtime.explain("query-1").text.startswith("'Query' is cancelled")
        with pytest.raises(UnknownSubtask):
            runtime.explain("Query")  # which is a name


def test_what_has_ended_is_explained_after_closing_too() -> None:
    with simulated_runtime() as runtime:
        goal = begun(runtime)
        runtime.advance(hours=1)
    assert told(goal, "Query")[0] == "'Query' is completed"
    with pytest.raises(RuntimeClosed):
        told(goal, "Sue")


def test_a_coroutine_asks_in_the_same_way() -> None:
    async def ask() -> str:
        async with Runtime() as runtime:
            goal = await runtime.asubmit("sue", plan=[PLAN[3]])
            async for event in goal.events():
                if isinstance(event, Unschedulable):
                    break
            by_uuid = await runtime.aexplain(goal.subtasks[0].subtask.uuid)
            assert (await goal.aexplain("Sue")).reasons == by_uuid.reasons
            return by_uuid.text

    assert "no registered agent covers law" in asyncio.run(ask())


def test_in_pull_mode_it_says_that_nobody_has_asked() -> None:
    with DistributedOrchestrator() as orchestrator:
        [view] = orchestrator.decompose_goal("water the plants")
        assert orchestrator.assign_subtasks() == []  # the scheduler has heard of it
        orchestrator.register_agent("ann", ["general"])
        assert (
            orchestrator.explain(view)
            .text.split("\n")[1]
            .startswith("- nobody has asked for work for ann")
        )
        orchestrator.assign_subtasks()
        assert "ann has had it" in orchestrator.explain(view.uuid).text
