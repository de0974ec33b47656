r"""Reads any CSV file into a table of typed columns, or says what is wrong with it.

>>> table = parse(b"day;riders\n2024-01-01;1,5\n2024-01-02;\n", source="bikes.csv")
>>> [(column.name, column.kind, column.cells) for column in table.columns]
[('day', 'date', ['2024-01-01', '2024-01-02']), ('riders', 'number', [1.5, None])]
>>> parse(b"", source="bikes.csv")
Traceback (most recent call last):
    ...
callboard.demo.decoding.DataProblem: bikes.csv: the file is empty
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import msgspec

from callboard.demo.cells import Column, recognise
from callboard.demo.decoding import DataProblem, clean, decode
from callboard.demo.figures import is_figure

__all__ = ["SHIPPED", "DataProblem", "Table", "check", "parse", "read_table", "sniff"]

SHIPPED: Final = Path(__file__).parent / "data" / "bird_strikes.csv"
"""The table that comes with the demo; data/SOURCE.md says whence."""
MOST_BYTES: Final = 50_000_000
MOST_ROWS: Final = 200_000
MOST_COLUMNS: Final = 200
DELIMITERS: Final = ",;\t|"

_MARKUP: Final = re.compile(r"\s*<[!?A-Za-z]")
_JSON: Final = re.compile(r"\s*(?:\{|\[\s*[\[{\"\d])")
_SEPARATOR_LINE: Final = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_SAMPLE: Final = 64_000
_SAMPLE_ROWS: Final = 1_000
_LONGEST_PREAMBLE: Final = 20
_LONGEST_NAME: Final = 60
_NAMED: Final = 3


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A file's rows by column.

    Attributes:
        source: Name of the file.
        columns: All of the same length.
        lines: Where each row begins in the file, counted from 1.
        encoding: As which the file was decoded.
        delimiter: Between its cells.
        notes: What had to be mended or assumed to read it, in words.
    """

    source: str
    columns: list[Column]
    lines: list[int]
    encoding: str = "utf-8"
    delimiter: str = ","
    notes: list[str] = msgspec.field(default_factory=list[str])

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.lines)


