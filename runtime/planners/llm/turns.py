"""How many plans a model is asked for at the same time; the others wait for their turn."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from callboard.messages.errors.planning import ModelTooSlow

if TYPE_CHECKING:
    from collections.abc import Generator

    from callboard.actors.ports import Desk


class Turns:
    """So many turns at once.

    Args:
        most: At least 1.
    """

    def __init__(self, most: int) -> None:
        self._free = self._most = most
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, desk: Desk, end: float) -> Generator[None]:
        """Have a turn for the time of the block.

        Args:
            desk: Of the plan; whoever drops it ends the waiting.
            end: Until when it may wait, seconds of `time.monotonic`.

        Raises:
            ModelTooSlow: There was none in time, or nobody wants the plan any more.
        """
        desk.on_drop(self._look)
        with self._changed:
            left = max(0.0, end - time.monotonic())
            self._changed.wait_for(lambda: desk.dropped or self._free > 0, left)
            if desk.dropped:
                raise ModelTooSlow("nobody waits for the plan any more")
            if not self._free:
                raise ModelTooSlow(f"the model was busy with {self._most} other plans")
            self._free -= 1
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()

    def _look(self) -> None:
        with self._changed:
            self._changed.notify_all()
