"""What a user of Agent Zero can choose: how assignments run, and how long they may.

In the current layout it is the plugin's configuration. In both, the environment may say
it: `CALLBOARD_WAY`, `CALLBOARD_DEADLINE_MINUTES`, `CALLBOARD_PROFILE`; it goes first.

>>> read_settings({"way": "registered"}, {"CALLBOARD_DEADLINE_MINUTES": "5"})
Settings(way='registered', deadline_minutes=5.0, profile='')
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from callboard.messages.base import Value
from callboard.messages.complaints import complaint
from callboard.messages.errors.agents import InvalidOption

_ENVIRONMENT = "CALLBOARD_"

LONGEST = 1_000_000.0
"""Minutes; nobody can wait for ever."""


class Settings(Value):
    """How an assignment runs.

    Attributes:
        way: "own": in a fresh background context of its own. "registered": in the
            registered context itself while that is idle, else in one of its own.
            "subordinate": an agent of a fresh context delegates it to a subordinate.
            "scheduler": as an ad-hoc task of the TaskScheduler.
        deadline_minutes: How long a run may take before it is stopped; up to `LONGEST`.
        profile: Of the subordinate; "" for the usual one.
    """

    way: Literal["own", "registered", "subordinate", "scheduler"] = "own"
    deadline_minutes: Annotated[float, msgspec.Meta(gt=0, le=LONGEST)] = 60.0
    profile: str = ""


def read_settings(configured: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """The settings that hold now.

    Args:
        configured: Of the plugin; what it has beside them is not looked at.
        environment: Variables of the process.

    Raises:
        InvalidOption: One of them makes no sense.
    """
    found: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        said = environment.get(f"{_ENVIRONMENT}{name.upper()}", configured.get(name))
        if said not in (None, ""):
            found[name] = said
    try:
        return msgspec.convert(found, Settings, strict=False)
    except msgspec.ValidationError as error:
        where, why = complaint(error, "")
        name = where.removeprefix(".")
        expected = f"as docs/how-to/agent-zero.md says ({why})"
        raise InvalidOption(f"the setting {name}", found.get(name), expected) from None
