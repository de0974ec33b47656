"""The desk of a planner that is asked outside of a runtime."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from callboard.runtime.planners.skills import load_equivalences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.actors.logic.skills import Equivalences
    from callboard.messages.errors.base import CallboardError
    from callboard.messages.learnt import UsualDuration
    from callboard.messages.values import Plan, Skill


_log = logging.getLogger("callboard")  # through which all lines go


class Alone:
    """See `callboard.actors.ports.Desk`: nobody is registered.

    Args:
        seconds: That the plan may take.
        tell: Is told what goes wrong, and what is done then; None logs it.
    """

    dropped = False
    parts = 0

    def __init__(self, seconds: float, tell: Callable[[str, str], None] | None = None) -> None:
        self._tell = tell or logged
        self._end = time.monotonic() + seconds

    @property
    def seconds(self) -> float:
        """See `Desk`."""
        return max(0.0, self._end - time.monotonic())

    @property
    def equivalences(self) -> Equivalences:
        """The packaged table."""
        return load_equivalences()

    def trades(self) -> Sequence[Sequence[Skill]]:
        """Nobody's."""
        return ()

    def usual(self) -> Sequence[UsualDuration]:
        """Nothing was done yet."""
        return ()

    def put(self, plan: Plan) -> None:
        """Nobody carries it out yet."""

    def on_drop(self, call: Callable[[], None]) -> None:
        """Whoever asked waits for the answer."""

    def stumbled(self, error: CallboardError, then: str) -> None:
        """See `Desk`."""
        self._tell(str(error), then)


def logged(problem: str, then: str) -> None:
    """What went wrong, as a line of the log."""
    _log.warning("planning_setback problem=%r then=%r", problem, then)
