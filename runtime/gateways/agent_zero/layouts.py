"""Which Agent Zero a folder holds: the legacy layout, or the current one with plugins.

| | known by | Callboard's files |
|---|---|---|
| legacy | `python/helpers/tool.py` | are in the folders of the tree |
| current | `helpers/tool.py`, `helpers/plugins.py`, plugins | are a plugin in `usr/plugins/` |
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from callboard.messages.errors.base import CallboardError

PLUGIN = "usr/plugins/distributed_orchestration"


class Layout(NamedTuple):
    """How a tree of Agent Zero is laid out.

    Attributes:
        name: "legacy" or "current".
        helpers: The package of its helpers.
        marks: What such a tree has, as patterns; all of them.
        home: Where it is kept what was written, below the tree.
    """

    name: str
    helpers: str
    marks: tuple[str, ...]
    home: str

    def fits(self, tree: Path) -> bool:
        """Whether that is such a tree."""
        return all(any(tree.glob(mark)) for mark in self.marks)


LEGACY = Layout("legacy", "python.helpers", ("python/helpers/tool.py",), ".callboard")
CURRENT = Layout(
    "current",
    "helpers",
    ("helpers/tool.py", "helpers/plugins.py", "plugins/*/plugin.yaml"),
    f"{PLUGIN}/.callboard",
)
LAYOUTS = {layout.name: layout for layout in (LEGACY, CURRENT)}


class NoAgentZero(CallboardError):
    """A folder holds no Agent Zero of the layout that is wanted."""

    def __init__(self, tree: str, wanted: str) -> None:
        super().__init__(tree, wanted)
        self.tree, self.wanted = tree, wanted

    def __str__(self) -> str:
        looked = [layout for layout in LAYOUTS.values() if self.wanted in ("", layout.name)]
        found = "; ".join(f"{', '.join(layout.marks)} ({layout.name})" for layout in looked)
        return f"{self.tree} is no Agent Zero: it does not have {found}"


class TwoLayouts(CallboardError):
    """A folder has what both layouts are known by."""

    def __init__(self, tree: str) -> None:
        super().__init__(tree)
        self.tree = tree

    def __str__(self) -> str:
        return f"{self.tree} looks like both layouts: say --layout legacy or --layout current"


def installed_in(tree: Path, wanted: str = "") -> Layout:
    """The layout of what was installed in a tree, whatever the tree has become since.

    Args:
        tree: Its folder.
        wanted: The layout that is meant, by name; "" for whichever.

    Raises:
        NoAgentZero: Nothing was installed there, and it holds no such Agent Zero.
        TwoLayouts: Both were installed, or it might be both, and none is wanted.
    """
    found = [layout for layout in LAYOUTS.values() if (tree / layout.home).is_dir()]
    if wanted:
        found = [layout for layout in found if layout.name == wanted]
    if not found:
        return layout_of(tree, wanted)
    if len(found) > 1:
        raise TwoLayouts(str(tree))
    return found[0]


def layout_of(tree: Path, wanted: str = "") -> Layout:
    """The layout of a tree.

    Args:
        tree: Its folder.
        wanted: The layout that it must have, by name; "" for whichever.

    Raises:
        NoAgentZero: It has neither, or not that one.
        TwoLayouts: It might be both, and none is wanted.
    """
    found = [layout for layout in LAYOUTS.values() if layout.fits(tree)]
    if wanted:
        found = [layout for layout in found if layout.name == wanted]
    if not found:
        raise NoAgentZero(str(tree), wanted)
    if len(found) > 1:
        raise TwoLayouts(str(tree))
    return found[0]
