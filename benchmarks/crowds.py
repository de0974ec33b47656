"""What a hundred, a thousand and ten thousand idle agents cost; a section of `speed.py`.

Each number of them has processes of its own: see `footprint.py`.
"""

from __future__ import annotations

from typing import Any

from measure import Target, figure, spread_of
from memory import answer_of

START, BYTES, BUSY = 30.0, 4000.0, 2.0
"""Microseconds, bytes, and per cent of a core."""


def measure(quick: bool) -> tuple[list[dict[str, Any]], list[Target]]:  # noqa: FBT001 - as all
    """Figures, and what is to be reached."""
    figures, targets = list[dict[str, Any]](), list[Target]()
    crowds = (20,) if quick else (100, 1_000, 10_000)
    for count in crowds:
        answers = [answer_of("crowd", count) for _ in range(1 if quick else 3)]
        starts, sizes = ([answer[key] for answer in answers] for key in ("start", "bytes"))
        heard = answer_of("beating", count)["heartbeats"]
        figures += [
            figure(f"{count:,} agents: register_all, each", "us", starts),
            figure("... bytes, each", "bytes", sizes),
            figure("... heartbeats from afar, 1 Hz", "% core", [heard]),
        ]
        start = spread_of(starts).median
        targets.append(Target(f"{count:,} agents: register_all, us", start, START))
        targets.append(Target(f"{count:,} agents: bytes", spread_of(sizes).median, BYTES))
        targets.append(Target(f"{count:,} heartbeats a second, % of a core", heard, BUSY))
    with_signs, without = (answer_of(who, crowds[-1])["signs"] for who in ("alive", "asleep"))
    about = f"{crowds[-1]:,} signs of life a second"
    figures += [
        figure(f"{about}, agents", "% core", [with_signs]),
        figure("... as many tasks of asyncio alone", "% core", [without]),
    ]
    targets.append(Target(f"{about}, % of a core", with_signs - without, BUSY))
    return figures, targets
