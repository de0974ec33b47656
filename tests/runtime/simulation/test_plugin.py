"""The pytest plugin: a fixture for those who ask for it, and nothing for the others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.tooling.project import CONFIG, ROOT

PLUGIN = "callboard.runtime.simulation.plugin"

ASKS = """
from callboard import subtask

def nap(task, ctx):
    ctx.sleep(7200)
    return "rested"

def test_two_hours(simulated_runtime):
    simulated_runtime.register(nap, skills=[])
    goal = simulated_runtime.submit([subtask("nap")])
    simulated_runtime.advance(hours=2)
    assert goal.results["nap"] == "rested"
"""

ASKS_NOT = """
import logging, sys, threading

def test_nothing_is_loaded_or_touched():
    ours = {name for name in sys.modules if name.startswith("callboard")}
    assert ours == {
        "callboard", "callboard.runtime", "callboard.runtime.simulation",
        "callboard.runtime.simulation.plugin",
    }
    assert not {"pykka", "numpy", "structlog", "msgspec"} & set(sys.modules)
    assert threading.active_count() == 1
"""


def run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(code)
    asked = [sys.executable, "-m", "pytest", "-q", "-p", PLUGIN, "-p", "no:cacheprovider", "."]
    return subprocess.run(
        asked,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_test_that_asks_gets_a_runtime_in_virtual_time(tmp_path: Path) -> None:
    done = run(tmp_path, ASKS)
    assert "1 passed" in done.stdout, done.stdout


def test_tests_that_do_not_ask_are_not_disturbed(tmp_path: Path) -> None:
    done = run(tmp_path, ASKS_NOT)
    assert "1 passed" in done.stdout, done.stdout


def test_pytest_finds_it_by_its_entry_point() -> None:
    points = CONFIG["options.entry_points"]["pytest11"]
    assert points.split() == ["callboard", "=", PLUGIN]
