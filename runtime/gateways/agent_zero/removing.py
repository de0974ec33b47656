"""Taking out of a tree exactly what was put into it, also where that was left half done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from callboard.runtime.gateways.agent_zero import lines, manifest
from callboard.runtime.gateways.agent_zero.before import remove_empty
from callboard.runtime.gateways.agent_zero.layouts import Layout
from callboard.runtime.gateways.agent_zero.manifest import REPLACED, Manifest, digest
from callboard.runtime.gateways.agent_zero.outcome import Step


class Removing:
    """One removal.

    Args:
        tree: The folder of the Agent Zero.
        layout: Of the installation.
        known: What is ours in it.
    """

    def __init__(self, tree: Path, layout: Layout, known: Manifest) -> None:
        self._tree, self._layout, self._known = tree, layout, known
        self._home = tree / layout.home

    def plan(self) -> Iterator[Step]:
        """What is to be done about each file."""
        for path, was in self._known.files.items():
            yield Step(path, self._about(path, was))
        for path, added in self._known.lines.items():
            there = _data(self._tree / path)
            yield Step(path, "line removed" if lines.has(there, added) else "missing")
        for backup in self._backups():
            path = backup.relative_to(self._home / REPLACED).as_posix()
            if not self._comes_back(path) and _data(self._tree / path) != backup.read_bytes():
                yield Step(backup.relative_to(self._tree).as_posix(), "kept")

    def carry_out(self, steps: tuple[Step, ...]) -> None:
        """Do it; what is ours is forgotten last, so that it can be done again."""
        for step in steps:
            self._do(step)
        for backup in self._backups():  # of what is in its place again
            path = backup.relative_to(self._home / REPLACED)
            if _data(self._tree / path) == backup.read_bytes():
                backup.unlink()
        for begun in list(self._home.rglob(manifest.unfinished(Path("*")).name)):
            begun.unlink()
        (self._home / manifest.FILE).unlink(missing_ok=True)
        self._clear()

    def _about(self, path: str, was: str) -> str:
        return "restored" if self._comes_back(path) else about_removal(self._tree / path, was)

    def _comes_back(self, path: str) -> bool:
        """Whether the file that was there before is put in its place."""
        if not (self._home / REPLACED / path).is_file() or path not in self._known.files:
            return False
        return about_removal(self._tree / path, self._known.files[path]) != "kept"

    def _do(self, step: Step) -> None:
        target = self._tree / step.path
        match step.what:
            case "removed":
                remove(target)
            case "restored":
                manifest.write(target, (self._home / REPLACED / step.path).read_bytes())
            case "line removed":
                added = self._known.lines[step.path]
                manifest.write(target, lines.without(target.read_bytes(), added))
            case _:
                manifest.unfinished(target).unlink(missing_ok=True)

    def _backups(self) -> list[Path]:
        found = sorted((self._home / REPLACED).rglob("*"))
        begun = manifest.unfinished(Path("*")).name
        return [path for path in found if path.is_file() and not path.match(begun)]

    def _clear(self) -> None:
        """Remove the folders that were made, where nothing is left in them."""
        files = [self._tree / path for path in self._known.files]
        inner = [path for path in self._home.rglob("*") if path.is_dir()]
        made = [self._tree / folder for folder in self._known.folders]
        compiled = [folder / "__pycache__" for folder in {file.parent for file in files}]
        folders = {*inner, *made, *compiled, self._home, self._home.parent} - {self._tree}
        for folder in sorted(folders, key=lambda f: len(f.parts), reverse=True):
            remove_empty(folder)


def about_removal(target: Path, was: str) -> str:
    """What is to be done about a file of ours, given how it was written."""
    there = digest(target)
    if not there:
        return "missing"
    return "removed" if there == was else "kept"


def remove(target: Path) -> None:
    """A file, what Python has made of it, and what was begun to be written in its place."""
    target.unlink(missing_ok=True)
    manifest.unfinished(target).unlink(missing_ok=True)
    for compiled in (target.parent / "__pycache__").glob(f"{target.stem}.*.pyc"):
        compiled.unlink(missing_ok=True)


def _data(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
