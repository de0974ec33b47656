"""A journal of production goes on in a test."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import pytest

from callboard import Runtime, subtask
from callboard.messages import facts
from callboard.messages.errors.journal import JournalError
from callboard.messages.errors.running import InvalidCall
from callboard.messages.facts import Fact
from callboard.messages.values import Agent, Skill
from callboard.runtime.executors.task import Task
from callboard.runtime.journal.store import Store
from callboard.runtime.simulation.replay import facts_of, replayed
from callboard.runtime.simulation.simulation import Simulation

HOUSE = [
    subtask("dig", estimated_duration=60),
    subtask("build", estimated_duration=60, dependencies=["dig"]),
]
ANN = Agent(id="ann", skills=(Skill(name="general"),))


@pytest.fixture
def told() -> list[Fact]:
    """Of a run that was cut off when the digging was done and half of the building."""
    seen: list[Fact] = []
    with Simulation(
        witness=lambda event: seen.append(event) if isinstance(event, Fact) else None
    ) as simulation:
        simulation.register(ANN)
        simulation.runtime.submit("a house", plan=HOUSE, key="house")
        simulation.advance(5400)
        return list(seen)


def test_a_goal_goes_on_where_the_journal_ends(told: list[Fact]) -> None:
    with replayed(told) as simulation:
        goal = simulation.runtime.goal(key="house")
        simulation.advance(0)
        assert [record.status.value for record in goal.subtasks] == ["completed", "running"]
        goal.result(timeout=7200)
        assert simulation.elapsed == 3600.0  # what had run begins anew
        # The end of a process uses up no attempt.
        assert [record.attempts for record in goal.subtasks] == [1, 1]


def test_what_ran_gets_higher_tokens(told: list[Fact]) -> None:
    with replayed(told) as simulation:
        simulation.runtime.goal(key="house").result(timeout=7200)
        leased = [
            fact.lease.token
            for fact in simulation.runtime.journal.replay()
            if isinstance(fact, facts.SubtaskAssigned)
        ]
    assert leased == sorted(leased)
    assert [token.boot for token in leased] == [1, 1, 2]


def test_it_can_be_taken_up_at_any_instant(told: list[Fact]) -> None:
    with replayed(told, at=told[0].at + 1800) as simulation:
        goal = simulation.runtime.goal(key="house")
        goal.result(timeout=9000)
        assert simulation.elapsed == 7200.0


def test_the_story_begins_before_the_replay(told: list[Fact]) -> None:
    with replayed(told) as simulation:
        goal = simulation.runtime.goal(key="house")
        dug = next(record.subtask.uuid for record in goal.subtasks)
        kinds = [type(event).__name__ for event in simulation.runtime.story(dug)]
    assert kinds == ["SubtaskQueued", "SubtaskAssigned", "SubtaskStarted", "SubtaskCompleted"]


def test_new_goals_do_not_get_the_names_of_old_ones(told: list[Fact]) -> None:
    with replayed(told) as simulation:
        old = simulation.runtime.goal(key="house")
        new = simulation.runtime.submit("a garden", plan=HOUSE)
        assert new.id != old.id
        new.result(timeout=24 * 3600)


def test_another_company_can_take_over(told: list[Fact]) -> None:
    with replayed(told, company=()) as simulation:
        goal = simulation.runtime.goal(key="house")
        simulation.advance(600)
        assert not goal.done
        simulation.register(Agent(id="ben"))
        goal.result(timeout=7200)
        assert goal.subtasks[1].assigned_agent == "ben"


def named(task: Task) -> str:
    return task.name


def test_a_file_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "work.db"
    with Runtime.open(path) as runtime:
        runtime.register(named, id="ann", skills=["general"])
        done = runtime.submit("a house", plan=HOUSE, key="house").result(timeout=10)
        runtime.unregister("ann")
        runtime.submit("a shed", plan=HOUSE[:1], key="shed")
    with closing(Store(path, reading=True)) as store:
        before = store.count
    assert len(facts_of(path)) == before

    with replayed(path, company=[ANN]) as simulation:
        assert simulation.runtime.goal(key="house").results == done
        simulation.runtime.goal(key="shed").result(timeout=7200)
        assert simulation.stepper.begin <= time.time()
    assert len(facts_of(path)) == before


def test_what_is_no_journal_is_refused(tmp_path: Path, told: list[Fact]) -> None:
    with pytest.raises(JournalError), replayed(tmp_path / "nope.db"):
        pass
    with pytest.raises(InvalidCall), replayed(told, at=float("nan")):
        pass
