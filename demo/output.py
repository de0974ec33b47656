"""Files that a demo writes, and the exit statuses that all demos share."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import Final

DONE: Final = 0
FAILED: Final = 1
WRONG: Final = 2
STOPPED: Final = 130


def check_writable(path: Path | None) -> None:
    """Complain before the work, not after it.

    Args:
        path: Where something will be written; None for nowhere.

    Raises:
        OSError: It can not be written; the error names it.
    """
    if path is None:
        return
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "that is a folder, not a file", str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(path.parent))
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise PermissionError(errno.EACCES, "no permission to write there", str(path))


def save(path: Path, text: str) -> None:
    """Write all of it or nothing: an earlier file stays until the new one is complete."""
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")  # a pipe or the like
        return
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        draft.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
