"""How long a plan takes a company: many seeds, one answer."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec
import pytest

from callboard import Task, agent, subtask
from callboard.messages.errors import GoalFailed, InvalidCall, InvalidPlan, NotAnAgent
from callboard.messages.values import Agent, Skill, Subtask
from callboard.runtime.simulation import Forecast, simulate
from callboard.runtime.simulation.forecast import around_the_estimate

HOUR = 3600.0
HOUSE = [
    subtask("dig", estimated_duration=60, required_skills=["dig"]),
    subtask("build", estimated_duration=120, required_skills=["build"], dependencies=["dig"]),
    subtask("plant", estimated_duration=30, required_skills=["dig"], dependencies=["dig"]),
]
DIGGER = Agent(id="digger", skills=(Skill(name="dig"),))
BUILDER = Agent(id="builder", skills=(Skill(name="build"),))


def exactly(subtask: Subtask, agent: Agent, random: Random) -> float:
    del agent, random
    return subtask.seconds


def test_without_chance_it_is_what_one_can_work_out() -> None:
    assert simulate(HOUSE, [DIGGER, BUILDER], seeds=4, seconds=exactly) == Forecast(
        makespans=(3 * HOUR,) * 4,
        utilisation={"digger": 0.5, "builder": 2 / 3},
        waits={"build": 0.0, "dig": 0.0},
        critical={"dig": 1.0, "build": 1.0},
    )


def test_what_is_waited_for_is_the_bottleneck() -> None:
    plan = [subtask(f"hole {n}", estimated_duration=60, required_skills=["dig"]) for n in range(3)]
    forecast = simulate(plan, [DIGGER, BUILDER], seeds=2, seconds=exactly)
    assert (forecast.waits, forecast.bottleneck) == ({"dig": 3 * HOUR}, "dig")
    assert forecast.utilisation == {"digger": 1.0, "builder": 0.0}
    assert simulate(HOUSE, [DIGGER, BUILDER], seeds=2, seconds=exactly).bottleneck == ""


def test_by_chance_it_takes_longer_than_the_estimates_say() -> None:
    forecast = simulate(HOUSE, [DIGGER, BUILDER], seeds=300)
    assert list(forecast.makespans) == sorted(forecast.makespans)
    assert 2.5 * HOUR < forecast.p50 < 4 * HOUR < forecast.p90 < 8 * HOUR
    assert forecast.p50 < forecast.mean < forecast.p90
    assert (forecast.quantile(1.0), forecast.quantile(0.001)) == (
        forecast.makespans[-1], forecast.makespans[0],
    )  # fmt: skip


def test_by_chance_either_branch_may_decide_when_it_is_done() -> None:
    dig, build, plant = HOUSE
    longer = msgspec.structs.replace(plant, estimated_duration=90.0)
    forecast = simulate([dig, build, longer], [DIGGER, BUILDER], seeds=200)
    assert 0.0 < forecast.critical["plant"] < forecast.critical["build"] < 1.0


def test_the_same_seeds_give_the_same_forecast() -> None:
    first = simulate(HOUSE, [DIGGER, BUILDER], seeds=20)
    assert simulate(HOUSE, [DIGGER, BUILDER], seeds=20) == first
    assert simulate(HOUSE, [DIGGER, BUILDER], seeds=20, first=20) != first


def test_durations_scatter_around_the_estimate_as_is_said() -> None:
    random, job = Random(1), Subtask(uuid="s", name="s", estimated_duration=60)  # noqa: S311
    drawn = sorted(around_the_estimate(job, DIGGER, random) / HOUR for _ in range(20_000))
    assert drawn[10_000] == pytest.approx(1.0, rel=0.02)
    assert drawn[18_000] == pytest.approx(1.67, rel=0.03)
    assert drawn[19_800] == pytest.approx(2.54, rel=0.06)


def test_agents_are_given_as_they_are_registered() -> None:
    @agent(skills=["dig", "build"], max_load=2)
    def everyman(_: Task) -> None:
        raise AssertionError("no code of an agent runs")

    assert list(simulate(HOUSE, [everyman], seeds=2).utilisation) == ["everyman"]


def test_what_nobody_can_do_is_told() -> None:
    with pytest.raises(GoalFailed):
        simulate(HOUSE, [DIGGER], seeds=1)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"seeds": 0}, InvalidCall),
        ({"seeds": True}, InvalidCall),
        ({"plan": []}, InvalidPlan),
        ({"agents": [object()]}, NotAnAgent),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], error: type[Exception]) -> None:
    given: dict[str, Any] = {"plan": HOUSE, "agents": [DIGGER, BUILDER], "seeds": 1, **changes}
    with pytest.raises(error):
        simulate(given.pop("plan"), given.pop("agents"), **given)


@pytest.mark.parametrize("part", [0.0, -1.0, 1.1])
def test_a_part_is_a_part(part: float) -> None:
    with pytest.raises(InvalidCall):
        simulate(HOUSE, [DIGGER, BUILDER], seeds=1).quantile(part)
