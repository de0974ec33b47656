"""Reading the planners' data: ours from the package, or a user's file.

The errors name the file, the line and the field.
"""

from __future__ import annotations

import os
import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import TypeAlias, TypeVar

import msgspec

from callboard.messages.complaints import complaint
from callboard.messages.errors.goals import MalformedRules
from callboard.runtime.planners.positions import line_of, positions

T = TypeVar("T")
GivenPath: TypeAlias = str | os.PathLike[str]

_LINE = re.compile(r"\(at line (\d+), column")


def read_table(path: GivenPath | None, packaged: str, kind: type[T]) -> T:
    """A user's TOML file, or the one of that name which comes with Callboard.

    Raises:
        MalformedRules: It cannot be read, or a field is missing, unknown or of a wrong
            type.
    """
    text, file = read_text(path, packaged)
    return _table(text, file, kind)


def read_text(path: GivenPath | None, packaged: str) -> tuple[str, str]:
    """The text of a user's file, or of ours, and the file's name.

    Raises:
        MalformedRules: It cannot be read.
    """
    if path is None:
        ours = resources.files("callboard.runtime.planners").joinpath(packaged)
        return ours.read_text("utf-8"), packaged
    file = os.fspath(path)
    try:
        return Path(file).read_text("utf-8"), file
    except (OSError, ValueError) as error:
        raise MalformedRules(file, "$", f"cannot be read: {error}") from error


def loaded(text: str, file: str) -> tuple[dict[str, object], dict[str, int]]:
    """The data of a TOML text, and the lines of its values.

    Raises:
        MalformedRules: It is no TOML.
    """
    try:
        data: dict[str, object] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = _LINE.search(str(error))
        line = int(found[1]) if found else 1 + text.rstrip().count("\n")
        raise MalformedRules(file, "$", f"is no TOML: {error}", line) from None
    return data, positions(text)


def _table(text: str, file: str, kind: type[T]) -> T:
    data, lines = loaded(text, file)
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        where, what = complaint(error)
        raise MalformedRules(file, where, what, line_of(lines, where)) from None
