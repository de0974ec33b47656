"""Pause, resume and drain, of goals, subtasks, agents and the runtime, whatever crashes."""

from __future__ import annotations

import asyncio
import threading
from random import Random
from typing import Any

import pytest

from callboard import Context, GoalCancelled, GoalFailed, Runtime, Task, agent, subtask
from callboard.messages import facts
from callboard.messages.errors import (
    AlreadyEnded,
    GoalAlreadyEnded,
    RuntimeClosed,
    RuntimeDraining,
    UnknownAgent,
    UnknownSubtask,
)
from callboard.messages.values import Agent, Skill, Subtask, Timeouts
from callboard.runtime.config import Config
from callboard.runtime.simulation.simulation import Simulation
from tests.live import LONG, eventually
from tests.runtime.settings import QUICK, helper, kinds

HOUR = 3600.0
ACTORS = ("orchestrator", "scheduler", "decomposer", "supervisor")
GENERAL = (Skill(name="general"),)
ANN = Agent(id="ann", skills=GENERAL)


def work(*names: str, **more: Any) -> list[Subtask]:
    """Subtasks of an hour each."""
    return [Subtask(uuid=n, name=n, estimated_duration=60.0, **more) for n in names]


def statuses(goal: Any) -> str:
    """The first letters of the statuses of its subtasks."""
    return "".join(record.status.value[0] for record in goal.subtasks)


def shaken(simulation: Simulation) -> None:
    """Every actor of the runtime dies once, and the agents too."""
    for address in (*ACTORS, *(f"agent/{name}" for name in simulation.runtime.agents())):
        simulation.crash(address)
        simulation.advance(120.0)


# Goals and subtasks


@pytest.mark.parametrize("shake", [False, True])
def test_of_a_paused_goal_only_what_runs_goes_on(*, shake: bool) -> None:
    with Simulation() as simulation:
        simulation.register(ANN)
        goal = simulation.runtime.submit(work("s1", "s2"))
        simulation.advance(60.0)
        goal.pause("lunch")
        simulation.advance(10 * HOUR)
        assert (goal.paused, statuses(goal)) == (True, "cr")
        if shake:
            shaken(simulation)
            simulation.advance(10 * HOUR)
            assert statuses(goal) == "cr"
        goal.resume()
        goal.result(timeout=1.1 * HOUR)
        assert not goal.paused
        assert "GoalPaused" in kinds(simulation.runtime.hub.goal_story(goal.id))


@pytest.mark.parametrize("shake", [False, True])
def test_an_interrupted_goal_begins_again_where_it_was_and_loses_no_attempt(*, shake: bool) -> None:
    with Simulation() as simulation:
        simulation.register(ANN)
        goal = simulation.runtime.submit(work("s1"))
        simulation.advance(60.0)
        goal.pause(interrupt=True)
        simulation.advance(60.0)
        assert (statuses(goal), simulation.runtime.agents()["ann"].load) == ("r", 0)
        assert goal.subtasks[0].status.value == "ready"
        if shake:
            shaken(simulation)
        goal.resume()
        goal.result(timeout=1.1 * HOUR)
        assert goal.subtasks[0].attempts == 1


def test_other_goals_go_on() -> None:
    with Simulation() as simulation:
        simulation.register(ANN)
        paused = simulation.runtime.submit(work("s1"))
        paused.pause()
        simulation.runtime.submit(work("s2")).result(timeout=2.1 * HOUR)


@pytest.mark.parametrize("shake", [False, True])
def test_waiting_is_not_counted_while_a_goal_is_paused(*, shake: bool) -> None:
    patience = Config(timeouts=Timeouts(queue=2 * HOUR))
    with Simulation(config=patience) as simulation:
        goal = simulation.runtime.submit(work("s1"))
        simulation.advance(HOUR)
        goal.pause()
        simulation.advance(100 * HOUR)
        if shake:
            shaken(simulation)
        goal.resume()
        if shake:
            shaken(simulation)
        simulation.register(ANN)
        goal.result(timeout=1.1 * HOUR)


def test_a_deadline_does_not_wait_for_a_pause() -> None:
    with Simulation() as simulation:
        goal = simulation.runtime.submit(work("s1"), deadline=HOUR)
        goal.pause()
        with pytest.raises(GoalFailed, match="deadline"):
            goal.result(timeout=1.1 * HOUR)
        assert simulation.runtime.health()["scheduler"]["held"] == 0


