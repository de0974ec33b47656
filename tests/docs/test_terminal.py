"""The screen of the pictures understands what programs write to a terminal."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("pseudo-terminals are of other systems", allow_module_level=True)

from docs import pictures, terminal
from docs.terminal import COLUMNS, Screen, Style


def shown(written: str) -> list[str]:
    screen = Screen()
    screen.write(written)
    return ["".join(character for character, _ in line).rstrip() for line in screen.lines]


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("one\r\ntwo", ["one", "two"]),
        ("first\rFIR", ["FIRst"]),
        ("50 %\r\x1b[K60 %", ["60 %"]),
        ("a\r\nb\r\n\x1b[2A\x1b[JA", ["A"]),
        ("ab\b\bc", ["cb"]),
        ("left\x1b[10Gright", ["left     right"]),
        ("\x1b[?25lhidden cursor\x1b[?25h", ["hidden cursor"]),
        ("x" * (COLUMNS + 1), ["x" * COLUMNS, "x"]),
    ],
)
def test_what_is_written_is_shown(written: str, lines: list[str]) -> None:
    assert shown(written) == lines


def test_colours_last_until_they_are_taken_back() -> None:
    screen = Screen()
    screen.write("\x1b[1;31mR\x1b[22mr\x1b[0m.")

    red = terminal.COLOURS[1]
    assert screen.lines == [
        [("R", Style(colour=red, bold=True)), ("r", Style(colour=red)), (".", Style())]
    ]


def test_a_program_sees_a_terminal_of_eighty_columns(tmp_path: Path) -> None:
    code = "import os, sys; print(sys.stdout.isatty(), os.environ['COLUMNS'])"
    screen = terminal.run("-c", code, folder=tmp_path)

    assert "".join(character for character, _ in screen.lines[0]) == "True 80"


def test_a_program_that_fails_gives_no_picture(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="status 3"):
        terminal.run("-c", "raise SystemExit(3)", folder=tmp_path)


def test_a_picture_has_the_command_and_the_lines_up_to_where_it_is_cut() -> None:
    screen = Screen()
    screen.write("\x1b[32mgood <&>\x1b[0m\r\n- and so on\r\n")
    root = ET.fromstring(terminal.picture(screen, "python -m x", until="- "))  # noqa: S314 - our own

    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["$", "python -m x", "good <&>"]


def test_all_pictures_together_are_small() -> None:
    size = sum(file.stat().st_size for file in pictures.PICTURES.iterdir())

    assert size <= pictures.LARGEST
