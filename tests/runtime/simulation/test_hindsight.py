"""What would have been under another policy, and how far to trust it."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import pytest

from callboard import Runtime, subtask
from callboard.actors.logic.effects import StartWork
from callboard.messages.errors.running import InvalidCall
from callboard.messages.facts import Fact
from callboard.messages.values import Agent, Retry, Skill, Subtask, replace
from callboard.runtime.config import Config
from callboard.runtime.executors.task import Task
from callboard.runtime.simulation import counterfactual
from callboard.runtime.simulation.executor import Fate
from callboard.runtime.simulation.simulation import Simulation

HOUR = 3600.0


def agent(name: str, *skills: str, max_load: int = 1) -> Agent:
    return Agent(id=name, skills=tuple(Skill(name=s) for s in skills), max_load=max_load)


def step(name: str, skill: str, minutes: float = 60, priority: str = "MEDIUM") -> Subtask:
    return subtask(name, required_skills=[skill], estimated_duration=minutes, priority=priority)


class Past:
    """A run that is recorded: goals at their times, and what each attempt came to."""

    def __init__(self, config: Config | None = None) -> None:
        self.told: list[Fact] = []
        self.fates: dict[str, list[Fate]] = {}
        self.simulation = Simulation(seed=3, decide=self._decide, config=config, witness=self._see)

    def _see(self, event: object) -> None:
        if isinstance(event, Fact):
            self.told.append(event)

    def _decide(self, agent: Agent, effect: StartWork) -> Fate:
        del agent
        work = effect.ready.subtask
        left = self.fates.get(work.name)
        return left.pop(0) if left else Fate(seconds=work.seconds)


def two_goals() -> list[Fact]:
    """Four hours of analysis for one analyst, in two goals an hour apart."""
    past = Past()
    with past.simulation as simulation:
        simulation.register(agent("ann", "analysis"))
        simulation.register(agent("ben", "writing"))
        first = simulation.runtime.submit("one", plan=[step(f"a{n}", "analysis") for n in "12"])
        simulation.advance(HOUR)
        second = simulation.runtime.submit(
            "two", plan=[step("b1", "analysis", 120), step("b2", "writing", 30)]
        )
        first.result(timeout=24 * HOUR)
        second.result(timeout=24 * HOUR)
    return past.told


def test_the_same_policy_gives_the_same_run() -> None:
    found = counterfactual(two_goals())
    assert found.recorded.makespan == pytest.approx(4 * HOUR)
    assert found.fidelity.makespan == pytest.approx(1.0)
    assert found.fidelity.worst == pytest.approx(0.0, abs=1e-6)
    assert found.fidelity.others == ()
    assert found.changed == found.baseline
    assert found.left_out == {}


def test_one_analyst_more_and_what_it_changes() -> None:
    found = counterfactual(two_goals(), more=[agent("cat", "analysis")])
    assert found.baseline.bottleneck == "analysis"
    assert found.baseline.makespan == pytest.approx(4 * HOUR)
    assert found.changed.makespan == pytest.approx(3 * HOUR)
    assert list(found.shorter.values()) == pytest.approx([HOUR, HOUR])
    assert found.baseline.waits == {"analysis": pytest.approx(2 * HOUR), "writing": 0.0}
    assert found.changed.waited == pytest.approx(0.0)
    busy = found.changed.utilisation
    assert busy["ann"] + busy["cat"] == pytest.approx(4 / 3)


def test_an_agent_that_would_have_done_more_at_once_or_not_been_there() -> None:
    told = two_goals()
    twice = counterfactual(told, as_if=lambda a: replace(a, max_load=2))
    assert twice.changed.makespan == pytest.approx(3 * HOUR)
    without = counterfactual(told, as_if=lambda a: a if a.id == "ann" else None)
    assert {goal.status for goal in without.changed.goals.values()} == {"completed", "failed"}
    assert len(without.shorter) == 2
    assert min(without.shorter.values()) < -20 * HOUR  # it waited for a writer for a day


def test_another_retry_policy() -> None:
    past = Past()
    past.fates["a"] = [Fate(seconds=60, ends="failed")] * 2
    with past.simulation as simulation:
        simulation.register(agent("ann", "analysis"))
        goal = simulation.runtime.submit("one", plan=[step("a", "analysis")])
        goal.result(timeout=24 * HOUR)
    told = past.told
    found = counterfactual(told, changed=Config(retry=Retry(attempts=1)))
    assert [goal.status for goal in found.baseline.goals.values()] == ["completed"]
    assert (found.baseline.attempts, found.changed.attempts) == (3, 1)
    assert found.fidelity.worst < 0.01
    assert [goal.status for goal in found.changed.goals.values()] == ["failed"]


def test_agents_that_crash_crash_again() -> None:
    past = Past()
    past.fates["a"] = [Fate(seconds=600, ends="crashed")]
    with past.simulation as simulation:
        simulation.register(agent("ann", "analysis"))
        goal = simulation.runtime.submit("one", plan=[step("a", "analysis")])
        goal.result(timeout=24 * HOUR)
    found = counterfactual(past.told)
    assert found.recorded.attempts == found.baseline.attempts == 2
    assert found.fidelity.worst < 0.01


def test_strict_priorities_let_the_old_wait() -> None:
    config = Config(ageing=600.0)
    past = Past(config)
    with past.simulation as simulation:
        simulation.register(agent("ann", "analysis"))
        run = simulation.runtime
        goals = [run.submit("first", plan=[step("first", "analysis")])]
        simulation.advance(60)
        goals.append(run.submit("low", plan=[step("low", "analysis", priority="LOW")]))
        simulation.advance(3000)
        goals.append(run.submit("high", plan=[step("high", "analysis", priority="HIGH")]))
        for goal in goals:
            goal.result(timeout=24 * HOUR)
    strict = msgspec.structs.replace(config, ageing=math.inf)
    found = counterfactual(past.told, config=config, changed=strict)
    ends = {goal.text: goal.ended for goal in found.changed.goals.values()}
    before = {goal.text: goal.ended for goal in found.baseline.goals.values()}
    assert (before["low"] or 0.0) < (before["high"] or 0.0)
    assert (ends["low"] or 0.0) > (ends["high"] or 0.0)
    assert sorted(round(s) for s in found.shorter.values()) == [-HOUR, 0, HOUR]


def test_a_goal_that_was_cancelled_is_cancelled_again_unless_it_was_done_before() -> None:
    past = Past()
    with past.simulation as simulation:
        simulation.register(agent("ann", "analysis"))
        plan = [step("a", "analysis", 60), step("b", "analysis", 60)]
        goal = simulation.runtime.submit("one", plan=plan)
        simulation.advance(1.5 * HOUR)
        goal.cancel("too long")
        simulation.advance(60)
    found = counterfactual(past.told, more=[agent("cat", "analysis")])
    assert [goal.status for goal in found.baseline.goals.values()] == ["cancelled"]
    assert [goal.status for goal in found.changed.goals.values()] == ["completed"]


def named(task: Task) -> str:
    return task.name


def test_a_file_of_a_real_run(tmp_path: Path) -> None:
    path = tmp_path / "work.db"
    with Runtime.open(path) as runtime:
        runtime.register(named, id="ann", skills=["general"])
        goals = [runtime.submit("work", plan=[step("a", "x"), step("b", "y")]) for _ in range(5)]
        for goal in goals:
            goal.result(timeout=20)
    found = counterfactual(path)
    assert list(found.recorded.goals) == list(found.baseline.goals) == [g.id for g in goals]
    assert {goal.status for goal in found.baseline.goals.values()} == {"completed"}
    assert found.baseline.attempts == 10
    assert found.fidelity.others == ()


def test_without_a_goal_there_is_nothing_to_ask() -> None:
    with pytest.raises(InvalidCall):
        counterfactual([])
