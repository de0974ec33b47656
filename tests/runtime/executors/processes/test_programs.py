"""Whole programs with worker processes, as they are started, interrupted and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.runtime.executors.lab import alive
from tests.tooling.project import ROOT

pytestmark = pytest.mark.no_cover  # measured in this process by the others

AGENT = """
import os, sys, time
from callboard import Runtime, agent

@agent(skills=["general"], isolation="process")
def worker(task, ctx):
    if task.goal == "hang":
        print("pid", os.getpid(), flush=True)
        while True:
            sum(range(10_000_000))  # does not even release the interpreter's lock for long
    return [task.goal, __name__, os.getpid() != os.getppid(), sys.argv[1:]]
"""
GUARDED = """
if __name__ == "__main__":
    with Runtime() as runtime:
        runtime.register(worker)
        print(runtime.submit(sys.argv[1]).result(30)["Goal Execution"])
"""
UNGUARDED = """
from callboard import Config
from callboard.actors.logic.supervision_options import SupervisionOptions

runtime = Runtime(Config(supervision=SupervisionOptions(intensity=0)))
events = runtime.events()
runtime.register(worker)
for event in events:
    if type(event).__name__ == "Escalated":
        print(event.problem.text)
        break
runtime.close()
"""


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    return {**kept, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}


def program(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "program.py"
    file.write_text(text, "utf-8")
    return file


def begun(*command: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def gone(pid: int) -> bool:
    """Whether it ends by and by."""
    for _ in range(2000):
        if not alive(pid):
            return True
        time.sleep(0.005)
    return False


@pytest.mark.parametrize("how", [("program.py",), ("-m", "program")])
def test_functions_of_the_program_itself_are_found(tmp_path: Path, how: tuple[str, ...]) -> None:
    program(tmp_path, AGENT + GUARDED)
    out, err = begun(*how, "greet", cwd=tmp_path).communicate(timeout=50)
    assert (out, err) == ("['greet', '__mp_main__', True, ['greet']]\n", "")


def test_a_program_that_starts_itself_again_is_told_how_to_guard_itself(tmp_path: Path) -> None:
    program(tmp_path, AGENT + UNGUARDED)
    out, err = begun("program.py", cwd=tmp_path).communicate(timeout=50)
    assert "under `if __name__ == '__main__':`" in out
    assert err == ""


def hanging(tmp_path: Path) -> tuple[subprocess.Popen[str], int]:
    """A program with a worker that is deaf, and the worker's process id."""
    program(tmp_path, AGENT + GUARDED)
    running = begun("program.py", "hang", cwd=tmp_path)
    assert running.stdout is not None
    _, pid = running.stdout.readline().split()
    return running, int(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_workers_end_with_a_program_that_is_killed(tmp_path: Path) -> None:
    running, worker = hanging(tmp_path)
    running.kill()
    running.communicate(timeout=20)
    assert gone(worker)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_ctrl_c_shows_one_traceback_and_leaves_no_worker(tmp_path: Path) -> None:
    running, worker = hanging(tmp_path)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does
    _, err = running.communicate(timeout=40)
    assert err.count("KeyboardInterrupt") == 1
    assert err.count("Traceback") == 1
    assert gone(worker)
