"""The endpoints of the specification, by the last part of their paths."""

from __future__ import annotations

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
