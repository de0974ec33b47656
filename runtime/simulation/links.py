"""The links between agents and the others: letters are lost, doubled, late, out of order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.base import SUPERVISOR
from callboard.runtime.simulation.lots import SOON

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.messages.base import Address, Message
    from callboard.runtime.simulation.lots import Lots
    from callboard.runtime.simulation.scenario import Slip

    Later = Callable[[float, Callable[[], None]], None]

_AGENT = "agent/"


class Links:
    """A route (see `Route`) on which a letter from or to an agent may come to harm.

    The supervisor has a link of its own to each agent, on which letters are counted apart.
    That an actor has ended is no letter: whoever runs it says so, beside the supervisor.

    Attributes:
        calm: From now on every letter arrives at once.
    """

    def __init__(self, lots: Lots, later: Later) -> None:
        self.calm = False
        self._lots = lots
        self._later = later
        self._agents: dict[tuple[Address, Address], str] = {}

    def __call__(
        self,
        sender: Address,
        to: Address,
        messages: Sequence[Message],
        deliver: Callable[[Sequence[Message]], None],
    ) -> None:
        """Carry the letters."""
        link = sender, to  # there are few, and many letters
        agent = self._agents.get(link)
        if agent is None:
            agent = self._agents[link] = _agent_of(sender, to)
        if not agent:
            deliver(messages)
            return
        lots, calm = self._lots, self.calm
        for message in messages:
            slip = lots.slip(agent, calm=calm)
            if slip is SOON:
                deliver((message,))
            else:
                self._slip(slip, (message,), deliver)

    def _slip(
        self,
        slip: Slip,
        messages: Sequence[Message],
        deliver: Callable[[Sequence[Message]], None],
    ) -> None:
        for copy in range(slip.copies):
            self._carry(slip.delay + copy * slip.apart, messages, deliver)

    def _carry(
        self,
        seconds: float,
        messages: Sequence[Message],
        deliver: Callable[[Sequence[Message]], None],
    ) -> None:
        if seconds:
            self._later(seconds, lambda: deliver(messages))
        else:
            deliver(messages)


def _agent_of(sender: Address, to: Address) -> str:
    """The agent whose link it is, or the supervisor's to that agent; "" for none."""
    end = to if to.startswith(_AGENT) else sender
    if sender == to or not end.startswith(_AGENT):
        return ""
    agent = end.removeprefix(_AGENT)
    return f"{SUPERVISOR}/{agent}" if SUPERVISOR in (sender, to) else agent
