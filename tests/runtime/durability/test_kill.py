"""A process that is killed again and again loses nothing that it had acknowledged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.runtime.durability.killing import play, problems

KILLS, SUBTASKS = 20, 1000


@pytest.mark.no_cover  # who is killed can tell nothing of it
@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
@pytest.mark.timeout(300)
def test_twenty_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    """The whole of it: python -m tests.runtime.durability.killing --kills 200."""
    found = play(tmp_path, kills=KILLS, subtasks=SUBTASKS, seed=1)
    assert found.broken == []
    assert sum(found.kills.values()) == KILLS


def test_who_dies_while_the_journal_is_made_has_lost_nothing_yet(tmp_path: Path) -> None:
    path = tmp_path / "work.db"
    assert problems(path, begun=0) == ()
    path.touch()
    assert problems(path, begun=0) == ()
    assert problems(path, begun=1) == ("is no journal any more after 1 had begun",)
