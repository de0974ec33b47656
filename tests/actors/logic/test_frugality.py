"""What a subtask costs the scheduler where nothing that it could have is used.

Counted, not timed: the same messages always take as many calls of Python functions,
however busy the machine is. Whoever adds a feature asks for it with a flag, not a call.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from callboard.messages.values import replace
from callboard.messages.work import Completed, Settled, Started, SubtasksReady
from tests.actors.logic.desk import RESULT, Desk, agent, leases_in, ready

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from callboard.actors.logic.effects import Effect
    from callboard.messages.values import Ready

MOST = 95
"""Calls for a no-op from ready to settled: 94 when this was written, 97, 106 and 155 before."""
MOST_OF_A_DEPENDENT = 102
"""The same for one that waits for three others, from when the scheduler hears of its plan: 101
when this was written, 110 before."""


def do_all(desk: Desk, readies: Sequence[Ready], ahead: Sequence[Ready] = ()) -> None:
    """Everything is done at once by whoever gets it."""
    come = SubtasksReady(subtasks=tuple(readies), ahead=tuple(ahead))
    todo = leases_in(desk.logic.handle(come, 1.0))
    while todo:
        effects: list[Effect] = []
        for lease in todo:
            effects += desk.logic.take(Started(lease=lease), 1.0)
            done = Completed(lease=lease, result=RESULT, seconds=1e-5)
            effects += desk.logic.take(done, 1.0)
        effects += desk.logic.take(Settled(subtasks=tuple(one.subtask for one in todo)), 1.0)
        todo = leases_in([*effects, *desk.logic.settle(1.0)])


def layers(name: str, count: int) -> list[list[Ready]]:
    """So many of eight, each of which waits for three of the one before."""
    rows: list[list[Ready]] = []
    for layer in range(count):
        above = rows[-1] if rows else []
        rows.append([ready(f"{name}-{layer}-{n}") for n in range(8)])
        if above:
            rows[-1] = [needing(one, above[n : n + 3]) for n, one in enumerate(rows[-1])]
    return rows


def needing(one: Ready, others: Sequence[Ready]) -> Ready:
    needs = tuple(other.subtask.uuid for other in others)
    return replace(one, subtask=replace(one.subtask, dependencies=needs))


def do_layers(desk: Desk, rows: list[list[Ready]]) -> None:
    """The orchestrator sends off a layer when the one before is done."""
    do_all(desk, rows[0], [one for row in rows[1:] for one in row])
    for row in rows[1:]:
        do_all(desk, row)


def calls_of(what: Callable[[], None]) -> int:
    calls = 0

    def seen(_frame: FrameType, event: str, _about: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        what()
    finally:
        sys.setprofile(before)
    return calls


def test_a_no_op_costs_no_more_calls_than_it_must() -> None:
    desk, count = Desk(agent("a", max_load=8), audit=5.0), 200
    do_all(desk, [ready(f"before-{n}") for n in range(200)])
    readies = [ready(f"s-{n}") for n in range(count)]
    assert calls_of(lambda: do_all(desk, readies)) / count <= MOST


def test_nor_does_one_that_waits_for_others() -> None:
    desk, count = Desk(agent("a", max_load=8), audit=5.0), 25
    do_layers(desk, layers("before", count))
    rows = layers("s", count)
    assert calls_of(lambda: do_layers(desk, rows)) / (8 * count) <= MOST_OF_A_DEPENDENT
