"""The door: commands, help, and how everything ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest

import callboard as package
from callboard import Runtime
from callboard.runtime.gateways.cli import main as door
from callboard.runtime.gateways.cli.catalogue import COMMANDS, PASSED_ON
from callboard.runtime.gateways.cli.main import main, parser_of
from callboard.runtime.gateways.cli.where import HERE
from callboard.runtime.parts.serving import PORT
from tests.runtime.gateways.cli.conftest import Run
from tests.runtime.settings import QUICK, helper

SLOW = {
    "asyncio",
    "callboard.messages",
    "concurrent",
    "http",
    "httpx",
    "json",
    "logging",
    "msgspec",
    "numpy",
    "pykka",
    "rich",
    "runpy",
    "socket",
    "sqlite3",
    "ssl",
    "starlette",
    "structlog",
    "threading",
    "uvicorn",
    "websockets",
}
"""What would make a start slow; `threading` where nothing of Python's own needs it."""


HELPS = [["--help"], *([name, "--help"] for name in sorted(COMMANDS.keys() - PASSED_ON))]


@pytest.mark.parametrize("commands", [[["version"]], [["--version"]], HELPS], ids=len)
def test_help_and_version_load_nothing_that_is_slow(commands: list[list[str]]) -> None:
    code = (
        "import sys; before = set(sys.modules);"
        "from callboard.runtime.gateways.cli.main import main;"
        f"status = max(map(main, {commands!r}));"
        "print(*(set(sys.modules) - before), file=sys.stderr); sys.exit(status)"
    )

    ran = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True)

    assert set(ran.stderr.split()) & SLOW == set()


UNASKED = {
    "asyncio",
    "callboard.messages.unions",
    "callboard.runtime.gateways.operations.table",
    "callboard.runtime.gateways.rest",
    "callboard.runtime.runtime",
    "concurrent",
    "hashlib",
    "httpx",
    "logging",
    "numpy",
    "pykka",
    "rich",
    "sqlite3",
    "starlette",
    "structlog",
    "threading",
    "urllib.request",
    "uvicorn",
    "websockets",
}
"""What takes tens of milliseconds to load, and no command needs that asks a server."""

ASKING = (
    ("submit", "tidy up", "--key", "k"),
    ("goals",),
    ("goal", "--key", "k"),
    ("agents",),
    ("status",),
    ("tensor",),
    ("pause", "all"),
    ("resume", "all"),
    ("cancel", "goal", "none"),
    ("story", "none"),
    ("explain", "none"),
)


def loaded_by(server: str, commands: Sequence[Sequence[str]]) -> set[str]:
    """What a process has loaded that was told to do that."""
    code = (
        "import os, sys; had = {*sys.modules};"
        f"os.environ['CALLBOARD_SERVER'] = {server!r};"
        "from callboard.runtime.gateways.cli.main import main;"
        f"said = [main(command) for command in {commands!r}];"
        "assert max(said) == 2, said;"  # what is not there
        "print('modules', *({*sys.modules} - had))"
    )
    ran = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True)
    return set(ran.stdout.splitlines()[-1].split()[1:])


def test_whoever_asks_a_server_loads_little() -> None:
    with Runtime(QUICK) as runtime, runtime.serve(port=0) as server:
        asking = loaded_by(server.url, ASKING)
        runtime.register(helper)
        wait = ("submit", "tidy up", "--key", "k", "--wait")
        waiting = loaded_by(server.url, [wait, ("goal", "none")])

    assert asking & UNASKED == set()
    assert {"asyncio", "httpx", "numpy", "rich", "callboard.runtime.runtime"} & waiting == set()
    assert "callboard.messages.unions" in waiting  # so the names are those of modules


def test_the_server_where_none_is_named_is_what_serve_starts() -> None:
    assert f"http://127.0.0.1:{PORT}" == HERE


