"""Ctrl-C as a question that is asked when it suits, not as an exception anywhere.

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

_SHOW_CURSOR = b"\x1b[?25h\n"


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
