"""The journal in a file: its writer, its batches, and what it says when it cannot write."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from callboard.actors.logic.ledger import Ledger, Source
from callboard.actors.logic.lessons import taught_by
from callboard.messages.errors.journal import (
    JournalError,
    JournalFull,
    JournalInUse,
    JournalUnreachable,
)
from callboard.messages.errors.running import RuntimeClosed
from callboard.messages.facts import (
    BudgetCharged,
    HonestyLearnt,
    ResourcesReserved,
    ResourcesSupplied,
    RuntimeStarted,
)
from callboard.messages.resources import Budget, Claim, Rate, Supplied
from callboard.messages.values import Lease, Token, replace
from callboard.runtime.journal import writer
from callboard.runtime.journal.sqlite import SqliteJournal
from callboard.runtime.journal.store import Store
from callboard.runtime.journal.writer import Writer
from tests.live import LONG, eventually
from tests.runtime.journal.stories import story

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from callboard.messages.facts import Fact


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work.db"


@pytest.fixture
def journal(path: Path) -> Iterator[SqliteJournal]:
    with closing(SqliteJournal(path, now=100.0)) as journal:
        yield journal


def keep(journal: SqliteJournal, facts: Sequence[Fact]) -> None:
    kept = threading.Event()
    journal.append(facts, kept.set)
    assert kept.wait(LONG)


def on_disk(path: Path) -> list[Fact]:
    with closing(Store(path, reading=True)) as store:
        return list(store.facts())


def test_what_is_kept_is_on_the_disk(journal: SqliteJournal, path: Path) -> None:
    keep(journal, story("g1"))
    assert on_disk(path) == story("g1")


def test_many_senders_keep_each_their_order(journal: SqliteJournal, path: Path) -> None:
    def send(name: str) -> None:
        for fact in story(name, subtasks=50):
            journal.append([fact], None)

    names = [f"g{number}" for number in range(8)]
    threads = [threading.Thread(target=send, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keep(journal, story("last"))
    found = on_disk(path)
    for name in names:
        assert [f for f in found if f.goal_id == name] == story(name, subtasks=50)


def test_a_batch_forms_while_the_last_one_is_written(
    journal: SqliteJournal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, write, sizes = threading.Event(), Store.write, list[int]()

    def slow(store: Store, facts: Sequence[Fact]) -> None:
        assert go_on.wait(LONG)
        sizes.append(len(facts))
        write(store, facts)

    monkeypatch.setattr(Store, "write", slow)
    for fact in story("g1", subtasks=20):
        journal.append([fact], None)
    go_on.set()
    keep(journal, story("g2"))
    assert len(sizes) <= 3
    assert len(on_disk(path)) == sum(sizes)


def test_what_waits_is_replayed_too(
    journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(journal, story("g1"))
    monkeypatch.setattr(Store, "write", no_room)
    journal.append(story("g2"), None)
    assert list(journal.replay()) == story("g1") + story("g2")


def no_room(store: Store, facts: Sequence[Fact]) -> None:
    raise JournalFull(str(store.path), f"no room for {len(facts)} facts")


def no_such_code(store: Store, facts: Sequence[Fact]) -> None:
    raise ZeroDivisionError(store, facts)


def room(journal: SqliteJournal, pages: int) -> None:
    """How large the file may become."""
    journal._store._base.execute(f"PRAGMA max_page_count = {pages}")  # pyright: ignore[reportPrivateUsage]


def test_the_next_run_goes_on_from_there(path: Path) -> None:
    with closing(SqliteJournal(path, now=100.0)) as journal:
        journal.append(story("g1", at=500.0), None)
    with closing(SqliteJournal(path, now=200.0)) as journal:
        assert (journal.boot, journal.last) == (2, 503.0)
        assert list(journal.history()) == story("g1", at=500.0)


def test_what_had_ended_is_not_replayed(path: Path) -> None:
    begun = story("g2")[:7]
    with closing(SqliteJournal(path, now=1.0)) as journal:
        for one, other in zip(story("g1"), [*begun, *[None] * 8], strict=True):
            journal.append([one] if other is None else [one, other], None)
    with closing(SqliteJournal(path, now=2.0)) as journal:
        taught = taught_by(journal.history())
        assert list(journal.replay()) == [*begun, *taught]
        keep(journal, story("g2")[7:])
        assert list(journal.replay()) == [*begun, *taught, *story("g2")[7:]]
        assert len(list(journal.history())) == 2 * len(story("g1"))


def test_what_ended_goals_took_of_rates_and_budgets_is_carried_over(path: Path) -> None:
    supplies = (
        Supplied(resource="usd", supply=Budget(9.0)),
        Supplied(resource="calls", supply=Rate(9.0, per=60.0)),
    )
    lease = Lease(
        goal="g1", subtask="g1-0", agent="a1", token=Token(boot=1, incarnation=1, counter=1)
    )
    claims = tuple(Claim(resource=name, of="runtime", amount=2.0) for name in ("usd", "calls"))
    told = story("g1")
    told[3:4] = [told[3], ResourcesReserved(at=2.0, lease=lease, claims=claims)]
    with closing(SqliteJournal(path, now=1.0)) as journal:
        keep(journal, [ResourcesSupplied(at=1.0, supplies=supplies), *told])
    ledger, reopened = Ledger(), RuntimeStarted(at=9.0, boot=2)
    with closing(SqliteJournal(path, now=9.0)) as journal:
        for fact in [*journal.replay(), reopened]:
            ledger.apply(fact)
    assert ledger.used == {Source("runtime", "usd"): 2.0}
    assert list(ledger.flows["calls"]) == [(2.0, 2.0)]


def test_what_was_carried_over_and_compacted_since_is_not_replayed(path: Path) -> None:
    with closing(SqliteJournal(path, now=1.0)) as journal:
        keep(journal, story("g1")[:5])
    with closing(SqliteJournal(path, now=2.0)) as journal:
        assert list(journal.replay()) == story("g1")[:5]
        for fact in story("g1")[5:]:
            keep(journal, [fact])
        keep(journal, story("g2"))
        journal.tidy(before=1e9)
        taught = taught_by([*story("g1"), *story("g2")])
        eventually(lambda: on_disk(path) == taught)
        assert list(journal.replay()) == taught


def test_what_bids_were_worth_and_budgets_used_is_known_to_the_next_run(path: Path) -> None:
    lease = Lease(
        goal="g1", subtask="g1-0", agent="a1", token=Token(boot=1, incarnation=1, counter=1)
    )
    learnt = HonestyLearnt(at=2.0, agent="a1", lease=lease, weight=1.0, ratio=2.0)
    used = [BudgetCharged(at=2.0, resource="usd", used=float(n)) for n in range(3)]
    lasting = [used[-1], replace(learnt, lease=None)]
    taught = taught_by(story("g1"))
    with closing(SqliteJournal(path, now=1.0)) as journal:
        keep(journal, [*story("g1"), learnt, *used])
    with closing(SqliteJournal(path, now=9.0)) as journal:
        assert list(journal.replay()) == [replace(used[-1], at=4.0), lasting[-1], *taught]
        journal.tidy(before=1e9)
        eventually(lambda: on_disk(path) == [*lasting, *taught])
        keep(journal, story("g2"))
        journal.tidy(before=1e9)
        eventually(lambda: len(on_disk(path)) == 3)
        assert on_disk(path)[:2] == lasting


def test_a_full_disk_is_told_and_waited_out(
    journal: SqliteJournal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "AGAIN", 0.01)
    told: list[JournalError | None] = []
    journal.watch(told.append, lambda _: None)
    room(journal, 1)
    kept = threading.Event()
    journal.append(story("g1", subtasks=500), kept.set)
    eventually(lambda: journal.trouble is not None)
    assert "no room is left" in str(journal.trouble)
    journal.append(story("g2"), None)
    room(journal, 1_000_000)
    assert kept.wait(LONG)
    keep(journal, story("g3"))
    assert not journal.trouble
    assert [type(error) for error in told] == [JournalFull, type(None)]
    assert on_disk(path) == story("g1", subtasks=500) + story("g2") + story("g3")


def test_a_file_that_vanished_is_lost_for_good(journal: SqliteJournal, path: Path) -> None:
    lost: list[JournalError] = []
    journal.watch(lambda _: None, lost.append)
    path.unlink()
    journal.append(story("g1"), None)
    eventually(lambda: bool(lost))
    assert isinstance(lost[0], JournalUnreachable)


def test_a_fact_that_cannot_be_written_is_no_silence(
    journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[JournalError] = []
    journal.watch(lambda _: None, lost.append)
    monkeypatch.setattr(Store, "write", no_such_code)
    journal.append(story("g1"), None)
    eventually(lambda: bool(lost))
    assert "ZeroDivisionError" in str(lost[0])


def test_closing_writes_what_waits(path: Path) -> None:
    with closing(SqliteJournal(path, now=1.0)) as journal:
        for number in range(100):
            journal.append(story(f"g{number}"), None)
    assert len(on_disk(path)) == 100 * len(story("g"))


def test_closing_a_full_one_ends_and_says_what_is_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = SqliteJournal(path, now=1.0)
    monkeypatch.setattr(Store, "write", no_room)
    journal.append(story("g1"), None)
    assert journal.close() == len(story("g1"))


def test_a_disk_that_hangs_is_not_waited_for_for_ever(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, begun, write = threading.Event(), threading.Event(), Store.write

    def hang(store: Store, facts: Sequence[Fact]) -> None:
        begun.set()
        assert answers.wait(LONG)
        write(store, facts)

    monkeypatch.setattr(Store, "write", hang)
    journal = SqliteJournal(path, now=1.0)
    journal.append(story("g1"), None)
    assert begun.wait(LONG)
    journal.append(story("g2"), None)
    assert journal.close(timeout=0.01) == 2 * len(story("g1"))
    assert "the disk has not answered for 0.01 seconds" in str(journal.trouble)
    with pytest.raises(JournalInUse):  # it may still be written
        Store(path)

    answers.set()
    told = eventually(lambda: let_go(path))
    assert told == story("g1") + story("g2")
    assert journal.unwritten == 0


def let_go(path: Path) -> list[Fact] | None:
    """What stands in the file, once nobody has it open."""
    try:
        with closing(Store(path)) as store:
            return list(store.facts())
    except JournalInUse:
        return None


def test_a_closed_journal_takes_nothing(path: Path) -> None:
    journal = SqliteJournal(path, now=1.0)
    journal.close()
    with pytest.raises(RuntimeClosed):
        journal.append(story("g1"), None)


def test_a_writer_that_dies_is_no_silence(
    journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[JournalError] = []
    journal.watch(lambda _: None, lost.append)
    monkeypatch.setattr(Writer, "_batch", no_such_batch)
    journal.append(story("g1"), None)
    eventually(lambda: bool(lost))
    assert "LookupError" in str(journal.trouble)


def no_such_batch(journal: SqliteJournal) -> None:
    raise LookupError(journal)
