"""Shows a fleet while it works, on a terminal; a pipe or a log gets nothing of it.

The picture is drawn over itself, so nothing scrolls by. Each letter of the map is an
agent, or several where the fleet is large.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, TextIO

from callboard.demo.charts import bar, sparkline
from callboard.demo.fleet.run import FRAMES, Fleet
from callboard.demo.fleet.table import clock
from callboard.demo.show import write
from callboard.demo.words import count
from callboard.messages.values import Priority

_WIDEST: Final = 78
_BAR: Final = 34
_MAP_LINES: Final = 5
_PACE: Final = 0.06
"""Seconds that a picture stays at least, so that a person can follow: a run of 7 s."""
_CODES: Final = {"bold": "1", "good": "32", "bad": "31", "quiet": "2", "busy": "36"}
_SIGNS: Final = {"busy": "#", "free": ".", "down": "x"}


class Display:
    """A picture of the fleet that keeps itself up to date.

    Args:
        stream: Usually stderr, so that the table alone can be piped.
        quick: Do not slow down for a person to follow.
        sleep: Waits so many seconds.

    Attributes:
        slept: Seconds that were waited.
    """

    def __init__(
        self, stream: TextIO, *, quick: bool, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._stream = stream
        self._live = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._colours = self._live and not os.environ.get("NO_COLOR")
        self._quick = quick
        self._sleep = sleep
        self.slept = 0.0
        self._drawn = 0
        self._busy: list[float] = []

    def show(self, fleet: Fleet) -> None:
        """Draw the fleet as it is now, in place of the last picture."""
        if not self._live:
            return
        self._busy.append(sum(fleet.ledger.load.values()) / fleet.slots)
        self._put(self._lines(fleet))
        if not self._quick:
            self._sleep(_PACE)
            self.slept += _PACE

    def done(self) -> None:
        """Take the picture away."""
        if self._drawn:
            self._put([])

    def _put(self, lines: list[str]) -> None:
        # In one write and line over line, or the picture would flicker.
        up = f"\x1b[{self._drawn}F" if self._drawn else ""
        rest = "\x1b[J" if len(lines) < self._drawn else ""
        self._drawn = len(lines)
        write(self._stream, up + "".join(f"{line}\x1b[K\n" for line in lines) + rest)

    def _lines(self, fleet: Fleet) -> list[str]:
        size = shutil.get_terminal_size()
        ledger, width = fleet.ledger, min(_WIDEST, size.columns - 1)
        ended = [goal.ending for goal in ledger.goals.values() if goal.ending]
        failed = len(ended) - ended.count("finished")
        attempts = sum(ledger.load.values())
        waiting = Counter(ledger.subtasks[uuid].subtask.priority for uuid in ledger.waiting)
        classes = ", ".join(f"{waiting[p]:,} {p.name.lower()}" for p in Priority if waiting[p])
        again = ledger.counts
        lines = [
            (self._title(fleet), "bold"),
            (self._progress("goals", len(ended), len(fleet.goals)), "good"),
            (self._progress("subtasks", ledger.ended, fleet.subtasks), "good"),
            (f"running  {attempts:5,} of {count(fleet.slots, 'slot')}", ""),
            (f"waiting  {len(ledger.waiting):5,} {classes and f'({classes})'}", ""),
            (
                (
                    f"trouble  {len(ledger.downs):5,} crashes,"
                    f" {again.get('SubtaskRequeued', 0):,} requeued,"
                    f" {again.get('RetryScheduled', 0):,} retried, {failed:,} goals failed"
                ),
                "bad" if ledger.away else "",
            ),
            (f"in use   {sparkline(self._busy, longest=min(width - 9, FRAMES))}", "busy"),
            *((line, "quiet") for line in self._map(fleet, width)),
        ]
        # What does not fit would scroll, and could not be drawn over again.
        return [self._paint(line[:width], tone) for line, tone in lines[: size.lines - 1]]

    def _title(self, fleet: Fleet) -> str:
        return f"{count(len(fleet.agents), 'agent')} at work, virtual time {clock(fleet.now)}"

    def _progress(self, label: str, done: int, of: int) -> str:
        drawn = bar(done, of, width=_BAR)
        return f"{label:<9}{drawn:<{_BAR}} {done:,} of {of:,}"

    def _map(self, fleet: Fleet, width: int) -> list[str]:
        """A sign for each agent: the commonest state, where several share one."""
        share = -(-len(fleet.agents) // (width * _MAP_LINES))
        states = [_state(fleet, agent.id) for agent in fleet.agents]
        signs = [_commonest(states[n : n + share]) for n in range(0, len(states), share)]
        each = "" if share == 1 else f"; each sign is {share} agents"
        legend = f"agents   # busy  . free  x down{each}"
        return [legend, *("".join(signs[n : n + width]) for n in range(0, len(signs), width))]

    def _paint(self, text: str, tone: str) -> str:
        return f"\x1b[{_CODES[tone]}m{text}\x1b[0m" if self._colours and tone else text


def _state(fleet: Fleet, agent: str) -> str:
    if agent in fleet.ledger.away:
        return _SIGNS["down"]
    return _SIGNS["busy" if fleet.ledger.load[agent] else "free"]


def _commonest(states: Sequence[str]) -> str:
    return Counter(states).most_common(1)[0][0]
