"""`callboard worker`: in a process of its own, and its complaints in this one."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from callboard.runtime.config import Config
from callboard.runtime.gateways.cli.interrupts import Signals
from callboard.runtime.gateways.cli.screen import Screen, Stream
from callboard.runtime.gateways.cli.working import LINES, Lines
from callboard.runtime.gateways.rest.server import Server
from callboard.runtime.gateways.worker import news
from callboard.runtime.runtime import Runtime
from tests.live import LONG
from tests.runtime.gateways.cli.conftest import Run
from tests.runtime.gateways.cli.terminal import CALLBOARD, environment

AGENTS = """\
import time
from callboard import agent

@agent(skills=["counting"])
def counter(task):
    print("printed by an agent")
    return task.name

@agent(skills=["sleeping"])
async def sleeper(task, ctx):
    print("asleep", flush=True)
    await ctx.asleep(60)
"""


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with Runtime(Config()) as runtime:
        yield runtime


@pytest.fixture
def server(runtime: Runtime) -> Iterator[Server]:
    with Server(runtime, port=0) as server:
        yield server


@pytest.fixture
def agents(folder: Path) -> Path:
    (folder / "elsewhere.py").write_text(AGENTS, "utf-8")
    return folder


@contextmanager
def working(folder: Path, *arguments: str, **variables: str) -> Generator[subprocess.Popen[str]]:
    with subprocess.Popen(
        (*CALLBOARD, "worker", *arguments),
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until(stream: IO[str] | None, word: str) -> str:
    """All lines up to the one with that word."""
    assert stream is not None
    said = ""
    for line in stream:
        said += line
        if word in line:
            return said
    raise AssertionError(said)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=LONG)
    return process.returncode, out, err


posix = pytest.mark.skipif(os.name == "nt", reason="signals differ there")


@posix
@pytest.mark.no_cover
def test_a_worker_works_and_leaves_on_sigterm(
    runtime: Runtime, server: Server, agents: Path
) -> None:
    arguments = ("elsewhere:counter", "--server", server.url, "--name", "night")
    with working(agents, *arguments, "--skills", "sums") as process:
        said = until(process.stderr, "counter@night is at http://127.0.0.1:")
        assert runtime.submit([{"name": "Sum", "required_skills": ["sums"]}]).result(LONG)
        process.send_signal(signal.SIGTERM)
        status, out, err = ended(process)

    assert (status, out) == (0, "")
    assert re.search(
        r"counter@night begins Sum\n(.*\n)*counter@night has done Sum, \d\.\d s\n"
        r"SIGTERM: finishing what runs, within 30 s\ncounter@night has left\n$",
        said + err,
    )
    assert "printed by an agent" in err
    assert runtime.agents() == {}


@posix
@pytest.mark.no_cover
def test_the_second_ctrl_c_gives_the_work_back_at_once(
    runtime: Runtime, server: Server, agents: Path
) -> None:
    with working(agents, "elsewhere:sleeper", "--server", server.url) as process:
        goal = runtime.submit([{"name": "Sleep", "required_skills": ["sleeping"]}])
        until(process.stderr, "asleep")
        process.send_signal(signal.SIGINT)
        until(process.stderr, "Ctrl-C: finishing what runs, within 30 s")
        process.send_signal(signal.SIGINT)
        status, _, err = ended(process)
        goal.cancel()

    assert status == 130
    assert "sleeper has left; stopped: Sleep" in err
    assert "Traceback" not in err


@posix
def test_a_signal_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Signals():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            assert callable(signal.getsignal(signal.SIGTERM))
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("elsewhere",), "say whose work it is: --server http://127.0.0.1:8000"),
        (("elsewhere", "--server", "board"), "the server must be an address as http"),
        (("missing", "--server", "http://h"), "there is no module 'missing' here or installed"),
        (("elsewhere", "--server", "http://h", "--id", "x"), "--id is for one agent, and there"),
        (("elsewhere", "--server", "http://h", "--skills", ","), "',' names no skill"),
        (("elsewhere", "--server", "http://h", "--max-load", "0"), "'0' is no number of subtasks"),
        (("elsewhere", "--server", "http://h", "--token-file", "none"), "none: No such file"),
        (
            ("elsewhere", "--server", "http://h", "--token-file", "elsewhere.py"),
            "elsewhere.py: this is no token",
        ),
        (
            ("elsewhere", "--server", "https://h", "--tls-ca", "elsewhere.py"),
            "tls_ca must be a file with certificates (PEM), not 'elsewhere.py'",
        ),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    arguments: tuple[str, ...],
    complaint: str,
    callboard: Run,
    agents: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(agents)
    monkeypatch.delenv("CALLBOARD_SERVER", raising=False)
    shown = callboard("worker", *arguments)

    assert shown.status == 2
    assert complaint in shown.err
    assert shown.err.count("\n") == 1


def test_a_server_that_nobody_finds_is_given_up(
    callboard: Run, agents: Path, monkeypatch: pytest.MonkeyPatch, runtime: Runtime
) -> None:
    monkeypatch.chdir(agents)
    with Server(runtime, port=0) as server:
        url = server.url
    shown = callboard("worker", "elsewhere:counter", "--server", url, "--give-up-after", "0.1")

    assert shown.status == 3
    assert shown.err.count(url) == shown.err.count("\n")
    assert f"the system's fault: server {url}: " in shown.err
    assert "given up after 0.1 s without it" in shown.err


def test_a_token_that_is_none_is_the_callers_fault(
    callboard: Run,
    agents: Path,
    runtime: Runtime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(agents)
    tokens = tmp_path / "tokens.json"
    named = ("--scope", "agent", "--agent", "somebody", "--tokens", str(tokens))
    (agents / "token").write_text(callboard("token", "create", "robot", *named).out, "utf-8")
    with Server(runtime, port=0, tokens=tokens) as server:
        arguments = ("worker", "elsewhere:counter", "--server", server.url)
        without = callboard(*arguments)
        others = callboard(*arguments, "--token-file", "token")

    assert (without.status, others.status) == (3, 3)
    assert "wrong input: server http" in without.err
    assert "to be 'counter' is not allowed" in others.err


def test_without_the_extra_it_says_what_to_install(
    callboard: Run, agents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(agents)
    monkeypatch.setitem(sys.modules, "websockets", None)
    shown = callboard("worker", "elsewhere", "--server", "http://127.0.0.1:1")

    assert shown.status == 2
    assert "pip install 'callboard[agent]'" in shown.err


def test_of_thousands_of_lines_only_the_number_is_told(tmp_path: Path) -> None:
    with (tmp_path / "err").open("w+", encoding="utf-8") as file:
        now = 0.0
        lines = Lines(Screen(Stream(file), Stream(file)), quiet=False, now=lambda: now)
        for n in range(5 * LINES):
            lines(news.Begun(agent="ann", subtask=f"Part {n}", attempt=1))
        lines(news.Ended(agent="ann", subtask="Part", how="failed", seconds=1.0, why="no"))
        now = 1.0
        lines.catch_up()
        lines(news.Begun(agent="ann", subtask="Last", attempt=2))
        file.seek(0)
        told = file.read().splitlines()

    assert told == [
        *(f"ann begins Part {n}" for n in range(LINES)),
        f"... and {4 * LINES + 1} lines more",
        "ann begins Last, attempt 2",
    ]
