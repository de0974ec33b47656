"""How laden agents elsewhere say that they are, and what of that the scheduler must hear.

Each heartbeat has figures, and hardly ever the same ones twice. To tell the scheduler costs
ten times what a mere sign of life does, and only two things hang on it: whether an agent is
overloaded, which it hears at once, and what is shown of the agent, which may be a few
seconds old.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from callboard.actors.logic.overload import Figures, excess

if TYPE_CHECKING:
    from callboard.actors.logic.overload_options import OverloadOptions
    from callboard.messages.base import AgentId

CHANGE = 0.05
"""A figure must have changed by so much before it is told for the sake of being shown."""

PERIOD = 10.0
"""Seconds between two times that it is."""


class _Told(NamedTuple):
    figures: Figures
    at: float
    over: bool


class Loads:
    """What was told of each agent; pure, and time is an argument.

    Args:
        limits: When an agent is overloaded; None for never.

    >>> from callboard.actors.logic.overload_options import OverloadOptions
    >>> loads = Loads(OverloadOptions(memory=0.9))
    >>> said = [(0.0, 0.5), (1.0, 0.7), (2.0, 0.95), (3.0, 0.96), (4.0, 0.88), (5.0, 0.8)]
    >>> [at for at, memory in said if loads.matters("ann", Figures(memory=memory), at)]
    [0.0, 2.0, 5.0]
    """

    def __init__(self, limits: OverloadOptions | None) -> None:
        self._limits = limits
        self._told: dict[AgentId, _Told] = {}

    def matters(self, agent: AgentId, figures: Figures, now: float) -> bool:
        """Whether the scheduler is to hear that; if so it counts as told.

        Args:
            agent: Whose figures they are.
            figures: They.
            now: By any clock, in seconds.
        """
        told = self._told.get(agent)
        over = bool(
            self._limits
            and excess(self._limits, figures, overloaded=told is not None and told.over)
        )
        if told is not None and over is told.over and not _is_news(told, figures, now):
            return False
        self._told[agent] = _Told(figures, now, over)
        return True

    def forget(self, agent: AgentId) -> None:
        """There is none with that id any more."""
        self._told.pop(agent, None)


def _is_news(told: _Told, figures: Figures, now: float) -> bool:
    """Whether it is time to tell it again, and another figure than before."""
    if now - told.at < PERIOD:
        return False
    # A scheduler that was started anew has not heard who is overloaded.
    return told.over or any(map(_differ, told.figures, figures))


def _differ(before: float | None, now: float | None) -> bool:
    if before is None or now is None:
        return before is not now
    return abs(now - before) >= CHANGE
