"""What happens in the recorded journals: everything that a runtime can write down.

Each scene is played by a real runtime, once, by `make_recorded`. A new kind of fact
gets a new scene; those of before stay, as do their journals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.runtime.journal.scenes_of_choices import learning, negotiated, stragglers, supplies
from tests.runtime.journal.scenes_of_plans import (
    agreed,
    approved,
    changed,
    growing,
    stumbling,
    verified,
)
from tests.runtime.journal.scenes_of_work import boots, control, everyday, trouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


SCENES: dict[str, Callable[[Path], None]] = {
    "everyday": everyday,
    "trouble": trouble,
    "control": control,
    "boots": boots,
    "stragglers": stragglers,
    "supplies": supplies,
    "negotiated": negotiated,
    "learning": learning,
    "stumbling": stumbling,
    "growing": growing,
    "verified": verified,
    "approved": approved,
    "mended": changed,
    "agreed": agreed,
}
