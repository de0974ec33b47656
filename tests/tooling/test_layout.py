"""The folders, their links and what the configuration says of them agree."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from tests.tooling.project import CONFIG, FOLDERS, ROOT, folder_of, lines, modules

PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "tool"
]
SUBPACKAGES = {package: folder for package, folder in FOLDERS.items() if package != "callboard"}


def test_the_list_of_packages_is_complete() -> None:
    found = {name for name, path in modules().items() if path.name == "__init__.py"}

    assert lines("options", "packages") == sorted(found)


def test_no_module_stands_outside_a_package() -> None:
    strays = {path.parent for path in modules().values()} - set(
        map(folder_of, lines("options", "packages"))
    )

    assert strays == set()


@pytest.mark.parametrize("package", SUBPACKAGES)
def test_each_folder_has_its_link(package: str) -> None:
    link = ROOT.joinpath(*package.split("."))
    # Where git could not make a link, it wrote down where that would have led.
    target = link.readlink().as_posix() if link.is_symlink() else link.read_text(encoding="utf-8")

    assert target == f"../{SUBPACKAGES[package].name}"


def test_every_tool_looks_at_every_folder() -> None:
    folders = {folder.name for folder in FOLDERS.values()}

    assert set(lines("coverage:run", "source")) == folders
    assert set(PYPROJECT["pyright"]["include"]) >= folders
    assert set(CONFIG["importlinter:contract:folders"]["layers"].split()) == folders - {"callboard"}


def test_no_module_is_imported_under_the_name_of_its_folder() -> None:
    banned = PYPROJECT["ruff"]["lint"]["flake8-tidy-imports"]["banned-module-level-imports"]

    assert banned == sorted(folder.name for folder in SUBPACKAGES.values())


def test_the_tools_expect_the_oldest_python_that_is_supported() -> None:
    oldest = CONFIG["options"]["python_requires"].removeprefix(">=")

    assert PYPROJECT["pyright"]["pythonVersion"] == oldest
    assert PYPROJECT["ruff"]["target-version"] == "py" + oldest.replace(".", "")


def test_tests_are_no_packages() -> None:
    """One __init__.py would make pytest name the tests beside it after the real folders."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []
