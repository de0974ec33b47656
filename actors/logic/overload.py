"""Agents that report too much load get nothing new until there is less.

>>> options = OverloadOptions(cpu=0.9, memory=None, margin=0.1)
>>> [excess(options, Figures(cpu=c), overloaded=was) for c, was in
...     ((0.95, False), (0.85, True), (0.85, False), (0.8, True))]
['cpu', 'cpu', '', '']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from callboard.actors.logic.effects import Effect, Show
from callboard.actors.logic.overload_options import OverloadOptions
from callboard.messages.notices import AgentOverloaded, AgentRelieved

if TYPE_CHECKING:
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.slots import Slots


class Figures(NamedTuple):
    """How laden a machine is.

    Attributes:
        cpu: Busy part of its processors, in [0, 1]; None where that is not known.
        memory: Part of the memory that is taken, likewise.
    """

    cpu: float | None = None
    memory: float | None = None


def excess(options: OverloadOptions, figures: Figures, *, overloaded: bool) -> str:
    """What there is too much of: "cpu", "memory", or "" for nothing.

    Args:
        options: The limits.
        figures: What was reported; what is not known is not too much.
        overloaded: It was too much before, so it must fall by the margin.
    """
    for name in ("cpu", "memory"):
        limit: float | None = getattr(options, name)
        figure: float | None = getattr(figures, name)
        if limit is None or figure is None:
            continue
        if figure > limit - (options.margin if overloaded else 0.0):
            return name
    return ""


class Overload:
    """Keeps new work from agents with too much load.

    Args:
        slots: The agents.
        options: The limits; None for none.
    """

    def __init__(self, slots: Slots, options: OverloadOptions | None) -> None:
        self._slots = slots
        self._options = options

    def reported(self, member: Member, figures: Figures, now: float) -> list[Effect]:
        """Figures of an agent have come."""
        if self._options is None:
            return []
        over = excess(self._options, figures, overloaded=member.overloaded)
        if bool(over) is member.overloaded:
            return []
        member.overloaded = bool(over)
        self._slots.changed(member)
        agent, (cpu, memory) = member.agent.id, figures
        if not over:
            return [Show(AgentRelieved(at=now, agent=agent, cpu=cpu, memory=memory))]
        return [Show(AgentOverloaded(at=now, agent=agent, of=over, cpu=cpu, memory=memory))]
