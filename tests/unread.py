"""A program whose reader, `head` for one, has had enough before it began."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def unread(*arguments: str, folder: Path = ROOT) -> tuple[int, str]:
    """Exit status and standard error of Python with these arguments."""
    # Otherwise nothing would wait to be written at the end.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    ours, its = os.pipe()
    os.close(ours)
    try:
        done = subprocess.run(
            (sys.executable, *arguments),
            cwd=folder,
            env={**kept, "PYTHONPATH": str(ROOT)},
            stdout=its,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        os.close(its)
    return done.returncode, done.stderr
