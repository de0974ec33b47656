"""Every ```python block of the documentation runs, those of one page one after the other.

A ```text block right below one is what it prints (`...` stands for anything), and a
```console block shows commands with what they print: `python ...` and `callboard ...` run
too, in the folder where the page's blocks have run.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.tooling.project import ROOT

BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```$(?:\n+```text\n(?P<printed>.*?)^```$)?"
    r"|^```console\n(?P<session>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
COMMAND = re.compile(r"^\$ (?P<command>.*)\n(?P<printed>(?:(?!\$ ).*\n)*)", re.MULTILINE)
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
        if block["session"] is not None:
            for command in COMMAND.finditer(block["session"]):
                if command["command"].startswith(("python ", "callboard ")):
                    check(_output_of(command["command"]), command["printed"])
            continue
        above = "\n" * text.count("\n", 0, block.start("code"))  # a traceback names the page's line
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(above + block["code"], page, "exec"), vars(module))  # noqa: S102 - our own text
        if block["printed"] is not None:
            check(out.getvalue(), block["printed"])


def check(printed: str, shown: str) -> None:
    """Compare what was printed with what the page shows."""
    same = doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS)

    assert same, f"the page shows\n{shown}\nbut this was printed\n{printed}"


def _output_of(command: str) -> str:
    program, *arguments = shlex.split(command)
    if program == "callboard":
        arguments = ["-m", "callboard", *arguments]
    done = subprocess.run(
        (sys.executable, *arguments),
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "80"},
    )
    return done.stdout
