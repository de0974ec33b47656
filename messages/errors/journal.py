"""Errors of a journal in a file: each names the file, and what is to be done about it."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.errors.base import CallboardError


class JournalError(CallboardError):
    """Base of all that can be wrong with a journal in a file."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, why)
        self.path, self.why = path, why

    def __str__(self) -> str:
        return f"journal {self.path}: {self.why}"


class JournalInUse(JournalError):
    """Another process, or another runtime of this one, has it open."""


class JournalForeign(JournalError):
    """The file holds something else."""


class JournalNewer(JournalError):
    """A newer version of Callboard wrote it."""


class JournalDamaged(JournalError):
    """What was written cannot be read back; nothing of the file was changed."""

    fault: ClassVar[str] = "callboard"


class JournalUnreachable(JournalError):
    """The file cannot be opened, or has vanished."""


class JournalFull(JournalError):
    """There is no room to write; work that was accepted waits, new work is refused."""

    lasting: ClassVar[bool] = False
