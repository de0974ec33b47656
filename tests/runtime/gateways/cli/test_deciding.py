"""Plans that somebody approves, edits or rejects on the command line."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from callboard import Runtime, subtask
from tests.live import LONG, eventually
from tests.runtime.gateways.cli.conftest import Run
from tests.runtime.menders import Handy, clumsy
from tests.runtime.settings import QUICK, helper

EDITED = {"subtasks": [{"name": "Sow"}, {"name": "Reap", "dependencies": ["Sow"]}]}


@pytest.fixture
def runtime(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """One that is served, and asked where nothing else is said; its journal is work.db."""
    with Runtime.open(folder / "work.db", QUICK) as runtime, runtime.serve(port=0) as server:
        monkeypatch.setenv("CALLBOARD_SERVER", server.url)
        runtime.register(helper)
        yield runtime


@pytest.fixture
def proposed(runtime: Runtime, callboard: Run) -> str:
    """A goal whose plan waits to be approved."""
    goal = callboard("submit", "tidy up", "--approve", "plan").out.strip()
    runtime.goal(goal).plan(LONG)
    return goal


def test_who_waits_to_be_asked_is_seen(proposed: str, callboard: Run) -> None:
    assert "proposed" in callboard("goals", "--state", "proposed").out
    assert "callboard goals --state proposed" in callboard("status").out
    shown = callboard("goal", proposed).out
    assert "proposed, - done" in shown
    assert "its plan, number 1 to be approved by 20" in shown
    told = callboard("goal", proposed, "--json").data["goal"]
    assert (told["status"], told["proposal"], told["approve"]) == ("proposed", 1, "plan")
    assert told["approve_until"] is not None


def test_what_is_approved_is_shown_and_carried_out(
    proposed: str, runtime: Runtime, callboard: Run
) -> None:
    answer = callboard("approve", proposed, "--by", "ann")
    assert answer.status == 0
    assert "Goal Execution" in answer.out
    assert answer.out.endswith(f"plan 1 of goal {proposed} is approved\n")
    assert len(runtime.goal(proposed).result(LONG)) == 1
    again = callboard("approve", proposed, "--json")  # harmless
    assert (again.status, again.data["goal"]["status"]) == (0, "completed")
    assert again.data["plan"]["status"] == "adopted"


def test_a_plan_is_saved_changed_and_proposed_again(
    proposed: str, runtime: Runtime, callboard: Run, folder: Path
) -> None:
    saved = callboard("goal", proposed, "--save", "plan.json")
    assert (saved.status, saved.err) == (0, "plan.json is written\n")
    plan = json.loads((folder / "plan.json").read_text())
    plan["subtasks"].append({"name": "Check", "dependencies": ["Goal Execution"]})
    (folder / "plan.json").write_text(json.dumps(plan))

    edited = callboard("edit", proposed, "--plan", "plan.json")
    assert edited.out.endswith(f"plan 2 of goal {proposed} waits to be approved\n")
    shown = callboard("goal", proposed, "--plan").out
    assert "Check" in shown
    assert "number 2 waits to be approved until 20" in shown
    refused = callboard("approve", proposed, "--number", "1")
    assert (refused.status, refused.out) == (2, "")
    assert "number 2 is the latest" in refused.err
    assert callboard("approve", proposed, "--number", "2").status == 0
    assert list(runtime.goal(proposed).result(LONG)) == ["Goal Execution", "Check"]


def test_what_is_edited_can_be_approved_at_once(
    proposed: str, runtime: Runtime, callboard: Run, folder: Path
) -> None:
    (folder / "new.json").write_text(json.dumps(EDITED))
    edited = callboard("edit", proposed, "--plan", "new.json", "--approve", "--json")
    assert (edited.status, edited.data["number"]) == (0, 2)
    assert list(runtime.goal(proposed).result(LONG)) == ["Sow", "Reap"]


def test_what_is_rejected_ends_with_the_reason(
    proposed: str, runtime: Runtime, callboard: Run
) -> None:
    answer = callboard("reject", proposed, "--reason", "too dear", "--by", "ann")
    assert answer.out == f"plan 1 of goal {proposed} is rejected\n"
    assert runtime.goal(proposed).status == "failed"
    shown = callboard("goal", proposed, "--plan")
    assert "its plan was rejected by ann: too dear" in shown.out
    assert "number 1 was not approved" in shown.out
    again = callboard("reject", proposed, "--json")
    assert (again.status, again.data["exit_status"]) == (2, 2)
    assert "has ended already" in again.data["error"]


def test_what_nobody_has_to_approve_says_so(runtime: Runtime, callboard: Run) -> None:
    goal = runtime.submit("tidy up")
    goal.result(LONG)
    open_ = runtime.submit([subtask("Fly", required_skills=["wings>=1"])])
    for name in ("approve", "reject"):
        assert "has ended already" in callboard(name, goal.id).err
        assert "nobody had to approve" in callboard(name, open_.id).err
        assert "unknown goal" in callboard(name, "nothing").err
    assert "is carried out" in callboard("goal", open_.id, "--plan").out


def test_who_waits_for_the_goal_sees_what_it_waits_for(runtime: Runtime, callboard: Run) -> None:
    submit = ("submit", "tidy up", "--approve", "plan", "--wait")
    late = callboard(*submit, "--timeout", "0.05s", "--key", "k")
    assert late.status == 4
    goal = runtime.goal(key="k")
    assert goal.plan(LONG).status == "proposed"
    goal.approve()
    goal.result(LONG)
    ended = callboard(*submit, "--key", "k")
    assert ended.status == 0
    waits = f"a plan of 1 subtask waits to be approved (number 1): callboard approve {goal.id}"
    assert waits in ended.err


def test_a_journal_keeps_what_is_decided_for_whoever_serves_it_next(
    callboard: Run, folder: Path
) -> None:
    (folder / "new.json").write_text(json.dumps(EDITED))
    at = ("--journal", "kept.db")
    goal = callboard("submit", "--plan", "new.json", "--approve", "plan", *at).out.strip()
    assert "proposed" in callboard("goal", goal, "--plan", *at).out
    assert callboard("approve", goal, *at).status == 0
    assert callboard("goal", goal, *at, "--json").data["goal"]["status"] == "running"
    with Runtime.open(folder / "kept.db", QUICK) as runtime:
        runtime.register(helper)
        assert list(runtime.goal(goal).result(LONG)) == ["Sow", "Reap"]


def test_a_change_is_shown_and_approved_or_rejected(
    callboard: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del folder
    with Runtime(QUICK, planner=Handy()) as runtime, runtime.serve(port=0) as server:
        monkeypatch.setenv("CALLBOARD_SERVER", server.url)
        runtime.register(clumsy, id="a", skills=["general"], retry=1)
        goal = callboard("submit", "a garden", "--approve", "changes").out.strip()
        eventually(lambda: runtime.goal(goal).record.proposal)

        shown = callboard("goal", goal, "--plan").out
        assert "a change of it, by handy: no spade\n" in shown
        assert "new: Borrow, after nothing\notherwise: Plant, after Borrow\n" in shown
        assert "number 1 waits to be approved until 20" in shown
        answer = callboard("approve", goal)
        assert "otherwise: Plant, after Borrow" in answer.out
        assert answer.out.endswith(f"change 1 of goal {goal} is approved\n")
        assert runtime.goal(goal).result(LONG)["Plant"] == "Plant is done"


class Person(io.StringIO):
    """A terminal at which somebody has typed."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("Yes\n", 0), ("n\n", 1), ("", 1)])
def test_run_asks_at_the_terminal(
    typed: str, status: int, callboard: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "help.py").write_text(
        "from callboard import agent\n"
        "@agent(skills=['general'])\n"
        "def helper(task): return task.name\n"
    )
    monkeypatch.setattr(sys, "stdin", Person(typed))
    run = ("run", "tidy up", "--agents", "help.py", "--approve", "plan", "--json")
    answer = callboard(*run)
    assert answer.status == status
    assert "Goal Execution" in answer.err
    assert "carry it out? [y/N]" in answer.err
    said = answer.data
    assert said.get("results", said.get("error")) == (
        {"Goal Execution": "Goal Execution"}
        if status == 0
        else "the plan was not approved, so nothing was begun"
    )


def test_without_a_terminal_run_says_so(
    callboard: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del folder
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    run = ("run", "analyze it", "--agents", "company.py", "--approve", "plan")
    answer = callboard(*run)
    assert answer.status == 2
    assert "the standard input is none" in answer.err
