"""Errors that nobody handled, on threads that must go on."""

from __future__ import annotations

import sys
import threading


def show_unhandled() -> None:
    """Show the error that is being handled, as Python does when it ends a thread."""
    kind, error, trace = sys.exc_info()
    if kind is not None:
        here = threading.current_thread()
        threading.excepthook(threading.ExceptHookArgs((kind, error, trace, here)))
