"""Whether a journal can be read to its end; and what to save of one that cannot."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from callboard.messages.errors.journal import (
    JournalDamaged,
    JournalError,
    JournalForeign,
    JournalNewer,
    JournalUnreachable,
)
from callboard.messages.facts import GoalAccepted, PlanAdopted, PlanChanged, PlanGrown
from callboard.runtime.journal.place import check_place, take_lock
from callboard.runtime.journal.store import MARK, Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from callboard.messages.facts import Fact
    from callboard.runtime.journal.store import Page

_LARGEST = 1_000


class Findings(NamedTuple):
    """What was found.

    Attributes:
        facts: That can be read.
        goals: Of which these tell.
        problems: What cannot be read, each in a line; none where all is well.
    """

    facts: int
    goals: int
    problems: tuple[str, ...]


class Repaired(NamedTuple):
    """What was saved.

    Attributes:
        facts: That were saved.
        backup: The file as it was.
        problems: What is lost, each in a line.
    """

    facts: int
    backup: Path
    problems: tuple[str, ...]


def verify(path: str | os.PathLike[str]) -> Findings:
    """Read everything; the file stays as it is, and may be in use.

    Raises:
        JournalForeign: It is something else.
        JournalNewer: A newer version wrote it.
        JournalUnreachable: It cannot be opened.
    """
    try:
        store = Store(path, reading=True)
    except JournalDamaged as error:
        return Findings(0, 0, (error.why,))
    with contextlib.closing(store):
        problems = [line for line in store.check() if line != "ok"]
        read = list(_readable(store, problems))
        return Findings(len(read), len({f.goal_id for f in read if f.goal_id}), tuple(problems))


def repair(path: str | os.PathLike[str]) -> Repaired:
    """Save what can be read into a new file of the same name; the old one is kept.

    What was acknowledged may be lost by that: the answer says what. Facts after a gap
    are kept too, where they still make sense by themselves.

    Raises:
        JournalInUse: A process has it open.
        JournalForeign: It is something else.
        JournalNewer: A newer version wrote it.
        JournalUnreachable: It cannot be opened, or there is no room for a copy.
    """
    place = Path(path).absolute()
    check_place(place, MARK, reading=False)
    with contextlib.closing(take_lock(place)):
        backup = _backup(place)
        problems: list[str] = []
        try:
            facts = list(_consistent(_saved(backup, problems), problems))
        except (JournalForeign, JournalNewer) as error:
            _remove(backup)  # nothing is changed, so there is nothing to go back to
            raise type(error)(str(place), error.why) from None
        _replace(place, facts)
    return Repaired(len(facts), backup, tuple(problems))


def _replace(place: Path, facts: Sequence[Fact]) -> None:
    """Put a file with these in place of that one, once it is whole."""
    new = place.with_name(f"{place.name}.new")
    _remove(new)
    with contextlib.closing(Store(new)) as store:
        for start in range(0, len(facts), _LARGEST):
            store.write(facts[start : start + _LARGEST])
    for name in _beside(place):
        name.unlink(missing_ok=True)
    new.replace(place)
    _remove(new)


def _remove(place: Path) -> None:
    for name in (place, *_beside(place), place.with_name(f"{place.name}.lock")):
        name.unlink(missing_ok=True)


def _beside(place: Path) -> list[Path]:
    return [place.with_name(place.name + end) for end in ("-wal", "-shm")]


def _backup(place: Path) -> Path:
    number = 1
    while (backup := place.with_name(f"{place.name}.damaged-{number}")).exists():
        number += 1
    try:
        for name in (place, *_beside(place)):
            if name.exists():
                shutil.copy2(name, backup.with_name(name.name.replace(place.name, backup.name, 1)))
    except OSError as error:
        raise JournalUnreachable(str(place), f"it cannot be copied: {error}") from None
    return backup


def _saved(path: Path, problems: list[str]) -> Iterator[Fact]:
    """What can be read of a copy, which SQLite may change as it likes."""
    try:
        store = Store(path, reading=True, trusting=True)
    except JournalDamaged as error:
        problems.append(error.why)
        return
    with contextlib.closing(store):
        yield from _readable(store, problems)


def _consistent(facts: Iterable[Fact], problems: list[str]) -> Iterator[Fact]:
    """Without those of which the beginning is lost: nobody could make sense of them."""
    goals, subtasks, lost = set[str](), set[str](), set[str]()
    for fact in facts:
        if isinstance(fact, GoalAccepted):
            goals.add(fact.goal.id)
        elif isinstance(fact, (PlanAdopted, PlanGrown)) and fact.goal in goals:
            subtasks.update(subtask.uuid for subtask in fact.plan.subtasks)
        elif isinstance(fact, PlanChanged) and fact.goal in goals:
            subtasks.update(subtask.uuid for subtask in fact.change.add)
        elif fact.goal_id and (
            fact.goal_id not in goals or (fact.subtask_id and fact.subtask_id not in subtasks)
        ):
            lost.add(fact.goal_id)
            continue
        yield fact
    problems += [f"goal {goal} has lost its beginning" for goal in sorted(lost)]


def _readable(store: Store, problems: list[str]) -> Iterator[Fact]:
    expected = 1
    for page in _pages(store, problems):
        if page.first != expected:
            problems.append(f"facts {expected} to {page.first - 1} are missing")
        expected = page.last + 1
        try:
            yield from store.unpacked(page)
        except JournalDamaged as error:
            problems.append(error.why)
        except JournalNewer:
            facts = store.misnumbered(page)
            if facts is None:
                raise
            problems.append(f"facts {page.first} to {page.last} have another version's number")
            yield from facts


def _pages(store: Store, problems: list[str]) -> Iterator[Page]:
    """Row by row, so that one that cannot be had hides no other."""
    since = 1
    while True:
        try:
            pages = store.portion(since, 1)
        except (JournalError, sqlite3.Error) as error:
            problems.append(str(error))
            return
        if not pages:
            return
        yield pages[0]
        since = pages[0].last + 1
