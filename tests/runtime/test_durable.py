"""A runtime whose goals survive its process."""

from __future__ import annotations

import datetime as dt
import secrets
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from callboard.messages.errors.endings import GoalFailed
from callboard.messages.errors.journal import JournalFull, JournalInUse
from callboard.messages.errors.lookups import UnknownGoal
from callboard.messages.errors.running import InvalidCall, RuntimeBroken, RuntimeClosed
from callboard.messages.facts import SubtaskAssigned
from callboard.messages.notices import JournalBlocked, JournalWrites, RuntimeFailed
from callboard.messages.values import Plan, Retry, Subtask
from callboard.runtime import core
from callboard.runtime.config import Config
from callboard.runtime.journal import writer
from callboard.runtime.journal.sqlite import SqliteJournal
from callboard.runtime.journal.store import Store
from callboard.runtime.runtime import Runtime
from tests.live import LONG, eventually

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from callboard.messages.facts import Fact
    from callboard.runtime.executors.context import Context
    from callboard.runtime.executors.task import Task


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work.db"


def chain(*names: str) -> Plan:
    steps = [
        Subtask(uuid=name, name=name, dependencies=names[:number][-1:])
        for number, name in enumerate(names)
    ]
    return Plan(subtasks=tuple(steps))


def echo(task: Task) -> str:
    return f"{task.name} done"


def connection(runtime: Runtime) -> sqlite3.Connection:
    """That of the journal's writer."""
    journal = runtime.journal
    assert isinstance(journal, SqliteJournal)
    return journal._store._base  # pyright: ignore[reportPrivateUsage]


def divide(task: Task) -> float:
    return len(task.name) / 0


def test_a_goal_goes_on_where_it_was(path: Path) -> None:
    begun, ran = threading.Event(), list[str]()

    def until_b(task: Task, ctx: Context) -> str:
        ran.append(task.name)
        if task.name == "b":
            begun.set()
            ctx.sleep(LONG)
        return echo(task)

    def noting(task: Task) -> str:
        ran.append(task.name)
        return echo(task)

    with Runtime.open(path) as runtime:
        runtime.register(until_b, id="first", skills=["general"])
        goal = runtime.submit("a chain", plan=chain("a", "b", "c"), key="the chain")
        assert begun.wait(LONG)
    assert ran == ["a", "b"]

    with Runtime.open(path) as runtime:
        assert dict(runtime.agents()) == {}
        again = runtime.goal(goal.id)
        assert [s.status.value for s in again.subtasks] == ["completed", "ready", "pending"]
        runtime.register(noting, id="second", skills=["general"])
        assert again.result(timeout=LONG)["c"] == "c done"
    assert ran == ["a", "b", "b", "c"]


def test_tokens_grow_from_run_to_run(path: Path) -> None:
    for _ in range(3):
        with Runtime.open(path) as runtime:
            runtime.register(echo, id="a", skills=["general"])
            runtime.submit("again").result(timeout=LONG)
    with closing(Store(path, reading=True)) as store:
        tokens = [f.lease.token for f in store.facts() if isinstance(f, SubtaskAssigned)]
    assert sorted({token.boot for token in tokens}) == [1, 2, 3]
    assert tokens == sorted(tokens)


def test_a_checkpoint_reaches_the_next_runs_attempt(path: Path) -> None:
    saved, seen = threading.Event(), list[Any]()

    def save(task: Task, ctx: Context) -> None:
        assert task.checkpoint is None
        ctx.progress(0.5, checkpoint={"rows": 7})
        saved.set()
        ctx.sleep(LONG)

    def look(task: Task) -> None:
        seen.append(task.checkpoint)

    with Runtime.open(path) as runtime:
        runtime.register(save, id="a", skills=["general"])
        goal = runtime.submit("count rows")
        assert saved.wait(LONG)
        eventually(lambda: "CheckpointSaved" in runtime.hub.counts())
    with Runtime.open(path) as runtime:
        runtime.register(look, id="b", skills=["general"])
        runtime.goal(goal.id).result(timeout=LONG)
    assert seen == [{"rows": 7}]


def test_a_key_is_the_same_goal_in_every_run(path: Path) -> None:
    ids: list[str] = []
    for _ in range(2):
        with Runtime.open(path) as runtime:
            if not ids:
                runtime.register(echo, id="a", skills=["general"])
            goal = runtime.submit("send invoice 7", key="invoice 7")
            assert goal.result(timeout=LONG)["Goal Execution"] == "Goal Execution done"
            ids += [goal.id, runtime.goal(key="invoice 7").id]
    assert len(set(ids)) == 1


