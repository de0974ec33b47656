"""Prove that the type checkers look: seed an error into every folder, expect complaints.

Each checker finds the folders in its own way, one through the links of `callboard/`
and one around them, and a checker that misses a folder calls it flawless. The seeds
are sown in a copy of the project, so nothing is left behind here, come what may.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.tooling.project import ROOT, folder_of, lines

SEED = '"""Wrong on purpose."""\n\nSEED: int = "not a number"\n'
CHECKERS = {
    "mypy": ("-m", "mypy", "--cache-dir", str(ROOT / ".cache" / "mypy-seeded")),
    "pyright": ("-m", "pyright", "--pythonpath", sys.executable),
}


def main() -> int:
    """Say which checker misses which folder; return the exit status."""
    folders = [ROOT / "tests", *map(folder_of, lines("options", "packages"))]
    seeds = [folder.relative_to(ROOT) / f"seed_in_{folder.name}.py" for folder in folders]
    with TemporaryDirectory() as temporary:
        project = Path(temporary, "project")
        ours = shutil.ignore_patterns(".*", "__pycache__", "build", "*.egg-info")
        shutil.copytree(ROOT, project, symlinks=True, ignore=ours)
        for seed in seeds:
            (project / seed).write_text(SEED, encoding="utf-8")
        with ThreadPoolExecutor() as both:
            asked = {name: both.submit(complain, c, project) for name, c in CHECKERS.items()}
        complaints = {name: answer.result() for name, answer in asked.items()}
    missed = [
        f"{name} does not see {seed.parent.as_posix()}/"
        for name, text in complaints.items()
        for seed in seeds
        if f"{seed.as_posix()}:3:" not in text
    ]
    print("\n".join(missed) or f"{' and '.join(CHECKERS)} see all {len(seeds)} folders")
    return 1 if missed else 0


def complain(command: tuple[str, ...], project: Path) -> str:
    """What a checker says about *project*, with `/` in its paths."""
    run = subprocess.run(
        (sys.executable, *command), cwd=project, capture_output=True, text=True, check=False
    )
    return run.stdout.replace(os.sep, "/")


if __name__ == "__main__":
    sys.exit(main())
