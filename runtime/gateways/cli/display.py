"""How a run is shown while it goes: lines, or on a terminal with rich also live bars."""

from __future__ import annotations

import importlib.util
import textwrap
from typing import Protocol

from callboard.runtime.gateways.cli.screen import Stream
from callboard.runtime.gateways.cli.story import Line, Story

MARGIN = " " * len("   0.0 s  ")


class Display(Protocol):
    """What shows a run."""

    def begin(self, goal: str) -> None:
        """Say what is to be done."""

    def say(self, line: Line) -> None:
        """Tell what has happened."""

    def update(self, story: Story) -> None:
        """Show what is being done now."""

    def end(self) -> None:
        """Leave nothing that moves."""


class Silence:
    """Shows nothing."""

    def begin(self, goal: str) -> None:
        """Nothing."""

    def say(self, line: Line) -> None:
        """Nothing."""

    def update(self, story: Story) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


class Plain:
    """A line for each thing that happens."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def begin(self, goal: str) -> None:
        """Say what is to be done."""
        self._stream.line(goal, "bold")

    def say(self, line: Line) -> None:
        """Tell what has happened."""
        self._stream.line(told(line, self._stream.columns), line.style)

    def update(self, story: Story) -> None:
        """The lines have told it."""

    def end(self) -> None:
        """Nothing moves."""


def display(stream: Stream, *, quiet: bool, logs: bool) -> Display:
    """What suits the stream.

    Args:
        stream: Where it is shown.
        quiet: Nothing is to be shown.
        logs: Log lines go there too, and would get between bars.
    """
    if quiet:
        return Silence()
    if logs or not stream.is_terminal or not _has_rich():
        return Plain(stream)
    from callboard.runtime.gateways.cli.live import Live  # noqa: PLC0415 - needs an extra

    return Live(stream)


def told(line: Line, columns: int | None) -> str:
    """The line with its time, wrapped to that many columns.

    >>> told(Line(1.26, "ann begins Count"), None)
    '   1.3 s  ann begins Count'
    """
    text = line.text
    if columns is not None:
        wrapped = textwrap.wrap(text, columns - len(MARGIN) - 1)
        text = f"\n{MARGIN}".join(wrapped)
    return f"{line.at:6.1f} s  {text}"


def _has_rich() -> bool:
    return importlib.util.find_spec("rich") is not None
