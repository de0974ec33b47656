"""The report says what was found, in words and pictures, and nothing that was not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from callboard.demo import words
from callboard.demo.charts import bar, plain, sparkline, spread
from callboard.demo.report import appendix, in_short, markdown
from callboard.demo.table import Table
from tests.demo.analysed import findings, shipped
from tests.demo.tables import any_table, shop, table


def test_the_report_on_the_shipped_data_begins_with_what_matters() -> None:
    report = markdown(shipped())

    assert report.startswith(
        "# What drives damage, cost and speed?\n"
        "\n"
        "bird_strikes.csv: 2,500 rows, 6 columns, 1990-01-08 to 2002-07-24.\n"
        "\n"
        "## In short\n"
        "\n"
        "- The number of rows rises: from about 123 in 1990 to 267 in 2001, by 13.1 a year"
        " (95 % sure: 10.6 to 16).\n"
    )
    assert "- `speed_knots` differs by `phase` (strongly): the median is 245 with Descent" in report
    assert "- Mind what is missing: `speed_knots` (30 %)." in report
    assert "October        29.1  ████████████████████████████████████████\n" in report


def test_all_sections_are_there_and_set_apart() -> None:
    report = markdown(findings(shop()))

    assert re.findall(r"^## (.*)$", report, re.MULTILINE) == [
        "In short",
        "Over time",
        "Between groups",
        "What stands out",
        "The data",
        "How this was done",
    ]
    assert "\n\n\n" not in report
    assert re.findall(r"[^\n]\n#", report) == []


def test_a_table_that_shows_nothing_is_said_to_show_nothing() -> None:
    found = findings(table("n,kind", [(i * 37 % 101, "ab"[i % 2]) for i in range(100)]))

    assert in_short(found) == ["Nothing that was tested is clearer than chance would make it."]


def test_what_is_not_significant_is_not_given_a_course() -> None:
    report = markdown(findings(shop()))

    assert re.search(r"\| `noise` \(median\) \| \S+ \|  \|  \| .* no trend shown, p = ", report)


def test_a_long_goal_does_not_become_a_title() -> None:
    report = markdown(findings(shop(60), goal="why " * 40))

    assert report.startswith("# Report\n\n> why why")


def test_what_a_file_says_does_not_become_markup() -> None:
    rows = [("*bold*" if i % 2 else "<b>|x|", i % 7 * (i % 2)) for i in range(60)]
    report = markdown(findings(table("`na|me`,n", rows), goal="# [link](x) <script>"))

    assert report.startswith("# \\# \\[link\\](x) \\<script\\>\n")
    assert "`'na/me'`" in report
    assert "\\*bold\\*" in report
    for line in report.splitlines():
        if line.startswith("| ") and "---" not in line:
            assert len(re.findall(r"(?<!\\)\|", line)) in (5, 6, 7, 9), line


def test_the_appendix_tells_who_did_what() -> None:
    assert appendix("ann AAA", ["0.0 s: ann begins Trends"]) == (
        "\n## Appendix: who did what\n"
        "\n"
        "Several agents made this report. Their run, with all that went wrong in it:\n"
        "\n"
        "```text\n"
        "ann AAA\n"
        "```\n"
        "\n"
        "- 0.0 s: ann begins Trends\n"
    )


@given(any_table())
def test_any_table_can_be_reported(data: Table) -> None:
    found = findings(data)
    report = markdown(found)

    assert in_short(found)
    assert re.search(r"\bnan\b", report) is None
    assert len(re.findall(r"^```", report, re.MULTILINE)) % 2 == 0


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (1, "1"),
        (-1.5, "-1.5"),
        (0.05, "0.05"),
        (99.95, "100"),
        (999.9, "1,000"),
        (1234.5, "1,234"),
        (999_999, "999,999"),
        (1_500_000, "1.5 million"),
        (-2.345e9, "-2.35 billion"),
        (3e12, "3 trillion"),
        (1e16, "1.00e+16"),
        (0.00001, "1.00e-05"),
        (0.0001234, "0.000123"),
    ],
)
def test_numbers_have_the_digits_that_matter(number: float, text: str) -> None:
    assert words.human(number) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.5, "50 %"),
        (0.123, "12 %"),
        (0.0123, "1.2 %"),
        (0.00123, "0.12 %"),
        (0.00001, "under 0.01 %"),
    ],
)
def test_shares_have_the_digits_that_matter(share: float, text: str) -> None:
    assert words.percent(share) == text


def test_charts_keep_to_their_width() -> None:
    assert sparkline([]) == ""
    assert sparkline([2, 2]) == "▄▄"
    assert len(sparkline(range(1000), longest=30)) == 30
    assert (bar(0, 10, width=5), bar(10, 10, width=5), bar(1e-9, 10, width=5)) == ("", "█████", "▏")
    assert spread((3, 3, 3), lowest=3, highest=3, width=9) == "●"
    assert spread((0, 5, 10), lowest=0, highest=10, width=5) == "╶─●─╴"


def test_charts_can_be_told_in_ascii() -> None:
    assert plain(sparkline(range(8)) + bar(3, 4, width=4) + "é") == "_.,-=+*####?"
