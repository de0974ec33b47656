"""The wheel, as a user gets it: in an empty environment, far from the checkout.

Each Python of 3.11 and later that is found here gets an environment of its own. What
is not there, or an index that cannot be reached, is a reason to skip.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.tooling.project import FOLDERS, ROOT, files, modules

PYTHONS = ("3.11", "3.12", "3.13")
LARGEST = 1_500_000
"""Bytes of the wheel; it was under 1 MB before it had doors, which are a quarter of it."""

SOURCES = ("LICENSE", "README.md", "pyproject.toml", "setup.cfg")

EXTRAS = ("httpx", "pytest", "rich", "starlette", "uvicorn", "websockets")
"""What only extras and hosts bring; a module that needs it may not be imported without."""

IMPORT_ALL = f"""
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except Exception as error:  # some say which extra is missing
        missing = error if isinstance(error, ModuleNotFoundError) else error.__cause__
        if not isinstance(missing, ModuleNotFoundError):
            raise
        if missing.name.partition(".")[0] not in {EXTRAS}:
            raise
"""

pytestmark = pytest.mark.timeout(600)


def start(*command: object, cwd: Path, **environment: str) -> subprocess.Popen[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV"))}
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env={**clean, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(started: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    out, err = started.communicate()
    return subprocess.CompletedProcess(started.args, started.returncode, out, err)


def run(*command: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return ended(start(*command, cwd=cwd, **environment))


def installed(python: str, folder: Path, *what: object) -> Path:
    """The Python of a new environment that has only that in it, and what it needs."""
    made = run(python, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    assert made.returncode == 0, made.stderr
    own = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = (sys.executable, "-m", "pip", "--python", own, "install", "--quiet")
    done = run(*pip, *what, cwd=folder.parent)
    if done.returncode and "No matching distribution" in done.stderr:
        pytest.skip(f"the package index has no dependencies for {python}, or is not there")
    assert done.returncode == 0, done.stderr
    return own


def interpreter(version: str) -> str | None:
    """A Python of that version: this one, one on the path, or one of pyenv's."""
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        return sys.executable
    found = shutil.which(f"python{version}")
    if found is not None and not run(found, "--version", cwd=ROOT).returncode:
        return found
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return next((str(p) for p in sorted(versions.glob(f"{version}.*/bin/python"))), None)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tracked sources, without the links, as some systems check them out."""
    copy = tmp_path_factory.mktemp("sources")
    ignore = shutil.ignore_patterns("__pycache__")
    for folder in FOLDERS.values():
        if folder.name != "callboard":
            shutil.copytree(folder, copy / folder.name, ignore=ignore)
    (copy / "callboard").mkdir()
    for path in (ROOT / "callboard").iterdir():
        if path.is_symlink():
            (copy / "callboard" / path.name).write_text(f"../{path.name}")
        elif path.is_file():
            shutil.copy(path, copy / "callboard")
    for name in SOURCES:
        shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture(scope="module")
def wheel(sources: Path) -> Path:
    build = "from setuptools import build_meta as b; b.build_sdist('.'); b.build_wheel('.')"
    done = run(sys.executable, "-c", build, cwd=sources)
    assert done.returncode == 0, done.stderr
    (built,) = sources.glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_folders(wheel: Path) -> None:
    assert {name for name in names(wheel) if ".dist-info/" not in name} == set(files())


def test_the_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size < LARGEST


def test_the_source_distribution_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    (archive,) = wheel.parent.glob("*.tar.gz")
    shutil.unpack_archive(archive, tmp_path)
    (unpacked,) = tmp_path.iterdir()
    build = "from setuptools.build_meta import build_wheel; build_wheel('.')"
    done = run(sys.executable, "-c", build, cwd=unpacked)
    assert done.returncode == 0, done.stderr
    (again,) = unpacked.glob("*.whl")
    assert names(again) == names(wheel)


@pytest.mark.parametrize("version", PYTHONS)
def test_it_works_from_the_wheel(version: str, wheel: Path, tmp_path: Path) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"no Python {version} here")
    here = tmp_path / "elsewhere"
    here.mkdir()
    own = installed(python, tmp_path / "venv", wheel)

    # All at the same time: the demos mostly wait.
    started = [
        start(own, *what, cwd=here)
        for what in (
            ("-W", "error", "-c", IMPORT_ALL, *(m for m in modules() if "__main__" not in m)),
            ("-m", "callboard.demo", "--quick"),
            ("-m", "callboard.demo", "fleet", "--quick"),
            ("-m", "callboard", "self-check"),
        )
    ]
    for done in [ended(one) for one in started]:
        assert done.returncode == 0, (done.args, done.stdout[-2000:], done.stderr[-2000:])


def test_pytest_finds_the_plugin_of_what_is_installed(wheel: Path, tmp_path: Path) -> None:
    """Where there is pytest, and the wheel's files are on the path, nothing need be said."""
    installed, here = tmp_path / "installed", tmp_path / "elsewhere"
    shutil.unpack_archive(wheel, installed, format="zip")
    here.mkdir()
    (here / "test_it.py").write_text("def test_it(simulated_runtime):\n    pass\n")
    pytest_there = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_it.py")
    done = run(*pytest_there, cwd=here, PYTHONPATH=str(installed))
    assert done.returncode == 0, done.stdout


def names(wheel: Path) -> set[str]:
    """What is in a wheel, but for the list of it."""
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_a_checkout_without_links_installs_and_runs(sources: Path, tmp_path: Path) -> None:
    """Some systems check links out as small text files."""
    own = installed(sys.executable, tmp_path / "venv", "--editable", sources)
    done = run(own, "-m", "callboard", "self-check", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
