"""What the actor of an agent elsewhere decides besides: what its worker may forget.

A worker says how an attempt has ended until it is told that this is kept. Here it is
known when that is so: as soon as nothing of it is to be said again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.agency import AgencyLogic
from callboard.actors.logic.effects import ForgetWork
from callboard.messages.supervision import Shutdown
from callboard.messages.work import Acknowledged, Revoke

if TYPE_CHECKING:
    from callboard.actors.logic.effects import Effect
    from callboard.messages.unions import AgentMessage


class DistantAgencyLogic(AgencyLogic):
    """The decisions of the actor of an agent elsewhere."""

    def take(self, message: AgentMessage, now: float) -> list[Effect]:
        """What follows from one message of a batch."""
        if type(message) is Shutdown and self._hook_runs:
            # It waits for its worker, which need not come any more.
            self._hook_runs = False
        effects = super().take(message, now)
        if type(message) is Acknowledged:
            effects.append(ForgetWork(message.tokens))
        elif type(message) is Revoke and not self._work.knows(message.token):
            effects.append(ForgetWork((message.token,), message.reason))
        return effects
