"""Waiting for threads to end, for so long and no longer."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def join(threads: Iterable[threading.Thread], timeout: float) -> list[threading.Thread]:
    """Wait for *threads* within one common *timeout*, in seconds; those still alive.

    The calling thread is not waited for: it may be one of them.
    """
    end = time.monotonic() + timeout
    others = [thread for thread in threads if thread is not threading.current_thread()]
    for thread in others:
        thread.join(max(0.0, end - time.monotonic()))
    return [thread for thread in others if thread.is_alive()]
