"""A journal is looked over, and what can be saved of a damaged one is."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest

from callboard.actors.logic.goals import Goals
from callboard.messages.errors.journal import (
    JournalDamaged,
    JournalError,
    JournalForeign,
    JournalInUse,
    JournalNewer,
)
from callboard.runtime.journal.store import Store
from callboard.runtime.journal.verifying import Findings, repair, verify
from tests.runtime.journal.stories import story

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from callboard.messages.facts import Fact


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "work.db"
    with closing(Store(path)) as store:
        for number in range(10):
            store.write(story(f"g{number}", subtasks=20))
    return path


def facts_in(path: Path) -> list[Fact]:
    with closing(Store(path, reading=True)) as store:
        return list(store.facts())


def change_page(path: Path, first: int, change: str) -> None:
    with closing(sqlite3.connect(path)) as base:
        base.execute(f"{change} WHERE first = {first}")
        base.commit()


def newly(facts: Sequence[Fact]) -> bytes:
    """Facts as a version writes them that says more of each."""
    said = msgspec.msgpack.decode(msgspec.msgpack.encode(facts))
    return msgspec.msgpack.encode([{**fact, "more": 1} for fact in said])


def test_nothing_is_wrong_with_a_whole_one(path: Path) -> None:
    assert verify(path) == Findings(830, 10, ())


def test_one_that_is_in_use_can_be_verified(path: Path) -> None:
    with closing(Store(path)):
        assert verify(path).problems == ()


def test_every_problem_is_named(path: Path) -> None:
    change_page(path, 84, "UPDATE page SET body = x'00'")
    change_page(path, 250, "DELETE FROM page")
    assert verify(path) == Findings(
        830 - 2 * 83,
        8,
        ("facts 84 to 166 are not what was written", "facts 250 to 332 are missing"),
    )


def test_repairing_keeps_all_that_can_be_read_and_the_old_file(path: Path) -> None:
    change_page(path, 84, "UPDATE page SET body = x'00'")
    before = path.read_bytes()
    done = repair(path)
    assert (done.facts, done.problems) == (747, ("facts 84 to 166 are not what was written",))
    assert done.backup.read_bytes() == before
    assert {fact.goal_id for fact in facts_in(path)} == {f"g{n}" for n in range(10)} - {"g1"}
    assert verify(path).problems == ()


def test_a_goal_without_its_beginning_is_left_out(path: Path) -> None:
    with closing(Store(path)) as store:
        whole = story("late", subtasks=2)
        store.write(whole[:3])
        store.write(whole[3:])
    change_page(path, 831, "DELETE FROM page")
    assert repair(path).problems[-1] == "goal late has lost its beginning"
    assert "late" not in {fact.goal_id for fact in facts_in(path)}


@pytest.mark.parametrize("which", ["dictionary", "dictionary copy", "dictionary sum"])
def test_a_dictionary_that_is_damaged_changes_no_fact(path: Path, which: str) -> None:
    told = facts_in(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("UPDATE about SET value = x'0102' WHERE name = ?", (which,))
        assert facts_in(path) == told
        base.execute("UPDATE about SET value = x'03' WHERE name LIKE '%i%y'")
        base.execute("UPDATE about SET value = x'04' WHERE name LIKE '%copy'")
    with pytest.raises(JournalDamaged, match="its dictionary is not what was written"):
        facts_in(path)


def test_what_is_in_use_is_not_repaired(path: Path) -> None:
    told = facts_in(path)
    with closing(Store(path)) as store:
        with pytest.raises(JournalInUse):
            repair(path)
        store.write(story("late", subtasks=2))
    assert facts_in(path)[: len(told)] == told
    assert len(facts_in(path)) > len(told)


def test_what_is_no_journal_is_not_repaired(tmp_path: Path) -> None:
    others = tmp_path / "others.db"
    with closing(sqlite3.connect(others)) as base:
        base.execute("CREATE TABLE notes (text)")
        base.commit()
    before = others.read_bytes()
    with pytest.raises(JournalForeign):
        repair(others)
    assert others.read_bytes() == before
    assert list(tmp_path.glob("others.db.damaged*")) == []


@pytest.mark.parametrize("first", [84, 748])
def test_a_version_that_is_damaged_is_told_from_one_that_is_newer(path: Path, first: int) -> None:
    told = facts_in(path)
    change_page(path, first, "UPDATE page SET version = 10")
    problem = f"facts {first} to {first + 82} have another version's number"
    assert verify(path) == Findings(830, 10, (problem,))
    assert repair(path).problems == (problem,)
    assert facts_in(path) == told


def test_what_a_newer_version_wrote_is_not_repaired(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer, closing(Store(path)) as store:
        newer.setattr("callboard.runtime.journal.store.VERSION", 10)
        newer.setattr("callboard.runtime.journal.pages._encode", newly)
        store.write(story("g10", subtasks=2))
    before = path.read_bytes()
    with pytest.raises(JournalNewer, match="have version 10, this one knows"):
        repair(path)
    assert path.read_bytes() == before
    assert list(path.parent.glob("work.db.damaged*")) == []


@pytest.mark.no_cover  # the same code thousands of times
def test_whatever_byte_is_flipped_it_can_be_opened_after_a_repair(path: Path) -> None:
    whole = path.read_bytes()
    draw = random.Random(7)  # noqa: S311 - reproducible, not secret
    told = facts_in(path)
    for _ in range(400):
        content = bytearray(whole)
        content[draw.randrange(100, len(content))] ^= 1 << draw.randrange(8)
        path.write_bytes(bytes(content))
        try:
            found = facts_in(path)
            assert found == told
        except JournalError:
            repair(path)
            found = facts_in(path)
        goals = Goals()
        for fact in found:
            goals.apply(fact)
        for copy in path.parent.glob("work.db?*"):
            copy.unlink()
