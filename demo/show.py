"""Shows a run while it goes: coloured lines and a line of progress on a terminal, else text.

On a terminal the last line is overwritten with what the agents are doing; piped or in a
log there are plain lines only, and nothing that depends on a terminal.
"""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Iterable
from typing import Final, TextIO

from callboard.demo.charts import bar, plain
from callboard.demo.record import Doing, Line, Tone

_COLOURS: Final[dict[Tone, str]] = {"quiet": "2", "plain": "", "good": "32", "bad": "1;31"}
_CLEAR: Final = "\r\x1b[K"
_BAR: Final = 6
_MARGIN: Final = " " * len("   0.0 s  ")


class Show:
    """Writes to a stream as suits it.

    Args:
        stream: Usually stderr, so that the report alone can be piped.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._colours = self._live and not os.environ.get("NO_COLOR")
        self._status = ""

    def title(self, text: str) -> None:
        """A line that stands out."""
        self._write(self._paint(text, "1"))

    def say(self, line: Line) -> None:
        """A line of the story."""
        text = line.text
        if self._live:
            text = f"\n{_MARGIN}".join(textwrap.wrap(text, _columns() - len(_MARGIN))) or text
        self._write(f"{line.at:6.1f} s  {self._paint(text, _COLOURS[line.tone])}")

    def progress(self, doing: Iterable[Doing]) -> None:
        """Replace the last line with what is being done; nothing where it can not be."""
        if not self._live:
            return
        doing = list(doing)
        room = _columns() - 1
        status = "   ".join(_figure(d, f"{d.agent} {d.subtask}") for d in doing)
        if len(status) > room:
            status = "   ".join(_figure(d, d.agent) for d in doing)[:room]
        if status != self._status:
            self._status = status
            self._put(_CLEAR + self._paint(status, "36"))

    def done(self) -> None:
        """Take the line of progress away."""
        if self._status:
            self._status = ""
            self._put(_CLEAR)

    def _write(self, text: str) -> None:
        status = self._status
        self._put((_CLEAR if status else "") + text + "\n")
        if status:
            self._put(self._paint(status, "36"))

    def _put(self, text: str) -> None:
        write(self._stream, text)

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colours and code else text


def _figure(doing: Doing, label: str) -> str:
    return f"{label} {bar(doing.fraction, 1.0, width=_BAR):{_BAR}} {doing.fraction:4.0%}"


def _columns() -> int:
    return max(len(_MARGIN) * 2, shutil.get_terminal_size().columns)


def write(stream: TextIO, text: str) -> None:
    """Write *text* with what characters the stream has."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        stream.write(plain(text))
    stream.flush()
