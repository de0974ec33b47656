"""Any file becomes a table or a problem that names the file, the line and what is wrong."""

from __future__ import annotations

import gzip
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.demo import table as table_module
from callboard.demo.table import SHIPPED, DataProblem, Table, parse, read_table


def columns(data: bytes) -> dict[str, list[float | str | None]]:
    return {c.name: c.cells for c in parse(data, source="f.csv").columns}


def notes(data: bytes) -> list[str]:
    return parse(data, source="f.csv").notes


def problem(data: bytes) -> str:
    with pytest.raises(DataProblem) as caught:
        parse(data, source="f.csv")
    return str(caught.value)


def test_the_shipped_data_are_what_their_source_says() -> None:
    table = read_table(SHIPPED)

    assert table.rows == 2500
    assert table.notes == []
    assert {c.name: c.kind for c in table.columns} == {
        "date": "date",
        "phase": "category",
        "size": "category",
        "damage": "category",
        "cost_usd": "number",
        "speed_knots": "number",
    }
    assert table.columns[-1].missing == 754


def test_a_plain_table_is_read_by_column() -> None:
    assert columns(b"day,n,who\n2024-01-02,1,Ann\n2024-01-03,,Bob\n") == {
        "day": ["2024-01-02", "2024-01-03"],
        "n": [1.0, None],
        "who": ["Ann", "Bob"],
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    text = f"a{delimiter}b\n1{delimiter}x\n2{delimiter}y\n"

    table = parse(text.encode(), source="f.csv")

    assert (table.delimiter, [c.name for c in table.columns]) == (delimiter, ["a", "b"])


def test_a_decimal_comma_does_not_pass_for_a_delimiter() -> None:
    assert columns(b"a;b\n1,5;2,25\n3,5;1.004,25\n") == {"a": [1.5, 3.5], "b": [2.25, 1004.25]}


def test_the_line_that_excel_writes_names_the_delimiter() -> None:
    assert columns(b"sep=;\r\na;b\r\n1;2\r\n") == {"a": [1.0], "b": [2.0]}
    assert parse(b"sep=;\r\na;b\r\n1;2\r\n", source="f.csv").lines == [3]


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16", b"")]
)
def test_unicode_is_read_with_and_without_a_mark(encoding: str, mark: bytes) -> None:
    assert columns(mark + "né,x\nà,1\n".encode(encoding)) == {"né": ["à"], "x": [1.0]}


