"""No schedule beats the bounds, and where a schedule is perfect they are met."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.bounds import Bounds, Work, bounds, gap

ONE = frozenset({"ann"})


def found(works: list[Work[str]], **slots: int) -> Bounds:
    """Everybody may do everything."""
    return bounds(works, slots, {"": set(slots)})


def test_nothing_takes_no_time() -> None:
    assert bounds([], {}, {}) == Bounds(0.0, (), 0.0, 0.0, frozenset())
    assert bounds([], {}, {}).seconds == 0.0


def test_the_longest_chain_bounds_whatever_the_number_of_agents() -> None:
    works = [
        Work("a", 2.0, ""),
        Work("b", 5.0, "", ("a",)),
        Work("c", 1.0, "", ("a",)),
        Work("d", 3.0, "", ("b", "c")),
    ]

    assert found(works, ann=9).path == 10.0
    assert found(works, ann=9).chain == ("a", "b", "d")
    assert found(works, ann=9).reason == "path"


def test_work_is_shared_by_all_slots() -> None:
    works = [Work(name, 3.0, "") for name in "abcd"]

    assert found(works, ann=1, bob=3).work == 3.0
    assert found(works, ann=1).work == 12.0
    assert found(works, ann=1).reason == "work"


def test_what_only_few_can_do_bounds_by_their_number() -> None:
    works = [Work("a", 6.0, "law"), Work("b", 6.0, "law"), Work("c", 6.0, "sql")]
    able = {"law": {"eve"}, "sql": {"ann", "bob", "eve"}}

    bound = bounds(works, {"ann": 1, "bob": 1, "eve": 1}, able)

    assert (bound.group, bound.narrowest, bound.reason) == (12.0, frozenset({"eve"}), "group")


def test_a_group_does_its_own_work_and_that_of_its_parts() -> None:
    works = [Work("a", 4.0, "law"), Work("b", 8.0, "both"), Work("c", 1.0, "all")]
    able = {"law": {"ann"}, "both": {"ann", "bob"}, "all": {"ann", "bob", "eve"}}

    bound = bounds(works, {"ann": 1, "bob": 1, "eve": 1}, able)

    assert (bound.group, bound.narrowest) == (6.0, frozenset({"ann", "bob"}))


def test_work_that_comes_late_is_not_shared_out_before() -> None:
    works = [Work("a", 1.0, ""), Work("b", 6.0, "", since=10.0), Work("c", 6.0, "", since=10.0)]

    assert found(works, ann=1).work == 22.0
    assert found(works, ann=2).path == 16.0
    assert found(works, ann=2).chain == ("b",)


def test_what_must_follow_is_not_shared_out_either() -> None:
    works = [*(Work(name, 4.0, "") for name in "abc"), Work("z", 5.0, "", ("a", "b", "c"))]

    assert found(works, ann=1, bob=1).work == 11.0


def test_what_nobody_may_do_is_never_done() -> None:
    works = [Work("a", 1.0, "law")]

    assert bounds(works, {"ann": 1}, {"law": {"gone"}}).seconds == math.inf
    assert bounds(works, {"ann": 1}, {}).narrowest == frozenset()


def test_dependencies_that_are_done_hold_nothing_up() -> None:
    assert found([Work("b", 2.0, "", ("a",))], ann=1).path == 2.0


def test_the_gap_is_a_part_of_the_bound() -> None:
    assert gap(12.0, 10.0) == pytest.approx(0.2)
    assert (gap(0.0, 0.0), gap(1.0, 0.0)) == (0.0, math.inf)


@st.composite
def plays(draw: st.DrawFn) -> tuple[list[Work[str]], dict[str, int], dict[str, set[str]]]:
    """Works of a few kinds, and agents of whom at least one may do each kind."""
    slots = draw(st.dictionaries(st.sampled_from("xyz"), st.integers(1, 3), min_size=1))
    able = {kind: draw(st.sets(st.sampled_from(sorted(slots)), min_size=1)) for kind in "pq"}
    works: list[Work[str]] = []
    for number in range(draw(st.integers(1, 9))):
        before = draw(st.sets(st.sampled_from([w.uuid for w in works]))) if works else set[str]()
        works.append(
            Work(
                str(number),
                float(draw(st.integers(0, 9))),
                draw(st.sampled_from("pq")),
                tuple(sorted(before)),
                float(draw(st.integers(0, 9))),
            )
        )
    return works, slots, able


@given(plays())
def test_no_schedule_ends_before_the_bound(
    play: tuple[list[Work[str]], dict[str, int], dict[str, set[str]]],
) -> None:
    works, slots, able = play
    free = {agent: [0.0] * count for agent, count in slots.items()}
    ends: dict[str, float] = {}
    for work in works:  # in an order that suits the dependencies; each as soon as it can
        ready = max([work.since, *(ends[d] for d in work.dependencies)])
        agent = min(sorted(able[str(work.needs)]), key=lambda a: min(free[a]))
        start = max(ready, min(free[agent]))
        free[agent].remove(min(free[agent]))
        free[agent].append(start + work.seconds)
        ends[work.uuid] = start + work.seconds

    bound = bounds(works, slots, able)

    assert bound.seconds <= max(ends.values()) + 1e-9
    chain = [next(w for w in works if w.uuid == uuid) for uuid in bound.chain]
    assert bound.path == chain[0].since + sum(w.seconds for w in chain) or bound.path == 0.0
