"""A process that is killed again and again loses nothing that it had acknowledged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.runtime.durability.killing import play

KILLS, SUBTASKS = 20, 1000


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
@pytest.mark.timeout(300)
def test_twenty_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    """The whole of it: python -m tests.runtime.durability.killing --kills 200."""
    found = play(tmp_path, kills=KILLS, subtasks=SUBTASKS, seed=1)
    assert found.broken == []
    assert sum(found.kills.values()) == KILLS
