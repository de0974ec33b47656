"""Puts Callboard's files into a tree of Agent Zero, takes them out, and says what is there.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     tree = Path(folder)
...     (tree / "python/helpers").mkdir(parents=True)
...     _ = (tree / "python/helpers/tool.py").write_text("")
...     first, second = install(tree), install(tree)
...     first.changed, second.changed, status(tree).whole, uninstall(tree).changed
(True, False, True, True)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from callboard.runtime.gateways.agent_zero import lines, manifest
from callboard.runtime.gateways.agent_zero.contents import files_of
from callboard.runtime.gateways.agent_zero.layouts import Layout, installed_in, layout_of
from callboard.runtime.gateways.agent_zero.manifest import Manifest, digest, digest_of
from callboard.runtime.gateways.agent_zero.outcome import NotOurs, NotWritable, Outcome, Step
from callboard.runtime.gateways.agent_zero.removing import Removing
from callboard.runtime.gateways.agent_zero.writing import Writing

__all__ = ["NotOurs", "NotWritable", "Outcome", "Step", "install", "status", "uninstall"]


def install(tree: Path, layout: str = "", *, force: bool = False, pretend: bool = False) -> Outcome:
    """Write what is not there yet, or is of another version; again, it changes nothing.

    What the user has changed since is kept. Either all of it is done or nothing.

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
        NotWritable: A file cannot be written.
        DamagedManifest: It cannot be read what is ours.
    """
    found = layout_of(tree, layout)
    writing = Writing(tree, found, force=force)
    steps = writing.plan()
    if writing.foreign and not force:
        raise NotOurs(tuple(writing.foreign))
    if not pretend:
        writing.carry_out(steps)
    return Outcome(found.name, installed=True, steps=steps)


def uninstall(tree: Path, layout: str = "", *, pretend: bool = False) -> Outcome:
    """Remove exactly what `install` has written; what the user has changed since is kept.

    It does so, too, where the tree has become one of another layout.

    Raises:
        NoAgentZero: The folder holds none, or another layout, and nothing of ours either.
        TwoLayouts: It might be both.
        NotWritable: A file cannot be removed; the rest of it can be done again.
        DamagedManifest: It cannot be read what is ours.
    """
    found = installed_in(tree, layout)
    known = manifest.read(tree / found.home) or Manifest(layout=found.name)
    removing = Removing(tree, found, known)
    steps = tuple(removing.plan())
    if not pretend:
        try:
            removing.carry_out(steps)
        except OSError as error:
            raise NotWritable(str(error.filename or tree), str(error)) from error
    return Outcome(found.name, installed=False, steps=steps)


def status(tree: Path, layout: str = "") -> Outcome:
    """What of Callboard is in a tree.

    Raises:
        NoAgentZero: The folder holds none, or another layout, and nothing of ours either.
        TwoLayouts: It might be both.
        DamagedManifest: It cannot be read what is ours.
    """
    found = installed_in(tree, layout)
    known = manifest.read(tree / found.home)
    steps = () if known is None else tuple(_standing(tree, found, known))
    return Outcome(found.name, installed=known is not None, steps=steps)


def _standing(tree: Path, layout: Layout, known: Manifest) -> Iterator[Step]:
    """How each file stands, and what this version would write beside them."""
    wanted = {path: digest_of(text.encode()) for path, text in files_of(layout, tree).items()}
    for path, was in known.files.items():
        yield Step(path, _state(digest(tree / path), was, wanted.get(path, "")))
    for path in wanted.keys() - known.files.keys():
        yield Step(path, "missing")
    for path, added in known.lines.items():
        there = (tree / path).is_file() and lines.has((tree / path).read_bytes(), added)
        yield Step(path, "unchanged" if there else "missing")


def _state(there: str, was: str, wanted: str) -> str:
    if not there:
        return "missing"
    if there == wanted:
        return "unchanged"
    return "outdated" if there == was else "changed"
