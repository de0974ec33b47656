"""Journals that earlier versions have written are opened, told and continued by this one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, get_args

import pytest

from callboard.messages.unions import AnyFact
from tests.runtime.journal.archive import FOLDER, copy_of, expected, names, outcome, summary

if TYPE_CHECKING:
    from pathlib import Path


def plain(said: object) -> object:
    """As JSON has it."""
    return json.loads(json.dumps(said))


@pytest.mark.parametrize("name", names())
def test_it_tells_what_it_told_when_it_was_recorded(name: str, tmp_path: Path) -> None:
    told = {key: value for key, value in expected(name).items() if key != "done"}
    assert plain(summary(copy_of(FOLDER / f"{name}.db", tmp_path))) == told


@pytest.mark.parametrize("name", names())
def test_what_was_open_goes_on_to_its_end(name: str, tmp_path: Path) -> None:
    path = copy_of(FOLDER / f"{name}.db", tmp_path)
    assert plain(outcome(path)) == expected(name)["done"]
    ended = summary(path)
    assert ended["verified"]["problems"] == []
    assert {goal[0] for goal in ended["goals"].values()} <= {"completed", "failed", "cancelled"}


def test_every_kind_of_fact_was_recorded() -> None:
    """Who adds one adds a scene and records it: `tests/runtime/journal/make_recorded.py`."""
    recorded = {kind for name in names() for kind in expected(name)["kinds"]}
    assert {fact.__name__ for fact in get_args(AnyFact)} - recorded == set()
