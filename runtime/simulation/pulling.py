"""Agents of a trial that work elsewhere: they come and ask for work, and bring results."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from callboard.messages.errors.base import CallboardError
from callboard.messages.values import unpack
from callboard.runtime.simulation.reference import result_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from callboard.messages.values import Lease
    from callboard.runtime.simulation.executor import Fate
    from callboard.runtime.simulation.simulation import Simulation

_EVERY = 900.0
"""Seconds between two visits."""


class Visitors:
    """Ask for work now and then, and say when it is done.

    What fails, dies or hangs over there is never heard of again.

    Args:
        simulation: Where they ask.
        begin: Tells the fate of an attempt that they begin; None where it is not theirs.
        ask: Notes what was asked for, with the future of the answer.
    """

    def __init__(
        self,
        simulation: Simulation,
        begin: Callable[[Lease], Fate | None],
        ask: Callable[[str, Future[Any]], None],
    ) -> None:
        self._simulation = simulation
        self._begin = begin
        self._ask = ask

    def come(self, until: float) -> None:
        """Visit now, and every quarter of an hour, for so many more seconds."""
        answer = self._simulation.runtime.assigning()
        answer.add_done_callback(self._take)
        self._ask("visit", answer)
        if until > _EVERY:
            self._simulation.stepper.after(_EVERY, partial(self.come, until - _EVERY))

    def _take(self, answer: Future[tuple[Lease, ...]]) -> None:
        for lease in () if answer.exception() is not None else answer.result():
            fate = self._begin(lease)
            if fate is not None and fate.ends in ("done", "crashed after"):
                done = partial(self._bring, lease, self._result(lease))
                self._simulation.stepper.after(fate.seconds, done)

    def _bring(self, lease: Lease, result: int) -> None:
        try:
            answer = self._simulation.runtime.completing(lease.subtask, result)
        except CallboardError:  # the runtime has ended
            return
        self._ask(f"complete {lease.subtask}", answer)

    def _result(self, lease: Lease) -> int:
        subtasks = self._simulation.runtime.hub.board.subtasks
        needed = subtasks[lease.subtask].subtask.dependencies
        return result_of(lease.subtask, [unpack(subtasks[uuid].result) for uuid in needed])
