"""Charts fit any width, say what they show, and hold whatever they are given."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.demo.page.axes import ticks, time_ticks
from callboard.demo.page.bars import Part, Range, Row, bars, ranges
from callboard.demo.page.document import document
from callboard.demo.page.heat import HeatMap, heat_map
from callboard.demo.page.html import Html
from callboard.demo.page.lanes import Bar, Dot, Lanes, lanes
from callboard.demo.page.plot import Frame, Series, plot
from callboard.demo.page.tables import Tile, table, tiles
from tests.demo.wellformed import Page, faults


def sound(chart: Html) -> Page:
    """The chart on a page of its own, once it is known to be sound."""
    source = document("chart", chart)
    assert faults(source) == []
    return Page(source)


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9))
def test_marks_of_an_axis_are_few_and_within_it(low: float, length: float) -> None:
    high = low + length
    found = ticks(low, high)
    slack = 1e-6 * max(abs(low), abs(high), 1.0)

    assert 1 <= len(found) <= 12
    assert found == sorted(found)
    assert all(low - slack <= mark <= high + slack for mark in found)


@given(st.floats(0.001, 1e9))
def test_marks_of_time_are_few_and_within_it(seconds: float) -> None:
    marks = time_ticks(seconds)

    assert 1 <= len(marks) <= 8
    assert marks[0] == (0.0, "0")
    assert all(at <= seconds * 1.001 for at, _ in marks)


def frame(x: tuple[float, float] = (0.0, 10.0), y: tuple[float, float] = (0.0, 4.0)) -> Frame:
    return Frame("how it went", x, y, [(0.0, "0"), (10.0, "10 s")], "{:g}".format)


def test_a_line_goes_from_corner_to_corner() -> None:
    page = plot(frame(), [Series("rise", "s0", [(0.0, 0.0), (10.0, 4.0)])])

    assert '<path d="M0 200L1000 0" class="line s0">' in page
    assert "rise" in sound(page).text
    assert sound(page).titles == ["how it went"]


def test_areas_are_stacked() -> None:
    page = plot(
        frame(),
        [
            Series("", "s0", [(0.0, 1.0), (10.0, 1.0)], "area"),
            Series("", "s1", [(0.0, 1.0), (10.0, 3.0)], "area"),
        ],
    )

    assert 'd="M0 150L1000 150L1000 200L0 200Z" class="area s0"' in page
    assert 'd="M0 100L1000 0L1000 150L0 150Z" class="area s1"' in page


@pytest.mark.parametrize("kind", ["line", "dots", "bars", "area"])
@pytest.mark.parametrize(
    ("x", "y"), [((0.0, 0.0), (0.0, 0.0)), ((5.0, 5.0), (2.0, 2.0)), ((0.0, 1.0), (-3.0, 3.0))]
)
def test_a_plot_of_next_to_nothing_is_sound(
    kind: str, x: tuple[float, float], y: tuple[float, float]
) -> None:
    for points in ([], [(x[0], y[0])]):
        sound(plot(frame(x, y), [Series("one", "s0", points, kind)]))


def timeline(bars_: list[Bar], dots: list[Dot], seconds: float = 10.0) -> Html:
    rows = Lanes("who did what", ["ann", "<bob>"], [], 20.0, seconds, time_ticks(seconds))
    return lanes(rows, bars_, dots, name="run")


def test_a_bar_says_what_it_is() -> None:
    page = timeline([Bar(0, 0.0, 5.0, "s0", "ann: 5 s", "Trends")], [])

    assert '<path d="M0 1.6h1000v16.8h-1000z" class="s0"><title>ann: 5 s</title></path>' in page
    assert ">Trends</span>" in page
    assert "<bob>" in sound(page).text


def test_bars_at_the_same_time_share_the_row_and_those_behind_them_do_not() -> None:
    page = timeline(
        [
            Bar(0, 0.0, 4.0, "s0"),
            Bar(0, 2.0, 6.0, "s1"),
            Bar(0, 0.0, 8.0, "down", whole=True),
        ],
        [],
    )

    assert 'd="M0 1.6h800v8.4h-800z" class="s0"' in page
    assert 'd="M400 10h800v8.4h-800z" class="s1"' in page
    assert 'd="M0 1.6h1600v16.8h-1600z" class="down"' in page
    assert page.index('class="down"') < page.index('class="s0"')


def test_silent_bars_of_one_style_are_one_shape() -> None:
    page = timeline([Bar(n % 2, float(n), n + 1.0, "s0") for n in range(10)], [])

    assert page.count('class="s0"') == 1


def test_dots_stand_where_something_happened() -> None:
    page = timeline(
        [Bar(1, 0.0, 10.0, "s0", "bob", dot="again")], [Dot(0, 5.0, "crash", "ann crashed")]
    )

    assert 'd="M0 30h0" class="dots again"' in page
    assert 'd="M1000 10h0" class="dots crash"' in page
    assert "<title>ann crashed</title>" in page


def test_a_timeline_can_be_looked_at_closer_without_a_script() -> None:
    page = sound(timeline([Bar(0, 0.0, 1.0, "s0")], []))

    assert page.tags.count("input") == 3


@pytest.mark.parametrize("seconds", [0.0, 0.001, 1e7])
def test_a_timeline_of_any_length_is_sound(seconds: float) -> None:
    sound(timeline([Bar(0, 0.0, seconds, "s0", "all of it", "x")], [], seconds))


def test_shades_go_by_what_a_cell_holds() -> None:
    page = heat_map(HeatMap("a map", ["<row>"], [("a", 2), ("b", 1)], [[0.0, 1.0, 7.0]], "things"))

    assert 'd="M10 1h10v17h-10z" class="heat1"' in page
    assert 'd="M20 1h10v17h-10z" class="heat7"' in page
    assert page.count('class="heat') == 2 + 7
    assert "7 things" in sound(page).text


def test_a_map_of_nothing_is_sound() -> None:
    sound(heat_map(HeatMap("empty", [], [], [], "things")))
    sound(heat_map(HeatMap("zeros", ["a"], [("x", 1)], [[0.0]], "things")))


def test_bars_and_ranges_stay_within_their_axis() -> None:
    page = ranges(
        [Range("a", -5.0, 5.0, 15.0, "5", 20.0)], "title", lowest=0.0, highest=10.0
    ) + bars([Row("b", [Part(0.25, "s0", "a quarter")], "25 %")], "title")

    assert "left:0%;width:100%" in page
    assert 'class="s0" style="width:25%" title="a quarter"' in page
    assert all(float(p) <= 100 for p in re.findall(r":(-?[\d.]+)%", page))
    sound(Html(page))


def test_a_range_without_any_length_is_sound() -> None:
    sound(ranges([Range("a", 1.0, 1.0, 1.0, "1")], "title", lowest=1.0, highest=1.0))


def test_tables_and_tiles_hold_what_they_are_given() -> None:
    page = table(["name", "number"], [["<a>", "1"]], numbers=1) + tiles([Tile("1", "<b>", "c")])

    assert '<td>&lt;a&gt;</td><td class="n">1</td>' in page
    assert "<b>1</b><span>&lt;b&gt;</span><small>c</small>" in page
