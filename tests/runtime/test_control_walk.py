"""Pauses, drains and crashes in any order: what always holds."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from callboard.messages import facts
from callboard.messages.errors import (
    UnknownAgent,
)
from callboard.messages.values import Agent, Skill, Subtask
from callboard.runtime.config import Config
from callboard.runtime.simulation.simulation import Simulation

HOUR = 3600.0


def work(*names: str, **more: Any) -> list[Subtask]:
    """Subtasks of an hour each."""
    return [Subtask(uuid=n, name=n, estimated_duration=60.0, **more) for n in names]


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