def test_a_paused_subtask_holds_up_its_dependents_and_nothing_else() -> None:
    with Simulation() as simulation:
        simulation.register(ANN)
        runtime = simulation.runtime
        plan = [*work("s1", "s2"), *work("s3", dependencies=("s1",))]
        goal = runtime.submit(plan)
        runtime.pause_subtask("s3", "not yet")
        simulation.advance(10 * HOUR)
        assert (statuses(goal), goal.subtasks[2].paused) == ("ccr", True)
        runtime.resume_subtask("s3")
        goal.result(timeout=1.1 * HOUR)


def test_pausing_is_harmless_twice_and_an_error_where_nothing_is_left() -> None:
    with Simulation() as simulation:
        simulation.register(ANN)
        runtime = simulation.runtime
        goal = runtime.submit(work("s1"))
        for _ in range(2):
            goal.pause()
            runtime.pause_subtask("s1")
        for _ in range(2):
            goal.resume()
            runtime.resume_subtask("s1")
        goal.result(timeout=1.1 * HOUR)
        with pytest.raises(GoalAlreadyEnded):
            goal.pause()
        with pytest.raises(AlreadyEnded):
            runtime.pause_subtask("s1")
        goal.resume()
        goal.drain()
        runtime.drain_subtask("s1")
        for call in (runtime.pause_subtask, runtime.resume_subtask, runtime.drain_subtask):
            with pytest.raises(UnknownSubtask):
                call("nobody")


@pytest.mark.parametrize("shake", [False, True])
def test_a_drained_goal_ends_with_what_runs(*, shake: bool) -> None:
    with Simulation() as simulation:
        simulation.register(Agent(id="ann", max_load=2))
        goal = simulation.runtime.submit(
            [*work("s1", "s2", "s3"), *work("s4", dependencies=("s1",))]
        )
        simulation.advance(60.0)
        goal.drain("enough")
        if shake:
            for address in ("scheduler", "orchestrator", "supervisor"):
                simulation.crash(address)
                simulation.advance(60.0)
        with pytest.raises(GoalCancelled, match="enough"):
            goal.result(timeout=1.1 * HOUR)
        ends = [(r.status.value, r.reason) for r in goal.subtasks]
        assert ends == [("completed", "")] * 2 + [("cancelled", "enough")] * 2
        assert sorted(goal.results) == ["s1", "s2"]


def test_a_drained_subtask_has_no_second_attempt() -> None:
    with Simulation() as simulation:
        simulation.register(ANN)
        goal = simulation.runtime.submit(work("s1"))
        simulation.advance(60.0)
        simulation.runtime.drain_subtask("s1", "one is enough")
        simulation.crash("agent/ann")
        with pytest.raises(GoalFailed, match="one is enough"):
            goal.result(timeout=HOUR)


# Agents


@pytest.mark.parametrize("shake", [False, True])
def test_a_paused_agent_stays_and_gets_nothing_new(*, shake: bool) -> None:
    with Simulation() as simulation:
        runtime = simulation.runtime
        simulation.register(ANN)
        goal = runtime.submit(work("s1", "s2"))
        simulation.advance(60.0)
        runtime.pause_agent("ann", "maintenance")
        simulation.advance(10 * HOUR)
        assert (statuses(goal), runtime.agents()["ann"].paused) == ("cr", True)
        assert runtime.status()["agent_status"]["ann"]["paused"] is True
        if shake:
            shaken(simulation)
            runtime.register_remote(ANN, replace=True)
            simulation.advance(10 * HOUR)
            assert (statuses(goal), runtime.agents()["ann"].paused) == ("cr", True)
        runtime.resume_agent("ann")
        goal.result(timeout=1.1 * HOUR)


def test_what_an_interrupted_agent_did_goes_to_another_one() -> None:
    with Simulation() as simulation:
        simulation.register(ANN)
        goal = simulation.runtime.submit(work("s1"))
        simulation.advance(60.0)
        simulation.register(Agent(id="ben"))
        simulation.runtime.pause_agent("ann", interrupt=True)
        goal.result(timeout=1.1 * HOUR)
        assert goal.subtasks[0].assigned_agent == "ben"


def test_nobody_pauses_who_is_not_there() -> None:
    with Simulation() as simulation:
        for call in (simulation.runtime.pause_agent, simulation.runtime.resume_agent):
            with pytest.raises(UnknownAgent):
                call("nobody")


# The runtime


