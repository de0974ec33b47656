"""Processes that die, freeze and come back: nothing acknowledged is lost or done again.

The whole of it: `python -m tests.runtime.gateways.proof.killing` (20 workers, 5,000 subtasks)
and `python -m tests.runtime.gateways.proof.malformed` (a million frames and requests).
"""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from callboard import Runtime
from callboard.messages.facts import SubtaskCompleted
from tests.live import eventually
from tests.runtime.gateways.proof import malformed
from tests.runtime.gateways.proof.killing import play
from tests.runtime.gateways.proof.programs import lines, work
from tests.runtime.settings import QUICK, with_settings

MINUTES = 180.0
"""Seconds after which a trial with processes has failed; a busy machine needs some."""

pytestmark = [
    pytest.mark.no_cover,  # who is killed can tell nothing of it
    pytest.mark.timeout(2 * MINUTES),
]


def test_a_server_is_killed_under_its_workers_and_nothing_is_lost_or_done_again(
    tmp_path: Path,
) -> None:
    found = play(tmp_path, workers=4, subtasks=300, kills=1, seed=1)

    assert found.broken == []
    assert (found.kills, found.goals) == (1, 75)


def test_the_work_of_a_worker_that_is_killed_or_frozen_is_done_by_another(tmp_path: Path) -> None:
    def begun() -> list[str]:
        return [line.split()[1] for line in lines(tmp_path / "begun")]

    patient = with_settings(QUICK, heartbeat_timeout=2.0)
    with Runtime(patient) as runtime, runtime.serve(0) as server:
        with (
            work(tmp_path, server.url, "killed", holds=True) as killed,
            work(tmp_path, server.url, "frozen", holds=True) as frozen,
        ):
            goals = [runtime.submit(f"hold {n}") for n in range(2)]
            eventually(lambda: len(begun()) == 2, "both began", MINUTES)
            with work(tmp_path, server.url, "healthy"):
                eventually(lambda: "hand@healthy" in runtime.agents(), "the third came", MINUTES)

                killed.kill()
                eventually(lambda: "healthy" in begun(), "it was done again", MINUTES)

                frozen.send(signal.SIGSTOP)
                for goal in goals:
                    goal.result(MINUTES)
        told = list(runtime.journal.history())

    # The others hold what they have begun for ever, so nobody else can have done it.
    done = [fact.lease for fact in told if isinstance(fact, SubtaskCompleted)]
    assert [lease.agent for lease in done if lease] == ["hand@healthy"] * 2
    assert begun()[:2] in (["killed", "frozen"], ["frozen", "killed"])


def test_what_makes_no_sense_is_refused_and_leaves_nothing_behind() -> None:
    found = asyncio.run(malformed.play(20_000, seed=1))

    assert found.broken == []
    assert found.frames + found.read + found.requests >= 20_000
    assert {1007, 1008} <= set(found.closes)
    assert {200, 400, 404, 405, 415} <= set(found.statuses)
