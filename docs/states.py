"""Draws the state diagrams from the transition tables that the code itself goes by.

    python -m docs.states      writes docs/images/states-*.svg

The documentation's build does the same first. A diagram has a column for each state and
a line for each transition, so nothing overlaps however many there are. What it shows
stands in the file as data too (`data-from`, `data-to`, `data-when`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from callboard.actors.logic import attempts, breaker, lifecycle, liveness, lives
from callboard.actors.logic.family import phases

PICTURES = Path(__file__).parent / "images"

COLUMN, LINE, HEAD, MARGIN = 80, 26, 46, 14
"""Pixels: a state's width, a transition's height, the height above them all, the border."""
LETTER = 6.1
"""Pixels of a letter, about."""


class Transition(NamedTuple):
    """One line of a diagram."""

    start: str
    end: str
    when: str


class Machine(NamedTuple):
    """A table of states, as it is drawn.

    Attributes:
        name: Of its file.
        title: What it is about.
        states: In the order of their definition; the first is where it begins.
    """

    name: str
    title: str
    states: tuple[str, ...]
    transitions: tuple[Transition, ...]


def machines() -> tuple[Machine, ...]:
    """Every table of transitions that there is."""
    subtask = Machine(
        "subtask",
        "A ready subtask, as the scheduler holds it",
        tuple(state.value for state in lifecycle.State),
        _described(lifecycle.__doc__, lifecycle.TRANSITIONS),
    )
    attempt = Machine(
        "attempt",
        "An attempt, as its agent holds it",
        tuple(state.value for state in attempts.State),
        _described(attempts.__doc__, attempts.TRANSITIONS),
    )
    life = Machine(
        "life",
        "The life of an actor, as its supervisor sees it",
        tuple(lives.Life),
        tuple(Transition(a, b, change.value) for (a, change), b in lives.TRANSITIONS.items()),
    )
    circuit = Machine(
        "breaker",
        "The circuit breaker of a skill",
        tuple(breaker.Circuit),
        tuple(Transition(a, b, turn.value) for (a, turn), b in breaker.TRANSITIONS.items()),
    )
    child = Machine(
        "child",
        "A child of a supervisor of your own",
        tuple(phases.Phase),
        tuple(Transition(a, b, event.value) for (a, event), b in phases.TRANSITIONS.items()),
    )
    health = Machine(
        "health",
        "How alive an agent is",
        tuple(liveness.Health),
        tuple(Transition(a, b, change.value) for a, change, b in liveness.TRANSITIONS),
    )
    drawn = (subtask, attempt, life, child, circuit, health)
    return tuple(_sorted(machine) for machine in drawn)


def draw(machine: Machine) -> str:
    """The diagram, as SVG."""
    left = COLUMN * len(machine.states) + MARGIN * 2
    width = left + LETTER * max(len(t.when) for t in machine.transitions) + MARGIN
    bottom = HEAD + LINE * len(machine.transitions)
    height = bottom + MARGIN
    said = "; ".join(f"{t.start} to {t.end}: {t.when}" for t in machine.transitions)
    size = f'viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{escape(machine.title)}</title>",
        f"<desc>{escape(said)}</desc>",
        f"<style>{STYLE}</style>",
        '<rect class="page" width="100%" height="100%" rx="6"/>',
        *_columns(machine, bottom),
    ]
    for number, transition in enumerate(machine.transitions):
        lines += _transition(machine, transition, HEAD + LINE * (number + 0.5), left)
    return "\n".join([*lines, "</svg>", ""])


def write(folder: Path = PICTURES) -> None:
    """Bring the files up to date."""
    for machine in machines():
        file, svg = folder / f"states-{machine.name}.svg", draw(machine)
        if not file.exists() or file.read_text("utf-8") != svg:
            file.write_text(svg, "utf-8")


STYLE = """
.page{fill:#fff}.when,.state{font:12px system-ui,sans-serif;fill:#1b1f24}
.state{font-weight:600;text-anchor:middle}.box{fill:#eef2f7;stroke:#8795a8}
.life{stroke:#d5dbe3}.way{stroke:#2563a8;stroke-width:1.6;fill:none}
.tip,.dot{fill:#2563a8}.from{fill:#6b7785}
@media (prefers-color-scheme:dark){.page{fill:#15191e}.when,.state{fill:#e4e8ed}
.box{fill:#26303b;stroke:#7d8a99}.life{stroke:#323c47}.way{stroke:#7db3ec}
.tip,.dot{fill:#7db3ec}}
""".replace("\n", "")


def _described(
    docstring: str | None, changes: Iterable[tuple[Enum, Enum]]
) -> tuple[Transition, ...]:
    """Each change of a table, with the reason that the docstring has for it."""
    when = dict(_reasons(docstring or ""))
    pairs = [(str(a.value), str(b.value)) for a, b in changes]
    return tuple(Transition(*pair, when[pair]) for pair in pairs)


def _reasons(docstring: str) -> Iterator[tuple[tuple[str, str], str]]:
    """The rows of the table in a docstring: from, to, and when."""
    rows = iter(docstring.splitlines())
    for row in rows:
        if row.strip().startswith("----"):
            break
    for row in rows:
        if not row.strip():
            return
        start, end, when = row.split(maxsplit=2)
        yield (start, end), when


def _sorted(machine: Machine) -> Machine:
    place = machine.states.index
    ordered = sorted(machine.transitions, key=lambda t: (place(t.start), place(t.end), t.when))
    return machine._replace(transitions=tuple(ordered))


def _x(machine: Machine, state: str) -> float:
    return MARGIN + COLUMN * (machine.states.index(state) + 0.5)


def _columns(machine: Machine, bottom: float) -> Iterator[str]:
    for state in machine.states:
        x = _x(machine, state)
        yield f'<line class="life" x1="{x}" y1="{HEAD - 8}" x2="{x}" y2="{bottom}"/>'
        yield (
            f'<rect class="box" x="{x - COLUMN / 2 + 2}" y="{MARGIN - 4}" '
            f'width="{COLUMN - 4}" height="24" rx="4"/>'
        )
        yield f'<text class="state" x="{x}" y="{MARGIN + 12}">{escape(state)}</text>'


def _transition(machine: Machine, shown: Transition, y: float, left: float) -> Iterator[str]:
    begin, end = _x(machine, shown.start), _x(machine, shown.end)
    data = f"data-from={quoteattr(shown.start)} data-to={quoteattr(shown.end)}"
    yield f'<g class="transition" {data} data-when={quoteattr(shown.when)}>'
    yield f'<circle class="dot" cx="{begin}" cy="{y}" r="3.2"/>'
    if begin == end:  # back to where it was
        yield f'<path class="way" d="M{begin} {y} h22 v8 h-15"/>'
        yield f'<path class="tip" d="M{begin + 2} {y + 8} l7 -4 v8 z"/>'
    else:
        away = 7 if begin < end else -7
        yield f'<line class="way" x1="{begin}" y1="{y}" x2="{end - away}" y2="{y}"/>'
        yield f'<path class="tip" d="M{end - 1.5 * away / 7} {y} l{-away} -4 v8 z"/>'
    yield f'<text class="when" x="{left}" y="{y + 4}">{escape(shown.when)}</text></g>'


if __name__ == "__main__":
    write()
