"""A fleet is drawn from its seed and always ends, whatever goes wrong in it."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callboard.actors.logic.graph import check
from callboard.actors.logic.skills import can_do
from callboard.demo.fleet.company import company, in_trade_order, main_skill
from callboard.demo.fleet.fates import Fates
from callboard.demo.fleet.figures import figures, quantile
from callboard.demo.fleet.goals import GoalMaker
from callboard.demo.fleet.run import Fleet, Setting, play
from callboard.demo.fleet.table import table
from callboard.messages.values import Subtask
from callboard.runtime.planners.skills import load_equivalences

EQUIVALENCES = load_equivalences()


def setting(*, agents: int = 8, goals: int = 10, crash_rate: float = 0.2, seed: int = 7) -> Setting:
    return Setting(agents=agents, goals=goals, crash_rate=crash_rate, seed=seed)


@pytest.mark.no_cover  # the same code thousands of times
@given(st.integers(1, 60), st.integers(1, 30), st.integers())
@settings(max_examples=25)
def test_all_that_is_asked_for_can_be_done_by_somebody(agents: int, goals: int, seed: int) -> None:
    random = Random(seed)  # noqa: S311
    fleet = company(agents, random)
    arrivals = GoalMaker(fleet, EQUIVALENCES, random).goals(goals)

    assert len({agent.id for agent in fleet}) == agents
    assert len(arrivals) == goals
    assert [a.at for a in arrivals] == sorted(a.at for a in arrivals)
    for arrival in arrivals:
        check(arrival.plan, 1000)
        for subtask in arrival.plan.subtasks:
            needs = subtask.required_skills
            assert any(can_do(agent.skills, needs, EQUIVALENCES) for agent in fleet)


def test_agents_of_one_trade_stand_beside_each_other() -> None:
    fleet = company(50, Random(1))  # noqa: S311
    ordered = [main_skill(agent) for agent in in_trade_order(fleet)]

    assert len(set(ordered)) == 1 + sum(one != other for one, other in pairwise(ordered))


def test_how_long_a_subtask_takes_depends_on_the_seed_and_on_nothing_else() -> None:
    subtask = Subtask(uuid="g1-s1", name="Draw", estimated_duration=2.0)

    assert Fates(7, 0.0).seconds(subtask) == Fates(7, 1.0).seconds(subtask) == 116.2
    assert Fates(8, 0.0).seconds(subtask) != 116.2


def test_a_calm_fleet_finishes_everything_at_the_first_attempt() -> None:
    fleet = play(setting(crash_rate=0.0))
    found = figures(fleet)

    assert found.goals == {"all": 10, "finished": 10, "failed": 0, "cancelled": 0, "open": 0}
    assert found.attempts["all"] == found.attempts["done"] == found.subtasks["all"]
    assert found.kept
    assert (found.crashes, found.retried, found.requeued, found.parked) == (0, 0, 0, 0)
    assert found.runtime_restarts == []


def test_a_fleet_in_trouble_loses_and_doubles_nothing() -> None:
    found = figures(play(setting(agents=20, goals=30, crash_rate=0.2)))

    assert found.kept
    assert found.ended_once == found.subtasks["all"]
    assert (
        sum(found.attempts[how] for how in ("done", "failed", "hung", "lost"))
        == (found.attempts["all"])
    )
    assert found.crashes > 0
    assert found.requeued > 0
    assert found.retried > 0
    assert [who for who, _ in found.runtime_restarts] == ["scheduler", "orchestrator"]
    assert 0 < found.use.useful < found.use.busy <= 1


def test_a_fleet_in_which_every_attempt_crashes_ends_too() -> None:
    found = figures(play(setting(agents=3, goals=3, crash_rate=1.0)))

    assert found.kept
    assert found.goals["failed"] == 3
    assert found.attempts["done"] == 0
    assert found.floor.seconds == 0.0


@pytest.mark.no_cover  # the same code thousands of times
@pytest.mark.parametrize("crash_rate", [0.0, 0.1, 0.4])
@pytest.mark.parametrize("seed", range(6))
def test_no_run_beats_its_lower_bound(seed: int, crash_rate: float) -> None:
    fleet = play(setting(agents=5 + seed, goals=6, crash_rate=crash_rate, seed=seed))
    found = figures(fleet)

    assert found.makespan >= found.floor.seconds - 1e-6
    assert found.floor.gap >= 0
    assert found.floor.seconds == max(found.floor.path, found.floor.work, found.floor.group)
    assert all(w.low <= w.median <= w.high <= w.p95 <= w.longest for w in found.waiting)


def test_the_same_seed_gives_the_same_run_and_another_one_another() -> None:
    runs = [play(setting(seed=seed)) for seed in (1, 1, 2)]
    tables = [table(run, figures(run)) for run in runs]

    assert tables[0] == tables[1]
    assert tables[0] != tables[2]
    assert runs[0].ledger.attempts == runs[1].ledger.attempts


def test_a_watcher_sees_the_run_from_its_beginning_to_its_end() -> None:
    seen: list[float] = []
    fleet = play(setting(goals=4), lambda fleet: seen.append(fleet.now))

    assert seen == sorted(seen)
    assert seen[0] == 0.0
    assert seen[-1] == fleet.now
    assert len(seen) > 10


def test_what_a_watcher_raises_ends_the_run() -> None:
    def stop(fleet: Fleet) -> None:
        if fleet.ledger.ended:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(setting(), stop)


def test_the_tensor_is_measured_when_half_of_the_subtasks_have_ended() -> None:
    fleet = play(setting(), heat=True)
    heat = fleet.heat

    assert heat is not None
    assert 0 < heat.at < fleet.ledger.makespan
    assert heat.shape == (fleet.subtasks, 8, 4)
    assert sum(heat.subtasks) == fleet.subtasks
    assert len(heat.values) == len(heat.rows)
    assert sum(count for _, count in heat.groups) == 8
    # Whoever is not lost counts 1 in all.
    assert sum(map(sum, heat.values)) == pytest.approx(fleet.subtasks, rel=0.2)


def test_quantiles_are_values_that_were_there() -> None:
    assert [quantile([3.0, 1.0, 2.0], part) for part in (0.0, 0.5, 0.95, 1.0)] == [
        1.0,
        2.0,
        3.0,
        3.0,
    ]
