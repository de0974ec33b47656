"""A terminal sees the fleet at work; a pipe sees nothing of it."""

from __future__ import annotations

import io
import re

import pytest

from callboard.demo.fleet.display import Display
from callboard.demo.fleet.run import Fleet, Setting, play

ESCAPES = re.compile(r"\x1b\[[\d;]*[A-Za-z]")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(
    stream: io.StringIO, *, agents: int = 12, quick: bool = True, waits: list[float] | None = None
) -> str:
    """What the stream got of a short run."""
    pauses: list[float] = [] if waits is None else waits
    display = Display(stream, quick=quick, sleep=pauses.append)
    play(Setting(agents=agents, goals=3, crash_rate=0.3, seed=7), display.show)
    display.done()
    return stream.getvalue()


@pytest.fixture(autouse=True)
def a_terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_a_pipe_gets_nothing() -> None:
    assert shown(io.StringIO()) == ""


def test_a_terminal_without_abilities_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")

    assert shown(Terminal()) == ""


def test_every_picture_fits_and_says_how_far_things_are() -> None:
    pictures = re.split(r"\x1b\[\d+F", shown(Terminal()))
    plain = [ESCAPES.sub("", picture).splitlines() for picture in pictures]

    assert plain[0][0] == "12 agents at work, virtual time 0:00:00"
    assert plain[-1] == []
    last = plain[-2]
    assert re.search(r"^goals +█{34} 3 of 3$", last[1])
    assert re.search(r"^subtasks +█{34} (\d+) of \1$", last[2])
    assert last[7].startswith("agents   # busy  . free  x down")
    assert any("#" in line for picture in plain for line in picture[8:])
    assert any("x" in line for picture in plain for line in picture[8:])
    assert max(len(line) for picture in plain for line in picture) < 80


def test_a_picture_never_scrolls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("LINES", "6")
    pictures = re.split(r"\x1b\[\d+F", shown(Terminal()))

    assert {picture.count("\n") for picture in pictures[:-1]} == {5}
    assert max(len(ESCAPES.sub("", line)) for p in pictures for line in p.splitlines()) < 30


def test_the_last_picture_is_wiped() -> None:
    assert shown(Terminal()).endswith("F\x1b[J")


def test_a_large_fleet_shares_signs() -> None:
    text = ESCAPES.sub("", shown(Terminal(), agents=1000))

    assert "each sign is 3 agents" in text


def test_colours_are_left_out_where_they_are_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    assert re.findall(r"\x1b\[[\d;]*m", shown(Terminal())) == []


def test_a_person_can_follow_unless_nobody_wants_to() -> None:
    waits: list[float] = []
    shown(Terminal(), quick=False, waits=waits)
    assert 3 < sum(waits) < 20

    waits.clear()
    shown(Terminal(), quick=True, waits=waits)
    assert waits == []


def test_nobody_waits_for_a_pipe() -> None:
    waits: list[float] = []
    shown(io.StringIO(), quick=False, waits=waits)

    assert waits == []


def test_the_display_does_not_change_the_run() -> None:
    setting = Setting(agents=12, goals=3, crash_rate=0.3, seed=7)
    watched: list[Fleet] = []
    display = Display(Terminal(), quick=True)
    watched.append(play(setting, display.show))

    assert watched[0].ledger.attempts == play(setting).ledger.attempts
