"""The command line in a process of its own: at a terminal of 80 columns, or in a pipe."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

CALLBOARD = (sys.executable, "-m", "callboard")
ROOT = Path(__file__).parents[4]


def environment(**more: str) -> dict[str, str]:
    """That of this process, with the sources on the path and a terminal of 80 columns."""
    kept = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "COLUMNS", "LINES"}}
    return {**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **more}


def at_a_terminal(
    command: tuple[str, ...],
    folder: Path,
    *,
    env: Mapping[str, str] | None = None,
    type_when: Callable[[str], bytes] | None = None,
    seconds: float = 30.0,
) -> tuple[int, str]:
    """Run a command at a pseudo-terminal.

    Args:
        command: It and its arguments.
        folder: Where it runs.
        env: Variables beside those of `environment`.
        type_when: What is to be typed, b"" for nothing, given all that was shown so far.
        seconds: That it may take.

    Returns:
        Its exit status, and all that was shown.
    """
    import fcntl  # noqa: PLC0415 - not on every system
    import pty  # noqa: PLC0415
    import struct  # noqa: PLC0415
    import termios  # noqa: PLC0415

    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def take_the_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment(**(env or {})),
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        preexec_fn=take_the_terminal,  # noqa: PLW1509 - Ctrl-C goes to who has the terminal
    ) as process:
        os.close(its)
        try:
            shown = _talk(ours, type_when, time.monotonic() + seconds)
            return process.wait(timeout=seconds), shown
        finally:
            process.kill()
            os.close(ours)


def _talk(terminal: int, type_when: Callable[[str], bytes] | None, until: float) -> str:
    shown = b""
    while time.monotonic() < until:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            read = os.read(terminal, 65536)
        except OSError:  # it has ended
            break
        if not read:
            break
        shown += read
        typed = type_when(shown.decode("utf-8", "replace")) if type_when else b""
        if typed:
            os.write(terminal, typed)
    return shown.decode("utf-8", "replace")


def in_a_pipe(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command line with its streams in pipes."""
    return subprocess.run(
        (*CALLBOARD, *arguments),
        cwd=folder,
        env=environment(**env),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
