"""The page on asking a server shows what a server answers: its `curl` commands run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from callboard import Runtime
from tests.live import LONG
from tests.runtime.settings import QUICK, says
from tests.tooling.project import ROOT
from tests.tooling.test_documents import COMMAND, check

PAGE = (ROOT / "docs" / "how-to" / "rest.md").read_text(encoding="utf-8")
SESSIONS = re.findall(r"^```console\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def address() -> Iterator[str]:
    with Runtime(QUICK) as runtime:
        runtime.register(says("red"), id="painter", skills=["painting"])
        yield runtime.serve(0).url.removeprefix("http://")


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page's commands are those of curl")
def test_each_command_of_the_page_is_answered_as_it_shows(address: str) -> None:
    said: dict[str, str] = {}
    for session in SESSIONS:
        for command in COMMAND.finditer(session):
            asked = _filled(command["command"], said).replace("localhost:8000", address)
            done = subprocess.run(
                ["bash", "-c", asked],  # noqa: S607 - as people type it
                capture_output=True,
                text=True,
                check=True,
                encoding="utf-8",
                timeout=3 * LONG,
            )
            # `-w` writes the status behind the answer; the page's line ends there too.
            check(done.stdout.rstrip("\n") + "\n", _filled(command["printed"], said))
            said.update(_names(done.stdout))


def _filled(text: str, said: dict[str, str]) -> str:
    for name, value in said.items():
        text = text.replace(f"${name}", value)
    return text


def _names(answer: str) -> dict[str, str]:
    """What the page calls by a name from now on."""
    told, _ = json.JSONDecoder().raw_decode(answer)
    assignments: list[dict[str, Any]] = told.get("assignments") or [{}]
    found = {
        "GOAL": told.get("goal", {}).get("id"),
        "NEXT": told.get("next"),
        "SUBTASK": assignments[0].get("subtask_uuid"),
    }
    return {name: value for name, value in found.items() if value}
