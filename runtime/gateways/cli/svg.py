"""A plan as a picture: one SVG file that opens anywhere, also in the dark and on paper."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from html import escape
from typing import Final

from callboard.actors.logic.skills import stated
from callboard.messages.values import Plan, Priority, Subtask
from callboard.runtime.gateways.cli.complaints import Complaint
from callboard.runtime.gateways.cli.layout import BOX, Arrow, Layout, Spot, laid_out
from callboard.runtime.gateways.cli.longest import longest_way
from callboard.runtime.gateways.cli.text import counted, duration, fit, one_line
from callboard.runtime.gateways.cli.tree import summary

MOST_BOXES: Final = 2_000
MOST_ARROWS: Final = 10_000

_HIGH: Final = 64.0
_ROW: Final = 108.0
_MARGIN: Final = 24.0
_HEAD: Final = 56.0
_LETTERS: Final = 25
_SMALL_LETTERS: Final = 34
_TITLE_LETTERS: Final = 60
_LEAST: Final = 480.0

_STYLE: Final = """\
svg { background: var(--paper); font: 13px system-ui, sans-serif; \
--paper: #fff; --ink: #1c2430; --soft: #5b6675; --line: #9aa5b4; --box: #f5f7fa; --way: #0b62c4 }
text { fill: var(--ink) } .soft { fill: var(--soft); font-size: 11px }
.head { font-size: 17px; font-weight: 600 } .name { font-weight: 600 }
.box { fill: var(--box); stroke: var(--line) } .optional { stroke-dasharray: 5 4 }
.arrow { fill: none; stroke: var(--line); stroke-width: 1.4 } .tip { fill: var(--line) }
.tip.way { fill: var(--way) }
.arrow.way { stroke: var(--way); stroke-width: 2.6 }
.box.way { stroke: var(--way); stroke-width: 2 }
.p0 { fill: #c62828 } .p1 { fill: #e08600 } .p2 { fill: #2e7d5b } .p3 { fill: #78849a }
@media (prefers-color-scheme: dark) { svg { --paper: #14181f; --ink: #e8ecf2; --soft: #a2adbb; \
--line: #5d6878; --box: #1e252f; --way: #6db1ff } }
@media print { svg { --paper: #fff; --ink: #000; --soft: #444; --line: #888; --box: #fff; \
--way: #0b62c4 } }"""


def svg(plan: Plan, goal: str) -> str:
    """The picture; the longest way through the plan stands out.

    Args:
        plan: A checked one.
        goal: Its title.

    Raises:
        Complaint: It has so many subtasks or dependencies that nothing could be seen.
    """
    arrows = sum(len(s.dependencies) for s in plan.subtasks)
    if len(plan.subtasks) > MOST_BOXES or arrows > MOST_ARROWS:
        size = f"{counted(len(plan.subtasks), 'subtask')} and {arrows:,} dependencies"
        raise Complaint(f"a picture of {size} would show nothing; --json has it all")
    return "\n".join(_parts(plan, goal, laid_out(plan)))


def _parts(plan: Plan, goal: str, layout: Layout) -> Iterator[str]:
    inner = max(layout.wide, _LEAST - 2 * _MARGIN)
    wide, high = inner + 2 * _MARGIN, _HEAD + _MARGIN + layout.layers * _ROW
    left = _MARGIN + (inner - layout.wide) / 2
    way = longest_way(plan)
    title = one_line(goal)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" '
        f'width="{wide:g}" style="max-width: 100%; height: auto" role="img">'
    )
    yield f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>"
    yield _text(_MARGIN, 30, fit(title, _TITLE_LETTERS), "head")
    yield _text(_MARGIN, 50, f"{summary(plan)}; the longest way is blue", "soft")
    steps = set(itertools.pairwise(way))
    drawn = sorted(layout.arrows, key=lambda arrow: (arrow.start, arrow.end) in steps)
    yield from (_arrow(a, left, on_way=(a.start, a.end) in steps) for a in drawn)
    on_way = set(way)
    for subtask in plan.subtasks:
        yield from _box(subtask, layout.boxes[subtask.uuid], left, on_way=subtask.uuid in on_way)
    yield "</svg>\n"


def _box(subtask: Subtask, spot: Spot, left: float, *, on_way: bool) -> Iterator[str]:
    x, y = left + spot.x - BOX / 2, _top(spot)
    marks = f"{' way' if on_way else ''}{' optional' if subtask.optional else ''}"
    skills = ", ".join(stated(skill) for skill in subtask.required_skills)
    times = f"{subtask.priority.name}, {duration(subtask.seconds)}"
    tip = "\n".join(filter(None, (subtask.name, times, skills, subtask.description)))
    yield f"<g><title>{escape(_safe(tip))}</title>"
    yield (
        f'<rect class="box{marks}" x="{x:.1f}" y="{y:.1f}" '
        f'width="{BOX:g}" height="{_HIGH:g}" rx="7"/>'
    )
    yield (
        f'<rect class="p{Priority(subtask.priority).value}" '
        f'x="{x + 4:.1f}" y="{y + 10:.1f}" width="4" height="{_HIGH - 20:g}" rx="2"/>'
    )
    yield _text(x + 14, y + 22, fit(one_line(subtask.name), _LETTERS), "name")
    yield _text(x + 14, y + 39, times, "soft")
    yield _text(x + 14, y + 54, fit(one_line(skills), _SMALL_LETTERS), "soft") + "</g>"


def _arrow(arrow: Arrow, left: float, *, on_way: bool) -> str:
    """A curve through the places where it passes a layer."""
    first, last = arrow.spots[0], arrow.spots[-1]
    drawn = [f"M{left + first.x:.1f} {_top(first) + _HIGH:.1f}"]
    for upper, lower in itertools.pairwise(arrow.spots):
        begin = _top(upper) + _HIGH
        end = _top(lower) - (7 if lower is last else 0)
        middle = (begin + end) / 2
        x, to = left + upper.x, left + lower.x
        drawn.append(f"C{x:.1f} {middle:.1f} {to:.1f} {middle:.1f} {to:.1f} {end:.1f}")
        if lower is not last:
            drawn.append(f"V{end + _HIGH:.1f}")
    x, y = left + last.x, _top(last)
    way = " way" if on_way else ""
    tip = f'<path class="tip{way}" d="M{x:.1f} {y:.1f}l-4.5 -9h9z"/>'
    return f'<path class="arrow{way}" d="{"".join(drawn)}"/>{tip}'


def _top(spot: Spot) -> float:
    return _HEAD + _MARGIN + spot.layer * _ROW


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _safe(text: str) -> str:
    return "\n".join(one_line(line) for line in text.splitlines())
