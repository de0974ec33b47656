"""The self-check: `python tests/test_simple_orchestration.py`; pytest collects it too.

It takes three live agents through three goals, says step by step what it tries, and
ends with exit status 0; or with 1 and what failed. The steps are installed with
Callboard: `callboard self-check` takes the same ones.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if importlib.util.find_spec("callboard") is None:  # run as a script, nothing installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from callboard.runtime.self_check import GOALS, PASSED, main

if TYPE_CHECKING:
    import pytest


def test_all_steps_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    assert capsys.readouterr().out.splitlines()[-1] == PASSED


def test_a_failure_says_what_failed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(GOALS, "organize the office party", ["Something Else"])

    assert main() == 1
    assert capsys.readouterr().out.splitlines()[-1] == (
        "FAILED: Decomposition: Failed: subtasks: "
        "expected ['Something Else'], found ['Goal Execution']"
    )


if __name__ == "__main__":
    sys.exit(main())
