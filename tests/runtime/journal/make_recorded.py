"""Records journals of the present format, to be opened by every later version.

    python -m tests.runtime.journal.make_recorded SCENE ...

Nothing that was recorded is ever recorded anew: a journal of that name and version is
left alone.
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from callboard.runtime.journal.upcasting import VERSION
from callboard.runtime.logs import NAME
from tests.runtime.journal.archive import FOLDER, copy_of, outcome, summary
from tests.runtime.journal.scenes import SCENES

if TYPE_CHECKING:
    from types import TracebackType

_ROOT = Path(__file__).parents[3]
_PYTHON = Path(traceback.__file__).parent


def record(scene: str) -> None:
    """Play a scene, and note what came of it."""
    name = f"{scene}-{VERSION}"
    if (FOLDER / f"{name}.db").exists():
        raise SystemExit(f"{name} is recorded: what changed belongs into another scene")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.db"
        SCENES[scene](path)
        said = summary(copy_of(path, Path(folder)))
        said["done"] = outcome(copy_of(path, Path(folder)))
        shutil.copy(path, FOLDER)
    (FOLDER / f"{name}.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    print(name, said["verified"], sorted(said["kinds"]))


def main() -> None:
    """Record those that are named."""
    logging.getLogger(NAME).setLevel(logging.CRITICAL + 1)
    traceback.format_exception = _nameless  # type: ignore[assignment]
    for scene in sys.argv[1:]:
        record(scene)


_format = traceback.format_exception


def _nameless(error: BaseException, *more: TracebackType | None) -> list[str]:
    """Tracebacks that say nothing of the machine on which this ran."""
    lines = _format(error, *more)
    return [line.replace(f"{_ROOT}/", "").replace(f"{_PYTHON}/", "python/") for line in lines]


if __name__ == "__main__":
    main()
