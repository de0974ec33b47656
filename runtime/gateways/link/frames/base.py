"""What frames are made of, and what both sides know before the first one."""

from __future__ import annotations

from msgspec import Raw

from callboard.runtime.executors.processes.wire import Frame

PATH = "/agents/link"
"""Where servers take links."""

SUBPROTOCOL = "callboard.v1"
"""What a worker may offer when it opens the WebSocket."""

PROTOCOL = 1
"""Which version of all this is spoken here."""

LONGEST = 8 << 20
"""Bytes that a message may have, unless `Welcome` says otherwise."""

NOTHING = Raw()
"""Where a worker may leave data out; it stands for null."""


class Spoken(Frame, omit_defaults=True):
    """Something that is said over a link."""


class Bye(Spoken, tag="bye"):
    """Said by either side, last of all: the agent has left.

    Attributes:
        reason: For people.
    """

    reason: str = ""
