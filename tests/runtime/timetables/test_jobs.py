"""Searches as data, in another process, and with a solver that proves what it finds."""

from __future__ import annotations

import os
from random import Random

import msgspec
import pytest

from callboard.actors.logic.skills import Equivalences
from callboard.messages.values import Agent
from callboard.messages.work import Turn
from callboard.runtime.methods import has_planning
from callboard.runtime.timetables.job import Answer, Job, job_of, project_of, solve
from callboard.runtime.timetables.layout import as_estimated, lay_out
from callboard.runtime.timetables.optimal import OptimalMissing, optimal
from callboard.runtime.timetables.play import by_load, play
from callboard.runtime.timetables.process import SearchProcess
from callboard.runtime.timetables.project import Project
from callboard.runtime.timetables.retimed import retimed
from callboard.runtime.timetables.rollouts import search, tries
from callboard.runtime.timetables.scene import Task, scene
from callboard.runtime.timetables.searching import search as searched
from callboard.runtime.timetables.timetable import faults


def some(seed: int, count: int = 40, agents: int = 5) -> Project:
    random = Random(seed)  # noqa: S311 - reproducible
    options = [
        {agent: random.choice([2.0, 3.0, 5.5]) for agent in random.sample(range(agents), 2)}
        for _ in range(count)
    ]
    before = [[random.randrange(n)] if n and random.random() < 0.6 else [] for n in range(count)]
    return Project(options, before, agents)


def begun() -> Project:
    """Agent 0 has still to do with task 0, and could do task 2 sooner than agent 1."""
    return Project([{0: 4.0}, {1: 1.0}, {0: 2.0, 1: 9.0}], [(), (), (1,)], 2, begun=(0,))


def test_a_job_holds_all_of_its_project() -> None:
    project = begun()
    job = job_of(project, seconds=1.0, weights=[1.0, 2.0, 3.0])
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(job), type=Job)
    made = project_of(again)

    assert again == job
    assert (made.options, made.before, made.begun) == (
        project.options,
        project.before,
        project.begun,
    )


def test_what_has_begun_goes_on() -> None:
    table = play(begun(), by_load(begun()))
    assert (table.agents, table.starts) == ((0, 1, 0), (0.0, 0.0, 4.0))


def test_a_search_goes_on_where_another_one_has_ended() -> None:
    project = some(1)
    first = solve(job_of(project, seconds=1.0, seed=1), tries(150))
    again = solve(job_of(project, seconds=1.0, seed=2, weights=first.weights), tries(0))

    assert again.table.makespan <= first.table.makespan < first.first
    assert first.gain == first.first - first.table.makespan
    assert faults(project, again.table) == []


def test_weights_of_something_else_are_passed_over() -> None:
    assert solve(job_of(some(1), seconds=1.0, weights=[2.0]), tries(1)).agents


def test_a_process_searches_and_ends_when_it_is_told_to() -> None:
    process, project = SearchProcess(), some(1)
    found = process(job_of(project, seconds=0.05))
    assert faults(project, found.table) == []
    assert found.table.makespan <= found.first

    running = process._process  # pyright: ignore[reportPrivateUsage]
    assert running is not None
    if os.name == "posix":  # Ctrl-C at the terminal is not for it
        assert os.getpgid(running.pid) == running.pid
    process.end()
    assert running.returncode is not None
    process.end()  # harmless


def test_a_process_that_dies_is_a_problem_and_the_next_job_starts_another() -> None:
    process, project = SearchProcess(), some(1)
    assert not process(job_of(project, seconds=0.01)).problem
    running = process._process  # pyright: ignore[reportPrivateUsage]
    assert running is not None
    running.kill()
    running.wait()

    assert process(job_of(project, seconds=0.01)).problem
    assert process(job_of(project, seconds=0.01)).problem == ""
    process.end()


def test_what_cannot_be_searched_is_said() -> None:
    process = SearchProcess()
    cycle = msgspec.structs.replace(job_of(some(1, 2), seconds=0.01), before=((1,), (0,)))
    assert process(cycle) == Answer(problem="ImpossibleProject: tasks wait for each other")
    assert not process(job_of(some(1), seconds=0.01)).problem
    process.end()


# What is followed already


def test_the_order_that_is_followed_is_retimed() -> None:
    tasks = [Task(f"u{n}", "g", "dig", frozenset(), 60.0) for n in range(4)]
    tasks[0] = tasks[0]._replace(agent="ann", since=-20.0)
    seen = scene(tasks, [Agent(id="ann"), Agent(id="bob")], 0.0, Equivalences())
    layout = lay_out(seen, as_estimated)
    planned = [("u1", "ann", 90.0), ("u2", "bob", 10.0), ("u3", "ann", 60.0)]
    turns = {u: Turn(subtask=u, agent=a, start=s, seconds=60.0) for u, a, s in planned}
    found = retimed(layout, turns)
    assert found is not None
    assert found.starts == (0.0, 100.0, 0.0, 40.0)
    assert faults(layout.project, found) == []

    gone = {**turns, "u1": Turn(subtask="u1", agent="who?", start=0.0, seconds=60.0)}
    assert retimed(layout, gone) is None
    del turns["u3"]
    assert retimed(layout, turns) is None


# The best that there is


def test_without_the_solver_it_is_said_what_is_missing() -> None:
    if has_planning("optimal"):
        pytest.skip("OR-Tools is installed")
    project = some(1)
    with pytest.raises(OptimalMissing, match=r"callboard\[optimal\]"):
        optimal(project, search(project, Random(1), tries(1)), 1.0)  # noqa: S311


@pytest.mark.skipif(not has_planning("optimal"), reason="OR-Tools is not installed")
class TestOptimal:
    """With OR-Tools."""

    @pytest.mark.parametrize("seed", range(4))
    def test_what_is_found_is_sound_and_proved(self, seed: int) -> None:
        project = some(seed, 12, 3)
        begin = search(project, Random(1), tries(0))  # noqa: S311 - reproducible
        found = optimal(project, begin, 5.0)

        assert faults(project, found.table) == []
        assert found.bound <= found.table.makespan <= begin.table.makespan
        assert found.proved

    def test_what_has_begun_goes_on(self) -> None:
        project = begun()
        found = optimal(project, search(project, Random(1), tries(0)), 5.0)  # noqa: S311
        assert (found.table.starts, found.table.agents) == ((0.0, 0.0, 4.0), (0, 1, 0))

    def test_slots_that_are_alike_are_filled_each(self) -> None:
        project = Project([{0: 2.5, 1: 2.5}] * 5, [()] * 5, 2)
        found = optimal(project, search(project, Random(1), tries(0)), 5.0)  # noqa: S311
        assert found.table.makespan == 7.5
        assert faults(project, found.table) == []

    def test_a_search_elsewhere_uses_it(self) -> None:
        project = some(2, 12, 3)
        found = searched(job_of(project, seconds=3.0, method="optimal"))
        assert found.proved
        assert faults(project, found.table) == []
