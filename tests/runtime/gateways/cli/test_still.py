"""What a journal tells behind a runtime's calls, while somebody else may write it."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from callboard import Runtime
from callboard.messages.errors import InvalidCall, JournalUnreachable, UnknownGoal, UnknownSubtask
from callboard.messages.facts import Fact
from callboard.runtime.gateways.cli.still import still
from callboard.runtime.journal.compaction import Compaction
from callboard.runtime.journal.store import Store
from tests.runtime.journal.stories import story
from tests.runtime.settings import says


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A journal with a goal that has ended and one that runs."""
    path = tmp_path / "work.db"
    with closing(Store(path)) as store:
        store.write(story("g1", at=1_000_000.0, key="monday"))
        store.write(story("g2", at=2_000_000.0, subtasks=2)[:-6])
    return path


def test_it_stands_as_the_runtime_that_wrote_it_stood(tmp_path: Path) -> None:
    with Runtime.open(tmp_path / "work.db") as runtime:
        runtime.register(says(42), id="ann", skills=["general"])
        goal = runtime.submit("find the answer", key="answer")
        goal.result(timeout=30)
        (done,) = goal.subtasks
        looked = still(tmp_path / "work.db")

        ours, its = looked.status(), runtime.status()
        figures = ("total_subtasks", "completed_subtasks", "goals", "task_tensor_shape")
        assert [ours[name] for name in figures] == [its[name] for name in figures]
        assert looked.goal(key="answer").results["Goal Execution"] == 42
        assert looked.goal(goal.id).status == goal.status
        assert list(looked.agents()) == ["ann"]
        assert looked.tensor().values.tolist() == runtime.tensor().values.tolist()
        story = runtime.story(done.subtask.uuid)
        assert looked.story(done.subtask.uuid) == tuple(e for e in story if isinstance(e, Fact))


def test_it_stands_as_of_an_instant(file: Path) -> None:
    then = still(file, 1_000_001.5)

    assert then.status()["goals"]["running"] == 1
    assert then.goal("g1").record.ended_at is None
    assert then.explain("g1-2").text.startswith("'step g1-2' is ready\n")
    with pytest.raises(UnknownGoal):
        then.goal("g2")


def test_how_a_subtask_stands_is_told_to_coroutines_too(file: Path) -> None:
    looked = still(file)

    assert asyncio.run(looked.aexplain("g2-0")) == looked.explain("g2-0")
    with pytest.raises(UnknownSubtask):
        looked.explain("nobody")


def test_a_goal_that_was_compacted_has_a_summary(file: Path) -> None:
    with closing(Store(file)) as store:
        for _ in Compaction(store, 3_000_000.0):
            pass
    looked = still(file)

    assert looked.goal(key="monday").status == "completed"
    assert looked.goal("g1").subtasks == ()
    assert looked.status()["goals"]["running"] == 1


def test_a_state_that_is_none_is_refused_as_a_runtime_refuses_it(file: Path) -> None:
    assert [record.goal.id for record in still(file).goals(["running"]).goals] == ["g2"]
    with pytest.raises(InvalidCall, match="states"):
        still(file).goals(["asleep"])


def test_nothing_can_be_done_to_it(file: Path) -> None:
    with pytest.raises(InvalidCall, match="open for writing"):
        still(file).submit("too late")
    with pytest.raises(InvalidCall, match="open for writing"):
        still(file).cancel_subtask("g2-0")


def test_where_there_is_no_journal_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(JournalUnreachable):
        still(tmp_path / "nowhere.db")


def test_what_it_has_never_heard_of_is_told_without_reading_a_fact(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Store, "unpacked")

    with pytest.raises(UnknownGoal):
        still(file, goal="g3")
    with pytest.raises(UnknownSubtask):
        still(file, goal="g1", subtask="g3-0")
    with pytest.raises(AttributeError):  # it is read
        still(file, goal="g1", subtask="step g1-0")
