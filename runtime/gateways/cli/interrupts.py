"""Ctrl-C and SIGTERM as questions that are asked when it suits, not as exceptions anywhere.

A `KeyboardInterrupt` may come between the taking of a lock and the `with` that would
give it back, and then whoever else needs that lock waits for ever.
"""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import Self

from callboard.runtime.gateways.cli.complaints import STOPPED
from callboard.runtime.gateways.cli.screen import Stream

CTRL_C = "Ctrl-C"
"""What people call the signal that it sends."""

_SHOW_CURSOR = b"\x1b[?25h\n"
_ENDING = (signal.SIGINT, signal.SIGTERM)
_ENOUGH = 2
"""Whoever does it once more does not even want to wait until it has stopped."""


class Interrupts:
    """Notes the first Ctrl-C, and ends the process at the second one.

    Args:
        stream: A terminal whose cursor may be hidden.

    Attributes:
        heard: There was one.
    """

    def __init__(self, stream: Stream) -> None:
        self.heard = False
        self._stream = stream
        self._ours = False

    def __enter__(self) -> Self:
        """Listen, unless somebody has decided otherwise, as a shell for what is in its back."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._hear)
            self._ours = True
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no longer."""
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        if self.heard:
            # Whoever does it again does not want to wait; what runs is left as it is.
            if self._stream.is_terminal:
                os.write(self._stream.file.fileno(), _SHOW_CURSOR)
            os._exit(STOPPED)
        self.heard = True


class Signals:
    """Notes every Ctrl-C and SIGTERM, and ends the process where it is at the third one.

    Attributes:
        heard: How many there were.
        name: Of the first one, as people call it.
    """

    def __init__(self) -> None:
        self.heard = 0
        self.name = ""
        # Somebody has decided otherwise: a shell, say, for what is in its back.
        heard = (number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN)
        self._before = {number: signal.getsignal(number) for number in heard}

    def __enter__(self) -> Self:
        """Listen."""
        for number in self._before:
            signal.signal(number, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no longer."""
        for number, before in self._before.items():
            signal.signal(number, before)

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        self.heard += 1
        self.name = self.name or (CTRL_C if number == signal.SIGINT else "SIGTERM")
        if self.heard > _ENOUGH:
            os._exit(STOPPED)
