"""Parts of the reference, made from the code itself; `directives.py` puts them on pages."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import TypeAlias, TypeVar, get_args

from callboard.messages import errors, notices
from callboard.messages.errors import CallboardError
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from callboard.messages.unions import AnyFact
from callboard.runtime.gateways.cli.catalogue import COMMANDS
from callboard.runtime.runtime import Runtime

INDENT = "\u2013\u00a0"
"""Before the name of an error, for each of its bases."""

Row: TypeAlias = list[str]
T = TypeVar("T")


def error_rows(kind: type[CallboardError] = CallboardError, depth: int = 0) -> Iterator[Row]:
    """The tree of errors: name, what it carries, whose fault, whether to try again, meaning."""
    if kind.__module__.startswith(errors.__name__):
        name = INDENT * depth + f"`{kind.__name__}`"
        again = "no" if kind.lasting else "yes"
        yield [name, _carried(kind), kind.fault, again, _first_line(kind)]
    for child in sorted(kind.__subclasses__(), key=lambda child: child.__name__):
        yield from error_rows(child, depth + 1)


def fact_rows() -> Iterator[Row]:
    """Every fact: name, fields, level, whether others wait for it, meaning."""
    kinds: tuple[type[Fact], ...] = get_args(AnyFact)
    for kind in kinds:
        durable = "yes" if kind.durable else "no"
        yield [f"`{kind.__name__}`", _fields(kind), kind.level, durable, _first_line(kind)]


def notice_rows() -> Iterator[Row]:
    """Every notice: name, fields, level, meaning."""
    for kind in _defined(notices, Notice):
        yield [f"`{kind.__name__}`", _fields(kind), kind.level, _first_line(kind)]


def helps() -> Iterator[tuple[str, str]]:
    """Every command of the command line, and what its `--help` says."""
    for name in ("", *COMMANDS):
        asked = (sys.executable, "-m", "callboard", *name.split(), "--help")
        said = subprocess.run(  # noqa: S603 - our own
            asked, env={**os.environ, "COLUMNS": "80"}, capture_output=True, text=True, check=True
        )
        yield f"callboard {name}".strip(), said.stdout


def markdown(head: Row, rows: Iterable[Row]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def calls(part: str) -> Iterator[tuple[str, str]]:
    """Each public call that a part of `Runtime` defines, and whether it is a method."""
    (defines,) = (kind for kind in Runtime.__mro__ if kind.__name__ == part)
    for name, what in vars(defines).items():
        if not name.startswith("_"):
            yield name, "property" if isinstance(what, property) else "method"


def _defined(module: ModuleType, base: type[T]) -> Iterator[type[T]]:
    return (
        kind
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, base) and kind is not base
    )


def _fields(kind: type[Fact | Notice]) -> str:
    return ", ".join(f"`{field}`" for field in kind.__struct_fields__ if field != "at")


def _carried(kind: type[Exception]) -> str:
    if "__init__" not in vars(kind):
        return ""
    names = [name for name in inspect.signature(kind.__init__).parameters if name != "self"]
    return ", ".join(f"`{name}`" for name in names)


def _first_line(kind: type) -> str:
    return (inspect.getdoc(kind) or "").partition("\n")[0].replace("|", "\\|")
