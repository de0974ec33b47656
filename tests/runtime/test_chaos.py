"""A few hundred subtasks under chaos; `python -m tests.runtime.chaos` plays thousands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.runtime.chaos import play

pytestmark = pytest.mark.no_cover  # the same code thousands of times

SUBTASKS = 400


@pytest.mark.timeout(120)
@pytest.mark.skipif(sys.platform == "win32", reason="kills processes as POSIX does")
def test_whatever_agents_do_each_subtask_ends_once_and_has_its_effect_once(tmp_path: Path) -> None:
    outcome = play(SUBTASKS, seed=2, folder=tmp_path, patience=100)

    assert outcome.wrong == []
    assert (sum(outcome.results.values()), outcome.left) == (SUBTASKS, 0)
    # It was no calm day: each kind of misbehaviour was seen.
    for kind in ("AgentCrashed", "RetryScheduled", "ThreadAbandoned", "ProcessLost"):
        assert outcome.counts[kind] > 0
    assert outcome.offered > SUBTASKS  # the sink had something to refuse
