"""Where the processor time of a no-op goes: samples a run by itself, and draws a flame graph.

A thread looks at the stacks of all others once a millisecond, and at how much processor
time each has taken since it looked last; the stack gets that much. Who is found waiting
has worked before: what it did is not known, so its time is shared out over what others
were found doing. The widths are microseconds of a subtask, as all rounds come to; the
median of what one round took stands above them.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from argparse import ArgumentParser
from collections import defaultdict
from html import escape
from pathlib import Path
from statistics import median
from types import FrameType
from typing import TypeAlias

from contestants import Callboard
from measure import parser_of

Stack: TypeAlias = tuple[str, ...]

EVERY = 0.001
"""Seconds between two looks."""

SWITCH = 0.0005
"""Of the interpreter, so that the one who looks gets its turn."""

LEAST = 0.006
"""Part of everything that a box must have to be drawn."""

WIDTH, HEIGHT, ROW = 1200, 17, 18
"""Pixels: of the picture, of a box, from one row to the next."""

LETTER = 6.6
"""Pixels of a letter."""

WAITS = (" WorkerThreads._rest", " Line.rest", " Condition.wait", " Event.wait")
"""Where a thread waits for work or for an answer."""

ROOT = str(Path(__file__).parents[1])


class Sampler(threading.Thread):
    """Looks at everybody but itself.

    Attributes:
        seconds: Processor time of each stack, outermost function first.
    """

    def __init__(self) -> None:
        super().__init__(name="sampler")
        self.seconds: dict[Stack, float] = defaultdict(float)
        self._over = threading.Event()
        self._before: dict[int, float] = {}

    def run(self) -> None:
        """Until told to stop."""
        while not self._over.wait(EVERY):
            alive = {thread.ident for thread in threading.enumerate()} - {self.ident}
            for ident, frame in sys._current_frames().items():  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - documented
                if ident in alive:
                    self._look(ident, frame)

    def _look(self, ident: int, frame: FrameType) -> None:
        try:
            now = time.clock_gettime(time.pthread_getcpuclockid(ident))
        except OSError:  # it has just ended
            return
        taken = now - self._before.setdefault(ident, now)
        self._before[ident] = now
        if taken > 0:
            self.seconds[stack_of(frame)] += taken

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self.join()


def shared_out(seconds: dict[Stack, float]) -> dict[Stack, float]:
    """The time of those found waiting goes to all others, in proportion.

    >>> shared_out({("a",): 1.0, ("b",): 2.0, ("a", "runtime/dispatchers/line Line.rest"): 3.0})
    {('a',): 2.0, ('b',): 4.0}
    """
    busy = {stack: each for stack, each in seconds.items() if not stack[-1].endswith(WAITS)}
    more = sum(seconds.values()) / max(sum(busy.values()), EVERY)
    return {stack: each * more for stack, each in busy.items()}


def stack_of(frame: FrameType | None) -> Stack:
    """Names of functions with their modules, outermost first; what is not ours is one box."""
    names: list[str] = []
    while frame is not None:
        names.append(name_of(frame))
        frame = frame.f_back
    return tuple(reversed(names))


def name_of(frame: FrameType) -> str:
    """Where it is, and what it is called."""
    code = frame.f_code
    path = code.co_filename.removeprefix(ROOT).lstrip("/").removeprefix("callboard/")
    ours = code.co_filename.startswith(ROOT) and ".venv" not in path
    return f"{path.removesuffix('.py') if ours else Path(path).stem} {code.co_qualname}"


def main() -> None:
    """Run, look, draw."""
    given = parser().parse_args()
    count, rounds = (200, 2) if given.quick else (10_000, 5)
    before, sampler, took = sys.getswitchinterval(), Sampler(), list[float]()
    with Callboard(given.dispatcher) as runtime:
        getattr(runtime, given.workload)(count)
        gc.collect()
        sys.setswitchinterval(SWITCH)
        sampler.start()
        for _ in range(rounds):
            begin = time.process_time()
            getattr(runtime, given.workload)(count)
            took.append(1e6 * (time.process_time() - begin) / count)
        sampler.stop()
        sys.setswitchinterval(before)
    each = {stack: 1e6 * s / count / rounds for stack, s in shared_out(sampler.seconds).items()}
    about = f"{given.workload}, {given.dispatcher}: {median(took):.0f} us of processor time a no-op"
    print(about, *rows_of(each), sep="\n")
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


def rows_of(each: dict[Stack, float]) -> list[str]:
    """Microseconds of a no-op by the file in which they are spent, most first."""
    files: dict[str, float] = defaultdict(float)
    for stack, microseconds in each.items():
        files[stack[-1].split(" ")[0]] += microseconds
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
    return "\n".join([head + style, ground, title, *boxes, "</svg>\n"])


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
    return (
        f'<g><title>{tells}</title><rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{HEIGHT}" '
        f'fill="{colour(name)}" stroke="white" stroke-width=".5"/>'
        f'<text x="{x + 3:.1f}" y="{y + 12}">{label}</text></g>'
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
