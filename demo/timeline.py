"""Draws who did what and when, as text.

>>> spans = [Span(agent="ann", subtask="Trends", start=0.0, end=4.0, outcome="crashed"),
...          Span(agent="bob", subtask="Trends", start=4.0, end=9.0, outcome="done")]
>>> print(draw(Timeline(spans=spans, downs=[Down(agent="ann", start=4.0, end=6.0)]), width=40))
     0 s     2 s    4 s     6 s    8 s
     |-------|------|-------|------|----
ann  aaaaaaaaaaaaaa#........^
bob                 AAAAAAAAAAAAAAAAAAA
<BLANKLINE>
A Trends
Capitals: done
small letters: lost, and done again
# crashed   ! hung   . down
^ started again
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

import msgspec

Outcome: TypeAlias = Literal["done", "crashed", "hung", "failed", "taken away", "running"]

WIDTH: Final = 80
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ENDS: Final = {"crashed": "#", "hung": "!", "failed": "x", "taken away": "<"}
_STEPS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
_TICKS: Final = 6
_LONGEST_NAME: Final = 16
_LEAST_AXIS: Final = 20
_GLUE: Final = "\0"
_SENSE: Final = ("Capitals: done", "small letters: lost, and done again")
_MARKS: Final = ("# crashed", "! hung", ". down", "^ started again")


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at one subtask by one agent.

    Attributes:
        start: Seconds since the run began.
        end: Likewise.
        note: Why it ended, where that needs a word.
    """

    agent: str
    subtask: str
    start: float
    end: float
    outcome: Outcome
    note: str = ""


class Down(msgspec.Struct, frozen=True, kw_only=True):
    """An agent was not there.

    Attributes:
        start: Seconds since the run began.
        end: When it was there again; None where it never was.
    """

    agent: str
    start: float
    end: float | None


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run, for this and for other ways to draw it.

    Attributes:
        spans: In the order in which they began.
        downs: Likewise.
        agents: All that were there, also those without work, in the order of their lines.
        story: What happened: seconds since the run began, and a sentence.
    """

    spans: list[Span]
    downs: list[Down] = msgspec.field(default_factory=list[Down])
    agents: list[str] = msgspec.field(default_factory=list[str])
    story: list[tuple[float, str]] = msgspec.field(default_factory=list[tuple[float, str]])

    @property
    def seconds(self) -> float:
        """How long the run took."""
        ends = [span.end for span in self.spans] + [down.end or down.start for down in self.downs]
        return max(ends, default=0.0)

    @property
    def everybody(self) -> list[str]:
        """All agents, also those that only their work tells of, in the order of their lines."""
        spans, downs = (s.agent for s in self.spans), (d.agent for d in self.downs)
        return list(dict.fromkeys([*self.agents, *spans, *downs]))


def draw(timeline: Timeline, *, width: int = WIDTH) -> str:
    """A line for each agent, or several where it did several things at once."""
    agents = timeline.everybody
    label = min(_LONGEST_NAME, max((len(agent) for agent in agents), default=0)) + 2
    axis = max(_LEAST_AXIS, width - label)
    scale = (axis - 1) / (timeline.seconds or 1.0)
    subtasks = list(dict.fromkeys(span.subtask for span in timeline.spans))
    letters = {subtask: _LETTERS[i % len(_LETTERS)] for i, subtask in enumerate(subtasks)}
    lines = [" " * label + line for line in _ruler(timeline.seconds, scale, axis)]
    for agent in agents:
        name = agent if len(agent) <= _LONGEST_NAME else agent[: _LONGEST_NAME - 1] + "~"
        for row in _rows(timeline, agent, letters, scale, axis):
            lines.append(f"{name:{label}}{row}".rstrip())
            name = ""
    return "\n".join([*lines, "", *_legend(letters, width)])


def _legend(letters: dict[str, str], width: int) -> list[str]:
    names = [f"{letter} {subtask}" for subtask, letter in letters.items()]
    # What belongs together stays on one line.
    groups = (names, _SENSE, _MARKS)
    lines = ("   ".join(entry.replace(" ", _GLUE) for entry in group) for group in groups)
    wrapped = [part for line in lines for part in textwrap.wrap(line, width)]
    return [line.replace(_GLUE, " ") for line in wrapped]


def _ruler(seconds: float, scale: float, axis: int) -> tuple[str, str]:
    step = next((s for s in _STEPS if seconds / s <= _TICKS), _STEPS[-1])
    marks, rule = [" "] * axis, ["-"] * axis
    for tick in range(int(seconds / step) + 1):
        place = round(tick * step * scale)
        text = f"{tick * step:g} s"
        if place + len(text) <= axis:
            marks[place : place + len(text)] = text
        rule[place] = "|"
    return "".join(marks).rstrip(), "".join(rule)


def _rows(
    timeline: Timeline, agent: str, letters: dict[str, str], scale: float, axis: int
) -> Iterator[str]:
    """The agent's lines: each span goes into the first that has room for it."""
    spans = sorted((s for s in timeline.spans if s.agent == agent), key=lambda s: s.start)
    rows = [[" "] * axis]
    free = [0.0]
    for span in spans:
        lane = next((i for i, end in enumerate(free) if span.start >= end), len(rows))
        if lane == len(rows):
            rows.append([" "] * axis)
            free.append(0.0)
        free[lane] = span.end
        _put(rows[lane], span, letters[span.subtask], scale)
    for down in timeline.downs:
        if down.agent == agent:
            end = timeline.seconds if down.end is None else down.end
            _fill(rows[0], round(down.start * scale), round(end * scale), back=down.end is not None)
    for row in rows:
        yield "".join(row)


def _put(row: list[str], span: Span, letter: str, scale: float) -> None:
    start, end = round(span.start * scale), round(span.end * scale)
    good = span.outcome in ("done", "running")
    text = (letter if good else letter.lower()) * max(1, end - start)
    if not good and span.outcome in _ENDS:
        text = text[:-1] + _ENDS[span.outcome]
    # What began where another ended may share its column; the end mark stays.
    for i, character in enumerate(text, start=start):
        if i < len(row) and row[i] == " ":
            row[i] = character


def _fill(row: list[str], start: int, end: int, *, back: bool) -> None:
    for i in range(start, min(end, len(row))):
        if row[i] == " ":
            row[i] = "."
    if back and end < len(row) and row[end] in " .":
        row[end] = "^"
