"""How much a model may take, and say."""

from __future__ import annotations

import msgspec

from callboard.actors.logic.proposals import Caps
from callboard.messages.values import Retry


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a model may take, and say, for one plan.

    Attributes:
        caps: How large its plans may be.
        seconds: For one plan in all, tries and repair included; of a goal with a deadline
            no more than four fifths of what is left, so that its work gets the rest.
        silence: Seconds without a byte after which a try is given up.
        connect: Seconds to open a connection.
        tokens: That the model may answer; it is asked to stop there.
        answer: Bytes of an answer that are read.
        prompt: Bytes of a question; a goal that is longer is not asked about.
        together: Plans that the model is asked for at the same time; others wait.
        retry: Of tries that the endpoint refused for now: statuses 408, 409, 425, 429 and
            above 499, and connections that fail. A `Retry-After` is heeded.
    """

    caps: Caps = Caps()
    seconds: float = 90.0
    silence: float = 30.0
    connect: float = 10.0
    tokens: int = 8_192
    answer: int = 256 * 1024
    prompt: int = 256 * 1024
    together: int = 8
    retry: Retry = Retry(attempts=4, first=0.5, longest=20.0, jitter=0.5)
