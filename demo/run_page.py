"""The run of the real job as a page: who did what and when, and what went wrong."""

from __future__ import annotations

from typing import Final

from callboard.demo.page.axes import time_ticks
from callboard.demo.page.document import document, figure, section
from callboard.demo.page.html import Html, tag
from callboard.demo.page.lanes import Bar, Dot, Lanes, lanes
from callboard.demo.page.plot import legend
from callboard.demo.page.tables import Tile, table, tiles
from callboard.demo.timeline import Span, Timeline
from callboard.demo.words import count

_ROW: Final = 30.0
_STYLES: Final = 6
_GOOD: Final = ("done", "running")
_BROKEN: Final = ("crashed", "hung")


def run_page(timeline: Timeline, *, title: str, again: str) -> str:
    """The whole page.

    Args:
        timeline: What happened.
        title: Of the job.
        again: The command that repeats it.
    """
    return document(
        f"Who did what: {title}",
        tag("h1", "Who did what"),
        tag("p", title, class_="lead"),
        tiles(_tiles(timeline)),
        *drawn(timeline),
        section("Once more", tag("pre", tag("code", again))),
    )


def drawn(timeline: Timeline) -> list[Html]:
    """The timeline with its legend, and the story below it."""
    key = legend(
        [
            ("lost, and done again", "lost"),
            ("agent not there", "down"),
            ("crashed or hung", "crash"),
            ("taken over", "again"),
        ]
    )
    caption = "A row for each agent. Point at a bar, or touch it, to see what it was."
    story = [[f"{at:.1f} s", text] for at, text in timeline.story]
    return [
        figure(caption, key, _lanes(timeline)),
        section("What happened", table(["time", "event"], story)),
    ]


def _lanes(timeline: Timeline) -> Html:
    agents = timeline.everybody
    rows = {agent: number for number, agent in enumerate(agents)}
    seconds = timeline.seconds
    bars = [
        Bar(rows[down.agent], down.start, seconds if down.end is None else down.end, "down",
            f"{down.agent} was not there", whole=True)
        for down in timeline.downs
    ]  # fmt: skip
    subtasks = list(dict.fromkeys(span.subtask for span in timeline.spans))
    seen: set[str] = set()
    for span in timeline.spans:
        good = span.outcome in _GOOD
        style = f"s{subtasks.index(span.subtask) % _STYLES}" if good else "lost"
        dot = "again" if span.subtask in seen else ""
        seen.add(span.subtask)
        bars.append(Bar(rows[span.agent], span.start, span.end, style, _says(span), span.subtask,
                        dot))  # fmt: skip
    dots = [
        Dot(rows[span.agent], span.end, "crash", f"{span.agent} {span.outcome} at {span.end:.1f} s")
        for span in timeline.spans if span.outcome in _BROKEN
    ]  # fmt: skip
    title = f"What {count(len(agents), 'agent')} did from the beginning to the end of the run."
    frame = Lanes(title, agents, [], _ROW, seconds, time_ticks(seconds))
    return lanes(frame, bars, dots, name="run")


def _says(span: Span) -> str:
    note = f" ({span.note})" if span.note else ""
    return (
        f"{span.agent}: {span.subtask}, {span.start:.1f} s to {span.end:.1f} s:"
        f" {span.outcome}{note}"
    )


def _tiles(timeline: Timeline) -> list[Tile]:
    outcomes = [span.outcome for span in timeline.spans]
    return [
        Tile(str(outcomes.count("done")), "subtasks finished",
             f"in {count(len(outcomes), 'attempt')}"),
        Tile(str(outcomes.count("crashed")), "crashed", "the agent went down with them"),
        Tile(str(outcomes.count("hung")), "hung", "taken away from the agent"),
        Tile(f"{timeline.seconds:.1f} s", "from beginning to end"),
    ]  # fmt: skip
