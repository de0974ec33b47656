"""Facts that an earlier version wrote in another form are those of today when they are read."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from callboard.messages import facts
from callboard.messages.errors.journal import JournalDamaged, JournalNewer
from callboard.runtime.config import Config
from callboard.runtime.journal import pages, store, upcasting
from callboard.runtime.journal.compaction import Compaction
from callboard.runtime.journal.store import Store
from callboard.runtime.runtime import Runtime
from tests.live import LONG
from tests.runtime.journal.archive import facts_in
from tests.runtime.journal.stories import story
from tests.runtime.settings import helper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from callboard.messages.facts import Fact

    Plain = dict[str, Any]


def aged(fact: Plain) -> Plain:
    """A fact as it was before: another name, another unit, and a value less deep."""
    if fact["kind"] == "SubtaskAssigned":
        lease = fact["lease"]
        return {**lease, "kind": "Leased", "at": fact["at"]}
    if fact["kind"] == "SubtaskCompleted":
        old = {key: value for key, value in fact.items() if key != "seconds"}
        return {**old, "minutes": fact["seconds"] / 60}
    return fact


def renewed(fact: Plain) -> Plain:
    """The step that whoever changed those would have added."""
    if fact["kind"] == "Leased":
        names = ("goal", "subtask", "agent", "token", "attempt", "copy")
        lease = {name: fact[name] for name in names if name in fact}
        return {"kind": "SubtaskAssigned", "at": fact["at"], "lease": lease}
    if fact["kind"] == "SubtaskCompleted":
        new = {key: value for key, value in fact.items() if key != "minutes"}
        return {**new, "seconds": fact["minutes"] * 60}
    return fact


def encode_as_before(told: Sequence[Fact]) -> bytes:
    plain = [msgspec.to_builtins(fact, builtin_types=(bytes,)) for fact in told]
    return msgspec.msgpack.encode([aged(fact) for fact in plain])


BEGUN = story("g1")[:-5]
"""A goal whose last subtask nobody has begun."""


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journal of version 1, in a version 2 that writes those facts otherwise."""
    path = tmp_path / "work.db"
    with pytest.MonkeyPatch.context() as before, closing(Store(path)) as file:
        be_version(before, 1, {})
        before.setattr(pages, "_encode", encode_as_before)
        file.boot(1.0)
        file.write(story("g0"))
        file.write(BEGUN)
    be_version(monkeypatch, 2, {1: renewed})
    return path


def be_version(
    patch: pytest.MonkeyPatch, version: int, steps: dict[int, Callable[[Plain], Plain]]
) -> None:
    for module in (pages, store, upcasting):
        patch.setattr(module, "VERSION", version)
    patch.setattr(upcasting, "STEPS", steps)


def versions(path: Path) -> list[int]:
    with closing(Store(path, reading=True)) as file:
        return [page.version for page in file.pages()]


def test_old_facts_are_read_as_those_of_today(old: Path) -> None:
    assert versions(old) == [1, 1]
    assert facts_in(old) == story("g0") + BEGUN


def test_an_open_goal_of_an_old_journal_goes_on(old: Path) -> None:
    with Runtime.open(old, Config(retention=None)) as runtime:
        runtime.register(helper)
        goal = runtime.goal("g1")
        assert list(goal.result(timeout=LONG)) == ["step g1-0", "step g1-1", "step g1-2"]
    completed = [f for f in facts_in(old) if isinstance(f, facts.SubtaskCompleted)]
    assert [(f.subtask, f.seconds) for f in completed[3:5]] == [("g1-0", 0.5), ("g1-1", 0.5)]
    assert set(versions(old)[2:]) == {2}


def test_steps_are_taken_one_after_the_other(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def longer(fact: Plain) -> Plain:
        doubled = fact["kind"] == "SubtaskCompleted"
        return {**fact, "seconds": fact["seconds"] * 2} if doubled else fact

    be_version(monkeypatch, 4, {1: renewed, 3: longer})  # 2 to 3: a new field with a default
    completed = [f for f in facts_in(old) if isinstance(f, facts.SubtaskCompleted)]
    assert {f.seconds for f in completed} == {1.0}


def test_what_is_rewritten_is_written_as_today(old: Path) -> None:
    with closing(Store(old)) as file:
        for _ in Compaction(file, before=1e9):
            pass
    assert versions(old) == [2]
    assert [fact for fact in facts_in(old) if type(fact) is not facts.LearningKept] == BEGUN


def test_without_its_step_it_is_damage_and_not_a_guess(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_version(monkeypatch, 2, {})
    with pytest.raises(JournalDamaged, match=re.escape("'Leased'")):
        facts_in(old)


def test_what_today_wrote_is_too_new_for_the_version_before(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Store(old)) as file:
        file.write(story("g2"))
    be_version(monkeypatch, 1, {})
    with pytest.raises(JournalNewer, match="have version 2"), closing(Store(old)) as file:
        list(file.facts(len(story("g0") + BEGUN) + 1))
