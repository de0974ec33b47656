"""What `callboard journal` shows, does and refuses."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from callboard import Runtime
from callboard.messages.facts import AgentRegistered, GoalAccepted, PlanAdopted
from callboard.messages.values import Agent, Goal, Plan, Skill, Subtask
from callboard.runtime.journal.store import Store
from tests.runtime.gateways.cli.conftest import Run
from tests.runtime.journal.stories import story


@pytest.fixture
def journal(folder: Path) -> Path:
    path = folder / "work.db"
    with closing(Store(path)) as store:
        store.write(story("g1", at=1_000_000.0, key="q4"))
        store.write(story("g2", at=2_000_000.0, subtasks=1))
    return path


@pytest.mark.usefixtures("journal")
def test_what_stands_in_it(callboard: Run) -> None:
    shown = callboard("journal", "inspect", "work.db")
    assert shown.status == 0
    assert "work.db: 22 facts, 2 goals," in shown.out
    assert "          4  SubtaskCompleted\n" in shown.out
    assert "g1 completed, 3 subtasks, key 'q4': do g1\n" in shown.out


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize("name", ["g1", "q4"])
def test_the_story_of_a_goal_by_its_id_or_key(callboard: Run, name: str) -> None:
    data = callboard("journal", "inspect", "work.db", "--goal", name, "--json").data
    assert data["count"] == len(story("g1"))
    assert data["facts"][0]["kind"] == "GoalAccepted"


@pytest.mark.usefixtures("journal")
def test_the_story_of_a_subtask(callboard: Run) -> None:
    lines = callboard("journal", "inspect", "work.db", "--subtask", "g1-2").out.splitlines()
    assert [line.split()[2] for line in lines] == [
        "SubtaskQueued", "SubtaskAssigned", "SubtaskStarted", "SubtaskCompleted",
    ]  # fmt: skip
    assert "a1 1.1.3 attempt 1" in lines[1]


@pytest.mark.usefixtures("journal")
def test_how_things_stood(callboard: Run) -> None:
    data = callboard("journal", "at", "work.db", "1000002", "--json", "--tensor").data
    assert [(g["id"], g["status"]) for g in data["goals"]] == [("g1", "running")]
    assert [s["status"] for s in data["subtasks"]] == ["completed", "completed", "ready"]
    assert data["tensor"]["subtasks"] == ["g1-0", "g1-1", "g1-2"]
    shown = callboard("journal", "at", "work.db", "1970-01-12T13:46:42+00:00").out
    assert "\nrunning g1 do g1\n" in shown
    assert "3 subtasks: 2 completed, 0 running, 1 pending, 0 failed, 0 cancelled\n" in shown
    assert data["bounds"]["left_out"] == 1  # nobody was registered
    assert "at least" not in shown


def test_how_soon_it_could_have_been_done(callboard: Run, folder: Path) -> None:
    law = (Skill(name="law"),)
    suits = [Subtask(uuid=u, name=u, estimated_duration=1, required_skills=law) for u in "abc"]
    with closing(Store(folder / "work.db")) as store:
        store.write(
            [
                AgentRegistered(at=1.0, agent=Agent(id="eve", skills=law)),
                GoalAccepted(at=2.0, goal=Goal(id="g", text="sue")),
                PlanAdopted(at=3.0, goal="g", plan=Plan(subtasks=tuple(suits))),
            ]
        )
    shown = callboard("journal", "at", "work.db", "4").out
    assert "3 open subtasks: at least 180 s\n" in shown
    assert "short of law (eve): one agent more would save 90 s\n" in shown


@pytest.mark.usefixtures("journal")
def test_every_fact_as_json(callboard: Run, folder: Path) -> None:
    lines = callboard("journal", "export", "work.db").out.splitlines()
    assert [json.loads(line)["kind"] for line in lines[:2]] == ["GoalAccepted", "PlanAdopted"]
    said = callboard("journal", "export", "work.db", "--output", "facts.jsonl")
    assert said.out == "22 facts written to facts.jsonl\n"
    assert (folder / "facts.jsonl").read_text().splitlines() == lines


@pytest.mark.usefixtures("journal")
def test_old_goals_become_summaries(callboard: Run) -> None:
    done = callboard("journal", "compact", "work.db", "--older-than", "0", "--json").data
    assert (done["goals"], done["facts"]) == (2, 22)
    assert "key 'q4', summary: do g1" in callboard("journal", "inspect", "work.db").out
    told = callboard("journal", "inspect", "work.db", "--goal", "q4")
    assert (told.status, "goal g1 was compacted: completed" in told.err) == (2, True)


def test_damage_is_found_and_mended(callboard: Run, journal: Path) -> None:
    assert callboard("journal", "verify", "work.db").out == "22 facts of 2 goals can be read\n"
    with closing(sqlite3.connect(journal)) as base:
        base.execute("UPDATE page SET body = x'00' WHERE first = 1")
        base.commit()
    found = callboard("journal", "verify", "work.db")
    assert found.status == 1
    assert "facts 1 to 15 are not what was written\n" in found.out
    mended = callboard("journal", "repair", "work.db")
    assert mended.status == 0
    assert mended.out.startswith("lost: facts 1 to 15 are not what was written\n7 facts saved;")
    assert callboard("journal", "verify", "work.db").status == 0


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["inspect", "company.py"], "this is no journal of Callboard"),
        (["inspect", "work.db", "--goal", "g9"], "g9"),
        (["inspect", "work.db", "--subtask", "s9"], "s9"),
        (["at", "work.db"], "`at` takes a TIME"),
        (["verify", "work.db", "noon"], "`at` takes a TIME"),
        (["at", "work.db", "noon"], "'noon' is no point in time: 2026-05-04T13:30"),
        (["verify", "work.db", "--goal", "g1"], "--goal goes with `inspect`"),
        (["compact", "work.db", "--older-than", "long"], "is no time span"),
        (["burn", "work.db"], "invalid choice: 'burn'"),
    ],
)
def test_what_cannot_be_done_is_said(callboard: Run, arguments: list[str], complaint: str) -> None:
    ended = callboard("journal", *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert complaint in ended.err


@pytest.mark.parametrize("action", ["inspect", "verify", "export", "compact", "repair"])
def test_a_journal_that_is_not_there_is_said_by_the_status_too(callboard: Run, action: str) -> None:
    ended = callboard("journal", action, "nope.db")
    assert (ended.status, ended.out) == (3, "")
    assert "nope.db: there is no such file" in ended.err
    assert not Path("nope.db").exists()


@pytest.mark.usefixtures("journal")
def test_so_is_one_that_somebody_else_has_open(callboard: Run) -> None:
    with Runtime.open("work.db"):
        ended = callboard("journal", "compact", "work.db")
    assert (ended.status, ended.out) == (3, "")
    assert "has it open" in ended.err
