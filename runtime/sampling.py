"""Reports, as long as a runtime is open, how laden the machine is on which its agents run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.base import SCHEDULER
from callboard.messages.work import LoadSeen
from callboard.runtime.gauges import Gauge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from callboard.actors.logic.overload import Figures
    from callboard.actors.ports import Teller, Timers
    from callboard.messages.base import AgentId


class Sampling:
    """Looks at the machine again and again.

    Args:
        loads: The figures of each agent whose work runs here, by a look at a gauge.
        teller: Brings them to the scheduler.
        timers: Say when to look again.
        every: Seconds between two looks; None for no look at all.
    """

    def __init__(
        self,
        loads: Callable[[Gauge], Mapping[AgentId, Figures]],
        teller: Teller,
        timers: Timers,
        every: float | None,
    ) -> None:
        self._loads = loads
        self._teller = teller
        self._timers = timers
        self._every = every
        self._gauge = Gauge()
        self._closed = False

    def open(self) -> None:
        """Look for the first time after a while, and then again and again."""
        if self._every is not None and not self._closed:
            self._timers.after(self._every, self._look)

    def close(self) -> None:
        """Look no more."""
        self._closed = True

    def _look(self) -> None:
        if self._closed:
            return
        for agent, figures in self._loads(self._gauge).items():
            seen = LoadSeen(agent=agent, cpu=figures.cpu, memory=figures.memory)
            self._teller.tell(SCHEDULER, seen)
        self.open()