@pytest.mark.parametrize("shake", [False, True])
def test_a_paused_runtime_takes_goals_and_begins_nothing(*, shake: bool) -> None:
    with Simulation() as simulation:
        runtime = simulation.runtime
        simulation.register(ANN)
        first = runtime.submit(work("s1"))
        simulation.advance(60.0)
        runtime.pause("maintenance")
        second = runtime.submit("do something")
        if shake:
            shaken(simulation)
        simulation.advance(10 * HOUR)
        assert runtime.status()["paused"] is True
        assert (statuses(second), first.done) == ("r", not shake)
        runtime.resume()
        second.result(timeout=2.1 * HOUR)
        assert runtime.status()["paused"] is False


@pytest.mark.parametrize("shake", [False, True])
def test_a_drained_runtime_says_what_is_left_and_goes_on_with_it(*, shake: bool) -> None:
    with Simulation() as simulation:
        runtime = simulation.runtime
        simulation.register(ANN)
        goal = runtime.submit(work("s1"))
        assert runtime.drain(timeout=60.0) == (goal.id,)
        if shake:
            shaken(simulation)
        with pytest.raises(RuntimeDraining):
            runtime.submit("one more")
        assert (runtime.drain(), goal.done, runtime.status()["draining"]) == ((), True, True)
        runtime.resume()
        runtime.submit("one more").result(timeout=2.1 * HOUR)


def test_a_runtime_that_has_nothing_to_do_is_drained_at_once() -> None:
    with Simulation() as simulation:
        assert (simulation.runtime.drain(), simulation.elapsed) == ((), 0.0)


# Whatever happens


class Referee:
    """Sees to it that nothing is begun which is paused, from the answer on."""

    def __init__(self) -> None:
        self.goals: set[str] = set()
        self.agents: set[str] = set()
        self.runtime = False
        self.fouls: list[object] = []

    def __call__(self, event: object) -> None:
        if isinstance(event, facts.SubtaskAssigned):
            lease = event.lease
            if self.runtime or lease.goal in self.goals or lease.agent in self.agents:
                self.fouls.append(event)


@pytest.mark.parametrize("seed", range(40))
def test_nothing_that_is_paused_is_begun_and_all_that_is_resumed_ends(seed: int) -> None:
    random, referee = Random(f"{seed}/control"), Referee()  # noqa: S311 - reproducible
    # Whoever dies here is killed: no subtask is to blame.
    with Simulation(seed, config=Config(poison=1000), witness=referee) as simulation:
        runtime = simulation.runtime
        agents = [Agent(id=f"a{n}", skills=(Skill(name="x"),), max_load=2) for n in range(3)]
        for each in agents:
            simulation.register(each)
        goals = [
            runtime.submit([*work(*(f"g{n}s{i}" for i in range(6))),
                            *work(f"g{n}z", dependencies=(f"g{n}s0",))])
            for n in range(4)
        ]  # fmt: skip
        drained: set[str] = set()
        for _ in range(40):
            _step(random, simulation, referee, drained)
            simulation.advance(random.choice([0.0, 0.01, 1.0, 600.0]))
        _resume_all(simulation, referee)
        left = runtime.drain(timeout=100 * HOUR)
        simulation.advance(HOUR)
        assert (left, referee.fouls) == ((), [])
        for goal in goals:
            kept = goal.status.value == "completed"
            assert kept or goal.id in drained
        held = {name: n for name, n in runtime.health()["scheduler"].items() if n}
        assert set(held) <= {"agents", "agents_up"}


def _step(random: Random, simulation: Simulation, referee: Referee, drained: set[str]) -> None:
    runtime = simulation.runtime
    goal = runtime.goal(random.choice(list(runtime.hub.board.goals)))
    name, interrupt = random.choice(["a0", "a1", "a2"]), random.random() < 1 / 2
    match random.randrange(9):
        case 0 if not goal.done:
            goal.pause(interrupt=interrupt)
            referee.goals.add(goal.id)
        case 1:
            referee.goals.discard(goal.id)
            goal.resume()
        case 2:
            runtime.pause(interrupt=interrupt)
            referee.runtime = True
        case 3 | 4:
            referee.runtime = False
            runtime.resume()
        case 5:
            runtime.pause_agent(name, interrupt=interrupt)
            referee.agents.add(name)
        case 6:
            referee.agents.discard(name)
            runtime.resume_agent(name)
        case 7 if random.random() < 1 / 8:
            goal.drain()
            drained.add(goal.id)
        case _:
            _crash(random, simulation)


def _crash(random: Random, simulation: Simulation) -> None:
    steps = simulation.stepper
    for _ in range(random.randint(0, 10)):
        steps.step(steps.now())
    try:
        simulation.crash(random.choice(["scheduler", "orchestrator", "agent/a0", "agent/a1"]))
    except UnknownAgent:
        return  # it is about to be started again