def test_every_command_has_a_help_of_80_columns_with_the_exit_statuses(
    callboard: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for name in COMMANDS.keys() - PASSED_ON:
        shown = callboard(name, "--help")

        assert (shown.status, shown.err) == (0, "")
        assert shown.out.startswith(f"usage: callboard {name}")
        assert "exit status:" in shown.out
        assert [line for line in shown.out.splitlines() if len(line) > 80] == []


def test_the_overview_names_every_command(callboard: Run) -> None:
    shown = callboard("--help")

    assert shown.status == 0
    listed = shown.out.partition("commands:\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in listed] == list(COMMANDS)
    assert max(map(len, shown.out.splitlines())) <= 80
    assert callboard("help") == shown


def test_without_a_command_it_shows_what_there_is_and_fails(callboard: Run) -> None:
    assert callboard() == (2, callboard("--help").out, "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["rnu"], "callboard: wrong input: there is no command 'rnu'; did you mean run?"),
        (["xyzzy"], f"there is no command 'xyzzy': there are {', '.join(COMMANDS)}"),
        (["\x1b[2J"], "there is no command '\\\\x1b[2J': there are"),
        (["version", "now"], "unrecognized arguments: now (see callboard version --help)"),
        (["plan"], "say what is to be done: a goal in quotation marks, or --plan FILE"),
        (["run", "x"], "the following arguments are required: --agents (see"),
        (["run", "x", "--agent", "y"], "the following arguments are required: --agents"),
        (["run", "x", "--agents", "a", "--deadline", "soon"], "'soon' is no time span"),
        (["run", "x", "--agents", "a", "--deadline", "nan"], "'nan' is no time span"),
        (["run", "x", "--agents", "a", "--planning", "by lot"], "invalid choice: 'by lot'"),
        (["run", "x", "--agents", "a", "--budget", "usd"], "'usd' is no budget: usd=2.50 is"),
        (["run", "x", "--agents", "a", "--budget", "usd=-1"], "'usd=-1' is no budget"),
        (["completion", "fish"], "invalid choice: 'fish'"),
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], says: str, callboard: Run) -> None:
    shown = callboard(*arguments)

    assert (shown.status, shown.out) == (2, "")
    assert says in shown.err
    assert shown.err.count("\n") == 1


def test_with_json_the_error_is_json_too(callboard: Run) -> None:
    shown = callboard("plan", "", "--json")

    assert shown.status == 2
    assert shown.data == {
        "error": "the goal is empty: say in a sentence what is to be done",
        "fault": "caller",
        "exit_status": 2,
    }
    assert shown.err.startswith("callboard plan: wrong input: the goal is empty")


def test_the_version(callboard: Run) -> None:
    python = ".".join(map(str, sys.version_info[:3]))

    assert callboard("version") == (
        0,
        f"callboard {package.__version__} (Python {python}, {sys.platform})\n",
        "",
    )
    assert callboard("--version", "--json").data == {
        "callboard": package.__version__,
        "python": python,
        "platform": sys.platform,
    }


def test_a_fault_of_ours_says_so_and_shows_where_if_asked(
    callboard: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_name: str) -> object:
        raise RuntimeError("oh\nno")

    monkeypatch.setattr(door, "load", broken)

    said = (
        "callboard version: Callboard's own fault: RuntimeError: oh no "
        "(please report it; --verbose shows where)\n"
    )
    assert callboard("version") == (1, "", said)
    assert "in broken" in callboard("version", "--verbose").err


def test_ctrl_c_anywhere_ends_with_130(callboard: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_name: str) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(door, "load", interrupted)

    assert callboard("version") == (130, "", "callboard version: stopped\n")


def test_a_command_is_a_file_with_a_parser_and_a_deed() -> None:
    for name in COMMANDS.keys() - PASSED_ON:
        assert parser_of(name).prog == f"callboard {name}"


def test_the_demo_gets_its_arguments_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    demo = (sys.executable, "-m", "callboard", "demo", "--help")
    ran = subprocess.run(demo, capture_output=True, text=True, check=True)

    assert "--report" in ran.stdout
    assert main(["version"]) == 0
    assert capsys.readouterr().out.startswith("callboard ")