def test_a_key_is_known_when_its_goal_has_left_memory(path: Path) -> None:
    with Runtime.open(path, Config(keep_goals=1)) as runtime:
        runtime.register(echo, id="a", skills=["general"])
        first = runtime.submit("one", key="one")
        first.result(timeout=LONG)
        for _ in range(5):
            runtime.submit("more").result(timeout=LONG)
        assert first.id not in runtime.hub.board.goals
        again = runtime.submit("one", key="one")
        assert (again.id, again.status.value) == (first.id, "completed")
        assert again.result()["Goal Execution"] == "Goal Execution done"


def test_goals_of_earlier_runs_are_listed_as_well(path: Path) -> None:
    with Runtime.open(path) as runtime:
        runtime.register(echo, id="a", skills=["general"])
        ids = [runtime.submit(f"paint {n}", key=f"k{n}").id for n in range(4)]
        for goal in ids:
            runtime.goal(goal).result(timeout=LONG)

    with Runtime.open(path) as runtime:
        ids.append(runtime.submit("wait for an agent").id)
        first = runtime.goals(limit=3)
        rest = runtime.goals(limit=3, after=first.next)
        assert [g.goal.id for g in (*first.goals, *rest.goals)] == ids[::-1]
        assert rest.next == ""
        assert [len(g.subtasks) for g in rest.goals] == [1, 1]
        assert [g.goal.id for g in runtime.goals(["completed"], text="PAINT 2").goals] == [ids[2]]
        assert [g.goal.id for g in runtime.goals(key="k0").goals] == [ids[0]]
        assert runtime.goals(["failed"]).goals == ()
        assert runtime.goals(key="nothing").goals == ()
        with pytest.raises(InvalidCall, match="limit"):
            runtime.goals(limit=-1)


def test_goals_that_became_summaries_are_listed_as_well(path: Path) -> None:
    with Runtime.open(path, Config(retention=0.0)) as runtime:
        runtime.register(echo, id="a", skills=["general"])
        old = runtime.submit("once upon a time")
        old.result(timeout=LONG)
    with Runtime.open(path, Config(retention=0.0)) as runtime:
        eventually(lambda: runtime.goal(old.id).subtasks == ())
        (listed,) = runtime.goals().goals
    assert (listed.goal.text, listed.status) == ("once upon a time", "completed")


def test_a_key_that_nobody_used_is_unknown(path: Path) -> None:
    with Runtime.open(path) as runtime, pytest.raises(UnknownGoal, match="nothing"):
        runtime.goal(key="nothing")


def test_a_failure_is_remembered(path: Path) -> None:
    with Runtime.open(path) as runtime:
        runtime.register(divide, id="a", skills=["general"], retry=Retry(attempts=1))
        goal = runtime.submit("divide")
        with pytest.raises(GoalFailed):
            goal.result(timeout=LONG)
    with (
        Runtime.open(path) as runtime,
        pytest.raises(GoalFailed, match="ZeroDivisionError"),
    ):
        runtime.goal(goal.id).result()


def test_the_story_of_an_earlier_run_can_be_told(path: Path) -> None:
    with Runtime.open(path) as runtime:
        runtime.register(echo, id="a", skills=["general"])
        runtime.submit("a", plan=chain("a")).result(timeout=LONG)
    with Runtime.open(path) as runtime:
        told = [type(event).__name__ for event in runtime.story("a")]
    assert told == ["SubtaskQueued", "SubtaskAssigned", "SubtaskStarted", "SubtaskCompleted"]


def test_a_runtime_that_drained_takes_goals_again_in_its_next_run(path: Path) -> None:
    with Runtime.open(path) as runtime:
        runtime.drain(timeout=LONG)
    with Runtime.open(path) as runtime:
        runtime.register(echo, id="a", skills=["general"])
        runtime.submit("go on").result(timeout=LONG)


def test_what_was_paused_stays_paused(path: Path) -> None:
    with Runtime.open(path) as runtime:
        goal = runtime.submit("wait")
        goal.pause()
    with Runtime.open(path) as runtime:
        runtime.register(echo, id="a", skills=["general"])
        again = runtime.goal(goal.id)
        runtime.submit("not this one").result(timeout=LONG)
        assert not again.done
        again.resume()
        again.result(timeout=LONG)


def test_one_runtime_at_a_time(path: Path) -> None:
    with Runtime.open(path), pytest.raises(JournalInUse):
        Runtime.open(path)


