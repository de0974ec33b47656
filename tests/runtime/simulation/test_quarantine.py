"""Whole stories of parked subtasks: hours pass, schedulers fall, and every goal ends."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from callboard import subtask
from callboard.actors.logic.ahead_options import AheadOptions
from callboard.actors.logic.effects import StartWork
from callboard.messages.errors import GoalFailed
from callboard.messages.facts import (
    Fact,
    SubtaskAssigned,
    SubtaskParked,
    SubtaskQueued,
    SubtaskUnparked,
)
from callboard.messages.notices import Notice
from callboard.messages.values import Agent, Retry, Skill
from callboard.runtime.config import Config
from callboard.runtime.simulation.disk import Disk
from callboard.runtime.simulation.executor import Fate
from callboard.runtime.simulation.simulation import Simulation

HOUR = 3600.0
ANN = Agent(id="ann", skills=(Skill(name="general"),))
PLAN = [subtask("dig", description="deep"), subtask("show", dependencies=["dig"])]


def unless_edited(agent: Agent, effect: StartWork) -> Fate:  # noqa: ARG001 - as any fate
    """What is to be dug deep takes its agent down."""
    return Fate(
        seconds=60.0, ends="crashed" if effect.ready.subtask.description == "deep" else "done"
    )


def dig(simulation: Simulation) -> str:
    """Have it dug until it is parked; the answer is its uuid."""
    simulation.runtime.submit("a dig", plan=PLAN)
    simulation.advance(HOUR)
    [parked] = simulation.runtime.quarantine()
    return parked.subtask.uuid


def test_a_restarted_scheduler_knows_what_is_parked_and_takes_the_edit() -> None:
    seen: list[Fact | Notice] = []
    with Simulation(decide=unless_edited, witness=seen.append) as simulation:
        simulation.register(ANN)
        uuid = dig(simulation)
        for address in ("scheduler", "orchestrator", "scheduler"):
            simulation.crash(address)
            simulation.advance(60.0)
        assert [p.subtask.uuid for p in simulation.runtime.quarantine()] == [uuid]
        simulation.runtime.requeue(uuid, description="not so deep")
        simulation.crash("orchestrator")  # it knows the edit from the journal
        simulation.advance(HOUR)
        assert simulation.runtime.status()["completed_subtasks"] == 2
    about = [type(e) for e in seen if isinstance(e, (SubtaskParked, SubtaskUnparked))]
    assert about == [SubtaskParked, SubtaskUnparked]


@pytest.mark.parametrize("changes", [{}, {"description": "not so deep"}])
def test_what_somebody_was_told_is_requeued_is_not_parked_after_a_death(
    changes: dict[str, Any],
) -> None:
    with Simulation(decide=unless_edited, disk=Disk(sync=2.0)) as simulation:
        simulation.register(ANN)
        uuid = dig(simulation)
        simulation.runtime.requeue(uuid, **changes)
        simulation.kill()
        simulation.reopen()
        assert simulation.runtime.quarantine() == ()


def test_what_nobody_decides_about_fails_after_a_day_and_its_goal_with_it() -> None:
    with Simulation(decide=unless_edited) as simulation:
        simulation.register(ANN)
        goal = simulation.runtime.submit("a dig", plan=PLAN)
        with pytest.raises(GoalFailed, match="'dig' took down ann, ann, ann"):
            goal.result(timeout=30 * HOUR)
        assert 24 * HOUR < simulation.elapsed < 25 * HOUR
        assert simulation.runtime.quarantine() == ()


def test_or_at_the_deadline_of_its_goal() -> None:
    with Simulation(decide=unless_edited) as simulation:
        simulation.register(ANN)
        goal = simulation.runtime.submit("a dig", plan=PLAN, deadline=2 * HOUR)
        with pytest.raises(GoalFailed, match="deadline"):
            goal.result(timeout=3 * HOUR)
        assert simulation.elapsed == pytest.approx(2 * HOUR, abs=5.0)
        assert simulation.runtime.quarantine() == ()


def test_an_edit_of_what_waits_for_its_next_attempt_outlives_the_scheduler() -> None:
    def strict(agent: Agent, effect: StartWork) -> Fate:  # noqa: ARG001 - as any fate
        deep = effect.ready.subtask.description == "deep"
        return Fate(seconds=60.0, ends="failed" if deep else "done")

    seen: list[Fact | Notice] = []
    config = Config(retry=Retry(attempts=2, first=HOUR, longest=HOUR, jitter=0.0))
    with Simulation(decide=strict, config=config, witness=seen.append) as simulation:
        simulation.register(ANN)
        goal = simulation.runtime.submit("a dig", plan=PLAN)
        simulation.advance(600.0)
        simulation.runtime.edit(goal.subtasks[0].subtask.uuid, description="not so deep")
        simulation.crash("scheduler")
        goal.result(timeout=3 * HOUR)
        assert HOUR < simulation.elapsed < HOUR + 300.0
    assert len([e for e in seen if isinstance(e, SubtaskQueued)]) >= 2


@pytest.mark.parametrize("lag", [0.0, 1.0])
@pytest.mark.parametrize("poisonous", ["step 1", "step 4"])
def test_what_is_poisonous_in_a_chain_takes_down_no_more_agents_than_elsewhere(
    poisonous: str, lag: float
) -> None:
    """Also while its predecessor is not recorded yet, and nobody has heard that it runs."""
    deaths: list[str] = []

    def decide(agent: Agent, effect: StartWork) -> Fate:
        if effect.ready.subtask.name != poisonous:
            return Fate(seconds=0.0)
        deaths.append(agent.id)
        return Fate(seconds=0.0, ends="crashed")

    steps = [f"step {number}" for number in range(8)]
    plan = [subtask(b, dependencies=[a]) for a, b in pairwise(steps)]
    config = Config(ahead=AheadOptions(brief=1e9, least=0))
    seen: list[Fact | Notice] = []
    with Simulation(
        config=config, decide=decide, journal_lag=lag, witness=seen.append
    ) as simulation:
        for name in ("ann", "bob"):
            simulation.register(Agent(id=name, skills=ANN.skills, ahead=True))
        simulation.runtime.submit("a chain", plan=[subtask(steps[0]), *plan])
        simulation.advance(HOUR)
        [parked] = simulation.runtime.quarantine()
    assert parked.subtask.name == poisonous
    assert [setback.agent for setback in parked.setbacks] == deaths
    assert len(deaths) == config.poison
    uuid = parked.subtask.uuid
    on_record = [f for f in seen if isinstance(f, SubtaskAssigned) and f.lease.subtask == uuid]
    assert len(on_record) == len(deaths) - (lag > 0)
