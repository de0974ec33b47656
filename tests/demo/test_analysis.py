"""The analyses find what is in a table, and claim nothing else, whatever the table."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given

from callboard.demo.analysis import ANALYSES, AnyFinding, analyse
from callboard.demo.results import Comparison, Extremes, Quality, Trends
from callboard.demo.table import SHIPPED, Table, read_table
from tests.demo.tables import any_table, shop, table


@pytest.fixture(scope="module")
def birds() -> Table:
    return read_table(SHIPPED)


@pytest.fixture(scope="module")
def sales() -> Table:
    return shop()


def trends(data: Table, goal: str = "") -> Trends:
    result = analyse("trends", data, goal)
    assert isinstance(result, Trends)
    return result


def comparison(data: Table, goal: str = "") -> Comparison:
    result = analyse("groups", data, goal)
    assert isinstance(result, Comparison)
    return result


def extremes(data: Table) -> Extremes:
    result = analyse("extremes", data)
    assert isinstance(result, Extremes)
    return result


def quality(data: Table) -> Quality:
    result = analyse("quality", data)
    assert isinstance(result, Quality)
    return result


def test_more_bird_strikes_were_reported_each_year(birds: Table) -> None:
    found = trends(birds)
    rows = found.trends[0]

    assert (found.period, found.left_out) == ("year", ["2002"])
    assert (rows.column, rows.measure, rows.significant) == ("", "rows", True)
    assert [(p.period, p.value) for p in rows.points[:2]] == [("1990", 116), ("1991", 143)]
    assert (rows.low, rows.slope, rows.high) == pytest.approx((10.6, 13.11, 16), abs=0.01)


def test_bird_strikes_peak_in_october(birds: Table) -> None:
    season = trends(birds).seasons[0]

    assert (season.column, season.significant) == ("", True)
    assert max(season.points, key=lambda p: p.value).period == "10"


def test_speed_and_damage_of_bird_strikes_differ_between_groups(birds: Table) -> None:
    found = comparison(birds, "what drives damage?")
    first, *_ = found.differences
    size = next(a for a in found.associations if (a.column, a.by) == ("damage", "size"))

    assert (first.column, first.by, first.groups[0].name) == ("speed_knots", "phase", "Descent")
    assert size.significant
    assert size.shares[size.groups.index("Large")][size.levels.index("None")] == pytest.approx(
        0.588, abs=0.001
    )


def test_costs_are_compared_by_how_often_there_are_any(birds: Table) -> None:
    costs = next(d for d in comparison(birds).differences if d.column == "cost_usd")

    assert (costs.by, costs.usual) == ("damage", 0.0)
    assert [(g.name, round(g.other, 3)) for g in costs.groups] == [
        ("Substantial", 0.356),
        ("Minor", 0.082),
        ("Medium", 0.053),
        ("None", 0.004),
    ]


def test_growth_and_season_of_sales_are_told_apart(sales: Table) -> None:
    found = trends(sales)
    sold = next(t for t in found.trends if t.column == "sold")
    season = next(s for s in found.seasons if s.column == "sold")

    assert (sold.measure, sold.period, sold.per, sold.seasonal) == ("median", "month", "year", True)
    assert sold.significant
    assert sold.slope == pytest.approx(365 / 30, rel=0.05)
    assert max(season.points, key=lambda p: p.value).period == "07"


def test_what_does_not_move_is_not_said_to_move(sales: Table) -> None:
    found = trends(sales)

    assert {t.column for t in found.trends if t.significant} == {"sold"}
    assert "" not in {t.column for t in found.trends}, "two rows a day are no trend to look for"


def test_regions_differ_and_payment_does_not(sales: Table) -> None:
    found = comparison(sales)

    assert {(d.column, d.by) for d in found.differences if d.significant} == {("sold", "region")}
    assert [a.significant for a in found.associations] == [False]


def test_wild_days_stand_out(sales: Table) -> None:
    sold = next(o for o in extremes(sales).outliers if o.column == "sold")

    assert sold.count == 4
    assert [(e.line, round(e.value)) for e in sold.extremes[:1]] == [(1402, 1129)]
    assert sold.extremes[0].about == "2020-12-01, north, card"


def test_columns_that_the_goal_names_come_first(sales: Table) -> None:
    steps = ANALYSES["groups"].steps

    assert steps(sales, "")[0][:2] == ["difference", "sold"]
    assert steps(sales, "how much noise is there?")[0][:2] == ["difference", "noise"]


def test_too_short_a_time_is_said_to_be_too_short() -> None:
    found = trends(table("day,n", [(f"2024-01-0{i}", i) for i in range(1, 6)]))

    assert found == Trends(
        date="day",
        first="2024-01-01",
        last="2024-01-05",
        untested=[
            (
                "2024-01-01 to 2024-01-05 is too short or too thin for a trend: at least 8"
                " complete days, weeks, months or years are needed."
            )
        ],
    )


def test_a_table_without_dates_or_groups_says_so() -> None:
    lonely = table("n", [(i * i,) for i in range(40)])

    assert trends(lonely).untested == ["No column holds dates, so nothing can be said about time."]
    assert comparison(lonely).untested == [
        "No column cuts the rows into groups that could be compared."
    ]
    assert extremes(table("a", [("x",), ("y",)])).untested == ["No column holds numbers that vary."]


@pytest.mark.parametrize(
    ("stamps", "period", "length"),
    [
        ([f"{y}-01-01" for y in range(2000, 2010)], "year", 10),
        ([f"{y}-{m:02}-01" for y in (2000, 2001) for m in range(1, 13)], "month", 24),
        ([f"2024-01-{d:02}" for d in range(1, 21)], "day", 20),
    ],
)
def test_stamps_stand_for_their_whole_period(stamps: list[str], period: str, length: int) -> None:
    found = trends(table("date,n", [(stamp, i * 2 + 1) for i, stamp in enumerate(stamps)] * 3))

    assert (found.period, found.left_out) == (period, [])
    assert [len(t.points) for t in found.trends] == [length]


def test_doubts_about_the_data_are_found() -> None:
    rows: list[tuple[object, ...]] = [(f"2024-01-{i % 28 + 1:02}", i, "red", 1) for i in range(117)]
    rows += [("2024-02-01", "many", "Red", 1), ("", 8, "blue", 1), ("2024-01-01", 0, "red", 1)]
    found = quality(table("day,n,colour,same", rows))
    day, n, colour, same = found.columns

    assert (day.overview.missing, day.overview.first, day.overview.last) == (
        1,
        "2024-01-01",
        "2024-02-01",
    )
    assert (n.unreadable, [(e.line, e.text) for e in n.examples]) == (1, [(119, "many")])
    assert (colour.variants, colour.rare) == ([["Red", "red"]], [("Red", 1), ("blue", 1)])
    assert same.constant
    assert found.duplicates is not None
    assert (found.duplicates.rows, found.duplicates.lines) == (1, [121])


def test_results_are_plain_data_that_come_back_whole(birds: Table) -> None:
    for name, analysis in ANALYSES.items():
        result = analyse(name, birds)
        text = json.dumps(msgspec.to_builtins(result), allow_nan=False)
        again = msgspec.convert(json.loads(text), analysis.result)

        assert again == result


@given(any_table())
def test_any_table_is_analysed_step_by_step(data: Table) -> None:
    data = msgspec.convert(msgspec.to_builtins(data), Table)
    for name, analysis in ANALYSES.items():
        found = [analysis.measure(data, step) for step in analysis.steps(data, "")]
        text = json.dumps(msgspec.to_builtins(found), allow_nan=False)
        again = msgspec.convert(json.loads(text), list[AnyFinding | None])

        assert again == found
        result = analysis.conclude(data, "", [finding for finding in again if finding])
        assert result == analyse(name, data)
        json.dumps(msgspec.to_builtins(result), allow_nan=False)
