"""Log lines on the standard error, for as long as a command runs."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.logs import configure

_DETAILED = 2


@contextlib.contextmanager
def logged(verbose: int, screen: Screen) -> Generator[None]:
    """Show them: 0 none, 1 what happens, 2 everything."""
    if not verbose:
        yield
        return
    level = "DEBUG" if verbose >= _DETAILED else "INFO"
    undo = configure(json=False, level=level, stream=screen.err.file)
    try:
        yield
    finally:
        undo()
