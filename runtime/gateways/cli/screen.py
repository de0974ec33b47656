"""Where a command writes: a terminal, a pipe, a file, or to somebody who has gone."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable
from typing import TextIO

STDOUT = "-"
"""Stands for the standard output where a file may be named."""

_LEAST = 40
_STYLES = {"bold": "1", "dim": "2", "good": "32", "bad": "1;31", "plain": ""}


class Stream:
    """A stream that takes any text, and does not mind when nobody reads it any more.

    Args:
        file: None where the process was started without it.
        needed: It is a fault if it cannot be written.

    Attributes:
        file: Where it writes.
        is_terminal: It can overwrite what it wrote.
        colours: It may be coloured: a terminal, unless NO_COLOR is set.
    """

    def __init__(self, file: TextIO | None, *, needed: bool = True) -> None:
        self._needed = needed
        self.file: TextIO = io.StringIO() if file is None else file
        self.is_terminal = self.file.isatty() and os.environ.get("TERM") != "dumb"
        self.colours = self.is_terminal and not os.environ.get("NO_COLOR")

    @property
    def columns(self) -> int | None:
        """Its width; None where there is no limit."""
        return max(_LEAST, shutil.get_terminal_size().columns) if self.is_terminal else None

    def knows(self, text: str) -> bool:
        """Whether it has these characters."""
        try:
            text.encode(self.file.encoding or "utf-8")
        except UnicodeEncodeError:
            return False
        return True

    def line(self, text: str = "", style: str = "plain") -> None:
        """Write a line."""
        code = _STYLES[style] if self.colours else ""
        self.write(f"\x1b[{code}m{text}\x1b[0m\n" if code else f"{text}\n")

    def write(self, text: str) -> None:
        """Write it at once, with what characters there are.

        Raises:
            OSError: It is needed and cannot be written: the disk is full, say.
        """
        try:
            self.file.write(text if self.knows(text) else self._spelt(text))
            self.file.flush()
        except BrokenPipeError:
            # The reader, `head` for one, has what it wanted; let nothing fail at exit.
            self.abandon()
        except OSError:
            self.abandon()  # what could not be written would fail once more at exit
            if self._needed:
                raise

    def abandon(self) -> None:
        """Nobody reads it: what is still to be written goes nowhere."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)

    def _spelt(self, text: str) -> str:
        encoding = self.file.encoding or "utf-8"
        return text.encode(encoding, "backslashreplace").decode(encoding)


class Screen:
    """The two streams of a command.

    Attributes:
        out: For results.
        err: For everything else.
    """

    def __init__(self, out: Stream, err: Stream) -> None:
        self.out = out
        self.err = err

    @classmethod
    def of_process(cls) -> Screen:
        """Standard output and standard error."""
        return cls(Stream(sys.stdout), Stream(sys.stderr, needed=False))

    def json(self, data: object) -> None:
        """Write data as a JSON document."""
        import json  # noqa: PLC0415 - few commands need it

        self.out.line(
            json.dumps(data, indent=2, ensure_ascii=not self.out.knows("\u2502\U0001f600"))
        )


def though_unread(main: Callable[[], int]) -> int:
    """What *main* answers; it is no fault that nobody reads what it prints any more."""
    try:
        return main()
    except BrokenPipeError:
        return 0
    finally:
        Stream(sys.stdout, needed=False).write("")  # what still waits goes out, or nowhere
