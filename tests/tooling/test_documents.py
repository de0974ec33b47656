"""Every ```python block of the documentation runs, those of one page one after the other."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.tooling.project import ROOT

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PAGES = [
    page
    for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
    if BLOCK.search(page.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_the_examples_of(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("documentation")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # annotations are resolved there
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")

    for block in BLOCK.finditer(text):
        above = "\n" * text.count("\n", 0, block.start(1))  # a traceback then names the page's line
        exec(compile(above + block[1], page, "exec"), vars(module))  # noqa: S102 - our own text
