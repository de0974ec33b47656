r"""Turns the bytes of a file into text, or says why they are none.

>>> decode("caf\u00e9;1\n".encode("latin-1"), source="menu.csv")[1]
'latin-1'
"""

from __future__ import annotations

import unicodedata
from typing import Final

_SIGNATURES: Final = {
    b"PK\x03\x04": "a zip archive or an Excel workbook; save it as CSV first",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save it as CSV first",
    b"\x1f\x8b": "compressed with gzip; unpack it first",
    b"BZh91AY&SY": "compressed with bzip2; unpack it first",
    b"\xfd7zXZ": "compressed with xz; unpack it first",
    b"%PDF-": "a PDF",
    b"PAR1\x15": "a Parquet file; save it as CSV first",
    b"ARROW1\0\0": "an Arrow file; save it as CSV first",
    b"SQLite format 3\0": "an SQLite database; export a table of it as CSV first",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF89a": "a picture",
    b"{\\rtf": "an RTF document",
}
_SAMPLE: Final = 64_000
_CONTROLS_TOLERATED: Final = 0.01


class DataProblem(Exception):
    """A file can not be read as a table.

    Attributes:
        file: As the user named it.
        what: What is wrong, and where possible what would mend it.
        line: Where, counted from 1; None where it is about the whole file.
    """

    def __init__(self, file: str, what: str, line: int | None = None) -> None:
        super().__init__(file, what, line)
        self.file = file
        self.what = what
        self.line = line

    def __str__(self) -> str:
        """One line for a person."""
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{where}: {self.what}"


def decode(data: bytes, *, source: str) -> tuple[str, str, list[str]]:
    """The text, the encoding, and what had to be assumed.

    Raises:
        DataProblem: It is no text.
    """
    for signature, meaning in _SIGNATURES.items():
        if data.startswith(signature):
            raise DataProblem(source, f"it is not CSV but {meaning}")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(data, "utf-16", source)
    if b"\0" in data[:_SAMPLE]:
        raise DataProblem(
            source, "it is binary, not text", data[: data.index(b"\0")].count(b"\n") + 1
        )
    try:
        text, encoding = data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        text = data.decode("cp1252", errors="replace")
        if "\ufffd" in text:
            text = data.decode("latin-1")
        encoding = "latin-1"
        notes = [
            f"line {line} is not UTF-8; the file was read as Latin-1, so check accented letters"
        ]
    else:
        notes = []
    sample = text[:_SAMPLE]
    controls = sum(c < " " and c not in "\t\n\r\f\v\x1a" for c in sample)
    if controls > _CONTROLS_TOLERATED * len(sample):
        raise DataProblem(source, "it is binary, not text")
    return text.rstrip("\x1a"), encoding, notes


def _decoded(data: bytes, encoding: str, source: str) -> tuple[str, str, list[str]]:
    try:
        return data.decode(encoding), encoding, []
    except UnicodeDecodeError as error:
        line = data[: error.start].decode(encoding, "ignore").count("\n") + 1
        raise DataProblem(source, f"it begins as {encoding} and does not go on so", line) from None


def clean(text: str) -> str:
    r"""*text* on one line and without characters that would upset a terminal.

    >>> clean("a\x1b[31m  b\n")
    'a[31m b'
    """
    if not text.isprintable():
        text = "".join(
            " " if c.isspace() else c
            for c in text
            if c.isspace() or unicodedata.category(c)[0] != "C"
        )
    return " ".join(text.split()) if "  " in text else text.strip()
