"""Waiting for a goal: what is shown, what ends it, and who is heard meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import cast

import pytest

from callboard.messages import facts
from callboard.messages.errors import ServerUnreachable
from callboard.messages.unions import Event
from callboard.runtime.gateways.cli import waiting
from callboard.runtime.gateways.cli.display import Silence
from callboard.runtime.gateways.cli.interrupts import Interrupts
from callboard.runtime.gateways.cli.screen import Stream
from callboard.runtime.gateways.cli.story import Line, Story
from callboard.runtime.gateways.cli.waiting import Feed, Waiting
from tests.runtime.journal.stories import story


class Told(Silence):
    """Remembers what it was to show."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: Line) -> None:
        """Remember it."""
        self.lines.append(line.text)


def wait_for(events: Iterator[Event], *, over: bool = False) -> tuple[Waiting, Told]:
    told = Told()
    interrupts = Interrupts(Stream(None))
    return Waiting(Feed(events), Story(1.0), told, interrupts, lambda: over), told


def never() -> Iterator[Event]:
    """Nothing, for as long as the test process lives."""
    threading.Event().wait()
    yield from ()


def test_what_happens_is_told_until_the_goal_ends() -> None:
    events = cast("list[Event]", story("g1", subtasks=1))
    later = facts.GoalPaused(at=9.0, goal="g1", reason="too late to be told")
    wait, told = wait_for(iter([*events, later]))

    assert wait.wait(None) == "ended"
    assert told.lines == [
        "the plan has 1 subtask",
        "a1 begins step g1-0",
        "a1 has done step g1-0 in 0.5 s",
    ]


def test_where_nothing_is_heard_the_goal_itself_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_CHECK", 0.0)
    wait, _ = wait_for(never(), over=True)

    assert wait.wait(None) == "ended"


def test_who_has_waited_enough_is_told_so() -> None:
    wait, _ = wait_for(never())

    assert wait.wait(0.05) == "late"


def test_ctrl_c_ends_the_waiting() -> None:
    wait, _ = wait_for(never())
    wait.interrupts.heard = True

    assert wait.wait(None) == "stopped"


def test_what_ends_the_events_is_raised() -> None:
    def gone() -> Iterator[Event]:
        yield facts.GoalPaused(at=1.0, goal="g1")
        raise ServerUnreachable("http://x", "nobody answers there")

    wait, _ = wait_for(gone())

    with pytest.raises(ServerUnreachable):
        wait.wait(None)
