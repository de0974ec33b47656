"""The final table says all of it in 80 columns."""

from __future__ import annotations

import re

import pytest

from callboard.demo.fleet.figures import figures
from callboard.demo.fleet.run import Fleet, Setting, play
from callboard.demo.fleet.table import clock, command, span, table


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    """A run with everything in it."""
    return play(Setting(agents=20, goals=30, crash_rate=0.3, seed=5))


def test_the_table_names_every_figure(fleet: Fleet) -> None:
    found = figures(fleet)
    text = table(fleet, found)

    assert text.startswith(
        f"A fleet of 20 agents ({fleet.slots} slots), 30 goals, {fleet.subtasks} subtasks\n"
    )
    assert f"{found.retried} retried, {found.requeued} requeued" in text
    assert f"{found.crashes} crashed, {found.restarts} restarts" in text
    assert f"{fleet.subtasks} of {fleet.subtasks} subtasks ended exactly once" in text
    assert re.search(r"^makespan +.* above its lower bound$", text, re.MULTILINE)
    for label in ("utilisation", "  critical", "  low", "critical path", "work / skill group"):
        assert label in text
    assert "wall" not in text


def test_the_table_fits_a_terminal(fleet: Fleet) -> None:
    assert max(map(len, table(fleet, figures(fleet)).splitlines())) <= 80


def test_the_command_repeats_the_run(fleet: Fleet) -> None:
    assert command(figures(fleet)) == (
        "python -m callboard.demo fleet --agents 20 --goals 30 --crash-rate 0.3 --seed 5"
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (0.04, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 00 min"),
        (360_000.0, "100 h 00 min"),
    ],
)
def test_lengths_of_time_have_the_digits_that_matter(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_moments_are_written_as_on_a_clock() -> None:
    assert [clock(s) for s in (0.0, 59.9, 3661.0, 360_000.0)] == [
        "0:00:00",
        "0:00:59",
        "1:01:01",
        "100:00:00",
    ]
