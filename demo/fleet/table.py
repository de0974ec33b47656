"""The final table, for a terminal of 80 columns and for a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from callboard import __version__
from callboard.demo.fleet.figures import Figures, Floor, Waiting
from callboard.demo.fleet.run import Fleet
from callboard.demo.words import count, percent

_LABEL: Final = 13
_REASONS: Final = 3
_WIDTH: Final = 80


def title(figures: Figures) -> str:
    """What was run, in a line."""
    setting = figures.setting
    return (
        f"A fleet of {count(setting.agents, 'agent')} ({count(figures.slots, 'slot')}),"
        f" {count(setting.goals, 'goal')}, {count(figures.subtasks['all'], 'subtask')}"
    )


def command(figures: Figures) -> str:
    """What repeats the run."""
    setting = figures.setting
    return (
        f"python -m callboard.demo fleet --agents {setting.agents} --goals {setting.goals}"
        f" --crash-rate {setting.crash_rate:g} --seed {setting.seed}"
    )


def version() -> str:
    """What made the run; another version may make another one of the same seed."""
    return f"callboard {__version__}"


def table(fleet: Fleet, figures: Figures) -> str:
    """All figures; nothing of it depends on the real clock."""
    lines = [title(figures), "", *_endings(figures), "", *_waiting(figures.waiting), ""]
    lines += _makespan(figures)
    failed = [goal for goal in fleet.ledger.goals.values() if goal.reasons]
    if failed:
        lines.append("")
    for goal in failed[:_REASONS]:
        lines.append(clipped(f"failed: {goal.text}: {goal.reasons[0]}"))
    if len(failed) > _REASONS:
        lines.append(f"        and {len(failed) - _REASONS} more")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _endings(figures: Figures) -> Iterator[str]:
    goals, subtasks, attempts = figures.goals, figures.subtasks, figures.attempts
    yield _row("goals", _parts(goals, ("finished", "failed", "cancelled", "open")))
    yield _row("subtasks", _parts(subtasks, ("finished", "failed", "cancelled")))
    ways = {**attempts, "lost with their agent": attempts["lost"]}
    yield _row("attempts", _parts(ways, ("done", "failed", "hung", "lost with their agent")))
    yield _row(
        "again",
        f"{figures.retried:,} retried, {figures.requeued:,} requeued,"
        f" {figures.parked:,} put aside, {figures.put_back:,} put back",
    )
    yield _row(
        "agents",
        f"{figures.crashes:,} crashed, {figures.restarts:,} restarts;"
        f" {count(figures.abandoned, 'hanging attempt')} abandoned",
    )
    if figures.given_up:
        yield _row("", f"{count(figures.given_up, 'agent')} given up after too many restarts")
    if figures.runtime_restarts:
        when = [f"{who} {clock(at)}" for who, at in figures.runtime_restarts]
        yield _row("runtime", f"crashed and was back: {', '.join(when)}")
    yield _row(
        "promise",
        f"{figures.ended_once:,} of {count(subtasks['all'], 'subtask')} ended exactly once;"
        f" {count(figures.refused, 'late word')} refused",
    )
    if figures.failure:
        yield _row("", f"THE RUNTIME HAS FAILED: {figures.failure}")
    use = figures.use
    yield _row(
        "utilisation",
        f"{percent(use.busy)} of the slots' time: {percent(use.useful)} useful,"
        f" {percent(use.lost)} lost; {percent(use.down)} down",
    )


def _parts(numbers: dict[str, int], names: tuple[str, ...]) -> str:
    return ", ".join(
        f"{numbers[name]:,} {name}"
        for number, name in enumerate(names)
        if numbers[name] or number == 0
    )


def _waiting(waiting: list[Waiting]) -> Iterator[str]:
    heads = ("times", "median", "p95", "longest")
    yield f"{'waiting for an agent':<24}" + "".join(f"{head:>14}" for head in heads)
    for row in waiting:
        cells = (f"{row.count:,}", span(row.median), span(row.p95), span(row.longest))
        yield f"  {row.priority.lower():<22}" + "".join(f"{cell:>14}" for cell in cells)


def _makespan(figures: Figures) -> Iterator[str]:
    floor = figures.floor
    above = f"{percent(floor.gap)} above its lower bound" if floor.seconds else "nothing was done"
    yield _row("makespan", f"{span(figures.makespan)}, {above}")
    for name, seconds, about in bounds_of(floor) if floor.seconds else ():
        mark = "<" if name == floor.reason else ""
        yield _row("", f"{LABELS[name]:<22}{span(seconds):>14} {mark:1} {about}")


LABELS: Final = {
    "path": "critical path",
    "work": "work / slots",
    "group": "work / skill group",
}


def bounds_of(floor: Floor) -> Iterator[tuple[str, float, str]]:
    """The three bounds: which, how long, and what of."""
    yield "path", floor.path, floor.path_of
    yield "work", floor.work, ""
    who = f"{count(floor.group_agents, 'agent')}: {floor.group_skill}"
    yield "group", floor.group, who if floor.group_agents else ""


def _row(label: str, text: str) -> str:
    return f"{label:<{_LABEL}}{text}"


def clock(seconds: float) -> str:
    """A moment of the run.

    >>> clock(4324.4), clock(100_000.0)
    ('1:12:04', '27:46:40')
    """
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def span(seconds: float) -> str:
    """A length of time with the digits that matter.

    >>> [span(s) for s in (0, 0.25, 59.94, 61.5, 7325.0, 90061.0)]
    ['0 s', '0.2 s', '59.9 s', '1 min 02 s', '2 h 02 min', '25 h 01 min']
    """
    if seconds < 59.95:  # noqa: PLR2004 - what is shown as 60.0
        return f"{seconds:.1f} s" if seconds else "0 s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def clipped(text: str) -> str:
    """The text in one line of a terminal."""
    text = " ".join(text.split())
    return text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."
