"""Modules of users: found, imported as from a script beside them, and whose fault it is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.runtime.gateways.cli.conftest import Run


def test_the_agents_of_a_module_are_listed_in_order(callboard: Run) -> None:
    shown = callboard("agents", "company.py")

    assert (shown.status, shown.err) == (0, "")
    assert shown.out == (
        "id         kind       load  skills\n"
        "collector  function   1     data_collection\n"
        "analyst    coroutine  2     data_analysis, statistics >= 2; at most 1.5 min an\n"
        "                            attempt; 4 attempts\n"
        "Reporter   class      1     report_writing; handles Note\n"
        "3 agents\n"
    )


def test_as_json(callboard: Run) -> None:
    shown = callboard("agents", "company:analyst,reporter", "--json")

    assert shown.status == 0
    assert shown.data["count"] == 2
    assert [agent["kind"] for agent in shown.data["agents"]] == ["coroutine", "object"]
    assert shown.data["agents"][0] == {
        "id": "analyst",
        "module": "company",
        "name": "analyst",
        "kind": "coroutine",
        "skills": [
            {"name": "data_analysis", "level": None},
            {"name": "statistics", "level": 2.0},
        ],
        "max_load": 2,
        "handles": [],
        "timeouts": {"queue": None, "run": 90.0, "total": None, "silence": None, "stall": None},
        "retry": {
            "attempts": 4,
            "first": 0.5,
            "longest": 60.0,
            "jitter": 0.5,
            "never": [],
            "on": [],
            "then": "fail",
        },
        "speculate": None,
    }


@pytest.mark.parametrize(
    "spec", ["company", "company.py", "./company.py", "company:", "company:collector,again"]
)
def test_a_module_is_a_name_or_a_file(spec: str, callboard: Run) -> None:
    assert "collector  function" in callboard("agents", spec).out


def test_a_module_in_a_package_of_the_current_directory(folder: Path, callboard: Run) -> None:
    (folder / "teams").mkdir()
    (folder / "company.py").rename(folder / "teams" / "night.py")

    assert callboard("agents", "teams.night").status == 0
    assert callboard("agents", "teams/night.py").status == 0


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("nobody", "wrong input: there is no module 'nobody' here or installed"),
        ("nobody.py", "wrong input: there is no file 'nobody.py'"),
        ("company.analysts", "there is no module 'company.analysts' here or installed"),
        ("no body", "wrong input: 'no body' names no Python module"),
        ("", "wrong input: '' names no Python module"),
        ("..", "wrong input: '..' names no Python module"),
        ("nothing", "wrong input: 'nothing' declares no agents: decorate them with @agent"),
        ("company:boss", "'company' has no 'boss'; its agents: collector, analyst, Reporter"),
        ("company:time", "wrong input: time of 'company': module is no agent"),
        ("company:Reporter,reporter", "the module's fault: Reporter of 'company' and reporter of"),
        ("company:Reporter,reporter", "'company': the agent id 'Reporter' is taken"),
    ],
)
def test_what_is_not_there_is_said_in_a_line(spec: str, says: str, callboard: Run) -> None:
    shown = callboard("agents", spec)

    assert (shown.status, shown.out) == (2, "")
    assert says in shown.err
    assert shown.err.count("\n") == 1


def test_a_module_that_raises_shows_its_own_traceback_and_nothing_of_ours(callboard: Run) -> None:
    shown = callboard("agents", "raises")
    lines = shown.err.splitlines()

    assert (shown.status, shown.out) == (2, "")
    assert lines[0] == "Traceback (most recent call last):"
    assert [line for line in lines if line.startswith("  File")] == [
        f'  File "{Path.cwd() / "raises.py"}", line 6, in <module>',
        f'  File "{Path.cwd() / "raises.py"}", line 4, in divide',
    ]
    assert lines[-1] == (
        "callboard agents: the module's fault: 'raises' cannot be imported: "
        "ZeroDivisionError: division by zero (raises.py, line 4)"
    )


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("unfinished", "'unfinished' cannot be imported: SyntaxError: invalid syntax"),
        ("leaves", "'leaves' ends the program: SystemExit: 3 (leaves.py, line 2)"),
        ("incomplete", "ModuleNotFoundError: No module named 'a_module_that_nobody_has'"),
        ("wrong", "InvalidSkills: skills are a list of names"),
    ],
)
def test_whatever_a_module_does_is_its_own_fault(spec: str, says: str, callboard: Run) -> None:
    shown = callboard("agents", spec)

    assert shown.status == 2
    assert shown.err.splitlines()[-1].startswith("callboard agents: the module's fault: ")
    assert says in shown.err.splitlines()[-1]
    assert "callboard/" not in shown.err


@pytest.mark.skipif("calendar" not in sys.modules, reason="nothing has loaded Python's own")
def test_a_file_with_the_name_of_a_loaded_module_is_not_mistaken_for_it(callboard: Run) -> None:
    assert callboard("agents", "calendar").err == (
        "callboard agents: wrong input: calendar.py cannot be imported, "
        "another module has the name 'calendar': give it another one\n"
    )
