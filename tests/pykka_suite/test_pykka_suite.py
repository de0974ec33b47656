"""Pykka's own tests, run against our hardened actor: whatever pykka promises, we keep.

But for one promise. When a handler raises a `BaseException`, pykka stops every actor
of the process, and we stop that one actor; so the two tests that want the former fail.

The suite runs twice: with a thread for every actor, and with actors that the pool runs,
or whoever wakes them. There, three more cannot hold: they ask for the name of an actor's
thread and whether it is a daemon, and no actor has one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

pytestmark = pytest.mark.no_cover  # measured by `tests/actors`

ROOT = Path(__file__).parents[2]
ALL = 152
"""How many there are in pykka 4.5.0; fewer would mean that they were not found."""
STOP_THE_WORLD = {
    "tests.test_actor::test_all_actors_are_stopped_on_base_exception[threading]",
    "tests.test_logging::test_base_exception_is_logged[threading]",
}
ABOUT_THREADS = {
    "tests.test_threading_actor::test_actor_thread_is_named_after_pykka_actor_class",
    "tests.test_threading_actor::test_actor_thread_is_not_daemonic_by_default",
    "tests.test_threading_actor::test_actor_thread_is_daemonic_if_use_daemon_thread_flag_is_set",
}


def run(
    *arguments: str, cwd: Path = ROOT, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a module with this interpreter and keep what it says."""
    command = (sys.executable, "-m", *arguments)
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def sdist() -> Path:
    """The source distribution of the installed pykka, which has its tests; fetched once."""
    release = version("pykka")
    cache = ROOT / ".cache" / "pykka"
    archive = cache / f"pykka-{release}.tar.gz"
    if not archive.exists():
        pip = run(
            *("pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"),
            *("--no-binary", "pykka", "--dest", str(cache), f"pykka=={release}"),
        )
        if "(from versions: none)" in pip.stderr:
            pytest.skip(f"no package index within reach has the sources of pykka {release}")
        assert pip.returncode == 0, pip.stderr
    return archive


@pytest.mark.timeout(300)  # a slow network, once
@pytest.mark.parametrize(
    ("base", "broken_on_purpose", "left_out"),
    [
        ("hardened_base", STOP_THE_WORLD, set[str]()),
        # Each of those two waits for its timeout, and what it shows the other base has shown.
        ("pooled_base", ABOUT_THREADS, STOP_THE_WORLD),
    ],
    ids=["threads", "pool"],
)
def test_our_actor_passes_pykkas_own_tests(
    base: str, broken_on_purpose: set[str], left_out: set[str], sdist: Path, tmp_path: Path
) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (suite,) = tmp_path.iterdir()
    report = tmp_path / "report.xml"
    quiet = {"PYTEST_ADDOPTS", "PYTEST_PLUGINS"}
    environment = {name: value for name, value in os.environ.items() if name not in quiet}
    environment["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), str(ROOT)])

    outcome = run(
        *("pytest", "-p", base, "--timeout=60", f"--junit-xml={report}", "tests"),
        *(f"--deselect={_node(name)}" for name in sorted(left_out)),
        cwd=suite,
        env=environment,
    )

    assert report.exists(), outcome.stdout + outcome.stderr
    passed: set[str] = set()
    broken: set[str] = set()
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
        name = f"{case.get('classname')}::{case.get('name')}"
        (broken if len(case) else passed).add(name)
    assert broken == broken_on_purpose, outcome.stdout
    assert len(passed) >= ALL - len(broken_on_purpose) - len(left_out)


def _node(name: str) -> str:
    """The name of a test in a report as pytest's command line wants it."""
    module, _, test = name.partition("::")
    return f"{module.replace('.', '/')}.py::{test}"
