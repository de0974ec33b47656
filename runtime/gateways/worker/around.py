"""What all agents of a worker share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.logic.overload import Figures
    from callboard.runtime.gateways.worker.clock import ServerClock
    from callboard.runtime.gateways.worker.dialing import Server
    from callboard.runtime.gateways.worker.news import News
    from callboard.runtime.gateways.worker.workshop import Workshop


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What all agents of a worker share.

    Attributes:
        server: Whose work they do.
        workshop: What their code runs on.
        clock: The server's time.
        figures: How laden this machine is.
        tell: Tells who watches; quick, and never raises.
        stop_grace: Seconds that a handler has to end in after it was told to.
        come_back: Seconds within which an agent wants to be able to come back after its link
            was lost, before its work goes elsewhere; None for the server's.
        give_up_after: Seconds without a link after which it is over; None for never.
    """

    server: Server
    workshop: Workshop
    clock: ServerClock
    figures: Callable[[], Figures]
    tell: Callable[[News], None]
    stop_grace: float
    come_back: float | None
    give_up_after: float | None
