"""Orders that are looked for beside the work are followed, and are never more than advice."""

from __future__ import annotations

import asyncio
import threading

import pytest

from callboard import Config, Runtime, Task, subtask
from callboard.messages.errors import InvalidCall
from callboard.messages.notices import OrderAdvised
from callboard.messages.values import Agent, Planning, Skill, Subtask
from callboard.runtime import improver
from callboard.runtime.methods import has_planning
from callboard.runtime.simulation.executor import Fate
from callboard.runtime.simulation.simulation import Simulation
from callboard.runtime.timetables.job import Answer, Job

MINUTE = 60.0


def exactly(agent: Agent, effect: object) -> Fate:
    del agent
    return Fate(seconds=effect.ready.subtask.seconds)  # type: ignore[attr-defined]


def company(simulation: Simulation) -> None:
    for own in "ab":
        simulation.register(Agent(id=own, skills=(Skill(name=own), Skill(name="any"))))


def tricky() -> list[Subtask]:
    """What the rule needs ten minutes for, and eight are enough."""
    stated: list[tuple[str, str, float, list[str]]] = [
        ("s0", "b", 1.0, ["start"]),
        ("s1", "a", 1.0, ["start"]),
        ("s2", "b", 4.0, ["start"]),
        ("s3", "a", 2.0, ["s2"]),
        ("s4", "any", 4.0, ["s0"]),
    ]
    return [
        subtask("start", estimated_duration=1.0, required_skills=["a"]),
        *(
            subtask(name, estimated_duration=minutes, required_skills=[skill], dependencies=before)
            for name, skill, minutes, before in stated
        ),
    ]


def played(planning: Planning, of_goal: Planning | None = None) -> tuple[float, int]:
    """Minutes that it took, and how often an order was advised."""
    with Simulation(3, decide=exactly, config=Config(planning=planning)) as simulation:
        company(simulation)
        seen = simulation.runtime.events()
        begun = simulation.elapsed
        simulation.runtime.submit("go", plan=tricky(), planning=of_goal).result()
        took = simulation.elapsed - begun
    return took / MINUTE, sum(isinstance(event, OrderAdvised) for event in seen)


def test_a_better_order_is_found_and_followed() -> None:
    online, rollout = played("online"), played("rollout")

    assert online[1] == 0
    assert rollout[1] > 0
    assert rollout[0] <= 8.1 < online[0]


def test_a_goal_may_say_by_itself_how_it_is_planned() -> None:
    assert played("online", "rollout")[0] <= 8.1
    assert played("rollout", "online")[1] == 0


def test_it_is_woken_when_the_goal_is_there_to_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes to sleep where it sees no goal, and would be woken by nobody."""

    def wake(_: improver.Improver, planning: Planning | None = None) -> None:
        seen.append((planning, runtime.hub.read(lambda board: board.open_goals)))

    seen: list[tuple[Planning | None, int]] = []
    monkeypatch.setattr(improver.Improver, "wake", wake)
    with Runtime() as runtime:
        runtime.submit("first")
        runtime.submit("second", planning="rollout")

    assert seen == [(None, 1), ("rollout", 2)]


def test_it_sleeps_when_nothing_is_left_and_wakes_again() -> None:
    with Simulation(3, decide=exactly, config=Config(planning="rollout")) as simulation:
        company(simulation)
        first = simulation.runtime.submit("go", plan=tricky())
        first.result()
        simulation.advance(100.0)
        deliveries = simulation.stepper.deliveries
        simulation.advance(10_000.0)
        assert simulation.stepper.deliveries == deliveries

        seen = simulation.runtime.events()
        simulation.runtime.submit("go", plan=tricky()).result()
        simulation.runtime.close()
    assert any(isinstance(event, OrderAdvised) for event in seen)


def test_a_scheduler_that_was_restarted_is_told_again() -> None:
    with Simulation(3, decide=exactly, config=Config(planning="rollout")) as simulation:
        company(simulation)
        goal = simulation.runtime.submit("go", plan=tricky())
        simulation.advance(30.0)
        seen = simulation.runtime.events()
        simulation.crash("scheduler")
        simulation.advance(20.0)
        goal.result()
        simulation.runtime.close()
        started = goal.subtasks[1].started_at
    told = [event.at for event in seen if isinstance(event, OrderAdvised)]
    assert started is not None
    assert min(told) < started


def test_what_is_too_much_goes_by_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(improver, "LARGEST", 3)
    took, told = played("rollout")
    assert told <= 1  # of the last few
    assert took > 8.1


def test_a_search_that_goes_wrong_harms_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(job: Job) -> Answer:
        raise RuntimeError(job.method)

    with Simulation(3, decide=exactly, config=Config(planning="rollout")) as simulation:
        company(simulation)
        found = simulation.runtime._improver  # pyright: ignore[reportPrivateUsage]
        monkeypatch.setattr(found, "_search", broken)
        assert simulation.runtime.submit("go", plan=tricky()).result()


@pytest.mark.parametrize("given", ["by lot", 7, "", None])
def test_a_planning_that_is_none_is_refused(given: object) -> None:
    with pytest.raises(InvalidCall, match="planning"):
        Config(planning=given)  # type: ignore[arg-type]
    if given is not None:
        with Simulation(1) as simulation, pytest.raises(InvalidCall, match="planning"):
            simulation.runtime.submit("go", planning=given)  # type: ignore[arg-type]


def test_optimal_says_what_it_needs() -> None:
    if has_planning("optimal"):
        assert Config(planning="optimal").planning == "optimal"
    else:
        with pytest.raises(InvalidCall, match=r"callboard\[optimal\]"):
            Config(planning="optimal")


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("inf")])
def test_searches_take_some_time(seconds: float) -> None:
    with pytest.raises(InvalidCall, match="planning_seconds"):
        Config(planning_seconds=seconds)


def test_on_threads_with_a_process_that_searches() -> None:
    """Real time, once: the search is done elsewhere, and ends with the runtime."""
    gate = threading.Event()

    def work(task: Task) -> str:
        gate.wait(20.0)
        return task.name

    async def advised(runtime: Runtime) -> OrderAdvised:
        seen = runtime.events()
        runtime.submit("go", plan=tricky(), planning="rollout")
        async with asyncio.timeout(20.0):
            async for event in seen:
                if isinstance(event, OrderAdvised):
                    return event
        raise AssertionError

    with Runtime(Config(planning_seconds=0.05)) as runtime:
        for own in "ab":
            runtime.register(work, id=own, skills=[own, "any"])
        told = asyncio.run(advised(runtime))
        assert (told.subtasks, told.strangers) == (5, 0)
        assert told.gain > 0.0
        gate.set()
        runtime.goal(next(iter(runtime.hub.board.goals))).result(20.0)
