"""Fixed work takes no more instructions of the interpreter than was recorded, by a wide ratio.

Nothing here depends on how fast or how busy the machine is. `benchmarks/instructions.py`
says what is counted, and when to record it anew.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from tests.benchmarks.scripts import run

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
RECORD = "PYTHONPATH=. .venv/bin/python benchmarks/instructions.py --record"


pytestmark = [pytest.mark.no_cover, pytest.mark.timeout(120)]  # both would count


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    pytest.importorskip("resource", reason="the benchmarks read the system's figures with it")
    file = tmp_path_factory.mktemp("instructions") / "counted.json"
    run("instructions.py", "--json", str(file))
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def test_fixed_work_takes_no_more_instructions_than_was_recorded(report: dict[str, Any]) -> None:
    if not report["recorded"]:
        pytest.skip(f"nobody has recorded Python {VERSION}: {RECORD}")
    figures, recorded = report["figures"], report["recorded"]
    assert figures.keys() == recorded.keys()

    dearer = {
        name: f"{figure:,.0f} instructions, recorded were {recorded[name]:,.0f}"
        for name, figure in figures.items()
        if figure > report["most"] * recorded[name]
    }

    assert dearer == {}, f"if that is meant: {RECORD}"


def test_a_decision_takes_as_many_instructions_however_many_wait(report: dict[str, Any]) -> None:
    figures = report["figures"]

    assert figures["decision, 10,000"] <= 1.25 * figures["decision, 1,000"]


def test_what_counts_instructions_sees_work_that_has_doubled() -> None:
    run("-m", "doctest", "instructions.py")
