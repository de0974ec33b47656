"""What holds for all tests."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Take Ctrl-C as at a terminal.

    Whoever starts the tests in the background has it ignored, and what the tests start
    inherits that; then no test of Ctrl-C means anything.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
