"""A pytest plugin: whoever asks pykka for its actor gets ours.

It must be loaded (`-p hardened_base`) before pykka's own conftest.py takes the class.
"""

from __future__ import annotations

import pykka

from callboard.actors.shell import HardActor


def pytest_load_initial_conftests() -> None:
    """Put our base class in the place of pykka's."""
    pykka.ThreadingActor = HardActor  # type: ignore[misc]
