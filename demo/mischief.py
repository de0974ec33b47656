"""Makes one agent crash and one hang, on purpose and once each, to show what follows."""

from __future__ import annotations

import threading


class Mischief:
    """What shall go wrong.

    Args:
        crash: The subtask whose first agent goes down in the middle of it, or "".
        hang: The subtask whose first agent falls silent in the middle of it, or "".
    """

    def __init__(self, *, crash: str = "", hang: str = "") -> None:
        self._planned = {crash: self._crash, hang: self._hang}
        self._planned.pop("", None)
        self._lock = threading.Lock()
        self._over = threading.Event()

    def tempt(self, subtask: str, step: int, steps: int) -> None:
        """Do the mischief that is planned for this subtask, once, when half of it is done.

        Raises:
            SystemExit: Not an `Exception`, so it takes the agent down and not only the attempt.
        """
        if step < steps // 2:
            return
        with self._lock:
            act = self._planned.pop(subtask, None)
        if act is not None:
            act()

    def end(self) -> None:
        """Let hanging threads go, when nobody watches any more."""
        self._over.set()

    def _crash(self) -> None:
        raise SystemExit("out of memory (on purpose)")

    def _hang(self) -> None:
        self._over.wait()
