"""What a runtime foresees of its goals: bounds in its status, and when they will end."""

from __future__ import annotations

import json
import math
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from callboard import subtask
from callboard.messages.errors import InvalidCall
from callboard.messages.values import Agent, Skill
from callboard.runtime import forecaster
from callboard.runtime.simulation.executor import Fate
from callboard.runtime.simulation.simulation import Simulation

if TYPE_CHECKING:
    from callboard.actors.logic.effects import StartWork

SQL, LAW = (Agent(id=name, skills=(Skill(name=name),)) for name in ("sql", "law"))


def exactly(agent: Agent, effect: StartWork) -> Fate:
    del agent
    return Fate(seconds=effect.ready.subtask.seconds)


def test_status_tells_bounds_over_all_and_for_each_goal() -> None:
    with Simulation(1, decide=exactly) as simulation:
        simulation.register(SQL)
        simulation.register(LAW)
        runtime = simulation.runtime
        suits = [subtask(f"s{n}", estimated_duration=1, required_skills=["law"]) for n in range(3)]
        one = runtime.submit("sue", plan=suits)
        other = runtime.submit("ask", plan=[subtask("q", estimated_duration=1,
                                                    required_skills=["sql"])])  # fmt: skip
        simulation.advance(0.0)
        found = runtime.status()["bounds"]
        assert json.loads(json.dumps(found)) == found
        assert (found["bottleneck"], found["bottleneck_agents"]) == ("law", ["law"])
        assert list(found["goals"]) == [one.id, other.id]
        assert found["goals"][other.id]["bottleneck"] == ""
        assert one.prospect().agents == ("law",)
        assert runtime.prospect().saving > 0.0

        one.result()
        assert runtime.status()["bounds"]["subtasks"] == 0
        assert one.prospect().bound == 0.0


def test_goals_that_were_told_and_have_ended_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecaster, "MANY_GOALS", 3)
    with Simulation(1, decide=exactly) as simulation:
        simulation.register(SQL)
        told = simulation.runtime._forecaster  # pyright: ignore[reportPrivateUsage]
        for _ in range(12):
            plan = [subtask("q", estimated_duration=1, required_skills=["sql"])]
            goal = simulation.runtime.submit("ask", plan=plan)
            goal.eta(plays=1)
            goal.result()
        assert len(told._promised) <= 8  # pyright: ignore[reportPrivateUsage]
        assert told.kept().judged == 12


def test_a_goal_says_when_it_will_end_and_ends_then() -> None:
    random = Random(1)  # noqa: S311 - reproducible
    kinds = {f"k{n}": math.exp(random.gauss(0.0, 0.7)) for n in range(4)}

    def decide(agent: Agent, effect: StartWork) -> Fate:
        del agent
        work = effect.ready.subtask
        return Fate(seconds=work.seconds * kinds[work.kind] * math.exp(random.gauss(0.0, 0.5)))

    with Simulation(7, decide=decide) as simulation:
        for number in range(4):
            simulation.register(Agent(id=f"a{number}"))
        widths: list[float] = []
        for _ in range(40):
            names = [f"s{n}" for n in range(random.randrange(3, 12))]
            plan = [
                subtask(
                    name,
                    kind=random.choice(list(kinds)),
                    estimated_duration=random.uniform(1.0, 20.0),
                    dependencies=names[number - 1 : number] if number % 2 else [],
                )
                for number, name in enumerate(names)
            ]
            goal = simulation.runtime.submit("go", plan=plan)
            told = goal.eta(plays=60)
            assert told == goal.eta(plays=60)
            widths.append(told.latest / told.earliest)
            goal.result()
        etas = simulation.runtime.status()["etas"]

    assert etas["judged"] == 40
    assert 0.8 <= etas["part"] <= 1.0
    assert max(widths[-5:]) < widths[0] / 3  # it has learnt something


def test_what_runs_longer_than_it_should_shifts_the_end() -> None:
    def forever(agent: Agent, effect: StartWork) -> Fate:
        del agent, effect
        return Fate(seconds=3000.0)

    with Simulation(1, decide=forever) as simulation:
        simulation.register(SQL)
        plan = [subtask("q", estimated_duration=1, required_skills=["sql"])]
        goal = simulation.runtime.submit("ask", plan=plan)
        first = goal.eta()
        simulation.advance(2000.0)
        later = goal.eta()

    assert later.at + later.earliest > first.at + first.median
    assert later.earliest > 0.0


def test_without_a_plan_or_somebody_who_can_nobody_knows_when() -> None:
    with Simulation(1, decide=exactly) as simulation:
        simulation.register(SQL)
        plan = [subtask("q", required_skills=["sql"]), subtask("l", required_skills=["law"])]
        goal = simulation.runtime.submit("ask", plan=plan)
        simulation.advance(0.0)
        found = goal.eta()
        law = goal.subtasks[1].subtask.uuid
        assert (found.median, found.latest) == (math.inf, math.inf)
        assert found.left_out == {law: "nobody can do it"}
        assert 0.0 < found.earliest < math.inf
        assert json.dumps(simulation.runtime.status())

        simulation.register(LAW)
        goal.result()
        over = goal.eta()
        assert (over.earliest, over.latest, over.holds(over.at)) == (0.0, 0.0, True)


@pytest.mark.parametrize("plays", [0, -1, True, 2.5, "many"])
def test_so_many_plays_make_no_sense(plays: Any) -> None:
    with Simulation(1, decide=exactly) as simulation:
        simulation.register(SQL)
        goal = simulation.runtime.submit([subtask("q", required_skills=["sql"])])
        with pytest.raises(InvalidCall):
            goal.eta(plays=plays)


async def _asked() -> None:
    from callboard import Runtime  # noqa: PLC0415 - a real one, for once

    async with Runtime() as runtime:
        runtime.register(repr, id="a", skills=["general"])
        goal = await runtime.asubmit([subtask("q", estimated_duration=0.001)])
        assert (await goal.aeta()).at > 0.0
        await goal


def test_coroutines_may_ask_too() -> None:
    import asyncio  # noqa: PLC0415

    asyncio.run(_asked())
