"""What is committed says nothing of the machine on which it was written."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tooling.project import ROOT

MACHINE = re.compile(
    "|".join(
        [
            r"(?<![\w.-])/(?:home|root|Users)/\w",
            r"\b[A-Z]:\\Users\\",
            *(
                rf"(?<![\w.-]){re.escape(str(path))}\b"
                for path in (ROOT, Path.home())
                if len(path.parts) > 2
            ),
        ]
    )
)


def tracked() -> list[Path]:
    """The files that are committed, or would be."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        (git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def test_no_tracked_file_names_a_path_of_this_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in tracked()
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if MACHINE.search(line)
    ]

    assert found == []