def _resume_all(simulation: Simulation, referee: Referee) -> None:
    runtime = simulation.runtime
    simulation.advance(HOUR)
    referee.goals.clear()
    referee.agents.clear()
    referee.runtime = False
    runtime.resume()
    for goal in list(runtime.hub.board.goals):
        runtime.goal(goal).resume()
    for name in list(runtime.agents()):
        runtime.resume_agent(name)


# Real threads


def test_control_answers_while_busy_handlers_run() -> None:
    stop, begun = threading.Event(), threading.Semaphore(0)

    @agent(skills=["general"], max_load=16)
    def busy(_: Task) -> int:
        begun.release()
        turns = 0
        while not stop.is_set():
            turns += 1
        return turns

    with Runtime(QUICK) as runtime:
        runtime.register(busy)
        goal = runtime.submit([subtask(f"S{n}") for n in range(17)])
        for _ in range(16):
            assert begun.acquire(timeout=LONG)
        try:
            goal.pause()
            runtime.pause_agent("busy")
            runtime.pause()
            assert (statuses(goal), goal.paused) == ("r" * 17, True)
        finally:
            stop.set()
        eventually(lambda: statuses(goal) == "c" * 16 + "r")
        runtime.resume()
        runtime.resume_agent("busy")
        goal.resume()
        goal.result(LONG)


def test_an_interrupted_handler_is_told_and_the_next_attempt_has_its_checkpoint(
    runtime: Runtime,
) -> None:
    saved = threading.Event()

    @agent(skills=["general"])
    def careful(task: Task, ctx: Context) -> object:
        if task.checkpoint is None:
            ctx.progress(0.5, checkpoint="half")
            saved.set()
            ctx.sleep(LONG)
        return task.checkpoint

    runtime.register(careful)
    goal = runtime.submit([subtask("S")])
    assert saved.wait(LONG)
    eventually(lambda: goal.subtasks[0].progress == 0.5)
    goal.pause(interrupt=True)
    assert goal.subtasks[0].attempts == 1
    goal.resume()
    assert goal.result(LONG)["S"] == "half"


def test_a_drain_waits_for_work_that_comes_from_many_threads(runtime: Runtime) -> None:
    @agent(skills=["lead"])
    def lead(_: Task, ctx: Context) -> object:
        return ctx.wait(ctx.submit("do a part"), timeout=LONG)["Goal Execution"]

    runtime.register(lead)
    runtime.register(helper)
    accepted: list[Any] = []
    refused = threading.Event()

    def submit_until_refused() -> None:
        try:
            while True:
                accepted.append(runtime.submit([subtask("Lead", required_skills=["lead"])]))
        except RuntimeDraining:
            refused.set()

    thread = threading.Thread(target=submit_until_refused, daemon=True)
    thread.start()
    eventually(lambda: len(accepted) > 3)
    assert runtime.drain(timeout=LONG) == ()
    assert refused.wait(LONG)
    thread.join(LONG)
    assert [goal.status.value for goal in accepted] == ["completed"] * len(accepted)


def test_who_waits_for_a_drain_when_the_runtime_is_closed_is_told() -> None:
    errors: list[BaseException] = []
    runtime = Runtime(QUICK)
    runtime.submit("something that nobody can do")

    def drain() -> None:
        try:
            runtime.drain()
        except BaseException as error:  # noqa: BLE001 - for the test to see
            errors.append(error)

    thread = threading.Thread(target=drain, daemon=True)
    thread.start()
    eventually(lambda: runtime.status()["draining"])
    runtime.close()
    thread.join(LONG)
    assert [type(error) for error in errors] == [RuntimeClosed]


def test_every_call_has_a_twin_for_coroutines(runtime: Runtime) -> None:
    async def main() -> None:
        await runtime.aregister(helper)
        await runtime.apause("lunch")
        goal = await runtime.asubmit([subtask("S")])
        [record] = goal.subtasks
        uuid = record.subtask.uuid
        await goal.apause("lunch", interrupt=True)
        await runtime.apause_subtask(uuid, interrupt=True)
        await runtime.apause_agent("helper", interrupt=True)
        await runtime.aresume_agent("helper")
        await runtime.aresume_subtask(uuid)
        await goal.aresume()
        assert record.status.value == "ready"
        await runtime.aresume()
        assert (await goal.aresult(LONG))["S"] == "did S"
        await goal.adrain()
        await runtime.adrain_subtask(uuid)
        assert await runtime.adrain(LONG) == ()

    asyncio.run(main())
