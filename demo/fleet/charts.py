"""The drawings of a fleet's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from callboard.demo.fleet.company import in_trade_order, main_skill
from callboard.demo.fleet.figures import Figures
from callboard.demo.fleet.ledger import Attempt, Ledger
from callboard.demo.fleet.run import Fleet
from callboard.demo.fleet.table import LABELS, bounds_of, clock, span
from callboard.demo.fleet.tensor import LARGEST
from callboard.demo.page.axes import time_ticks
from callboard.demo.page.bars import Part, Range, Row, bars, ranges
from callboard.demo.page.document import figure, paragraph
from callboard.demo.page.heat import HeatMap, heat_map
from callboard.demo.page.html import Html, tag
from callboard.demo.page.lanes import Bar, Dot, Lanes, lanes
from callboard.demo.page.plot import Frame, Series, legend, plot
from callboard.demo.page.tables import table
from callboard.demo.words import count, percent
from callboard.messages.values import Agent, Priority

_DETAILED: Final = 24
_OVERVIEW: Final = 300
_TALL, _SMALL, _TINIEST = 22.0, 12.0, 3.0
_HIGH: Final = 700.0
"""Pixels that the overview may be high, if its rows need not be too small for that."""
_LABELLED: Final = 13.0
_BINS: Final = 160
_STYLES: Final = tuple(f"p{int(p)}" for p in Priority)
_NAMES: Final = tuple(p.name.lower() for p in Priority)
_WAYS: Final = {
    "done": "done",
    "failed": "failed",
    "hung": "hung, taken away",
    "lost": "lost",
    "running": "still running",
}


# Timelines


def timelines(fleet: Fleet) -> list[Html]:
    """Everybody small, and those large to whom most happened."""
    key = legend(
        [
            *zip(_NAMES, _STYLES, strict=True),
            ("lost, failed or hung", "lost"),
            ("agent not there", "down"),
            ("crash", "crash"),
            ("lost work taken up again", "again"),
        ]
    )
    ordered = in_trade_order(fleet.agents)
    if len(ordered) <= _DETAILED:
        return [figure(_ALL, key, _lanes(fleet, ordered, _TALL, name="detail", spoken=True))]
    chosen = _eventful(fleet)
    large = _lanes(fleet, chosen, _TALL, name="detail", spoken=True)
    shown, note = _thinned(ordered)
    high = max(_TINIEST, min(_SMALL, _HIGH / len(shown)))
    small = tag("div", _lanes(fleet, shown, high, name="all", spoken=False), class_="tiny")
    return [
        figure(f"All {len(ordered)} agents, by their main skill. {note}", key, small),
        figure(
            f"The {len(chosen)} agents that had most trouble, the others being busy in the same"
            " way. Point at a bar, or touch it, to see what it was.",
            key,
            large,
        ),
    ]


_ALL: Final = "All agents, by their main skill. Point at a bar, or touch it, to see what it was."


def _thinned(ordered: Sequence[Agent]) -> tuple[list[Agent], str]:
    """At most so many as can be told apart, evenly chosen."""
    if len(ordered) <= _OVERVIEW:
        return list(ordered), "A row is an agent; look closer with the buttons."
    step = len(ordered) / _OVERVIEW
    shown = [ordered[int(n * step)] for n in range(_OVERVIEW)]
    return shown, f"Shown is every {step:.1f}th of them, so that rows can be told apart."


def _eventful(fleet: Fleet) -> list[Agent]:
    """Who went down most often, then who lost most attempts, then who did most."""
    ledger = fleet.ledger
    downs = Counter(down.agent for down in ledger.downs)
    lost = Counter(a.agent for a in ledger.attempts if a.outcome != "done")
    done = Counter(a.agent for a in ledger.attempts)

    def trouble(agent: Agent) -> tuple[int, int, int, str]:
        return -downs[agent.id], -lost[agent.id], -done[agent.id], agent.id

    return sorted(fleet.agents, key=trouble)[:_DETAILED]


def _lanes(
    fleet: Fleet, agents: Sequence[Agent], height: float, *, name: str, spoken: bool
) -> Html:
    ledger, seconds = fleet.ledger, fleet.ledger.makespan
    rows = {agent.id: number for number, agent in enumerate(agents)}
    bars_ = [
        Bar(rows[down.agent], down.start, _end(down.end, seconds), "down",
            f"{down.agent} was not there from {clock(down.start)} on" if spoken else "",
            whole=True)
        for down in ledger.downs if down.agent in rows
    ]  # fmt: skip
    bars_ += [
        Bar(rows[a.agent], a.start, _end(a.end, seconds), _style(ledger, a),
            _says(ledger, a) if spoken else "", dot="again" if a.again == "requeued" else "")
        for a in ledger.attempts if a.agent in rows
    ]  # fmt: skip
    dots = [
        Dot(rows[down.agent], down.start, "crash",
            f"{down.agent} crashed at {clock(down.start)}" if spoken else "")
        for down in ledger.downs if down.agent in rows
    ]  # fmt: skip
    labels = [agent.id if height >= _LABELLED else "" for agent in agents]
    groups = [] if height >= _LABELLED else _groups(agents, height)
    about = f"What {count(len(agents), 'agent')} did from the beginning to the end of the run."
    frame = Lanes(about, labels, groups, height, seconds, time_ticks(seconds))
    return lanes(frame, bars_, dots, name=name)


def _groups(agents: Sequence[Agent], height: float) -> list[tuple[str, int]]:
    grouped = [(skill, len(list(members))) for skill, members in groupby(agents, main_skill)]
    return [(s if n * height >= _LABELLED else "", n) for s, n in grouped]


def _style(ledger: Ledger, attempt: Attempt) -> str:
    if attempt.outcome in ("done", "running"):
        return _STYLES[ledger.subtasks[attempt.subtask].subtask.priority]
    return "lost"


def _says(ledger: Ledger, attempt: Attempt) -> str:
    entry = ledger.subtasks[attempt.subtask]
    goal, subtask = ledger.goals[entry.goal].text, entry.subtask
    again = f", attempt {attempt.number} ({attempt.again})" if attempt.again else ""
    return (
        f"{attempt.agent}: {subtask.name} for {goal} ({subtask.priority.name}){again},"
        f" {clock(attempt.start)} to {clock(attempt.end)}: {_WAYS[attempt.outcome]}"
    )


def _end(end: float | None, seconds: float) -> float:
    return seconds if end is None else min(end, seconds)


# Courses over time


def courses(fleet: Fleet) -> list[Html]:
    """How many slots were in use, and how much waited."""
    ledger, seconds = fleet.ledger, fleet.ledger.makespan
    slots = {agent.id: agent.max_load for agent in fleet.agents}
    useful = _level(((a.start, a.end, 1) for a in ledger.attempts if a.outcome == "done"), seconds)
    lost = _level(((a.start, a.end, 1) for a in ledger.attempts if a.outcome != "done"), seconds)
    away = [(d.start, _end(d.end, seconds), slots[d.agent]) for d in ledger.downs]
    in_use = [
        Series("useful", "useful", useful, "area"),
        Series("lost: failed, hung, or agent crashed", "lost", lost, "area"),
        Series("agent not there", "down", _level(away, seconds), "area"),
    ]
    waits = [
        Series(name, style, _level(
            ((w.start, w.end, 1) for w in ledger.waits if w.priority is priority), seconds
        ), "area")
        for priority, name, style in zip(Priority, _NAMES, _STYLES, strict=True)
    ]  # fmt: skip
    most = max((sum(y for _, y in ys) for ys in zip(*(w.points for w in waits), strict=True)),
               default=0.0)  # fmt: skip
    return [
        figure(
            f"Slots in use, of {count(fleet.slots, 'slot')} in all.",
            _course(in_use, seconds, float(fleet.slots), "How many slots were in use over time."),
        ),
        figure(
            "Subtasks that waited for an agent.",
            _course(waits, seconds, most, "How many subtasks waited over time, by priority."),
        ),
    ]


def _course(series: Sequence[Series], seconds: float, highest: float, title: str) -> Html:
    times = time_ticks(seconds)
    frame = Frame(title, (0.0, seconds), (0.0, highest or 1.0), times, "{:,.0f}".format)
    return plot(frame, series)


def _level(spans: Iterable[tuple[float, float, int]], seconds: float) -> list[tuple[float, float]]:
    """How many went on at a time: the mean of each of many short stretches."""
    step = (seconds or 1.0) / _BINS
    sums = [0.0] * _BINS
    for start, end, weight in spans:
        first = min(_BINS - 1, int(start / step))
        last = min(_BINS - 1, int(end / step))
        for n in range(first, last + 1):
            sums[n] += weight * max(0.0, min(end, (n + 1) * step) - max(start, n * step))
    means = [total / step for total in sums]
    return [(0.0, means[0]), *(((n + 0.5) * step, y) for n, y in enumerate(means)),
            (seconds, means[-1])]  # fmt: skip


# Waiting, bounds, tensor


def waiting(figures: Figures) -> Html:
    """How long subtasks of each priority waited."""
    longest = max((row.p95 for row in figures.waiting), default=0.0) or 1.0
    rows = [
        Range(row.priority.lower(), row.low, row.median, row.high,
              f"median {span(row.median)}", row.p95)
        for row in figures.waiting if row.count
    ]  # fmt: skip
    cells = [
        [row.priority.lower(), f"{row.count:,}", span(row.median), span(row.p95), span(row.longest)]
        for row in figures.waiting
    ]
    return figure(
        "From the moment a subtask could be done to the moment an agent began it; after a crash"
        " it waits once more. The box holds the middle half, the line ends where 95 % had been"
        " served. Whoever waits moves up by one class every ten minutes, so nothing starves.",
        ranges(rows, "Waiting by priority", lowest=0.0, highest=longest),
        table(["priority", "times", "median", "95 %", "longest"], cells, numbers=4),
    )


def floor(figures: Figures) -> Html:
    """The makespan beside its lower bounds."""
    longest = max(figures.makespan, figures.floor.seconds) or 1.0
    rows = [Row("makespan", [Part(figures.makespan / longest, "s1")], span(figures.makespan))]
    for name, seconds, _ in bounds_of(figures.floor):
        style = "s0" if name == figures.floor.reason else "down"
        rows.append(Row(LABELS[name], [Part(seconds / longest, style)], span(seconds)))
    gap = percent(figures.floor.gap)
    return figure(
        f"How long it took, {gap} above the longest of the times that no schedule could beat."
        if figures.floor.seconds
        else "Nothing was done, so there is nothing to compare with.",
        bars(rows, "Makespan and its lower bounds"),
    )


def tensor(fleet: Fleet) -> list[Html]:
    """The tensor as a heat map, and what was done to make it one."""
    heat = fleet.heat
    if heat is None:
        return [paragraph(
            f"Left out: with more than {LARGEST:,} pairs of subtask and agent it would take more"
            " memory than a drawing is worth."
        )]  # fmt: skip
    tasks, agents, priorities = heat.shape
    each = "an agent" if heat.agents_a_column == 1 else f"{heat.agents_a_column} agents"
    drawn = HeatMap(
        "Expected subtasks by what they require and by agent.",
        [f"{row} ({number:,})" for row, number in zip(heat.rows, heat.subtasks, strict=True)],
        heat.groups,
        heat.values,
        "subtasks in a cell",
    )
    return [
        figure(
            [
                tag("code", f"T_task[{tasks:,}, {agents:,}, {priorities}]"),
                (
                    f" at {clock(heat.at)}, when {fleet.heat_ended:,} subtasks had ended. A subtask"
                    " that an agent holds or has done counts 1 there; one that waits counts 1/k at"
                    " each of the k agents that may do it. To fit on a page, the subtasks that"
                    " require the same are summed to one row (their number in brackets), and so"
                    f" are the four priorities; a column is {each}, sorted by main skill."
                ),
            ],
            heat_map(drawn),
        )
    ]
