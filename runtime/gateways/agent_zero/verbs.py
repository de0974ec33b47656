"""The endpoints of the specification, by the last part of their paths."""

from __future__ import annotations

from callboard.runtime.gateways.operations.table import named

VERBS = {
    "register": "register",
    "decompose": "decompose",
    "assign": "assign",
    "status": "orchestration_status",
    "tensor": "orchestration_tensor",
    "complete": "complete",
    "heartbeat": "heartbeat",
    "unregister": "unregister",
}
"""From the last part of each endpoint's path to the name of its operation."""


def methods_of(verb: str) -> tuple[str, ...]:
    """The methods of HTTP that an endpoint takes; the web interface posts everything.

    >>> methods_of("assign"), methods_of("tensor")
    (('POST',), ('GET', 'POST'))
    """
    return ("GET", "POST") if named(VERBS[verb]).method == "GET" else ("POST",)
