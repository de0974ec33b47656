"""One installation: what is to be done about each file, and doing it.

Either all of it is done or nothing; what is ours is noted before it is written, so that
whatever ends the process midway leaves nothing that nobody knows of.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from callboard.messages.values import replace
from callboard.runtime.gateways.agent_zero import lines, manifest
from callboard.runtime.gateways.agent_zero.before import Before
from callboard.runtime.gateways.agent_zero.contents import Inclusion, files_of, inclusion_of
from callboard.runtime.gateways.agent_zero.layouts import Layout
from callboard.runtime.gateways.agent_zero.manifest import REPLACED, Manifest, digest, digest_of
from callboard.runtime.gateways.agent_zero.outcome import IDLE, NotWritable, Step
from callboard.runtime.gateways.agent_zero.removing import about_removal, remove


class Writing:
    """One installation.

    Attributes:
        foreign: Files that are there already, and are not ours; known when it is planned.
    """

    def __init__(self, tree: Path, layout: Layout, *, force: bool) -> None:
        self._tree, self._layout, self._force = tree, layout, force
        self._home = tree / layout.home
        self._known = manifest.read(self._home) or Manifest(layout=layout.name)
        self._wanted = {p: t.encode() for p, t in files_of(layout, tree).items()}
        self._inclusion = inclusion_of(layout, tree)
        self.foreign: list[str] = []

    def plan(self) -> tuple[Step, ...]:
        """What is to be done about each file.

        Raises:
            NotWritable: Something of it could not be done.
        """
        steps = tuple(self._planned())
        for step in steps:
            if step.what not in IDLE:
                _must_be_writable(self._tree, step.path)
        return steps

    def _planned(self) -> Iterator[Step]:
        for path, data in self._wanted.items():
            yield Step(path, self._about(path, _there(self._tree, path), digest_of(data)))
        for path, was in self._known.files.items():
            if path not in self._wanted:  # of an earlier version
                yield Step(path, about_removal(self._tree / path, was))
        if self._inclusion is not None and not _mentions(self._tree, self._inclusion):
            yield Step(self._inclusion.path, "line added")

    def _about(self, path: str, there: str, wanted: str) -> str:
        ours = self._known.files.get(path)
        if not there:
            return "written"
        if there == wanted:
            return "unchanged"
        if ours is None:
            self.foreign.append(path)
            return "replaced"
        if there == ours:
            return "updated"
        return "updated" if self._force else "kept"

    def carry_out(self, steps: tuple[Step, ...]) -> None:
        """Do it.

        Raises:
            NotWritable: The disk is full, or the like; all is as before.
        """
        if all(step.what in {"unchanged", "kept"} for step in steps) and self._known.files:
            return
        backups = [f"{self._layout.home}/{REPLACED}/{s.path}" for s in steps]
        noted = f"{self._layout.home}/{manifest.FILE}"
        before = Before(self._tree, [*(s.path for s in steps), *backups, noted])
        try:
            self._carry_out(steps)
        except OSError as error:
            with contextlib.suppress(OSError):  # what is ours is noted; it can be done again
                before.put_back()
            raise NotWritable(str(error.filename or self._tree), str(error)) from error

    def _carry_out(self, steps: tuple[Step, ...]) -> None:
        files = {path: digest_of(data) for path, data in self._wanted.items()}
        files |= {s.path: self._known.files[s.path] for s in steps if s.what == "kept"}
        added = dict(self._known.lines)
        if any(step.what == "line added" for step in steps) and self._inclusion is not None:
            there = (self._tree / self._inclusion.path).read_bytes()
            added[self._inclusion.path] = lines.addition(there, self._inclusion.line)
        new = {step.path for step in steps if step.what == "replaced"}
        for path in new:
            manifest.write(self._home / REPLACED / path, (self._tree / path).read_bytes())
        noted = replace(
            self._known,
            callboard=Manifest(layout="").callboard,
            files=files,
            folders=self._folders(),
            replaced=tuple(sorted({*self._known.replaced, *new})),
            lines=added,
        )
        manifest.keep(self._home, noted)
        for step in steps:
            self._do(step, added)

    def _do(self, step: Step, added: dict[str, str]) -> None:
        target = self._tree / step.path
        match step.what:
            case "written" | "updated" | "replaced":
                manifest.write(target, self._wanted[step.path])
            case "removed":
                remove(target)
            case "line added":
                manifest.write(target, target.read_bytes() + added[step.path].encode())
            case _:
                return

    def _folders(self) -> tuple[str, ...]:
        """All that have to be made, with those that were."""
        made = {*self._known.folders}
        for path in (*self._wanted, f"{self._layout.home}/{manifest.FILE}"):
            for folder in (self._tree / path).parents:
                if folder == self._tree or folder.exists():
                    break
                made.add(folder.relative_to(self._tree).as_posix())
        return tuple(sorted(made))


def _there(tree: Path, path: str) -> str:
    try:
        return digest(tree / path)
    except OSError as error:  # a folder of that name, or a file where a folder must be
        raise NotWritable(path, error.strerror or str(error)) from error


def _must_be_writable(tree: Path, path: str) -> None:
    """Where a file is to be written, its folder must let that be done, or be makeable."""
    target = tree / path
    folder = next(f for f in target.parents if f.exists() or f == tree)
    if not folder.is_dir():
        raise NotWritable(folder.relative_to(tree).as_posix(), "it is no folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise NotWritable(path, f"{folder} is read-only")


def _mentions(tree: Path, inclusion: Inclusion) -> bool:
    """Whether the file includes the tool already, in whatever words."""
    text = (tree / inclusion.path).read_bytes()
    return b"agent.system.tool.distributed_orchestration.md" in text