def test_a_full_disk_refuses_goals_and_nothing_is_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "AGAIN", 0.01)
    with Runtime.open(path) as runtime:
        base = connection(runtime)
        release = threading.Event()

        def much(task: Task) -> str:
            assert release.wait(LONG), task
            return secrets.token_hex(50_000)

        runtime.register(much, id="a", skills=["general"])
        goal = runtime.submit("much")
        base.execute("PRAGMA max_page_count = 1")
        release.set()
        eventually(lambda: runtime.journal.trouble)
        with pytest.raises(JournalFull, match="no room is left"):
            runtime.submit("more")
        assert not goal.done
        base.execute("PRAGMA max_page_count = 1000000")
        goal.result(timeout=LONG)
        eventually(lambda: runtime.journal.trouble is None)
        runtime.submit("more").result(timeout=LONG)
        seen = runtime.hub.counts()
    assert (seen[JournalBlocked.__name__], seen[JournalWrites.__name__]) == (1, 1)


def test_closing_says_what_a_disk_that_hangs_has_not_written(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers, write = threading.Event(), Store.write

    def hang(store: Store, told: Sequence[Fact]) -> None:
        assert answers.wait(LONG)
        write(store, told)

    monkeypatch.setattr(core, "WRITING", 0.01)
    with Runtime.open(path, Config(close_timeout=0.02)) as runtime:
        journal = runtime.journal
        assert isinstance(journal, SqliteJournal)
        runtime.submit("kept")
        eventually(lambda: runtime.health()["scheduler"]["queued"] and not journal.unwritten)
        monkeypatch.setattr(Store, "write", hang)
        with ThreadPoolExecutor(1) as caller:
            submitted = caller.submit(runtime.submit, "not kept")
            eventually(lambda: journal.unwritten)
            closed = runtime.close()
            with pytest.raises(RuntimeClosed):
                submitted.result(LONG)
    answers.set()
    assert closed.unwritten
    [said] = [r.getMessage() for r in caplog.records if "left_behind" in r.getMessage()]
    assert "the disk has not answered for 0.01 seconds" in said


def test_a_journal_that_vanishes_fails_the_runtime_loudly(path: Path) -> None:
    with Runtime.open(path) as runtime:
        goal = runtime.submit("wait for an agent")
        path.unlink()
        with pytest.raises(RuntimeBroken, match="has vanished"):
            runtime.submit("one more")
        with pytest.raises(RuntimeBroken, match="has vanished"):
            goal.result(timeout=LONG)
        assert RuntimeFailed.__name__ in runtime.hub.counts()


def test_the_past_can_be_looked_at(path: Path) -> None:
    with Runtime.open(path) as runtime:
        runtime.register(echo, id="a", skills=["general"])
        runtime.submit("one", plan=chain("a")).result(timeout=LONG)
        between = dt.datetime.now(dt.UTC)
        runtime.submit("two", plan=chain("b")).result(timeout=LONG)
    with Runtime.open(path) as runtime:
        then = runtime.at(between)
        assert [goal.goal.text for goal in then.goals.values()] == ["one"]
        assert (list(then.agents), then.tensor().values.shape) == (["a"], (1, 1, 4))
        assert then.status()["completed_subtasks"] == 1
        assert len(runtime.at(between.timestamp() + 3600).goals) == 2


def test_old_goals_become_summaries(path: Path) -> None:
    with Runtime.open(path) as runtime:
        runtime.register(echo, id="a", skills=["general"])
        goal = runtime.submit("soon forgotten", key="old")
        goal.result(timeout=LONG)
    with Runtime.open(path, Config(retention=0.0, keep_goals=0)) as runtime:
        eventually(lambda: runtime.submit("anew", key="old").subtasks == ())
        found = runtime.goal(key="old")
        assert (found.id, found.status.value, found.text) == (
            goal.id, "completed", "soon forgotten",
        )  # fmt: skip


def test_a_commit_that_was_torn_is_told(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Runtime.open(path) as runtime:
        runtime.submit("kept")
        files = {name: (path.parent / name).read_bytes() for name in ("work.db", "work.db-wal")}
    files["work.db-wal"] += files["work.db-wal"][32:2000]  # of a frame that is not whole
    for name, content in files.items():
        (path.parent / name).write_bytes(content)
    with Runtime.open(path) as runtime:
        assert len(runtime.hub.board.goals) == 1
    assert any("journal_cut" in record.getMessage() for record in caplog.records)
