"""What users install holds everything that stands in the folders."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.tooling.project import FOLDERS, ROOT, files

# A copy is built: setuptools would leave build/ here, and take old modules from it.
SOURCES = ("LICENSE", "README.md", "pyproject.toml", "setup.cfg")


@pytest.mark.timeout(300)
def test_the_wheel_holds_every_file_of_the_folders(tmp_path: Path) -> None:
    ignore = shutil.ignore_patterns("__pycache__")
    for folder in FOLDERS.values():
        shutil.copytree(folder, tmp_path / folder.name, symlinks=True, ignore=ignore)
    for name in SOURCES:
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, tmp_path)

    build = "from setuptools.build_meta import build_wheel; build_wheel('.')"
    subprocess.run(
        (sys.executable, "-c", build), cwd=tmp_path, check=True, capture_output=True, text=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}

    assert held == set(files())
