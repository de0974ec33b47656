"""A column's kind is found, and its cells are read as their writer meant them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.demo.cells import Column, Unreadable, recognise
from callboard.demo.figures import Cell


def read(*texts: str, name: str = "x", delimiter: str = ",") -> Column:
    return recognise(name, texts, lines=range(2, len(texts) + 2), delimiter=delimiter)


@pytest.mark.parametrize(
    ("texts", "cells"),
    [
        (["1", "-2.5", "+3", "1e3", ".5", "7."], [1.0, -2.5, 3.0, 1000.0, 0.5, 7.0]),
        (["1,234.5", "12"], [1234.5, 12.0]),
        (["1.234,5", "12"], [1234.5, 12.0]),
        (["1 234,5", "12,0"], [1234.5, 12.0]),
        (["1'234.5", "12.5"], [1234.5, 12.5]),
        (["$1,200", "($30)", "-$5"], [1200.0, -30.0, -5.0]),
        (["12 €", "3,50 €"], [12.0, 3.5]),
        (["50%", "7.5 %"], [50.0, 7.5]),
        (["\u22123", "4"], [-3.0, 4.0]),
        (["1", "NA", "n/a", "", "-", "None", "?"], [1.0, None, None, None, None, None, None]),
    ],
)
def test_numbers_are_read_as_people_write_them(texts: list[str], cells: list[Cell]) -> None:
    column = read(*texts)

    assert (column.kind, column.cells) == ("number", cells)


@pytest.mark.parametrize(
    ("texts", "cells"),
    [
        (["2024-03-01", "2024/3/2"], ["2024-03-01", "2024-03-02"]),
        (["2024-03-01T10:20:30Z", "2024-03-01 10:20"], ["2024-03-01", "2024-03-01"]),
        (["2024-03", "2024-04"], ["2024-03-01", "2024-04-01"]),
        (["25/12/2023", "01/02/2024"], ["2023-12-25", "2024-02-01"]),
        (["12/25/2023", "01/02/2024"], ["2023-12-25", "2024-01-02"]),
        (["25.12.23", "1.2.69"], ["2023-12-25", "1969-02-01"]),
        (["3 Jan 2024", "4 February 2024"], ["2024-01-03", "2024-02-04"]),
        (["Jan 3, 2024", "Sept. 4 2024"], ["2024-01-03", "2024-09-04"]),
        (["Jan 2024", "Mar-2024"], ["2024-01-01", "2024-03-01"]),
    ],
)
def test_dates_are_read_as_people_write_them(texts: list[str], cells: list[Cell]) -> None:
    column = read(*texts)

    assert (column.kind, column.cells, column.assumed) == ("date", cells, "")


def test_an_order_of_day_and_month_that_nothing_tells_is_assumed_and_said() -> None:
    assert read("03/04/2024", "05/06/2024").assumed == (
        "x: dates like 03/04/2024 were read month first"
    )
    assert read("03.04.2024", "05.06.2024").cells == ["2024-04-03", "2024-06-05"]


def test_thousands_that_could_be_decimals_are_assumed_and_said() -> None:
    assert (read("1,234", "2,345").cells, read("1,234", "2,345").assumed) == (
        [1234.0, 2345.0],
        "x: 1,234 was read as 1,234",
    )
    assert read("1,234", "2,345", delimiter=";").cells == [1.234, 2.345]
    assert read("1.234", "2.345", delimiter=";").cells == [1.234, 2.345]


@pytest.mark.parametrize("name", ["year", "Year", "model_year", "Jahr", "fiscal year"])
def test_a_year_is_a_date_only_under_its_name(name: str) -> None:
    assert read("1999", "2000.0", name=name).cells == ["1999-01-01", "2000-01-01"]
    assert read("1999", "2000", name="price").kind == "number"


def test_eight_digits_are_a_date_only_under_its_name() -> None:
    assert read("20240131", "20240201", name="order_date").cells == ["2024-01-31", "2024-02-01"]
    assert read("20240131", "20240201", name="price").kind == "number"


@pytest.mark.parametrize(
    ("texts", "name", "kind"),
    [
        (["", "NA"], "x", "blank"),
        (["a", "b", "a", "b"], "x", "category"),
        (["0", "1", "1", "0"], "x", "category"),
        (["01234", "01235", "01234", "01235"], "zip", "category"),
        ([f"text {i}" for i in range(30)], "x", "text"),
        ([f"c{i}" for i in range(30)], "customer_id", "identifier"),
        ([str(i) for i in range(100, 130)], "x", "identifier"),
        ([str(i * i) for i in range(30)], "id", "identifier"),
        ([str(i * i) for i in range(30)], "x", "number"),
        (["None", "None", "Minor", "Minor"], "damage", "category"),
        (["999-12-31", "x"], "x", "text"),
        (["1e999", "2"], "x", "text"),
        (["10:30", "11:45"], "x", "text"),
    ],
)
def test_the_kind_of(texts: list[str], name: str, kind: str) -> None:
    assert read(*texts, name=name).kind == kind


def test_a_word_that_is_a_value_of_a_category_is_not_missing() -> None:
    assert read("None", "Minor", "None", "Minor").cells == ["None", "Minor", "None", "Minor"]


def test_a_few_cells_that_do_not_fit_are_missing_and_named() -> None:
    column = read(*["7"] * 15, *["8"] * 15, "about 7")

    assert (column.kind, column.missing, column.unreadable) == ("number", 1, 1)
    assert column.examples == [Unreadable(line=32, text="about 7")]


def test_too_many_cells_that_do_not_fit_make_it_text() -> None:
    assert read("7", "8", "about 7").kind == "text"


@given(st.floats(min_value=-1e12, max_value=1e12).map(lambda number: round(number, 2)))
def test_a_number_is_the_same_in_every_style(number: float) -> None:
    text = f"{number:,.2f}"
    german = text.translate(str.maketrans(",.", ".,"))

    assert [read(style, "3").cells[0] for style in (f"{number}", text, german)] == [number + 0] * 3


@given(st.dates(min_value=dt.date(1970, 1, 1), max_value=dt.date(2068, 12, 31)))
def test_a_date_is_the_same_in_every_style(day: dt.date) -> None:
    styles = ["%Y-%m-%d", "%Y/%m/%d", "%d %b %Y", "%B %d, %Y", "%Y-%m-%dT%H:%M:%S"]

    assert {read(day.strftime(style)).cells[0] for style in styles} == {day.isoformat()}
    # A second date settles the order.
    assert read(day.strftime("%d/%m/%Y"), "31/01/2000").cells[0] == day.isoformat()
    assert read(day.strftime("%m/%d/%y"), "01/31/00").cells[0] == day.isoformat()
