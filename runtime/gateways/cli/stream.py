r"""Server-sent events: what comes over the wire, and who follows it across interruptions.

The format is that of the WHATWG's HTML standard, section 9.2.

>>> list(frames(["id: 7", 'data: {"a":', "data: 1}", "", ": still there"]))
[Frame(id='7', event='', data='{"a":\n1}')]
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

import msgspec

from callboard.messages.errors.serving import ServerRefused
from callboard.runtime.gateways.cli.answers import checked, passing, problem_of
from callboard.runtime.gateways.cli.carrier import Asked, Trouble
from callboard.runtime.gateways.rest.frames import event_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callboard.messages.unions import Event
    from callboard.runtime.gateways.cli.carrier import Carrier

EVENTS = "/events"

PATIENCE = 60.0
"""Seconds without a server after which a follower gives up."""

SILENCE = 45.0
"""Seconds without even a comment after which a connection is taken for dead."""

_FIRST, _LONGEST = 0.1, 2.0
"""Seconds until a broken connection is taken up again: at first, and at the most."""


class Frame(NamedTuple):
    """One event as it was sent.

    Attributes:
        id: Its position; "" where it has none.
        event: Its kind, or "".
        data: "" where only the position has changed.
    """

    id: str
    event: str
    data: str


def frames(lines: Iterable[str]) -> Iterator[Frame]:
    """The frames that those lines are."""
    fields: dict[str, list[str]] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
        else:
            last = {name: values[-1] for name, values in fields.items()}
            if "data" in fields or "id" in fields:
                data = "\n".join(fields.get("data", ()))
                yield Frame(last.get("id", ""), last.get("event", ""), data)
            fields = {}


def followed(  # noqa: PLR0913 - what is asked, and of whom
    carrier: Carrier,
    server: str,
    path: str,
    filters: Mapping[str, str],
    *,
    headers: Mapping[str, str],
    patience: float = PATIENCE,
) -> Iterator[Event]:
    """What happens, as it happens; after an interruption it goes on where it broke off.

    What this version does not know is passed over: the server may be a newer one.

    Args:
        carrier: Has the connections.
        server: Its address.
        path: Where its events are.
        filters: Which events.
        headers: Of each request.
        patience: Seconds without a server after which it is given up.

    Raises:
        ServerError: Nobody answers there for too long, or lets us in.
        ServerRefused: There are no such events.
    """
    position, waited, delay = "", 0.0, _FIRST
    target = f"{path}?{urlencode(filters)}" if filters else path
    while True:
        try:
            asked = Asked("GET", target, {**headers, **_place(position)}, None, SILENCE)
            with carrier.stream(asked) as answer:
                for frame in frames(checked(answer, server).lines()):
                    waited, delay, position = 0.0, _FIRST, frame.id or position
                    yield from _event(frame)
        except Trouble as error:
            problem = problem_of(error, server, "events", SILENCE)
            if waited >= patience:
                raise problem from error
        except ServerRefused as refused:
            if waited >= patience or not passing(refused):
                raise
        time.sleep(delay)
        waited, delay = waited + delay, min(2 * delay, _LONGEST)


def _place(position: str) -> dict[str, str]:
    accepted = {"Accept": "text/event-stream"}
    return {**accepted, "Last-Event-ID": position} if position else accepted


def _event(frame: Frame) -> Iterator[Event]:
    with contextlib.suppress(msgspec.DecodeError):
        if frame.data:
            yield event_of(frame.data)
