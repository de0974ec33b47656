"""How some files of a tree were, to put them back where their change has failed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from callboard.runtime.gateways.agent_zero import manifest


class Before:
    """The files of now, and which of their folders are not there.

    Args:
        tree: The folder that all of it is in.
        paths: The files, below it.
    """

    def __init__(self, tree: Path, paths: Iterable[str]) -> None:
        files = [tree / path for path in paths]
        self._data = {file: file.read_bytes() if file.is_file() else None for file in files}
        folders = {folder for file in files for folder in file.parents}
        self._absent = [
            folder for folder in folders if tree in folder.parents and not folder.exists()
        ]

    def put_back(self) -> None:
        """All is as it was.

        Raises:
            OSError: That cannot be done either.
        """
        for file, data in self._data.items():
            if data is None:
                file.unlink(missing_ok=True)
            elif not file.is_file() or file.read_bytes() != data:
                manifest.write(file, data)
        for folder in sorted(self._absent, key=lambda f: len(f.parts), reverse=True):
            remove_empty(folder)


def remove_empty(folder: Path) -> None:
    """Remove a folder that nothing is in."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
