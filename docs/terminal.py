"""What a terminal shows of a program, as an SVG picture.

The program runs on a pseudo-terminal, so it shows itself as it does to a person. The
screen understands what our own programs use: colours, and moving about to draw anew.
"""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

ROOT = Path(__file__).parents[1]
COLUMNS, ROWS = 80, 60
WIDTH, HEIGHT, MARGIN = 8.0, 17.0, 14.0
"""Pixels of a character, and of the border."""

SEQUENCE = re.compile(
    r"\x1b\[(?P<private>\?)?(?P<numbers>[\d;]*)(?P<final>[A-Za-z])|\x1b[()].|\x1b."
)
COLOURS = (
    "#6b7785", "#e5707a", "#7fbf7f", "#d9b45b", "#6fa8dc", "#c38fd8", "#63b8b8", "#d5dbe3",
)  # fmt: skip
STYLE = (
    "text{font:13px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
    "fill:#e4e8ed;white-space:pre}.b{font-weight:600}.d{opacity:.6}"
)


class Style(NamedTuple):
    """How a character looks."""

    colour: str = ""
    bold: bool = False
    dim: bool = False


class Screen:
    """A terminal's lines, as they are after all that was written."""

    def __init__(self) -> None:
        self.lines: list[list[tuple[str, Style]]] = [[]]
        self._row = self._column = 0
        self._style = Style()

    def write(self, text: str) -> None:
        """Show what a program has written."""
        at = 0
        for sequence in SEQUENCE.finditer(text):
            self._print(text[at : sequence.start()])
            self._obey(sequence)
            at = sequence.end()
        self._print(text[at:])

    def _print(self, text: str) -> None:
        for character in text:
            if character == "\r":
                self._column = 0
            elif character == "\n":
                self._row += 1
            elif character == "\b":
                self._column = max(0, self._column - 1)
            elif character >= " ":
                self._put(character)

    def _put(self, character: str) -> None:
        if self._column >= COLUMNS:
            self._row, self._column = self._row + 1, 0
        while len(self.lines) <= self._row:
            self.lines.append([])
        line = self.lines[self._row]
        line += [(" ", Style())] * (self._column - len(line))
        line[self._column : self._column + 1] = [(character, self._style)]
        self._column += 1

    def _obey(self, sequence: re.Match[str]) -> None:
        if sequence["final"] is None or sequence["private"]:
            return
        numbers = [int(number or 0) for number in sequence["numbers"].split(";")]
        first = max(1, numbers[0])
        match sequence["final"]:
            case "m":
                self._dress(numbers)
            case "A":
                self._row = max(0, self._row - first)
            case "B":
                self._row += first
            case "C":
                self._column += first
            case "D":
                self._column = max(0, self._column - first)
            case "F":
                self._row, self._column = max(0, self._row - first), 0
            case "G":
                self._column = first - 1
            case "K":
                self._erase_line(numbers[0])
            case "J":
                self._erase_below()
            case _:
                raise ValueError(sequence[0])

    def _dress(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            match number:
                case 0:
                    self._style = Style()
                case 1:
                    self._style = self._style._replace(bold=True)
                case 2:
                    self._style = self._style._replace(dim=True)
                case 22:
                    self._style = self._style._replace(bold=False, dim=False)
                case 39:
                    self._style = self._style._replace(colour="")
                case _ if 30 <= number <= 37 or 90 <= number <= 97:  # noqa: PLR2004 - as ECMA-48 has it
                    self._style = self._style._replace(colour=COLOURS[number % 10])
                case _:
                    pass

    def _erase_line(self, which: int) -> None:
        if self._row < len(self.lines):
            del self.lines[self._row][0 if which else self._column :]

    def _erase_below(self) -> None:
        self._erase_line(0)
        del self.lines[self._row + 1 :]


def run(*arguments: str, folder: Path, seconds: float = 120.0) -> Screen:
    """The screen after `python` *arguments* has ended, on a terminal of 80 columns.

    Raises:
        RuntimeError: It ended with another status than 0, or took too long.
    """
    here, there = pty.openpty()
    size = {"COLUMNS": str(COLUMNS), "LINES": str(ROWS)}
    process = subprocess.Popen(  # noqa: S603 - our own demo
        (sys.executable, *arguments),
        cwd=folder,
        env={**os.environ, **size, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)},
        stdin=there,
        stdout=there,
        stderr=there,
    )
    os.close(there)
    patience = threading.Timer(seconds, process.kill)
    patience.start()
    screen = Screen()
    screen.write(b"".join(_read(here)).decode("utf-8"))
    status = process.wait()
    patience.cancel()
    os.close(here)
    if status:
        raise RuntimeError(f"{' '.join(arguments)}: status {status}")
    return screen


def picture(screen: Screen, command: str, until: str = "") -> str:
    """The screen as SVG, below the command that was typed.

    Args:
        screen: What was shown.
        command: Which command did it.
        until: Begins the first line that is left out; "" for none.
    """
    typed = Screen()
    typed.write(f"\x1b[2m$\x1b[0m \x1b[1m{command}")
    texts = ["".join(character for character, _ in line) for line in screen.lines]
    cut = [number for number, text in enumerate(texts) if until and text.startswith(until)]
    lines = [*typed.lines, *screen.lines[: min(cut, default=None)]]
    while not lines[-1]:
        lines.pop()
    width, height = COLUMNS * WIDTH + 2 * MARGIN, len(lines) * HEIGHT + 2 * MARGIN
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            f"<title>{escape(command)}</title>",
            f"<style>{STYLE}</style>",
            '<rect width="100%" height="100%" rx="6" fill="#15191e"/>',
            *(text for number, line in enumerate(lines) for text in _texts(line, number)),
            "</svg>",
            "",
        ]
    )


def _texts(line: list[tuple[str, Style]], number: int) -> Iterator[str]:
    column = 0
    y = MARGIN + (number + 0.75) * HEIGHT
    for style, cells in groupby(line, key=lambda cell: cell[1]):
        text = "".join(character for character, _ in cells)
        if text.strip():
            x = MARGIN + column * WIDTH
            kinds = " ".join(kind for kind, on in (("b", style.bold), ("d", style.dim)) if on)
            how = (f' class="{kinds}"' if kinds else "") + (
                f' style="fill:{style.colour}"' if style.colour else ""
            )
            size = f'x="{x:g}" y="{y:g}" textLength="{len(text) * WIDTH:g}"'
            yield f"<text {size}{how}>{escape(text)}</text>"
        column += len(text)


def _read(terminal: int) -> Iterator[bytes]:
    with contextlib.suppress(OSError):  # Linux says so when the other side has closed
        while read := os.read(terminal, 65536):
            yield read
