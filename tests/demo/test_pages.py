"""The pages of the demos are sound, stand alone, and are not taken over by anybody's data."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from callboard.demo.fleet.figures import figures
from callboard.demo.fleet.page import page
from callboard.demo.fleet.run import Setting, play
from callboard.demo.report import markdown
from callboard.demo.report_page import report_page
from callboard.demo.run_page import run_page
from callboard.demo.table import Table, parse
from callboard.demo.timeline import Down, Span, Timeline
from tests.demo.analysed import findings, shipped
from tests.demo.tables import any_table, shop
from tests.demo.wellformed import Page, faults

RUN = Timeline(
    spans=[
        Span(agent="ann", subtask="Trends", start=0.0, end=4.0, outcome="crashed", note="why"),
        Span(agent="bob", subtask="Trends", start=4.0, end=9.0, outcome="done"),
        Span(agent="eve", subtask="Groups", start=0.5, end=5.0, outcome="hung"),
    ],
    downs=[Down(agent="ann", start=4.0, end=6.0), Down(agent="eve", start=5.0, end=None)],
    agents=["ann", "bob", "eve", "zoe"],
    story=[(0.0, "ann begins Trends"), (4.0, "ann CRASHED")],
)
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def hostile() -> Table:
    """Everything that a file can say, it says with malice, and with something to find."""
    quoted = HOSTILE.replace('"', '""')
    lines = [f'day,"{quoted} kind","{quoted} value","</style>{quoted}"']
    for n in range(400):
        kind = f'"{quoted}{n % 3}"'
        lines.append(f"20{10 + n // 40:02}-0{1 + n % 9}-11,{kind},{n * (1 + n % 3)},{n % 7}")
    return parse("\n".join(lines).encode(), source="'><b>evil.csv")


def test_the_report_on_the_shipped_data_is_sound_and_says_what_the_markdown_says() -> None:
    found = shipped()
    source = report_page(found, RUN)
    read = Page(source)

    assert faults(source) == []
    for heading in re.findall(r"^## (.*)$", markdown(found), re.MULTILINE):
        assert heading in read.text
    assert "speed_knots differs by phase (strongly): the median is 245 with Descent" in read.text
    assert len(read.titles) > 10
    assert all(title.strip() for title in read.titles)


def test_a_hostile_file_is_shown_and_does_nothing() -> None:
    found = findings(hostile(), goal=f"What of {HOSTILE}?")
    harmless = Page(report_page(findings(shop(400)), RUN)).tags
    source = report_page(found, RUN)
    read = Page(source)

    assert faults(source) == []
    assert read.tags.count("script") == harmless.count("script") == 1
    assert read.tags.count("style") == 1
    assert "img" not in read.tags
    assert f"What of {HOSTILE}?" in read.text
    assert "'><b>evil.csv" in read.text


@settings(max_examples=40)
@given(any_table())
def test_any_table_becomes_a_sound_page(data: Table) -> None:
    assert faults(report_page(findings(data), RUN)) == []


def test_the_page_of_a_run_shows_who_did_what() -> None:
    source = run_page(RUN, title=HOSTILE, again=f"python {HOSTILE}")
    read = Page(source)

    assert faults(source) == []
    assert HOSTILE in read.text
    for says in (
        "ann: Trends, 0.0 s to 4.0 s: crashed (why)",
        "bob: Trends, 4.0 s to 9.0 s: done",
        "ann crashed at 4.0 s",
        "eve was not there",
    ):
        assert says in read.titles
    assert "ann CRASHED" in read.text
    for agent in RUN.everybody:
        assert agent in read.text


def test_a_run_in_which_nothing_happened_has_a_page_too() -> None:
    assert faults(run_page(Timeline(spans=[]), title="", again="")) == []


@pytest.mark.parametrize(
    ("agents", "goals", "crash_rate"),
    [(1, 1, 0.0), (8, 10, 0.2), (60, 20, 0.1), (3, 3, 1.0), (350, 5, 0.1)],
)
def test_the_page_of_any_fleet_is_sound(agents: int, goals: int, crash_rate: float) -> None:
    fleet = play(Setting(agents=agents, goals=goals, crash_rate=crash_rate, seed=7), heat=True)
    source = page(fleet, figures(fleet))
    read = Page(source)

    assert faults(source) == []
    assert f"T_task[{fleet.subtasks:,}, " in read.text
    assert f"--agents {agents} --goals {goals} --crash-rate {crash_rate:g} --seed 7" in read.text
    assert "wall" not in read.text


def test_the_page_of_a_fleet_shows_everybody_small_and_the_eventful_ones_large() -> None:
    fleet = play(Setting(agents=60, goals=40, crash_rate=0.2, seed=7))
    source = page(fleet, figures(fleet))
    crashes = [title for title in Page(source).titles if " crashed at " in title]

    assert "All 60 agents, by their main skill." in source
    assert "The 24 agents that had most trouble" in source
    assert 24 <= len(crashes) <= len(fleet.ledger.downs)
    assert len({title.split(" crashed")[0] for title in crashes}) <= 24


def test_a_page_is_small_enough_to_be_sent() -> None:
    fleet = play(Setting(agents=60, goals=40, crash_rate=0.2, seed=7), heat=True)

    assert len(page(fleet, figures(fleet))) < 300_000
    assert len(report_page(shipped(), RUN)) < 150_000
