"""Puts Callboard's files into a tree of Agent Zero, takes them out, and says what is there.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     tree = Path(folder)
...     (tree / "python/helpers").mkdir(parents=True)
...     _ = (tree / "python/helpers/tool.py").write_text("")
...     first, second = install(tree), install(tree)
...     first.changed, second.changed, uninstall(tree).changed
(True, False, True)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from callboard.messages.errors.base import CallboardError
from callboard.messages.values import replace
from callboard.runtime.gateways.agent_zero import manifest
from callboard.runtime.gateways.agent_zero.contents import Inclusion, files_of, inclusion_of
from callboard.runtime.gateways.agent_zero.layouts import Layout, layout_of
from callboard.runtime.gateways.agent_zero.manifest import REPLACED, Manifest, digest, digest_of


class Step(NamedTuple):
    """What was done about one file, or how it stands.

    Attributes:
        path: The file, below the tree.
        what: "written", "updated", "unchanged", "replaced", "line added", "kept",
            "removed", "restored", "line removed", "missing", or "changed".
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
        return any(step.what not in {"unchanged", "kept", "missing"} for step in self.steps)


class NotOurs(CallboardError):
    """Files that are to be written are there already, and Callboard has not written them."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        super().__init__(paths)
        self.paths = paths

    def __str__(self) -> str:
        files = ", ".join(self.paths)
        return f"somebody else has written {files}; --force replaces them, uninstall restores them"


def install(tree: Path, layout: str = "", *, force: bool = False, pretend: bool = False) -> Outcome:
    """Write what is not there yet, or is of another version; again, it changes nothing.

    What the user has changed since is kept.

    Args:
        tree: The folder of the Agent Zero.
        layout: Which one it must have, by name; "" for whichever.
        force: Replace what the user has changed, and what somebody else has written; the
            latter is restored by `uninstall`.
        pretend: Write nothing, but say what would be.

    Raises:
        NoAgentZero: The folder holds none, or another layout.
        TwoLayouts: It might be both.
        NotOurs: A file is there already that somebody else has written.
        DamagedManifest: It cannot be read what is ours.
    """
    found = layout_of(tree, layout)
    writing = _Writing(tree, found, force=force)
    steps = tuple(writing.plan())
    if writing.foreign and not force:
        raise NotOurs(tuple(writing.foreign))
    if not pretend:
        writing.carry_out(steps)
    return Outcome(found.name, installed=True, steps=steps)


def uninstall(tree: Path, layout: str = "", *, pretend: bool = False) -> Outcome:
    """Remove exactly what `install` has written; what the user has changed since is kept.

    Raises:
        NoAgentZero: The folder holds none, or another layout.
        TwoLayouts: It might be both.
        DamagedManifest: It cannot be read what is ours.
    """
    found = layout_of(tree, layout)
    home = tree / found.home
    known = manifest.read(home)
    if known is None:
        return Outcome(found.name, installed=False, steps=())
    steps = tuple(_removals(tree, known))
    if not pretend:
        for step in steps:
            _undo(tree, home, known, step)
        (home / manifest.FILE).unlink()
        _clear(tree, found, known)
    return Outcome(found.name, installed=False, steps=steps)


def status(tree: Path, layout: str = "") -> Outcome:
    """What of Callboard is in a tree.

    Raises:
        NoAgentZero: The folder holds none, or another layout.
        TwoLayouts: It might be both.
        DamagedManifest: It cannot be read what is ours.
    """
    found = layout_of(tree, layout)
    known = manifest.read(tree / found.home)
    if known is None:
        return Outcome(found.name, installed=False, steps=())
    steps = [Step(path, _state(tree / path, known.files[path])) for path in known.files]
    for path, line in known.lines.items():
        steps.append(Step(path, "unchanged" if _has(tree / path, line) else "missing"))
    return Outcome(found.name, installed=True, steps=tuple(steps))


class _Writing:
    """One installation.

    Attributes:
        foreign: Files that are there already, and are not ours.
    """

    def __init__(self, tree: Path, layout: Layout, *, force: bool) -> None:
        self._tree, self._layout, self._force = tree, layout, force
        self._home = tree / layout.home
        self._known = manifest.read(self._home) or Manifest(layout=layout.name)
        self._wanted = {p: t.encode() for p, t in files_of(layout, tree).items()}
        self._inclusion = inclusion_of(layout, tree)
        self.foreign: list[str] = []

    def plan(self) -> Iterator[Step]:
        """What is to be done about each file."""
        for path, data in self._wanted.items():
            yield Step(path, self._about(path, digest(self._tree / path), digest_of(data)))
        for path, was in self._known.files.items():
            if path not in self._wanted:  # of an earlier version
                yield Step(path, _about_removal(self._tree / path, was))
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
        """Do it; what is ours is noted first, so that nothing is left that nobody knows of."""
        if not any(step.what not in {"unchanged", "kept"} for step in steps) and self._known.files:
            return
        files = {path: digest_of(data) for path, data in self._wanted.items()}
        files |= {s.path: self._known.files[s.path] for s in steps if s.what == "kept"}
        lines = dict(self._known.lines)
        if any(step.what == "line added" for step in steps) and self._inclusion is not None:
            lines[self._inclusion.path] = self._inclusion.line
        new = {step.path for step in steps if step.what == "replaced"}
        for path in new:
            manifest.write(self._home / REPLACED / path, (self._tree / path).read_bytes())
        noted = replace(
            self._known,
            callboard=Manifest(layout="").callboard,
            files=files,
            folders=self._folders(),
            replaced=tuple(sorted({*self._known.replaced, *new})),
            lines=lines,
        )
        manifest.keep(self._home, noted)
        for step in steps:
            self._do(step)

    def _do(self, step: Step) -> None:
        target = self._tree / step.path
        match step.what:
            case "written" | "updated" | "replaced":
                manifest.write(target, self._wanted[step.path])
            case "removed":
                _remove(target)
            case "line added" if self._inclusion is not None:
                text = target.read_bytes()
                end = b"" if not text or text.endswith(b"\n") else b"\n"
                manifest.write(target, text + end + self._inclusion.line.encode() + b"\n")
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


def _removals(tree: Path, known: Manifest) -> Iterator[Step]:
    for path, was in known.files.items():
        what = _about_removal(tree / path, was)
        yield Step(path, "restored" if what == "removed" and path in known.replaced else what)
    for path, line in known.lines.items():
        yield Step(path, "line removed" if _has(tree / path, line) else "missing")


def _about_removal(target: Path, was: str) -> str:
    there = digest(target)
    if not there:
        return "missing"
    return "removed" if there == was else "kept"


def _undo(tree: Path, home: Path, known: Manifest, step: Step) -> None:
    target = tree / step.path
    match step.what:
        case "removed":
            _remove(target)
        case "restored":
            manifest.write(target, (home / REPLACED / step.path).read_bytes())
            (home / REPLACED / step.path).unlink()
        case "line removed":
            lines = target.read_bytes().splitlines(keepends=True)
            ours = known.lines[step.path].encode()
            kept = [line for line in lines if line.rstrip(b"\r\n") != ours]
            manifest.write(target, b"".join(kept))
        case _:
            return


def _remove(target: Path) -> None:
    """A file, and what Python has made of it."""
    target.unlink(missing_ok=True)
    for compiled in (target.parent / "__pycache__").glob(f"{target.stem}.*.pyc"):
        compiled.unlink(missing_ok=True)


def _clear(tree: Path, layout: Layout, known: Manifest) -> None:
    """Remove the folders that were made, where nothing is left in them."""
    inner = [p for p in (tree / layout.home).rglob("*") if p.is_dir()]
    made = [tree / folder for folder in known.folders]
    parents = [folder / "__pycache__" for folder in {(tree / p).parent for p in known.files}]
    folders = {*inner, *made, *parents, tree / layout.home}
    for folder in sorted(folders, key=lambda f: len(f.parts), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _state(target: Path, was: str) -> str:
    there = digest(target)
    if not there:
        return "missing"
    return "unchanged" if there == was else "changed"


def _has(target: Path, line: str) -> bool:
    if not target.is_file():
        return False
    return line.encode() in (one.rstrip(b"\r\n") for one in target.read_bytes().splitlines())


def _mentions(tree: Path, inclusion: Inclusion) -> bool:
    """Whether the file includes the tool already, in whatever words."""
    text = (tree / inclusion.path).read_bytes()
    return b"agent.system.tool.distributed_orchestration.md" in text