class _Reader(Protocol):
    """What `csv.reader` answers with."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...


Record = tuple[int, list[str]]


def check(path: str | Path) -> int:
    """The size of the file at *path* in bytes, if it is one that can be read at all.

    Raises:
        DataProblem: It is not.
    """
    shown = clean(str(path))
    try:
        status = Path(path).stat()
        if stat.S_ISDIR(status.st_mode):
            raise DataProblem(shown, "that is a folder, not a file")
        if not stat.S_ISREG(status.st_mode):
            raise DataProblem(shown, "that is not a regular file")
        with Path(path).open("rb"):
            pass
    except FileNotFoundError:
        raise DataProblem(shown, "there is no such file") from None
    except PermissionError:
        raise DataProblem(shown, "no permission to read it") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise DataProblem(shown, f"it can not be read ({error})") from None
    if status.st_size > MOST_BYTES:
        size, most = (f"{number / 1e6:,.0f} MB" for number in (status.st_size, MOST_BYTES))
        raise DataProblem(shown, f"{size} is more than the demo reads ({most})")
    return status.st_size


def read_table(path: str | Path) -> Table:
    """The table in the file at *path*.

    Raises:
        DataProblem: There is no such file, it may not be read, or it holds no table.
    """
    check(path)
    shown = clean(str(path))
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DataProblem(shown, f"it can not be read ({error})") from None
    return msgspec.structs.replace(parse(data, source=shown), source=clean(Path(path).name))


def parse(data: bytes, *, source: str) -> Table:
    """The table that *data* states as CSV.

    Raises:
        DataProblem: It does not.
    """
    text, encoding, notes = decode(data, source=source)
    if not text.strip():
        raise DataProblem(source, "the file is empty")
    if _MARKUP.match(text):
        raise DataProblem(source, "it looks like HTML or XML, not like CSV", 1)
    if _JSON.match(text):
        raise DataProblem(source, "it looks like JSON, not like CSV", 1)
    first_line = 1
    if match := _SEPARATOR_LINE.match(text):
        delimiter, text, first_line = match[1], text[match.end() :], 2
        if delimiter in '"\r\n' or not text.strip():
            raise DataProblem(source, "nothing follows the sep= line", 1)
    else:
        delimiter = sniff(text)
    records = _records(text, delimiter, source, first_line)
    header, rows = _header(records, source, notes)
    rows = _even(header, rows, source, notes)
    names = _names(header)
    lines = [line for line, _ in rows]
    columns = [
        recognise(name, [cells[i] for _, cells in rows], lines=lines, delimiter=delimiter)
        for i, name in enumerate(names)
    ]
    notes.extend(column.assumed for column in columns if column.assumed)
    return Table(
        source=source,
        columns=columns,
        lines=lines,
        encoding=encoding,
        delimiter=delimiter,
        notes=notes,
    )


def sniff(text: str) -> str:
    r"""The delimiter with which the most rows of *text* have the same number of cells.

    >>> sniff("a;b\n1,5;2,5\n3,5;4,5\n")
    ';'
    """
    sample = text[:_SAMPLE]
    if len(text) > _SAMPLE and "\n" in sample:
        sample = sample[: sample.rindex("\n")]
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        try:
            widths = [len(cells) for cells in _reader(sample, delimiter) if any(cells)]
        except csv.Error:
            continue
        if not widths:
            continue
        width, rows = Counter(widths).most_common(1)[0]
        score = (rows / len(widths), width)
        if width > 1 and score > best_score:
            best, best_score = delimiter, score
    return best


def _reader(text: str, delimiter: str, *, strict: bool = False) -> _Reader:
    return csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=strict
    )


def _records(text: str, delimiter: str, source: str, first_line: int) -> list[Record]:
    """All rows that are not blank, with the line on which each begins."""
    try:
        return _read(_reader(text, delimiter, strict=True), source, first_line)
    except csv.Error as error:
        # A stray quote is forgiven, an open one is not: it would swallow the rest.
        if "unexpected end" in str(error):
            raise DataProblem(
                source, "a quotation mark opens here and never closes", _open_quote(text, delimiter)
            ) from None
    try:
        return _read(_reader(text, delimiter), source, first_line)
    except csv.Error as error:
        raise DataProblem(source, f"it is not CSV ({error})") from None


def _open_quote(text: str, delimiter: str) -> int:
    reader = _reader(text, delimiter, strict=True)
    line = 0
    try:
        for _ in reader:
            line = reader.line_num
    except csv.Error:
        pass
    return line + 1


def _read(reader: _Reader, source: str, first_line: int) -> list[Record]:
    records: list[Record] = []
    begins = first_line
    for cells in reader:
        tidy = [clean(cell) for cell in cells]
        if any(tidy):
            if len(records) > MOST_ROWS:
                raise DataProblem(
                    source, f"it has more rows than the demo reads ({MOST_ROWS:,})", begins
                )
            records.append((begins, tidy))
        begins = first_line + reader.line_num
    return records


def _header(records: list[Record], source: str, notes: list[str]) -> tuple[list[str], list[Record]]:
    """The names of the columns and the rows under them."""
    if not records:
        raise DataProblem(source, "there is nothing in it but blanks and delimiters")
    widths = Counter(len(cells) for _, cells in records[:_SAMPLE_ROWS])
    width = max(widths, key=lambda w: (widths[w], w))
    start = 0
    if width > 1:
        while start < min(_LONGEST_PREAMBLE, len(records) - 1) and sum(
            map(bool, records[start][1])
        ) < min(2, width):
            start += 1
    if start:
        notes.append(f"{_count(start, 'line')} of text above the table left out")
    line, header = records[start]
    if len(header) > MOST_COLUMNS:
        raise DataProblem(
            source, f"{len(header):,} columns are more than the demo reads ({MOST_COLUMNS})", line
        )
    if all(is_figure(cell) for cell in header if cell):
        notes.append("the first row holds values, not names; columns are numbered")
        return ["" for _ in header], records[start:]
    rows = records[start + 1 :]
    if not rows:
        raise DataProblem(source, "there are names of columns but no rows under them", line)
    # What R writes: names of rows without a name above them.
    unnamed = sum(len(cells) == len(header) + 1 and bool(cells[-1]) for _, cells in rows)
    if unnamed * 10 >= len(rows) * 9:
        return ["row", *header], rows
    return header, rows


def _even(header: list[str], rows: list[Record], source: str, notes: list[str]) -> list[Record]:
    """The same rows, all as wide as the header."""
    width = len(header)
    even = [(line, (cells + [""] * (width - len(cells)))[:width]) for line, cells in rows]
    short = [line for line, cells in rows if len(cells) < width]
    long = [line for line, cells in rows if any(cells[width:])]
    if len(short) + len(long) > len(rows) / 2:
        line, cells = next((n, c) for n, c in rows if len(c) != width)
        raise DataProblem(
            source,
            f"this row has {_count(len(cells), 'cell')}, the header {width}; so it is with"
            f" {len(short) + len(long):,} of {len(rows):,} rows",
            line,
        )
    if short:
        notes.append(
            f"{_count(len(short), 'row')} shorter than the header, filled with blanks"
            f" ({_lines(short)})"
        )
    if long:
        notes.append(
            f"{_count(len(long), 'row')} longer than the header, the rest left out ({_lines(long)})"
        )
    return even


def _names(header: list[str]) -> list[str]:
    """Names that are there, short enough, and different from each other."""
    names: list[str] = []
    for number, cell in enumerate(header, start=1):
        stem = cell[:_LONGEST_NAME] or f"column {number}"
        name = stem
        for again in itertools.count(2):
            if name not in names:
                break
            name = f"{stem} ({again})"
        names.append(name)
    return names


def _lines(lines: list[int]) -> str:
    shown = ", ".join(map(str, lines[:_NAMED]))
    return f"line{'s' if len(lines) > 1 else ''} {shown}{' ...' if len(lines) > _NAMED else ''}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
