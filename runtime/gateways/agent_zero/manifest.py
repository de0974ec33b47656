"""What was written into a tree, so that exactly that can be taken out of it again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from callboard import __version__
from callboard.messages.base import Value
from callboard.messages.errors.base import CallboardError

FILE = "manifest.json"
REPLACED = "replaced"
"""Folder of files that were there before, and come back in the end."""


class Manifest(Value):
    """What Callboard has in a tree.

    Attributes:
        layout: Of the tree.
        callboard: The version that wrote it.
        files: The SHA-256 of each file, by its path below the tree.
        folders: Those that were made for them.
        replaced: Paths of files that were there before; they are kept beside this.
        lines: What was added to a file of the tree's own, by its path.
    """

    layout: str
    callboard: str = __version__
    files: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    folders: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    lines: dict[str, str] = msgspec.field(default_factory=dict[str, str])


class DamagedManifest(CallboardError):
    """What says what was written cannot be read."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, why)
        self.path, self.why = path, why

    def __str__(self) -> str:
        return f"{self.path} cannot be read ({self.why}); without it nobody knows what is ours"


def read(home: Path) -> Manifest | None:
    """The manifest of a tree; None where nothing was written.

    Raises:
        DamagedManifest: It is none.
    """
    path = home / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except msgspec.DecodeError as error:
        raise DamagedManifest(str(path), str(error)) from None


def keep(home: Path, manifest: Manifest) -> None:
    """Write it."""
    write(home / FILE, msgspec.json.format(msgspec.json.encode(manifest), indent=2))


def digest(path: Path) -> str:
    """The SHA-256 of a file; "" where there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def digest_of(data: bytes) -> str:
    """The SHA-256 of data."""
    return hashlib.sha256(data).hexdigest()


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = unfinished(path)
    try:
        beside.write_bytes(data)
        if path.exists():
            beside.chmod(path.stat().st_mode & 0o777)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def unfinished(path: Path) -> Path:
    """Where a file is written before it is whole."""
    return path.with_name(f".{path.name}.callboard")
