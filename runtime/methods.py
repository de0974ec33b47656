"""Which ways there are to find out what goes first, and which of them can be used here.

>>> has_planning("rollout"), has_planning("by lot")
(True, False)
"""

from __future__ import annotations

import importlib.util
from typing import get_args

from callboard.messages.values import Approval, Planning

PLANNINGS = (
    "'online', 'rollout', or 'optimal' where OR-Tools is installed "
    '(pip install "callboard[optimal]")'
)
"""What a setting may be, for errors."""


APPROVALS = " or ".join(f"'{one}'" for one in get_args(Approval)) + ", or None"
"""What somebody may have to approve, likewise."""


def has_planning(given: object) -> bool:
    """Whether there is such a planning, and all that it needs."""
    if given == "optimal":
        return importlib.util.find_spec("ortools") is not None
    return given in get_args(Planning)
