"""Whoever follows a journal hears of each fact that is safe once, in order, with its place."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import pytest

from callboard.actors.ports import Journal
from callboard.messages.facts import (
    BudgetCharged,
    Fact,
    GoalAccepted,
    GoalCompleted,
    GoalForgotten,
    RuntimePaused,
    RuntimeResumed,
)
from callboard.messages.values import Goal
from callboard.runtime.journal.memory import MemoryJournal
from callboard.runtime.journal.sqlite import SqliteJournal
from callboard.runtime.simulation.disk import Disk, DiskJournal
from tests.live import eventually, together

Open: TypeAlias = Callable[[], Journal]
Heard: TypeAlias = list[tuple[int, tuple[Fact, ...]]]


@pytest.fixture(params=["memory", "file", "simulated"])
def journal(
    request: pytest.FixtureRequest, tmp_path: Path, later: list[Callable[[], None]]
) -> Generator[Journal]:
    kind: Literal["memory", "file", "simulated"] = request.param
    made: Journal
    if kind == "memory":
        made = MemoryJournal()
    elif kind == "file":
        made = SqliteJournal(tmp_path / "work.db", 1.0)
    else:
        made = DiskJournal(Disk(), lambda _, call: later.append(call))
    yield made
    made.close()


@pytest.fixture
def later() -> list[Callable[[], None]]:
    return []


def fact(number: int) -> Fact:
    return RuntimePaused(at=float(number), reason=str(number), interrupt=False)


def all_of(journal: Journal, since: int = 1) -> list[tuple[int | None, Fact]]:
    """What a journal shows to somebody who has heard nothing before that position."""
    found: list[tuple[int | None, Fact]] = []
    while (stretch := journal.stretch(since)) is not None:
        found += stretch.numbered(since - 1)
        since = stretch.last + 1
    return found


def listen(journal: Journal) -> tuple[Heard, Callable[[], None]]:
    heard: Heard = []

    def note(first: int, facts: Sequence[Fact]) -> None:
        heard.append((first, tuple(facts)))

    return heard, journal.follow(note)


def numbered(heard: Heard) -> list[tuple[int | None, Fact]]:
    return [pair for first, facts in heard for pair in enumerate(facts, first)]


def keep(journal: Journal, *facts: Fact) -> None:
    """Have them written, and wait until they are safe."""
    count = journal.count + len(facts)
    journal.append(facts, None)
    eventually(lambda: journal.count == count)


def test_a_follower_hears_what_is_safe_with_its_position(journal: Journal) -> None:
    keep(journal, fact(1), fact(2))
    heard, leave = listen(journal)

    keep(journal, fact(3))
    keep(journal, fact(4), fact(5))
    eventually(lambda: len(numbered(heard)) == 3)
    leave()
    keep(journal, fact(6))

    assert numbered(heard) == [(3, fact(3)), (4, fact(4)), (5, fact(5))]
    assert all_of(journal) == [(n, fact(n)) for n in range(1, 7)]
    assert all_of(journal, since=5) == [(5, fact(5)), (6, fact(6))]
    assert journal.stretch(7) is None


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_many_writers_are_heard_in_the_order_of_the_journal(kind: str, tmp_path: Path) -> None:
    journal: Journal = (
        MemoryJournal() if kind == "memory" else SqliteJournal(tmp_path / "work.db", 1.0)
    )
    heard, _ = listen(journal)

    def write(number: int) -> None:
        for count in range(50):
            journal.append([fact(100 * number + count)], None)

    together(4, write)

    eventually(lambda: len(numbered(heard)) == 200)
    assert numbered(heard) == all_of(journal)
    assert [position for position, _ in numbered(heard)] == list(range(1, 201))
    journal.close()


def test_a_follower_in_the_simulator_hears_only_what_was_synced() -> None:
    calls: list[Callable[[], None]] = []
    journal = DiskJournal(Disk(sync=1.0), lambda _, call: calls.append(call))
    heard, _ = listen(journal)

    journal.append([fact(1)], None)
    assert (heard, journal.count, journal.stretch(1)) == ([], 0, None)
    calls.pop()()

    assert (numbered(heard), journal.count) == ([(1, fact(1))], 1)


def test_positions_go_on_when_a_file_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "work.db"
    first = SqliteJournal(path, 1.0)
    keep(first, fact(1), fact(2))
    first.close()

    again = SqliteJournal(path, 2.0)
    heard, _ = listen(again)
    keep(again, fact(3))

    eventually(lambda: heard)
    assert numbered(heard) == [(3, fact(3))]
    assert all_of(again, since=2) == [(2, fact(2)), (3, fact(3))]
    again.close()


def test_where_facts_were_dropped_only_the_last_one_that_is_left_has_a_position() -> None:
    journal = MemoryJournal()
    journal.append([fact(1), *[GoalCompleted(at=2.0, goal="a")] * 4, fact(6)], None)

    journal.append([GoalForgotten(at=7.0, goal="a")], None)
    keep(journal, fact(8))

    assert all_of(journal) == [(None, fact(1)), (7, fact(6)), (8, fact(8))]
    assert all_of(journal, since=3) == [(None, fact(1)), (7, fact(6)), (8, fact(8))]
    assert all_of(journal, since=8) == [(8, fact(8))]
    assert journal.count == 8


def test_a_file_that_is_compacted_keeps_the_places_and_shows_what_it_says_once_more(
    tmp_path: Path,
) -> None:
    journal = SqliteJournal(tmp_path / "work.db", 1.0)
    goal = Goal(id="old", text="paint the door")
    budget = BudgetCharged(at=2.0, resource="money", used=1.0)
    keep(journal, GoalAccepted(at=1.0, goal=goal), budget, GoalCompleted(at=3.0, goal="old"))
    keep(journal, fact(4))
    heard, _ = listen(journal)

    journal.tidy(100.0)
    eventually(lambda: not any(isinstance(f, GoalAccepted) for _, f in all_of(journal)))
    keep(journal, RuntimeResumed(at=5.0))

    eventually(lambda: RuntimeResumed(at=5.0) in [f for _, f in numbered(heard)])
    said = numbered(heard)
    assert [position for position, _ in said] == list(range(5, journal.count + 1))
    assert all_of(journal, since=journal.count) == said[-1:]
    journal.close()


def test_how_long_commits_take_is_counted(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "work.db", 1.0)
    keep(journal, fact(1))
    keep(journal, fact(2))

    eventually(lambda: journal.commits.count == 2)
    assert journal.commits.total > 0
    assert MemoryJournal().commits is None
    journal.close()
