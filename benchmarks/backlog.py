"""What a subtask costs when a thousand and when a million wait; a section of `speed.py`.

Each number of them has processes of its own: see `footprint.py`.
"""

from __future__ import annotations

from typing import Any

from measure import Target, figure, spread_of
from memory import answer_of

APART, BYTES = 1.3, 1500.0
"""How many times as much the dearest may cost as the cheapest; bytes while it waits."""

ROUNDS = {1_000: 5, 10_000: 5, 100_000: 2, 1_000_000: 1}
"""Of each number of subtasks."""

QUICK = {200: 1, 1_000: 1}


def measure(quick: bool) -> tuple[list[dict[str, Any]], list[Target]]:  # noqa: FBT001 - as all
    """Figures, and what is to be reached."""
    figures, costs, sizes = list[dict[str, Any]](), list[float](), list[float]()
    for count, rounds in (QUICK if quick else ROUNDS).items():
        answers = [answer_of("backlog", count) for _ in range(rounds)]
        took, took_up = ([answer[key] for answer in answers] for key in ("microseconds", "bytes"))
        costs.append(spread_of(took).median)
        sizes.append(spread_of(took_up).median)
        figures.append(figure(f"backlog of {count:,}: each", "us", took))
        figures.append(figure("... while it waits", "bytes", took_up))
    return figures, [
        Target("backlogs: dearest / cheapest subtask", max(costs) / min(costs), APART),
        Target("backlogs: bytes of a waiting subtask", sizes[-1], BYTES),
    ]
