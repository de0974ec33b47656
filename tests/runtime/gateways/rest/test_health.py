"""Alive is not ready: what each of the two says, and when."""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard import Runtime
from callboard.messages.base import SCHEDULER
from callboard.messages.errors import CallTimedOut
from callboard.messages.errors.journal import JournalFull
from callboard.messages.notices import RuntimeFailed
from callboard.messages.values import Problem
from tests.asked import Asked
from tests.runtime.settings import QUICK


def test_a_server_that_runs_is_alive_and_ready(door: Asked) -> None:
    assert door.get("/health") == {"alive": True}
    answer = door.get("/ready")
    assert answer["ready"] is True
    assert sorted(answer["actors"]) == ["decomposer", "orchestrator", "scheduler", "supervisor"]


def test_a_server_that_drains_is_alive_and_not_ready(door: Asked, runtime: Runtime) -> None:
    runtime.drain(timeout=0)

    assert door.get("/health") == {"alive": True}
    assert door.refused("GET", "/ready") == (
        503,
        {"error": "not ready: it is draining", "kind": "NotReady"},
    )
    runtime.resume()
    assert door.get("/ready")["ready"] is True


def test_a_server_whose_journal_has_no_room_is_not_ready(
    door: Asked, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = JournalFull("work.db", "no room")
    monkeypatch.setattr(type(runtime.journal), "trouble", full)

    status, said = door.refused("GET", "/ready")

    assert status == 503
    assert said["error"] == "not ready: its journal cannot be written (JournalFull)"


def test_a_server_one_of_whose_actors_does_not_answer_is_not_ready(
    door: Asked, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(seconds: float) -> None:
        raise CallTimedOut(f"ping {SCHEDULER}", seconds)

    monkeypatch.setattr(runtime, "ahealth", silent)

    status, said = door.refused("GET", "/ready")

    assert status == 503
    assert "ping scheduler" in said["error"]


def test_a_runtime_that_has_failed_is_to_be_started_again_and_tells_strangers_no_more(
    door: Asked, runtime: Runtime
) -> None:
    runtime.see(RuntimeFailed(at=1.0, problem=Problem(error="OSError", text="the disk is gone")))

    for path in ("/health", "/ready"):
        status, said = door.refused("GET", path)
        assert (status, said["error"]) == (503, "not ready: the runtime has failed (OSError)")


def test_a_runtime_that_was_closed_is_not_ready(tmp_path: Path) -> None:
    with Runtime.open(tmp_path / "w.db", QUICK) as runtime, Asked(runtime) as door:
        runtime.close()

        assert door.refused("GET", "/ready")[0] == 503
