"""Reading the planners' data: ours from the package, or a user's file.

The errors name the file and the field.
"""

from __future__ import annotations

import os
import tomllib
from importlib import resources
from pathlib import Path
from typing import TypeAlias, TypeVar

import msgspec

from callboard.messages.complaints import complaint
from callboard.messages.errors.goals import MalformedRules

T = TypeVar("T")
GivenPath: TypeAlias = str | os.PathLike[str]


def read_packaged(name: str, kind: type[T]) -> T:
    """The table of that name which comes with Callboard."""
    text = resources.files("callboard.runtime.planners").joinpath(name).read_text("utf-8")
    return _table(text, name, kind)


def read_table(path: GivenPath, kind: type[T]) -> T:
    """A user's TOML file.

    Raises:
        MalformedRules: It cannot be read, or a field is missing, unknown or of a wrong
            type.
    """
    file = os.fspath(path)
    try:
        text = Path(file).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise MalformedRules(file, "$", f"cannot be read: {error}") from error
    return _table(text, file, kind)


def _table(text: str, file: str, kind: type[T]) -> T:
    try:
        return msgspec.convert(tomllib.loads(text), kind)
    except msgspec.ValidationError as error:
        raise MalformedRules(file, *complaint(error)) from None
    except (ValueError, RecursionError) as error:
        raise MalformedRules(file, "$", f"is no TOML: {error}") from None
