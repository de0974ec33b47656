#!/usr/bin/env python3
"""Run Callboard from a fresh clone.

    python3 dev.py demo [...]    watch agents do a real job; arguments go to callboard.demo
    python3 dev.py test [...]    run the tests with coverage on all cores; arguments go to
                                 pytest, as --numprocesses=0 for one after the other.
                                 `.venv/bin/coverage report` then lists what no test ran
    python3 dev.py lint [...]    check style, types and the direction of imports; or only
                                 style, format, mypy, pyright, imports, seeded
    python3 dev.py docs [...]    build the documentation's site in build/docs; a warning
                                 is an error; arguments go to sphinx

It needs Python 3.11 or newer and nothing else. The first run makes .venv here and
installs the project into it, and so does the first one after a change of setup.cfg
or pyproject.toml. The exit status is that of the demo or of pytest; of lint, 1 if
any check fails; of docs, 2 if there is a warning; 130 after Ctrl-C.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - for whoever starts it with an older one
    sys.exit(f"dev.py: Callboard needs Python 3.11 or newer; this is {sys.version.split()[0]}")

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "installed.txt"
SPREAD = ("--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile")
"""The tests on all cores, a file's on one; more than four would want much memory."""


def main(command: str = "--help", *arguments: str) -> int:
    """Do what the command line says; return its exit status."""
    if command in ("-h", "--help"):
        print(__doc__)
        return 0
    if command not in COMMANDS:
        sys.exit(f"dev.py: {command} is none of {', '.join(COMMANDS)}; see --help")
    return COMMANDS[command](*arguments)


def demo(*arguments: str) -> int:
    """Watch agents do a real job."""
    install()
    return run(PYTHON, "-m", "callboard.demo", *arguments, cwd=Path.cwd())


def test(*arguments: str) -> int:
    """Run the tests, with coverage."""
    install("dev")
    # Without the long list of what was not run: it would bury what failed.
    measured = ("--cov", "--cov-report=")
    status = run(PYTHON, "-m", "pytest", *SPREAD, *measured, *arguments)
    for part in ROOT.glob(".coverage.*"):  # of processes that were killed while they wrote it
        part.unlink(missing_ok=True)
    print("coverage, in percent: ", end="", flush=True)
    run(BIN / "coverage", "report", "--format=total")
    return status


def lint(*names: str) -> int:
    """Check style, types and the direction of imports."""
    checks = {
        "style": (PYTHON, "-m", "ruff", "check"),
        "format": (PYTHON, "-m", "ruff", "format", "--check"),
        "mypy": (PYTHON, "-m", "mypy"),
        "pyright": (PYTHON, "-m", "pyright"),
        "imports": (BIN / "lint-imports", "--no-logo", "--no-cache"),
        "seeded": (PYTHON, "-m", "tests.tooling.seeded_errors"),
    }
    if not checks.keys() >= set(names):
        sys.exit(f"dev.py: the checks are {', '.join(checks)}")
    if not (ROOT / "callboard" / "actors").is_dir():
        sys.exit("dev.py: type checkers need the links in callboard/; see git's core.symlinks")
    install("dev")
    failed: list[str] = []
    for name in names or checks:
        print(f"== {name}", flush=True)
        if run(*checks[name]):
            failed.append(name)
    print(f"== failed: {', '.join(failed)}" if failed else "== all passed")
    return 1 if failed else 0


def docs(*arguments: str) -> int:
    """Build the documentation's site."""
    install("dev")
    strict = ("--fail-on-warning", "--keep-going", "--fresh-env", "--quiet")
    return run(PYTHON, "-m", "sphinx", *strict, *arguments, "docs", "build/docs")


COMMANDS = {"demo": demo, "test": test, "lint": lint, "docs": docs}


def install(extra: str = "") -> None:
    """Let .venv hold the project and what *extra* asks for, unless it does already."""
    config = b"".join((ROOT / name).read_bytes() for name in ("setup.cfg", "pyproject.toml"))
    digest = hashlib.sha256(config).hexdigest()
    present = STAMP.read_text().split() if STAMP.exists() else []
    if PYTHON.exists() and present in ([digest, extra or "-"], [digest, "dev"]):
        return
    print("dev.py: installing into .venv, which may take a minute", flush=True)
    if not PYTHON.exists():
        made = False
        try:
            made = run(sys.executable, "-m", "venv", "--clear", VENV) == 0
        finally:  # after Ctrl-C too: half a .venv would be taken for a whole one
            if not made:
                shutil.rmtree(VENV, ignore_errors=True)
        if not made:
            sys.exit("dev.py: no virtual environment; Debian and Ubuntu have it in python3-venv")
    # Setuptools' default editable mode: its import finder knows the folders' names even in a
    # checkout without symbolic links, and sees a new module at once. `strict` would want a new
    # install for each new file, and `compat` puts only the root on the path: it needs the links.
    pip = (PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    status = run(*pip, "--editable", f".[{extra}]" if extra else ".")
    if status:
        sys.exit(status)
    STAMP.write_text(f"{digest} {extra or '-'}\n")


def run(*command: object, cwd: Path = ROOT) -> int:
    """Run *command*; return its exit status, as a shell would."""
    process = subprocess.Popen([str(part) for part in command], cwd=cwd)
    try:
        status = process.wait()
    except KeyboardInterrupt:
        # The terminal told the child as well: let it tidy up, unless the user insists.
        try:
            process.wait()
        except KeyboardInterrupt:
            process.kill()
        sys.exit(130)
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
