"""Plans that grow while actors fall: a goal ends with its whole plan, or says that it has not."""

from __future__ import annotations

from itertools import count
from random import Random

import pytest

from callboard.actors.logic.skills import Equivalences
from callboard.actors.ports import Desk
from callboard.messages.errors import GoalFailed
from callboard.messages.values import Agent, Goal, Plan, Retry, Skill, Subtask
from callboard.runtime.config import Config
from callboard.runtime.simulation.ledger import Promises
from callboard.runtime.simulation.oracle import Oracle
from callboard.runtime.simulation.simulation import Simulation

pytestmark = pytest.mark.no_cover  # the same code many times

DAY = 24 * 3600.0
SIZE = 12
ACTORS = ("orchestrator", "decomposer", "scheduler")


class Thinker:
    """Hands in a plan of twelve subtasks, some at a time."""

    def __init__(self, lot: Random) -> None:
        self._lot = lot
        self._made = count(1)

    def plan(self, goal: Goal) -> Plan:
        """It is asked by `plan_at`."""
        raise NotImplementedError(goal.id)

    def plan_at(self, goal: Goal, desk: Desk) -> Plan:
        """Some of it in parts, and the rest in the end."""
        del goal
        made: list[Subtask] = []
        while len(made) < SIZE:
            uuid = f"t{next(self._made)}"
            needs = self._lot.sample(made, min(len(made), self._lot.choice((0, 1, 2))))
            uuids = tuple(one.uuid for one in needs)
            made.append(Subtask(uuid=uuid, name=uuid, dependencies=uuids, estimated_duration=1.0))
            if self._lot.random() < 0.6:
                desk.put(Plan(subtasks=tuple(made[desk.parts :])))
        return Plan(subtasks=tuple(made))


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_a_plan_is_whole_or_its_goal_fails(first: int) -> None:
    ends = [played(seed) for seed in range(first, first + 20)]
    assert set(ends) <= {"completed", "PlanCutOff"}
    assert "completed" in ends


def played(seed: int) -> str:
    lot = Random(seed)  # noqa: S311 - reproducible, not secret
    config = Config(retry=Retry(attempts=9))
    oracle = Oracle(Equivalences(), Promises(run=DAY, attempts=9), set())
    simulation = Simulation(seed, config=config, planner=Thinker(lot), witness=oracle.see)
    with simulation:
        for name in ("ann", "ben"):
            simulation.register(Agent(id=name, skills=(Skill(name="general"),)))
        goal = simulation.runtime.submit("do it")
        for _ in range(lot.randrange(3)):
            simulation.crash(lot.choice(ACTORS))
            simulation.advance(lot.random() * 60)
        try:
            goal.result(timeout=DAY)
        except GoalFailed as failed:
            end = failed.problems[0].error
        else:
            assert len(goal.results) == SIZE
            end = "completed"
    assert oracle.violations == []
    return end
