"""Contexts as live agents, in trees of both layouts, with a model that goes by a script."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from typing import Any

import pytest

from callboard.messages.errors import CallTimedOut
from callboard.messages.facts import RetryScheduled
from callboard.messages.values import Plan, Retry, Subtask
from callboard.runtime.facade import DistributedOrchestrator
from callboard.runtime.gateways.agent_zero import live, ways
from callboard.runtime.gateways.agent_zero.door import answer
from callboard.runtime.gateways.agent_zero.host import Host
from callboard.runtime.gateways.agent_zero.settings import Settings
from callboard.runtime.handover import Instruction
from tests.runtime.facade.facades import eventually
from tests.runtime.gateways.agent_zero.planting import Tree, last, respond, use

TOOL = "distributed_orchestration"
PATIENCE = 30.0


def worker(agent: Any) -> str:
    """Does whatever it is told, and says so."""
    told = last(agent)["user_message"]
    return respond(f"done by {agent.agent_name}: {told.splitlines()[0]}")


def said(context: Any, method: str, **arguments: Any) -> str:
    """What the tool says to a context's model."""
    return asyncio.run(answer(context, method, arguments))


def finished(orchestrator: DistributedOrchestrator) -> bool:
    status = orchestrator.runtime.status()
    return (
        bool(status["total_subtasks"])
        and not status["pending_subtasks"] + status["running_subtasks"]
    )


def results(orchestrator: DistributedOrchestrator) -> dict[str, Any]:
    board = orchestrator.runtime.hub.board
    [goal] = board.goals
    return dict(orchestrator.runtime.goal(goal).results)


def kinds(orchestrator: DistributedOrchestrator, uuid: str) -> list[str]:
    return [type(event).__name__ for event in orchestrator.runtime.story(uuid)]


