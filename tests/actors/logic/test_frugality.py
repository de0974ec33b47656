"""What a subtask costs the scheduler where nothing that it could have is used.

Counted, not timed: the same messages always take as many calls of Python functions,
however busy the machine is. Whoever adds a feature asks for it with a flag, not a call.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from callboard.messages.work import Completed, Settled, Started, SubtasksReady
from tests.actors.logic.desk import RESULT, Desk, agent, leases_in, ready

if TYPE_CHECKING:
    from types import FrameType

    from callboard.actors.logic.effects import Effect

MOST = 101
"""Calls for a no-op from ready to settled: 100 when this was written, 109 and 158 before."""


def do_all(desk: Desk, uuids: list[str]) -> None:
    """Everything is done at once by whoever gets it."""
    todo = leases_in(desk.logic.handle(SubtasksReady(subtasks=tuple(map(ready, uuids))), 1.0))
    while todo:
        effects: list[Effect] = []
        for lease in todo:
            effects += desk.logic.take(Started(lease=lease), 1.0)
            done = Completed(lease=lease, result=RESULT, seconds=1e-5)
            effects += desk.logic.take(done, 1.0)
        effects += desk.logic.take(Settled(subtasks=tuple(one.subtask for one in todo)), 1.0)
        todo = leases_in([*effects, *desk.logic.settle(1.0)])


def test_a_no_op_costs_no_more_calls_than_it_must() -> None:
    desk = Desk(agent("a", max_load=8), audit=5.0)
    do_all(desk, [f"before-{n}" for n in range(200)])
    count, calls = 200, 0

    def seen(_frame: FrameType, event: str, _about: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        do_all(desk, [f"s-{n}" for n in range(count)])
    finally:
        sys.setprofile(before)
    assert calls / count <= MOST
