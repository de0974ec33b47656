"""A user's Python module, imported as if from a script beside it.

What is written on the command line is a name or a file, and perhaps names in it:
`agents`, `agents.py`, `teams/night.py`, `company.analysts:ann,bob`.
"""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from pathlib import Path
from types import ModuleType, TracebackType
from typing import NamedTuple

from callboard.runtime.gateways.cli.complaints import Complaint

_BEFORE = (json,)
"""Loaded here, before a file of that name can stand in its place."""

_FOREIGN = ("callboard.", "importlib")


class Spec(NamedTuple):
    """What was written.

    Attributes:
        module: Its dotted name.
        folder: Where it is looked for first.
        names: In it; () for all agents.
        text: As it was written, without the names.
    """

    module: str
    folder: Path
    names: tuple[str, ...]
    text: str


def spec_of(given: str) -> Spec:
    """What *given* says.

    Raises:
        Complaint: It names no module, or no file that there is.

    >>> spec_of("company.analysts:ann,bob")[2:]
    (('ann', 'bob'), 'company.analysts')
    """
    text, _, listed = given.partition(":")
    names = tuple(name.strip() for name in listed.split(",") if name.strip())
    if text.endswith(".py") or "/" in text:
        path = Path(text)
        if not path.is_file():
            raise Complaint(f"there is no file {text!r}")
        return Spec(path.stem, path.parent.resolve(), names, text)
    if not all(part.isidentifier() for part in text.split(".")):
        raise Complaint(f"{text!r} names no Python module: company.analysts or agents.py would")
    return Spec(text, Path.cwd(), names, text)


def imported(spec: Spec) -> ModuleType:
    """The module.

    Raises:
        Complaint: There is none, it raises, or it is not the one that is meant.
    """
    folder = str(spec.folder)
    if folder not in sys.path[:1]:
        sys.path.insert(0, folder)
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(spec.module)
    except ModuleNotFoundError as error:
        if error.name and f"{spec.module}.".startswith(f"{error.name}."):
            raise Complaint(f"there is no module {error.name!r} here or installed") from None
        raise _raised(spec, error) from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a module may do anything, sys.exit() too
        raise _raised(spec, error) from None
    _check_place(spec, module)
    return module


def _check_place(spec: Spec, module: ModuleType) -> None:
    """A file may have the name of a module that has been loaded before."""
    meant = spec.folder.joinpath(*spec.module.split(".")).with_suffix(".py")
    found = getattr(module, "__file__", None)
    if meant.is_file() and not (found and Path(found).resolve() == meant.resolve()):
        theirs = f"another module has the name {spec.module!r}"
        raise Complaint(f"{meant.name} cannot be imported, {theirs}: give it another one")


def _raised(spec: Spec, error: BaseException) -> Complaint:
    """What a module's author needs: the traceback through their own code, and a line."""
    trimmed = traceback.TracebackException.from_exception(error)
    trimmed.stack = stack = theirs(trimmed.stack, error.__traceback__)
    details = "".join(trimmed.format())
    where = ""
    if isinstance(error, SyntaxError):
        where = f" ({Path(error.filename or spec.text).name}, line {error.lineno})"
    elif stack:
        last = [frame for frame in stack if frame.filename == stack[0].filename][-1]
        where = f" ({Path(last.filename).name}, line {last.lineno})"
    what = "ends the program" if isinstance(error, SystemExit) else "cannot be imported"
    said = f"{type(error).__name__}: {_first_line(error)}".rstrip(": ")
    return Complaint(f"{spec.text!r} {what}: {said}{where}", fault="module", details=details)


def theirs(stack: traceback.StackSummary, trace: TracebackType | None) -> traceback.StackSummary:
    """The frames of *trace* that are neither ours nor Python's importer's."""
    frames = zip(stack, traceback.walk_tb(trace), strict=False)
    return traceback.StackSummary.from_list(
        [
            summary
            for summary, (frame, _) in frames
            if not frame.f_globals.get("__name__", "").startswith(_FOREIGN)
        ]
    )


def _first_line(error: BaseException) -> str:
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    return said.partition("\n")[0]
