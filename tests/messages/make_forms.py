"""Records how facts look in the present version of the journal's format.

    python -m tests.messages.make_forms

A version that is recorded is never recorded anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from callboard.messages.unions import AnyFact
from callboard.runtime.journal.upcasting import VERSION

Forms: TypeAlias = dict[str, dict[str, Any]]
"""Fields and the types that they may have, by what they are fields of."""

FOLDER = Path(__file__).parent / "forms"


def forms() -> Forms:
    """Every fact and all that stands in one, as JSON schemas without any prose."""
    told = json.loads(msgspec.json.encode(msgspec.json.schema(AnyFact)))["$defs"]
    return {name: _bare(form) for name, form in sorted(told.items())}


def _bare(form: dict[str, Any]) -> dict[str, Any]:
    return {key: form[key] for key in ("enum", "properties", "required") if key in form}


def recorded() -> dict[int, Forms]:
    """By the version that wrote them."""
    return {int(path.stem): json.loads(path.read_text()) for path in FOLDER.glob("*.json")}


def main() -> None:
    """Record the present version."""
    path = FOLDER / f"{VERSION}.json"
    if path.exists():
        raise SystemExit(f"version {VERSION} is recorded: raise VERSION in upcasting.py")
    path.write_text(json.dumps(forms(), indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
