"""What was done to a tree of Agent Zero, or what is in it; and why nothing was done."""

from __future__ import annotations

from typing import NamedTuple

from callboard.messages.errors.base import CallboardError

IDLE = frozenset({"unchanged", "kept", "missing"})
"""Steps in which nothing is done."""

UNFIT = frozenset({"changed", "missing", "outdated"})
"""How files stand in an installation that is not whole."""


class Step(NamedTuple):
    """What was done about one file, or how it stands.

    Attributes:
        path: The file, below the tree.
        what: "written", "updated", "unchanged", "replaced", "line added", "kept",
            "removed", "restored", "line removed", "missing", "changed", or "outdated".
    """

    path: str
    what: str


class Outcome(NamedTuple):
    """What was done, or what is there.

    Attributes:
        layout: Of the tree.
        installed: Whether Callboard is in it, afterwards.
        steps: File by file.
    """

    layout: str
    installed: bool
    steps: tuple[Step, ...]

    @property
    def changed(self) -> bool:
        """Whether anything in the tree is not as before."""
        return any(step.what not in IDLE for step in self.steps)

    @property
    def whole(self) -> bool:
        """Whether every file is there, as this version of Callboard writes it."""
        return self.installed and not any(step.what in UNFIT for step in self.steps)


class NotOurs(CallboardError):
    """Files that are to be written are there already, and Callboard has not written them."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        super().__init__(paths)
        self.paths = paths

    def __str__(self) -> str:
        files = ", ".join(self.paths)
        return f"somebody else has written {files}; --force replaces them, uninstall restores them"


class NotWritable(CallboardError):
    """A file in a tree cannot be written, or not be removed."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, why)
        self.path, self.why = path, why

    def __str__(self) -> str:
        return f"{self.path} cannot be written: {self.why}"
