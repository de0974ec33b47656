"""The self-check as a command."""

from __future__ import annotations

import pytest

from callboard.runtime.self_check import GOALS, PASSED, main
from tests.runtime.gateways.cli.conftest import Run


def test_it_says_the_same_as_the_script(callboard: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    said = capsys.readouterr().out

    assert callboard("self-check") == (0, said, "")
    assert said.splitlines()[-1] == PASSED


def test_as_json(callboard: Run) -> None:
    data = callboard("self-check", "--json").data

    assert data["passed"] is True
    assert [(step["title"], step["problem"]) for step in data["steps"]] == [
        ("Decomposition", ""),
        ("Registration", ""),
        ("Tensor", ""),
        ("Assignment", ""),
        ("Dependency resolution", ""),
        ("Status", ""),
    ]


def test_a_failure_has_status_1(callboard: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GOALS, "organize the office party", ["Something Else"])

    shown = callboard("self-check")
    data = callboard("self-check", "--json").data

    assert shown.status == 1
    assert shown.out.splitlines()[-1].startswith("FAILED: Decomposition: ")
    assert (data["passed"], len(data["steps"])) == (False, 1)
