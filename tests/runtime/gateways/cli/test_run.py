"""Runs in this process: results, problems, JSON, and nothing left behind."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.runtime.gateways.cli import running
from callboard.runtime.handle import GoalHandle
from callboard.runtime.runtime import Runtime
from tests.runtime.gateways.cli.conftest import Run

Strays = Callable[[], set[threading.Thread]]

GOAL = "analyze customer data"
COMPANY = ("--agents", "company:collector,analyst,Reporter")


def test_a_goal_is_reached_and_its_results_are_printed(callboard: Run, strays: Strays) -> None:
    before = list(sys.argv), sys.stdout
    shown = callboard("run", GOAL, *COMPANY)
    lines = shown.out.splitlines()

    assert shown.status == 0
    assert lines[0].startswith("analyze customer data: completed in ")
    assert lines[1] == ""
    assert lines[2].startswith("Data Collection: collector, ")
    assert lines[3:5] == ["  [12, 15, 11, 42]", ""]
    assert lines[5].startswith("Data Analysis: analyst, ")
    assert lines[6:8] == ['  {"mean": 20.0}', ""]
    assert lines[8].startswith("Report Generation: Reporter, ")
    assert lines[9:] == ["  The mean is 20.0.", "  That is all."]
    assert strays() == set()
    assert before == (sys.argv, sys.stdout)


def test_how_it_goes_and_what_agents_print_is_told_beside(callboard: Run) -> None:
    told = callboard("run", GOAL, *COMPANY).err.splitlines()

    assert "printed by an agent" in told
    assert [line[10:] for line in told if line.startswith("   0.")] == [
        "the plan has 3 subtasks",
        "collector begins Data Collection",
        *[line[10:] for line in told if "has done Data Collection in" in line],
        "analyst begins Data Analysis",
        *[line[10:] for line in told if "has done Data Analysis in" in line],
        "Reporter begins Report Generation",
        *[line[10:] for line in told if "has done Report Generation in" in line],
    ]
    assert callboard("run", GOAL, *COMPANY, "--quiet").err == "printed by an agent\n"


def test_as_json(callboard: Run) -> None:
    data = callboard("run", GOAL, *COMPANY, "--json", "--context", "Q4").data
    assert data["results"] == {
        "Data Collection": [12, 15, 11, 42],
        "Data Analysis": {"mean": 20.0},
        "Report Generation": "The mean is 20.0.\nThat is all.",
    }
    assert (data["goal"], data["context"], data["status"]) == (GOAL, "Q4", "completed")
    assert (data["problems"], data["left_running"], data["exit_status"]) == ([], [], 0)
    first = data["subtasks"][0]
    assert isinstance(first.pop("uuid"), str)
    assert first.pop("seconds") >= 0
    assert first == {
        "name": "Data Collection",
        "status": "completed",
        "agent": "collector",
        "attempts": 1,
        "result": [12, 15, 11, 42],
        "problem": None,
    }
    assert [subtask["agent"] for subtask in data["subtasks"]] == [
        "collector",
        "analyst",
        "Reporter",
    ]
    assert data["seconds"] > 0


def test_a_plan_file_needs_no_goal(callboard: Run) -> None:
    shown = callboard("run", "--plan", "plan.json", "--agents", "company:analyst", "--json")

    assert shown.status == 1  # the analyst wants what this plan does not give it
    assert shown.data["goal"] == "Collect, Count, Draw, ..."


def test_a_failed_goal_says_who_where_and_why(callboard: Run, strays: Strays) -> None:
    shown = callboard("run", "tidy up", "--agents", "trouble:raiser")

    assert shown.status == 1
    assert shown.out.splitlines()[1:] == [
        "",
        "Goal Execution has FAILED: ValueError: no such page \\x1b[31m",
    ]
    assert shown.err.splitlines()[-1] == (
        "callboard run: the agents' fault: Goal Execution: ValueError: "
        "no such page \\x1b[31m (trouble.py, line 6)"
    )
    assert strays() == set()


def test_a_failed_goal_as_json(callboard: Run) -> None:
    shown = callboard("run", "tidy up", "--agents", "trouble:raiser", "--json", "-q")

    assert shown.status == 1
    assert shown.data["status"] == "failed"
    assert shown.data["results"] == {}
    [problem] = shown.data["problems"]
    assert {key: problem[key] for key in ("error", "text", "fault")} == {
        "error": "ValueError",
        "text": "ValueError: no such page \x1b[31m",
        "fault": "agent",
    }
    assert problem["traceback"].endswith("ValueError: no such page \x1b[31m\n")
    assert shown.data["exit_status"] == 1


def test_what_nobody_can_do_is_said_before_anything_runs(callboard: Run) -> None:
    shown = callboard("run", GOAL, "--agents", "company:collector")

    assert (shown.status, shown.out) == (2, "")
    assert shown.err == (
        "callboard run: wrong input: no agent can do 'Report Generation': "
        "nobody has report_writing; there are collector\n"
    )


def test_who_takes_down_every_agent_does_not_keep_us_waiting(callboard: Run) -> None:
    shown = callboard("run", "tidy up", "--agents", "trouble:crasher", "-q")

    assert shown.status == 1
    assert shown.err.splitlines()[-1] == (
        "callboard run: given up: subtask 'Goal Execution' took down crasher, crasher, crasher"
    )


def test_a_sub_goal_that_nobody_can_do_is_ended(callboard: Run, folder: Path) -> None:
    (folder / "one.json").write_text(
        json.dumps([{"name": "Collect", "required_skills": ["data_collection"], "retry": 1}])
    )

    shown = callboard("run", "--plan", "one.json", "--agents", "trouble:asks_too_much")

    assert shown.status == 1
    assert "Fly is cancelled: no agent that is left has flying" in shown.err


def test_a_deadline_that_passes_is_a_failure(callboard: Run) -> None:
    shown = callboard("run", "tidy up", "--agents", "trouble:polite", "--deadline", "0.2", "-q")

    assert shown.status == 1
    assert shown.out.splitlines()[2] == (
        "Goal Execution: cancelled: the goal was not done by its deadline"
    )
    assert shown.err.splitlines()[-1] == "callboard run: the goal was not done by its deadline"


def test_who_would_not_stop_is_named(callboard: Run) -> None:
    shown = callboard("run", "tidy up", "--agents", "trouble:sleeper", "--deadline", "0.2", "-q")

    assert shown.status == 1
    assert shown.err.splitlines()[-1].startswith("callboard run: would not stop, and was left: ")
    assert "sleeper on 'Goal Execution'" in shown.err


def test_results_of_every_kind_are_shown_and_are_json(folder: Path, callboard: Run) -> None:
    (folder / "odd.py").write_text(
        "import datetime, decimal\n"
        "from callboard import agent\n"
        "@agent(skills=['general'])\n"
        "def odd(task, ctx):\n"
        "    return {b'key': float('nan'), 1: (2, None), 'when': datetime.date(2020, 1, 2),\n"
        "            'long': list(range(40)), 'evil': '\\x1b]0;x\\x07',\n"
        "            'nested': {'a': ['b' * 70]}}\n"
    )
    data = callboard("run", "x", "--agents", "odd", "--json", "-q").data["results"]
    shown = callboard("run", "x", "--agents", "odd", "-q")

    assert data == {
        "Goal Execution": {
            "a2V5": None,
            "1": [2, None],
            "when": "2020-01-02",
            "long": list(range(40)),
            "evil": "\x1b]0;x\x07",
            "nested": {"a": ["b" * 70]},
        }
    }
    assert shown.status == 0
    assert shown.out.isprintable() is False  # line ends only
    assert all(line.isprintable() for line in shown.out.splitlines())
    assert '    "1": [2, null],' in shown.out.splitlines()


def test_verbose_shows_the_log(callboard: Run) -> None:
    shown = callboard("run", GOAL, *COMPANY, "--verbose")
    in_detail = callboard("run", GOAL, *COMPANY, "-vv")

    assert shown.status == 0
    assert "subtask_assigned" in shown.err
    assert "subtask_queued" not in shown.err
    assert "subtask_queued" in in_detail.err


def test_what_is_said_of_the_goal_reaches_it(
    callboard: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, object] = {}

    submit = Runtime.submit

    def spied(runtime: Runtime, *arguments: Any, **options: Any) -> GoalHandle:
        given.update(options)
        return submit(runtime, *arguments, **options)

    monkeypatch.setattr(Runtime, "submit", spied)
    callboard("run", GOAL, *COMPANY, "--priority", "low", "--deadline", "2m", "--context", "Q4")

    plain = {"priority": "LOW", "deadline": 120.0, "context": "Q4"}
    assert {key: given[key] for key in plain} == plain
    assert (given["planning"], given["budget"]) == (None, {})

    budget = ("--budget", "usd=2.50", "--budget", "tokens=1e5")
    assert callboard("run", GOAL, *COMPANY, "--planning", "rollout", *budget).status == 0
    assert given["planning"] == "rollout"
    assert given["budget"] == {"usd": 2.5, "tokens": 100_000.0}


def test_a_runtime_that_fails_is_our_own_fault(
    callboard: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = Runtime.submit

    def sabotaged(runtime: Runtime, *arguments: Any, **options: Any) -> GoalHandle:
        goal = submit(runtime, *arguments, **options)
        runtime.crash("supervisor", "sabotage")
        return goal

    no_restarts = SupervisionOptions(intensity=0)
    settings = msgspec.structs.replace(running.SETTINGS, supervision=no_restarts)
    monkeypatch.setattr(running, "SETTINGS", settings)
    monkeypatch.setattr(Runtime, "submit", sabotaged)
    shown = callboard("run", "tidy up", "--agents", "trouble:polite", "-q")

    assert (shown.status, shown.out) == (1, "")
    assert "callboard run: Callboard's own fault: the runtime has failed: " in shown.err
    assert "sabotage" in shown.err
