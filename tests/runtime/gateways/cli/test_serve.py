"""`callboard serve`, in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.live import LONG, eventually
from tests.runtime.gateways.cli.conftest import Run
from tests.runtime.gateways.cli.terminal import CALLBOARD, environment

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="signals differ there"),
    pytest.mark.no_cover,  # measured where the server is in the same process
]


class Served:
    """A server's process, and its address."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.line = process.stdout.readline()
        found = re.search(r"https?://[^\s\"]+", self.line)
        assert found is not None, self.line
        self.url = found[0]

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", timeout=LONG)

    def post(self, path: str, **body: object) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", json=body, timeout=LONG)

    def ended(self) -> tuple[int, str, str]:
        """Its exit status, and what it said after the first line."""
        out, err = self.process.communicate(timeout=LONG)
        return self.process.returncode, out, err


@contextmanager
def serving(folder: Path, *arguments: str) -> Generator[Served]:
    command = (*CALLBOARD, "serve", "--port", "0", *arguments)
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            yield Served(process)
        finally:
            process.kill()


def test_what_a_server_was_asked_goes_on_when_it_is_served_again(folder: Path) -> None:
    with serving(folder, "--journal", "work.db", "--drain", "0") as served:
        assert served.line.endswith("(journal work.db, 0 agents, no tokens)\n")
        made = served.post("/orchestration/decompose", goal="analyze data", context="")
        assert made.json()["count"] == 3
        served.process.send_signal(signal.SIGTERM)
        status, out, err = served.ended()

    assert (status, out) == (0, "")
    assert "callboard serve: 1 goal open, and safe in work.db\n" in err
    assert "Traceback" not in err

    with serving(folder, "--journal", "work.db", "--agents", "company.py") as served:
        assert "3 agents" in served.line

        def completed() -> bool:
            figures = served.get("/orchestration/status").json()["status"]
            return bool(figures["completed_subtasks"] == 3)

        eventually(completed)
        served.process.send_signal(signal.SIGINT)
        assert served.ended()[0] == 0


def test_while_it_drains_no_goal_is_accepted_and_a_second_signal_ends_the_waiting(
    folder: Path,
) -> None:
    with serving(folder, "--drain", "10m", "--json") as served:
        assert '"journal": null' in served.line
        served.post("/orchestration/decompose", goal="tidy up", context="")
        served.process.send_signal(signal.SIGINT)

        def refused() -> httpx.Response | None:
            answer = served.post("/orchestration/decompose", goal="more", context="")
            return answer if answer.status_code != 200 else None

        answer = eventually(refused)
        assert answer is not None
        assert (answer.status_code, answer.json()["kind"]) == (503, "RuntimeDraining")
        assert served.get("/orchestration/status").status_code == 200
        served.process.send_signal(signal.SIGTERM)
        status, _, err = served.ended()

    # Nothing kept it.
    assert status == 1
    assert re.search(r"callboard serve: \d goals? cut off, and in no journal\n", err)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--host", "0.0.0.0"), "callboard token create"),  # noqa: S104
        (("--port", "70000"), "is no port"),
        (("--tokens", "none.json"), "tokens in none.json: No such file"),
        (("--tls-key", "key.pem"), "go with --tls-cert"),
        (("--tls-cert", "a", "--no-tls"), "which of them?"),
        (("--tls-cert", "none.pem"), "a certificate and its key"),
        (("--tls-cert", "company.py"), "a certificate and its key"),
        (("--agents", "none.py"), "there is no file"),
        (("--rate", "0"), "is no number above 0"),
        (("--journal", "company.py"), ""),
    ],
)
def test_what_cannot_be_served_is_said_in_a_line(
    callboard: Run, arguments: tuple[str, ...], why: str
) -> None:
    answer = callboard("serve", "--port", "0", *arguments)

    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith("callboard serve: wrong input: ")
    assert why in answer.err
    assert answer.err.count("\n") == 1
