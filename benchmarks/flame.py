"""Where the processor time of a no-op goes: a run by itself is sampled, and drawn as flame graph.

py-spy looks at it from outside, some hundred times a second, and notes who has the
interpreter: a sampler within would be let in most often where others let go of it. The
widths are shares of what a subtask costs: the median of the rounds, which stands above.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections import Counter, defaultdict
from html import escape
from pathlib import Path
from typing import TypeAlias

from measure import parser_of

from callboard.runtime.gateways.cli.screen import Stream

Stack: TypeAlias = tuple[str, ...]

RATE = 500
"""Looks a second."""

LEAST = 0.006
"""Part of everything that a box must have to be drawn."""

WIDTH, HEIGHT, ROW = 1200, 17, 18
"""Pixels: of the picture, of a box, from one row to the next."""

LETTER = 6.6
"""Pixels of a letter."""

HERE = Path(__file__).parent

FRAME = re.compile(r"(?P<name>.+) \((?P<path>[^()]+?)(:\d+)?\)$")


def main() -> None:
    """Run and watch, print, draw."""
    given = parser().parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stacks"
        took = float(watched(given, file).splitlines()[-1])
        counts = counts_of(file.read_text(encoding="utf-8"), given.workload)
    whole = counts.total()
    each = {stack: took * count / whole for stack, count in counts.items()}
    about = f"{given.workload}, {given.dispatcher}: {took:.0f} us of processor time a no-op"
    Stream(sys.stdout).line("\n".join((about, *rows_of(each))))
    if given.svg is not None:
        given.svg.write_text(picture(each, about), encoding="utf-8")


def parser() -> ArgumentParser:
    """The command line."""
    parser = parser_of(__doc__)
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw it there")
    workloads = ("independent", "chain", "layers", "fan")
    parser.add_argument("--workload", choices=workloads, default="independent")
    parser.add_argument("--dispatcher", choices=("pool", "threads"), default="pool")
    return parser


def watched(given: Namespace, file: Path) -> str:
    """Play it under the eyes of py-spy, which writes *file*; the answer is what was printed."""
    spy = shutil.which("py-spy", path=Path(sys.executable).parent) or shutil.which("py-spy")
    if spy is None:
        sys.exit("flame.py: there is no py-spy; it comes with the extra `dev`")
    quick = "quick" if given.quick else "whole"
    look = (spy, "record", "--gil", "--rate", str(RATE), "--format", "raw", "--output", str(file))
    play = (sys.executable, str(HERE / "played.py"), given.workload, given.dispatcher, quick)
    ran = subprocess.run(  # noqa: S603 - ours
        (*look, "--", *play), capture_output=True, text=True, check=False
    )
    if ran.returncode or not file.exists():
        sys.exit(f"flame.py: py-spy could not watch it:\n{ran.stderr[-2000:]}")
    return "\n".join(line for line in ran.stdout.splitlines() if not line.startswith("py-spy>"))


def counts_of(text: str, workload: str) -> Counter[Stack]:
    """How often each stack was seen; of the main thread only what is done for the workload.

    >>> counts_of("Thread.run (threading.py:9);Worker._run (callboard/runtime/x.py:3) 2", "chain")
    Counter({('threading Thread.run', 'runtime/x Worker._run'): 2})
    >>> counts_of("<module> (played.py:9);<module> (numpy/__init__.py:3) 2", "chain")
    Counter()
    """
    counts: Counter[Stack] = Counter()
    for line in text.splitlines():
        frames, _, count = line.rpartition(" ")
        stack = tuple(map(name_of, frames.split(";")))
        if stack[0].startswith("threading ") or any(f.endswith(f".{workload}") for f in stack):
            counts[stack] += int(count)
    return counts


def name_of(frame: str) -> str:
    """Where it is, and what it is called.

    >>> name_of("Line.run (callboard/runtime/dispatchers/line.py:104)")
    'runtime/dispatchers/line Line.run'
    >>> name_of("Thread.run (threading.py:982)"), name_of("loads (json/__init__.py:299)")
    ('threading Thread.run', 'json loads')
    """
    found = FRAME.match(frame)
    if found is None:
        return frame
    path = found["path"]
    ours = path.partition("callboard/")[2] if "callboard/" in path else Path(path).name
    if ours == "__init__.py":
        ours = Path(path).parent.name
    return f"{ours.removesuffix('.py')} {found['name']}"


def rows_of(each: dict[Stack, float]) -> list[str]:
    """Microseconds of a no-op by the file in which they are spent, most first."""
    files: dict[str, float] = defaultdict(float)
    for stack, microseconds in each.items():
        files[stack[-1].rpartition(" ")[0]] += microseconds
    whole = sum(each.values())
    return [
        f"{microseconds:7.1f} us {microseconds / whole:5.1%}  {name}"
        for name, microseconds in sorted(files.items(), key=lambda one: -one[1])[:25]
    ]


# The picture


def picture(each: dict[Stack, float], about: str) -> str:
    """An SVG, with the outermost functions at the top; each box tells its share."""
    widths: dict[Stack, float] = defaultdict(float)
    for stack, microseconds in each.items():
        for depth in range(1, len(stack) + 1):
            widths[stack[:depth]] += microseconds
    whole = sum(each.values())
    drawn = {stack: width for stack, width in widths.items() if width >= LEAST * whole}
    starts = lefts(drawn)
    boxes = [box(stack, starts[stack], width, whole) for stack, width in drawn.items()]
    high = ROW * (2 + max(map(len, drawn), default=0))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high}" '
    style = 'font-family="monospace" font-size="11">'
    title = f'<text x="4" y="13">{escape(about)}</text>'
    ground = '<rect width="100%" height="100%" fill="white"/>'
    edges = "<style>g rect { stroke: white; stroke-width: .5 }</style>"
    return "\n".join([head + style, edges, ground, title, *boxes, "</svg>\n"])


def lefts(drawn: dict[Stack, float]) -> dict[Stack, float]:
    """Where each begins: within its caller, the widest first."""
    found: dict[Stack, float] = {}
    ends: dict[Stack, float] = {}
    for stack in sorted(drawn, key=lambda stack: (len(stack), -drawn[stack], stack)):
        above = stack[:-1]
        found[stack] = ends.get(above, found.get(above, 0.0))
        ends[above] = found[stack] + drawn[stack]
    return found


def box(stack: Stack, left: float, width: float, whole: float) -> str:
    """A function in this chain of callers."""
    name, scale = stack[-1], WIDTH / whole
    x, y, wide = left * scale, ROW * len(stack), width * scale
    shown = name if len(name) * LETTER < wide else name.split(" ")[-1].split(".")[-1]
    label = escape(shown) if len(shown) * LETTER < wide else ""
    tells = escape(f"{name}: {width:.1f} us, {width / whole:.1%}")
    text = f'<text x="{x + 3:.1f}" y="{y + 12}">{label}</text>' if label else ""
    return (
        f'<g><title>{tells}</title><rect x="{x:.1f}" y="{y}" width="{wide:.1f}" '
        f'height="{HEIGHT}" fill="{colour(name)}"/>{text}</g>'
    )


COLOURS = {
    "actors/logic": "#f4a261",
    "actors": "#e9c46a",
    "runtime": "#8ecae6",
    "messages": "#b7e4c7",
    "benchmarks": "#dddddd",
}


def colour(name: str) -> str:
    """By where it is; white for what is not ours."""
    fitting = (shade for place, shade in COLOURS.items() if name.startswith(place))
    return next(fitting, "#f1f1f1")


if __name__ == "__main__":
    main()
