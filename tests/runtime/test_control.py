"""Pause, resume and drain, of goals, subtasks, agents and the runtime, whatever crashes."""

from __future__ import annotations

from typing import Any

import pytest

from callboard import GoalCancelled, GoalFailed
from callboard.messages.errors import (
    AlreadyEnded,
    GoalAlreadyEnded,
    RuntimeDraining,
    UnknownAgent,
    UnknownSubtask,
)
from callboard.messages.values import Agent, Skill, Subtask, Timeouts
from callboard.runtime.config import Config
from callboard.runtime.simulation.simulation import Simulation
from tests.runtime.settings import kinds

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