def test_what_is_not_utf8_is_read_as_latin_1_and_said_so() -> None:
    data = "name,x\nJosé,1\n".encode("latin-1")

    assert columns(data) == {"name": ["José"], "x": [1.0]}
    assert notes(data) == [
        "line 2 is not UTF-8; the file was read as Latin-1, so check accented letters"
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_of_every_system_are_read(newline: str) -> None:
    data = newline.join(["a,b", "1,2", "", "3,4"]).encode()

    assert columns(data) == {"a": [1.0, 3.0], "b": [2.0, 4.0]}
    assert parse(data, source="f.csv").lines == [2, 4]


def test_quoted_cells_hold_delimiters_quotes_and_lines() -> None:
    data = b'a,b\n"x, ""y""\nz",1\n2,3\n'

    assert columns(data) == {"a": ['x, "y" z', "2"], "b": [1.0, 3.0]}
    assert parse(data, source="f.csv").lines == [2, 4]


def test_a_stray_quote_is_forgiven() -> None:
    assert columns(b'a,b\n"x"y,1\nz,2\n') == {"a": ["xy", "z"], "b": [1.0, 2.0]}


def test_short_rows_are_filled_and_long_ones_cut_and_both_are_said() -> None:
    data = b"a,b\n1,2\n3\n4,5,6\n7,8\n9,10\n11,12,\n"

    assert columns(data) == {
        "a": [1.0, 3.0, 4.0, 7.0, 9.0, 11.0],
        "b": [2.0, None, 5.0, 8.0, 10.0, 12.0],
    }
    assert notes(data) == [
        "1 row shorter than the header, filled with blanks (line 3)",
        "1 row longer than the header, the rest left out (line 4)",
    ]


def test_names_that_are_blank_or_double_are_mended() -> None:
    assert list(columns(b"a,,a,a (2)\n1,x,2,3\n")) == ["a", "column 2", "a (2)", "a (2) (2)"]


def test_values_on_the_first_line_are_not_taken_for_names() -> None:
    assert columns(b"2024-01-01,5\n2024-01-02,6\n") == {
        "column 1": ["2024-01-01", "2024-01-02"],
        "column 2": [5.0, 6.0],
    }
    assert notes(b"1,5\n2,6\n") == ["the first row holds values, not names; columns are numbered"]


def test_text_above_the_table_is_left_out() -> None:
    data = b"Sales of 2024\n\nday,n,m\n2024-01-01,1,2\n2024-01-02,1,2\n"

    assert list(columns(data)) == ["day", "n", "m"]
    assert notes(data) == ["1 line of text above the table left out"]


def test_row_names_without_a_name_of_their_own_are_kept() -> None:
    assert columns(b'"a","b"\n"r1",1,2\n"r2",3,4\n') == {
        "row": ["r1", "r2"],
        "a": [1.0, 3.0],
        "b": [2.0, 4.0],
    }


def test_control_characters_do_not_reach_a_terminal() -> None:
    assert columns(b"a,b\n" + b"\x1b[31mred,1\n" + b"plain text,2\n" * 30)["a"][0] == "[31mred"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "f.csv: the file is empty"),
        (b" \n\n ", "f.csv: the file is empty"),
        (b"\xef\xbb\xbf", "f.csv: the file is empty"),
        (b"a,b\n", "f.csv, line 1: there are names of columns but no rows under them"),
        (b",,\n,,\n", "f.csv: there is nothing in it but blanks and delimiters"),
        (b"sep=;\n", "f.csv, line 1: nothing follows the sep= line"),
        (
            b"PK\x03\x04...",
            "f.csv: it is not CSV but a zip archive or an Excel workbook; save it as CSV first",
        ),
        (
            gzip.compress(b"a,b\n1,2\n", mtime=0),
            "f.csv: it is not CSV but compressed with gzip; unpack it first",
        ),
        (b"a,b\n1,\x00\x02\n", "f.csv, line 2: it is binary, not text"),
        (bytes(range(1, 32)) * 9, "f.csv: it is binary, not text"),
        (b"\xff\xfe\x00\xd8a", "f.csv, line 1: it begins as utf-16 and does not go on so"),
        (b'{"a": 1}', "f.csv, line 1: it looks like JSON, not like CSV"),
        (b'[\n {"a": 1}]', "f.csv, line 1: it looks like JSON, not like CSV"),
        (b"<!DOCTYPE html><p>", "f.csv, line 1: it looks like HTML or XML, not like CSV"),
        (
            b'a,b\n1,2\n"x,3\n4,5\n',
            "f.csv, line 3: a quotation mark opens here and never closes",
        ),
        (
            b"a,b\n1,2,3\n4,5,6,7\n8,9\n1,2,3\n4,5,6,7\n",
            (
                "f.csv, line 2: this row has 3 cells, the header 2; so it is with"
                " 4 of 5 rows"
            ),
        ),
        (
            b",".join(b"c%d" % i for i in range(201)) + b"\n" + b"1," * 201,
            "f.csv, line 1: 201 columns are more than the demo reads (200)",
        ),
        (
            b"a,b\n" + b"x" * 140_000 + b",1\n",
            "f.csv: it is not CSV (field larger than field limit (131072))",
        ),
    ],
)  # fmt: skip
def test_what_is_no_table_is_a_problem_that_says_where(data: bytes, text: str) -> None:
    assert problem(data) == text


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_module, "MOST_ROWS", 2)

    assert len(columns(b"a,b\n1,2\n3,4\n")["a"]) == 2
    assert problem(b"a,b\n1,2\n3,4\n5,6\n") == (
        "f.csv, line 4: it has more rows than the demo reads (2)"
    )


def test_files_that_are_not_there_or_no_files_are_problems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(table_module, "MOST_BYTES", 5_000_000)
    Path("big.csv").write_bytes(b"a,b\n" * 2_000_000)

    for name, what in {
        "none.csv": "there is no such file",
        ".": "that is a folder, not a file",
        "/dev/null": "that is not a regular file",
        "big.csv": "8 MB is more than the demo reads (5 MB)",
        "a\0b": "it can not be read (embedded null byte)",
    }.items():
        with pytest.raises(DataProblem) as caught:
            read_table(name)
        assert caught.value.what == what


def test_a_problem_survives_pickling() -> None:
    first = DataProblem("f.csv", "wrong", 3)
    again = pickle.loads(pickle.dumps(first))  # noqa: S301 - our own

    assert (str(again), again.file, again.line) == ("f.csv, line 3: wrong", "f.csv", 3)


def sound(table: Table) -> bool:
    return all(
        len(column.cells) == table.rows
        and (column.kind == "blank") == (column.missing == table.rows)
        for column in table.columns
    ) and len({column.name for column in table.columns}) == len(table.columns)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_problem(data: bytes) -> None:
    try:
        table = parse(data, source="f.csv")
    except DataProblem:
        return

    assert sound(table)


@given(st.text(alphabet='ab1.,;|\t\n\r "-/:0é\x00', max_size=200))
def test_any_text_is_a_table_or_a_problem(text: str) -> None:
    try:
        table = parse(text.encode(), source="f.csv")
    except DataProblem:
        return

    assert sound(table)
