from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from callboard.actors.logic.annals import ROW, Annals
from callboard.messages.facts import SubtaskQueued

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.mark.parametrize("count", [0, 1, ROW - 1, ROW, ROW + 1, 3 * ROW + 7])
def test_annals_are_what_came_in_order(count: int) -> None:
    annals = Annals[int]()
    for number in range(count):
        annals.append(number)
    assert (list(annals), len(annals)) == (list(range(count)), count)
    for number in {0, 1, ROW, count}:
        assert list(annals.since(number)) == list(range(number, count))


@pytest.mark.parametrize("count", [1, ROW, 2 * ROW + 3])
def test_the_oldest_ones_are_dropped_first(count: int) -> None:
    annals = Annals(range(count))
    annals.extend(range(count, 2 * count))
    assert [annals.drop_first() for _ in range(count)] == list(range(count))
    assert list(annals) == list(range(count, 2 * count))
    assert (len(annals), list(annals.since(1))) == (count, list(range(count + 1, 2 * count)))
    assert [annals.drop_first() for _ in range(count)] == list(range(count, 2 * count))
    with pytest.raises(IndexError):
        annals.drop_first()


def test_the_collector_of_garbage_goes_through_the_latest_ones_only() -> None:
    annals: Annals[SubtaskQueued] = Annals()
    for number in range(10 * ROW):
        annals.append(SubtaskQueued(at=1.0, goal="g", subtask=f"s{number}"))
    gc.collect()
    looked_at = [len(o) for o in gc.get_objects() if type(o) in {tuple, list} and _ours(o)]
    assert sum(looked_at) < ROW


def _ours(entries: Iterable[object]) -> bool:
    return any(type(entry) is SubtaskQueued for entry in entries)
