"""Whatever is decided could be carried out, and beats no bound; a search makes nothing worse."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.heft import heft
from callboard.runtime.timetables.limits import Bottleneck, bottleneck, least_seconds
from callboard.runtime.timetables.play import Overrun, by_arrival, by_load, by_path, play
from callboard.runtime.timetables.project import ImpossibleProject, Project
from callboard.runtime.timetables.rollouts import search, tries, until
from callboard.runtime.timetables.timetable import Timetable, faults

RULES = (by_arrival, by_path, by_load)


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """A few tasks; some are equally long for all who may do them."""
    agents = draw(st.integers(1, 4))
    seconds = st.integers(0, 9).map(float)
    circles = st.sets(st.integers(0, agents - 1), min_size=1)
    options: list[dict[int, float]] = []
    before: list[list[int]] = []
    for task in range(draw(st.integers(1, 10))):
        alike = draw(st.none() | seconds)
        able = sorted(draw(circles))
        options.append({one: draw(seconds) if alike is None else alike for one in able})
        before.append(draw(st.lists(st.integers(0, task - 1), max_size=3)) if task else [])
    return Project(options, before, agents)


@given(projects(), st.sampled_from(RULES))
def test_what_a_rule_makes_can_be_carried_out_and_beats_no_bound(
    project: Project, by: object
) -> None:
    table = play(project, by(project))  # type: ignore[operator]

    assert faults(project, table) == []
    assert table.makespan >= least_seconds(project).seconds - 1e-6


@given(projects(), st.sampled_from(RULES), st.integers(0, 99))
def test_it_can_be_carried_out_when_durations_are_others(
    project: Project, by: object, seed: int
) -> None:
    random = Random(seed)  # noqa: S311
    factors = [random.choice([0.5, 1.0, 3.0]) for _ in range(len(project))]
    table = play(project, by(project), factors)  # type: ignore[operator]
    chosen = zip(project.options, table.agents, factors, strict=True)

    assert faults(project, table, [own[agent] * factor for own, agent, factor in chosen]) == []


@given(projects())
def test_heft_can_be_carried_out(project: Project) -> None:
    table = heft(project)

    assert faults(project, table) == []
    assert table.makespan >= least_seconds(project).seconds - 1e-6


@given(projects(), st.integers(0, 99))
def test_a_search_makes_nothing_worse_and_its_order_can_be_played_again(
    project: Project, seed: int
) -> None:
    found = search(project, Random(seed), tries(20))  # noqa: S311

    assert faults(project, found.table) == []
    assert found.bound - 1e-6 <= found.table.makespan <= found.first
    assert play(project, by_load(project, found.weights)) == found.table
    assert search(project, Random(seed), tries(20)) == found  # noqa: S311
    assert found.proved or found.tries == 20


@given(projects(), st.floats(0.0, 20.0))
def test_what_would_take_too_long_is_broken_off_and_nothing_else(
    project: Project, limit: float
) -> None:
    whole = play(project, by_load(project))
    try:
        table = play(project, by_load(project), limit=limit)
    except Overrun:
        assert whole.makespan > limit
    else:
        assert table == whole
        assert whole.makespan <= limit


@given(projects())
def test_one_more_agent_where_there_are_too_few_never_takes_longer(project: Project) -> None:
    found = bottleneck(project)

    assert found.seconds == least_seconds(project).seconds
    assert 0.0 <= found.saving <= found.seconds
    assert found.agents or not found.saving


def test_where_the_longest_chain_decides_nobody_is_missing() -> None:
    project = Project([{0: 3.0, 1: 3.0}, {0: 4.0, 1: 4.0}], [(), (0,)], agents=2)

    assert bottleneck(project) == Bottleneck(7.0, frozenset(), 0.0)


def test_a_task_waits_for_a_faster_agent_if_that_ends_it_earlier() -> None:
    options = [{0: 12.0}, {0: 1.0, 1: 20.0}]
    waits = Project(options, [(), ()], agents=2)

    assert play(waits, by_load(waits)).agents == (0, 0)
    assert play(waits, by_path(waits)).agents == (0, 1)


def test_what_is_done_by_few_goes_first() -> None:
    options = [{0: 4.0, 1: 4.0}, {0: 4.0}, {0: 4.0}]
    project = Project(options, [(), (), ()], agents=2)

    assert play(project, by_load(project)).makespan == 8.0
    assert play(project, by_load(project)).agents == (1, 0, 0)


def test_a_search_finds_what_the_rule_does_not_see() -> None:
    options = [{0: 2.0}, {0: 3.0}, {0: 2.0}, {1: 5.0}, {1: 1.0}]
    project = Project(options, [(), (), (), (0,), (1,)], agents=2)
    found = search(project, Random(1), tries(50))  # noqa: S311

    assert found.proved
    assert found.table.makespan == 8.0


def test_a_search_ends_with_its_time() -> None:
    clock = iter([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    options = [{0: 3.0, 1: 3.0}, {0: 3.0, 1: 3.0}, {0: 3.0, 1: 3.0}, {0: 1.0, 1: 1.0}]
    project = Project(options, [()] * 4, agents=2)
    found = search(project, Random(1), until(3.0, lambda: next(clock)))  # noqa: S311

    assert not found.proved
    assert found.tries == 4


@pytest.mark.parametrize(
    ("options", "before", "why"),
    [
        ([{0: 1.0}, {}], [(), ()], "nobody may do task 1"),
        ([{0: 1.0}, {0: 1.0}], [(1,), (0,)], "tasks wait for each other"),
    ],
)
def test_what_could_never_be_done_is_refused(
    options: list[dict[int, float]], before: list[tuple[int, ...]], why: str
) -> None:
    with pytest.raises(ImpossibleProject, match=why):
        Project(options, before, agents=1)


def test_a_timetable_that_could_not_be_is_found_out() -> None:
    project = Project([{0: 2.0}, {0: 2.0, 1: 2.0}], [(), (0,)], agents=2)

    assert faults(project, Timetable((0, 1), (0.0, 2.0), (2.0, 4.0))) == []
    assert faults(project, Timetable((1, 1), (0.0, 2.0), (2.0, 4.0))) == [
        "agent 1 may not do task 0"
    ]
    assert faults(project, Timetable((0, 1), (0.0, 1.0), (2.0, 3.0))) == [
        "task 1 starts before 0 ends"
    ]
    assert faults(project, Timetable((0, 0), (0.0, 1.0), (2.0, 3.0))) == [
        "task 1 starts before 0 ends",
        "tasks 0 and 1 overlap",
    ]
    assert faults(project, Timetable((0, 1), (0.0, 2.0), (2.0, 3.0))) == ["task 1 takes 2 s, not 1"]


def test_nothing_to_do_takes_no_time() -> None:
    project = Project([], [], agents=1)

    assert play(project, by_load(project)).makespan == 0.0
    assert search(project, Random(0), tries(3)).tries == 0  # noqa: S311
    assert not math.isnan(least_seconds(project).seconds)
