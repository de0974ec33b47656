"""How patient a server is with agents elsewhere."""

from __future__ import annotations

import msgspec

from callboard.runtime.gateways.link.frames import LONGEST


class LinkOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How patient a server is with agents elsewhere.

    Attributes:
        heartbeat: Seconds between two heartbeats that workers are asked for; less where
            `Config.heartbeat_timeout` is less than three times that.
        grace: Seconds within which a worker may come back after its link was lost, before
            its work goes elsewhere; workers may ask for another one. Short, for most links
            are lost because their worker is.
        longest_grace: Seconds that they may ask for at the most.
        forgotten: Seconds after which an agent is let go of which nothing was heard.
        hello: Seconds that a worker has to say who it is.
        stalled: Seconds that a worker may leave unread what it is told.
        queued: Frames that may wait for one worker; what is more, it does not read.
        longest_wait: Seconds that a worker without a link may wait for an assignment.
        longest: Bytes that a worker's message may have; a server says its own limit.
    """

    heartbeat: float = 1.0
    grace: float = 0.05
    longest_grace: float = 60.0
    forgotten: float = 300.0
    hello: float = 10.0
    stalled: float = 10.0
    queued: int = 10_000
    longest_wait: float = 60.0
    longest: int = LONGEST
