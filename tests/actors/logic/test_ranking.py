"""Backlogs are what one would add up from scratch, whatever came, went, joined or left."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic import ranking
from callboard.actors.logic.ranking import Backlogs, score

GROUPS = {"a": {"x", "y"}, "b": {"y", "z"}, "c": {"z"}}
"""From groups to what they may do."""


def covers(needs: str, group: str) -> bool:
    return needs in GROUPS[group]


def company(*groups: str) -> Backlogs[str, str]:
    backlogs = Backlogs[str, str](covers)
    for group in groups:
        backlogs.join(group)
    return backlogs


def test_work_is_shared_by_all_who_may_do_it() -> None:
    backlogs = company("a", "a", "b")
    backlogs.add("y", 30.0)

    assert [backlogs.of(group) for group in "abc"] == [10.0, 10.0, 0.0]


def test_the_least_backlog_is_that_of_whoever_has_least_to_do() -> None:
    backlogs = company("a", "b")
    backlogs.add("x", 30.0)
    backlogs.add("y", 10.0)

    assert (backlogs.least("y"), backlogs.least("x"), backlogs.least("z")) == (5.0, 35.0, 5.0)


def test_what_nobody_may_do_has_no_backlog() -> None:
    backlogs = company("c")
    backlogs.add("x", 30.0)

    assert backlogs.least("x") == 0.0
    assert backlogs.least("y") == 0.0
    assert backlogs.of("c") == 0.0


def test_work_waits_for_who_comes_later() -> None:
    backlogs = company()
    backlogs.add("x", 30.0)
    backlogs.join("a")

    assert backlogs.of("a") == 30.0
    backlogs.join("a")
    assert backlogs.of("a") == 15.0
    backlogs.leave("a")
    assert backlogs.of("a") == 30.0


def test_who_is_slower_has_more_to_do() -> None:
    backlogs = Backlogs[str, str](
        covers, lambda needs, who: 3.0 if (needs, who) == ("y", "b") else 1.0
    )
    for group in "ab":
        backlogs.join(group)
    backlogs.add("y", 20.0)

    assert [backlogs.of(group) for group in "ab"] == [10.0, 30.0]


def test_of_equal_chains_what_busy_agents_must_do_goes_first() -> None:
    assert score(60.0, 30.0) > score(60.0, 10.0)


Change = st.one_of(
    st.tuples(st.just("join"), st.sampled_from("abc")),
    st.tuples(st.just("leave"), st.sampled_from("abc")),
    st.tuples(st.just("add"), st.sampled_from("xyz"), st.floats(0.0, 1e6)),
    st.tuples(st.just("remove"), st.integers(0, 50)),
)


@given(st.lists(Change, max_size=60))
@pytest.mark.parametrize("compact", [3, 4096])
def test_backlogs_are_the_sum_of_what_is_open(compact: int, changes: list[tuple[Any, ...]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "COMPACT", compact)
        backlogs, sizes, works = company(), dict.fromkeys("abc", 0), list[tuple[str, float]]()
        for change in changes:
            _apply(change, backlogs, sizes, works)

    for group in GROUPS:
        assert backlogs.of(group) == pytest.approx(_added_up(group, sizes, works), abs=1e-6)
    if not works:
        assert all(backlogs.of(group) < 1e-6 for group in GROUPS)


def _apply(
    change: tuple[Any, ...],
    backlogs: Backlogs[str, str],
    sizes: dict[str, int],
    works: list[tuple[str, float]],
) -> None:
    match change:
        case ("join", group):
            backlogs.join(group)
            sizes[group] += 1
        case ("leave", group) if sizes[group]:
            backlogs.leave(group)
            sizes[group] -= 1
        case ("add", needs, seconds):
            backlogs.add(needs, seconds)
            works.append((needs, seconds))
        case ("remove", index) if index < len(works):
            backlogs.remove(*works.pop(index))
        case _:
            pass


def _added_up(group: str, sizes: dict[str, int], works: list[tuple[str, float]]) -> float:
    if not sizes[group]:
        return 0.0
    return sum(
        seconds / sum(size for other, size in sizes.items() if covers(needs, other))
        for needs, seconds in works
        if covers(needs, group)
    )
