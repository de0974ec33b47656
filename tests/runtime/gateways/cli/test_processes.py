"""Real processes: a terminal, a pipe that closes, Ctrl-C, no colours, no streams."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runtime.gateways.cli.terminal import CALLBOARD, at_a_terminal, environment, in_a_pipe

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="terminals and signals differ there"),
    pytest.mark.no_cover,  # measured in this process by the others
]

GOAL = ("run", "analyze customer data", "--agents", "company:collector,analyst,Reporter")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def once(typed: bytes, after: str) -> Callable[[str], bytes]:
    """Type something, once, when that has been shown."""
    waiting = [typed]
    return lambda shown: waiting.pop() if waiting and after in shown else b""


@pytest.mark.skipif(not importlib.util.find_spec("rich"), reason="needs the extra `cli`")
def test_a_terminal_shows_bars_and_then_the_results(folder: Path) -> None:
    status, shown = at_a_terminal((*CALLBOARD, *GOAL), folder)

    assert status == 0
    assert "━━━━" in shown
    assert "collector: Data Collection" in shown
    assert "printed by an agent" in shown
    assert COLOUR.search(shown)
    assert shown.rstrip().endswith("The mean is 20.0.\r\n  That is all.")
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1  # the cursor is back


def test_no_color_is_respected(folder: Path) -> None:
    for arguments in (GOAL, ("plan", "x"), ("agents", "company:analyst"), ("rnu",)):
        _, shown = at_a_terminal((*CALLBOARD, *arguments), folder, env={"NO_COLOR": "1"})

        assert re.search(r"\x1b\[[0-9;]*(3|4|9)[0-9](;|m)", shown) is None


def test_a_dumb_terminal_gets_plain_lines(folder: Path) -> None:
    status, shown = at_a_terminal((*CALLBOARD, *GOAL), folder, env={"TERM": "dumb"})

    assert status == 0
    assert "\x1b" not in shown
    assert "collector begins Data Collection" in shown


def test_lines_on_a_terminal_have_80_columns(folder: Path) -> None:
    goal = "analyze " + "very " * 40 + "carefully"
    _, planned = at_a_terminal((*CALLBOARD, "plan", goal, "--agents", "company.py:analyst"), folder)
    _, listed = at_a_terminal((*CALLBOARD, "agents", "company:analyst"), folder)

    for shown in (planned.partition("who can")[0], listed):
        assert max(len(line) for line in COLOUR.sub("", shown).splitlines()) <= 80


def test_a_pipe_gets_plain_text(folder: Path) -> None:
    ran = in_a_pipe(folder, *GOAL)

    assert ran.returncode == 0
    assert "\x1b" not in ran.stdout + ran.stderr
    assert ran.stdout.endswith("  The mean is 20.0.\n  That is all.\n")
    assert "collector begins Data Collection" in ran.stderr


@pytest.mark.parametrize("worker", ["polite", "sleeper"])
def test_ctrl_c_ends_a_run_and_says_what_was_stopped(worker: str, folder: Path) -> None:
    begin = time.monotonic()
    status, shown = at_a_terminal(
        (*CALLBOARD, "run", "tidy up", "--agents", f"trouble:{worker}"),
        folder,
        type_when=once(b"\x03", "at work" if worker == "polite" else "asleep"),
    )
    shown = COLOUR.sub("", shown)

    assert status == 130
    assert "Traceback" not in shown
    assert "Goal Execution: cancelled: stopped with Ctrl-C" in shown
    assert (
        f"callboard run: stopped; cut off: Goal Execution at {worker}; 0 not begun; "
        "0 subtasks ended before" in shown
    )
    assert ("would not stop, and was left: " in shown) is (worker == "sleeper")
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h")
    assert time.monotonic() - begin < 15


def test_a_second_ctrl_c_does_not_wait_for_who_would_not_stop(folder: Path) -> None:
    typed = [(b"\x03", "asleep"), (b"\x03", "^C")]

    def type_when(shown: str) -> bytes:
        return typed.pop(0)[0] if typed and typed[0][1] in shown else b""

    status, shown = at_a_terminal(
        (*CALLBOARD, "run", "tidy up", "--agents", "trouble:sleeper"), folder, type_when=type_when
    )

    assert status == 130
    assert typed == []
    assert "Traceback" not in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h")


def test_ctrl_c_with_json_is_json(folder: Path) -> None:
    with subprocess.Popen(
        (*CALLBOARD, "run", "tidy up", "--agents", "trouble:polite", "--json"),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "at work" in line:
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)

    assert process.returncode == 130
    assert '"status": "cancelled"' in out
    assert '"exit_status": 130' in out
    assert err.splitlines()[-1].startswith("callboard run: stopped; cut off: Goal Execution")


@pytest.mark.parametrize(
    "arguments", [("plan", "x", "--json"), ("--help",), ("run", "--help"), (*GOAL, "-q")]
)
def test_a_reader_who_has_had_enough_is_no_error(arguments: tuple[str, ...], folder: Path) -> None:
    with subprocess.Popen(
        (*CALLBOARD, *arguments),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()

    assert process.returncode == 0
    assert "Error" not in said
    assert "Traceback" not in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_said_in_a_line(folder: Path, unbuffered: str) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            (*CALLBOARD, "version"),
            cwd=folder,
            env={**environment(), "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert ran.returncode == 2
    assert ran.stderr == (
        "callboard version: the system's fault: reading or writing failed: "
        "No space left on device\n"
    )


def test_a_terminal_that_knows_ascii_only_gets_a_plan_too(folder: Path) -> None:
    ran = in_a_pipe(folder, "plan", "plan für morgen", PYTHONIOENCODING="ascii")

    assert ran.returncode == 0
    assert ran.stdout.isascii()
    assert "1 `- Goal Execution" in ran.stdout
    assert "plan f\\xfcr morgen" in ran.stdout


def test_a_file_named_as_a_module_of_pythons_own_does_no_harm(folder: Path) -> None:
    for name in ("queue.py", "json.py", "logging.py", "rich.py"):
        (folder / name).write_text("raise RuntimeError('not the one you mean')\n")

    assert in_a_pipe(folder, *GOAL).returncode == 0
    assert in_a_pipe(folder, "agents", "company:analyst", "--json").returncode == 0


def test_a_plan_goes_from_one_command_to_the_next(folder: Path) -> None:
    saved = in_a_pipe(folder, "plan", "analyze data", "--save", "-")
    ran = subprocess.run(
        (*CALLBOARD, "run", "--plan", "-", *GOAL[2:], "--json"),
        cwd=folder,
        env=environment(),
        input=saved.stdout,
        capture_output=True,
        text=True,
        check=True,
    )

    assert '"Data Analysis": {' in ran.stdout