def watched(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[Any]:
    """The first arguments with which a coroutine function is called from now on."""
    seen: list[Any] = []
    function = getattr(module, name)

    async def call(first: Any, *more: Any) -> Any:
        seen.append(first)
        return await function(first, *more)

    monkeypatch.setattr(module, name, call)
    return seen


@contextlib.contextmanager
def pausing(contexts: live.LiveContexts) -> Iterator[None]:
    """It sees nothing of what happens meanwhile; afterwards it sees all of it."""
    gate = threading.Event()
    see = contexts._see

    def see_later(event: Any) -> None:
        gate.wait(PATIENCE)
        see(event)

    contexts._see = see_later  # type: ignore[method-assign]
    try:
        yield
    finally:
        gate.set()


def errand(orchestrator: DistributedOrchestrator) -> None:
    """Something that is tried again at once."""
    subtask = Subtask(uuid="u1", name="Goal Execution", retry=Retry(first=0.0))
    orchestrator.decompose_goal(Plan(subtasks=(subtask,)))


# A goal to its end


def test_a_model_carries_a_goal_to_its_end(
    tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    chief = tree.context("chief")
    steps = iter(
        [
            use(f"{TOOL}:register_agent", skills=["general"]),
            use(TOOL, method="decompose_goal", goal="analyze sales", context="of May"),
            use(TOOL, method="assign_tasks"),
        ]
    )

    async def script(agent: Any) -> str:
        if agent.context is not chief:
            return worker(agent)
        step = next(steps, None)
        if step is not None:
            return step
        await asyncio.sleep(0.01)  # as a model that thinks
        told: str = last(agent, "tool")["tool_result"]
        if told.startswith("Subtask Report Generation:"):
            return respond(told)
        if '"completed_subtasks": 3' not in told:
            return use(TOOL, method="get_status")
        report = list(orchestrator.runtime.hub.board.subtasks)[-1]
        return use(TOOL, method="get_status", subtask_uuid=report)

    tree.script(script)
    report = tree.tell(chief, "find out how sales went").result_sync(PATIENCE)

    assert '"result": "done by A0: Report Generation"' in report
    assert results(orchestrator) == {
        "Data Collection": "done by A0: Data Collection",
        "Data Analysis": "done by A0: Data Analysis",
        "Report Generation": "done by A0: Report Generation",
    }
    context_ids = list(tree.load("agent").AgentContext._contexts)
    eventually(lambda: list(tree.load("agent").AgentContext._contexts) == ["chief"], PATIENCE)
    assert "chief" in context_ids


def test_what_a_subtask_depends_on_is_told_to_who_does_it(
    tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    told: list[dict[str, Any]] = []

    def script(agent: Any) -> str:
        told.append(last(agent))
        return worker(agent)

    tree.script(script)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="analyze sales")
    assert said(chief, "assign_tasks") == (
        "Task assignment results:\n\n✓ Data Collection -> Agent chief"
    )
    eventually(lambda: finished(orchestrator), PATIENCE)

    assert [one["user_message"].splitlines()[0] for one in told] == [
        "Data Collection",
        "Data Analysis",
        "Report Generation",
    ]
    assert "Result of Data Collection:\ndone by A0: Data Collection" in told[1]["user_message"]
    assert "subtask of a larger goal" in told[0]["system_message"][0]


def test_nothing_runs_until_somebody_asks_for_assignments(
    tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    asked = tree.load("models").asked
    tree.script(worker)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="an errand")
    orchestrator.runtime.health()

    assert asked == []
    [(subtask, agent)] = orchestrator.assign_subtasks()  # the facade's own word runs nothing
    assert (agent, subtask.state.value, asked) == ("chief", "running", [])


def test_who_is_known_by_an_id_alone_gets_nothing_unasked(
    tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    tree.script(worker)
    chief = tree.context("chief")
    said(chief, "register_agent", skills=["data_collection"])
    orchestrator.register_agent("elsewhere", ["data_analysis", "report_writing"])
    said(chief, "decompose_goal", goal="analyze sales")
    said(chief, "assign_tasks")
    subtasks = orchestrator.runtime.hub.board.subtasks
    eventually(
        lambda: [r.status.value for r in subtasks.values()] == ["completed", "ready", "pending"],
        PATIENCE,
    )
    orchestrator.runtime.health()
    assert orchestrator.registered_agents["elsewhere"].current_load == 0
    assert said(chief, "assign_tasks").endswith("✓ Data Analysis -> Agent elsewhere")


# Ways to run


@pytest.mark.parametrize("way", ["own", "registered", "subordinate", "scheduler"])
def test_every_way_brings_the_answer(
    tree: Tree,
    orchestrator: DistributedOrchestrator,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    monkeypatch.setenv("CALLBOARD_WAY", way)
    who: list[tuple[str, int, str]] = []

    def script(agent: Any) -> str:
        who.append((agent.context.id, agent.number, threading.current_thread().name))
        return worker(agent)

    tree.script(script)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="an errand")
    said(chief, "assign_tasks")
    eventually(lambda: finished(orchestrator), PATIENCE)

    name = "A1" if way == "subordinate" else "A0"
    assert results(orchestrator) == {"Goal Execution": f"done by {name}: Goal Execution"}
    [(context, number, thread)] = who
    assert (context == "chief") is (way == "registered")
    assert number == (1 if way == "subordinate" else 0)
    shared = {"own", "registered"} | ({"subordinate"} if tree.layout == "current" else set())
    assert (thread == "AgentContext") is (way in shared)
    if way == "scheduler":
        scheduler = tree.load("helpers.task_scheduler").TaskScheduler.get()
        eventually(lambda: scheduler.tasks == {}, PATIENCE)
    contexts = tree.load("agent").AgentContext._contexts
    eventually(lambda: list(contexts) == ["chief"], PATIENCE)


def test_a_context_that_is_busy_is_not_interrupted(
    tree: Tree, orchestrator: DistributedOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLBOARD_WAY", "registered")
    going_on = threading.Event()
    over: list[Callable[[], Any]] = []

    async def script(agent: Any) -> str:
        if agent.context.id == "chief":
            loop, waiting = asyncio.get_running_loop(), asyncio.Event()
            over.append(lambda: loop.call_soon_threadsafe(waiting.set))
            going_on.set()
            await waiting.wait()
            return respond("my own business")
        return worker(agent)

    tree.script(script)
    chief = tree.context("chief")
    task = tree.tell(chief, "take your time")
    assert going_on.wait(PATIENCE)
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="an errand")
    said(chief, "assign_tasks")
    eventually(lambda: finished(orchestrator), PATIENCE)
    over[0]()

    assert task.result_sync(PATIENCE) == "my own business"
    assert results(orchestrator) == {"Goal Execution": "done by A0: Goal Execution"}


def test_a_context_that_does_one_assignment_is_not_interrupted_by_another(
    tree: Tree, orchestrator: DistributedOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLBOARD_WAY", "registered")
    begun: list[str] = []
    both = asyncio.Event()  # all contexts are on one loop

    async def script(agent: Any) -> str:
        begun.append(agent.context.id)
        if len(begun) == 2:
            both.set()
        await both.wait()
        return worker(agent)

    tree.script(script)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    subtasks = (Subtask(uuid="u1", name="One"), Subtask(uuid="u2", name="Two"))
    orchestrator.decompose_goal(Plan(subtasks=subtasks))
    said(chief, "assign_tasks")
    eventually(lambda: finished(orchestrator), PATIENCE)

    assert results(orchestrator) == {"One": "done by A0: One", "Two": "done by A0: Two"}
    assert len(begun) == len(set(begun)) == 2
    assert "chief" in begun


# What goes wrong


class Stuck:
    """A model that never answers, until it is let."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []

    async def __call__(self, agent: Any) -> str:
        self.begun.append(agent.context.id)
        try:
            await asyncio.sleep(3600)
        finally:
            self.ended.append(agent.context.id)
        return ""


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


# The loop that all contexts share


def test_nothing_blocks_the_loop_that_all_contexts_share(
    tree: Tree, orchestrator: DistributedOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nobody may look at the board, all that is asked waits, and nobody else does."""
    looks: list[str] = []
    read = orchestrator.runtime.hub.read

    def noted(look: Callable[[Any], Any]) -> Any:
        looks.append(threading.current_thread().name)
        return read(look)

    monkeypatch.setattr(orchestrator.runtime.hub, "read", noted)
    [subtask] = orchestrator.decompose_goal("an errand")
    asked: dict[str, dict[str, Any]] = {
        "register_agent": {"skills": "general"},
        "decompose_goal": {"goal": "another one"},
        "assign_tasks": {"reason": "-"},
        "get_status": {"reason": "-"},
        "get_task_tensor": {"reason": "-"},
        "mark_completed": {"subtask_uuid": subtask.uuid},
        "update_heartbeat": {"reason": "-"},
    }
    begun: set[str] = set()

    async def script(agent: Any) -> str:
        name = agent.context.id
        if name in asked and name not in begun:
            begun.add(name)
            return use(f"{TOOL}:{name}", **asked[name])
        if name == "free":
            while len(begun) < len(asked):  # noqa: ASYNC110 - set anew by each of them
                await asyncio.sleep(0.001)
            tree.load("agent").AgentContext.remove("registered")
            for _ in range(100):  # by now each of them is within Callboard
                await asyncio.sleep(0.001)
        return respond("done")

    tree.script(script)
    for name in ("registered", *asked):
        said(tree.context(name), "register_agent", skills="sql")
    held, let_go = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        held.set()
        let_go.wait(PATIENCE)

    holder = threading.Thread(target=orchestrator.runtime.hub.read, args=(hold,))
    holder.start()
    assert held.wait(PATIENCE)
    try:
        busy = [tree.tell(tree.load("agent").AgentContext.get(name), "go on") for name in asked]
        assert tree.tell(tree.context("free"), "go on").result_sync(PATIENCE) == "done"
        assert [task.is_alive() for task in busy] == [True] * len(asked)
    finally:
        let_go.set()
        holder.join()
    assert [task.result_sync(PATIENCE) for task in busy] == ["done"] * len(asked)
    if tree.layout == "current":
        eventually(lambda: "registered" not in orchestrator.registered_agents, PATIENCE)
    assert looks
    assert "AgentContext" not in looks


# Signs of life, and the end


def test_a_context_at_work_gives_signs_of_life(
    tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    tree.script(worker)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    before = orchestrator.registered_agents["chief"].last_heartbeat
    tree.tell(chief, "hello").result_sync(PATIENCE)
    eventually(lambda: orchestrator.registered_agents["chief"].last_heartbeat > before, PATIENCE)


def test_a_context_that_is_removed_is_no_agent_any_more(
    tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    stuck = Stuck()
    tree.script(stuck.__call__)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="an errand")
    said(chief, "assign_tasks")
    eventually(lambda: len(stuck.begun) == 1, PATIENCE)
    tree.load("agent").AgentContext.remove("chief")

    if tree.layout == "legacy":  # there it is seen at the next look
        [contexts] = live.all_live()
        contexts.look_after_all()
    eventually(lambda: "chief" not in orchestrator.registered_agents, PATIENCE)
    eventually(lambda: stuck.ended == stuck.begun, PATIENCE)
    [record] = orchestrator.runtime.hub.board.subtasks.values()
    assert record.status.value == "ready"


def test_what_could_not_be_handed_out_is_tried_again(
    tree: Tree, orchestrator: DistributedOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "AGAIN", 0.01)
    assign, failures = orchestrator.runtime.assign, iter([CallTimedOut("assign", 1.0)] * 3)

    def assign_at_last() -> Any:
        failure = next(failures, None)
        if failure is not None:
            raise failure
        return assign()

    monkeypatch.setattr(orchestrator.runtime, "assign", assign_at_last)
    tree.script(worker)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="analyze sales")
    said(chief, "assign_tasks")
    eventually(lambda: finished(orchestrator), PATIENCE)
    assert len(results(orchestrator)) == 3
