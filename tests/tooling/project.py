"""What setup.cfg says, for the tests about the project itself."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[2]

CONFIG = ConfigParser()
CONFIG.read(ROOT / "setup.cfg", encoding="utf-8")


def lines(section: str, option: str) -> list[str]:
    """The lines of a list in setup.cfg."""
    return CONFIG[section][option].strip().splitlines()


FOLDERS = {
    package: ROOT / folder
    for package, folder in (line.split(" = ") for line in lines("options", "package_dir"))
}
"""The real folder of each package that the mapping names."""


def folder_of(package: str) -> Path:
    """The real folder of any package.

    >>> folder_of("callboard.actors.logic").relative_to(ROOT).as_posix()
    'actors/logic'
    """
    if package in FOLDERS:
        return FOLDERS[package]
    parent, _, name = package.rpartition(".")
    return folder_of(parent) / name


def files() -> dict[str, Path]:
    """Every file of the real folders, by its place in an installation."""
    names = {folder.name for folder in FOLDERS.values()}
    return {
        "/".join([*package.split("."), *path.relative_to(folder).parts]): path
        for package, folder in FOLDERS.items()
        # In callboard/ stand the links, or the small files that git writes in their place.
        for path in sorted(folder.glob("*" if package == "callboard" else "**/*"))
        if path.is_file() and path.name not in names and path.suffix != ".pyc"
    }


def modules() -> dict[str, Path]:
    """Every module of the real folders, by the name under which it is imported."""
    return {
        place.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path
        for place, path in files().items()
        if path.suffix == ".py"
    }
