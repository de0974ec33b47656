"""The command does what it says, in every situation in which people run it."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from callboard.demo.__main__ import main
from tests.demo.wellformed import faults

FLEET = (sys.executable, "-m", "callboard.demo", "fleet")
SMALL = ("--agents", "12", "--goals", "15", "--seed", "3")
LARGE = ("--agents", "400", "--goals", "4000")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (*FLEET, *arguments),
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
        text=True,
        timeout=50,
    )


def without_wall(text: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.startswith("wall"))


@pytest.mark.no_cover  # measured in the other runs
def test_two_processes_print_the_same_and_write_the_same_page(tmp_path: Path) -> None:
    pages = [tmp_path / "one.html", tmp_path / "two.html"]
    runs = [
        run(*SMALL, "--html", str(page), PYTHONHASHSEED=seed)
        for page, seed in zip(pages, ("1", "2"), strict=True)
    ]
    outputs = [
        without_wall(r.stdout).replace(str(p), "P") for r, p in zip(runs, pages, strict=True)
    ]

    assert [r.returncode for r in runs] == [0, 0]
    assert outputs[0] == outputs[1]
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert faults(pages[0].read_text(encoding="utf-8")) == []
    assert [r.stderr for r in runs] == ["", ""]


def test_a_pipe_gets_the_table_and_one_line_about_the_real_clock() -> None:
    lines = run(*SMALL).stdout.splitlines()

    assert lines[0].startswith("A fleet of 12 agents")
    assert [line for line in lines if "wall" in line] == lines[-1:]
    assert re.fullmatch(r"wall: \d+\.\d s for \d+:\d\d:\d\d of virtual time", lines[-1])
    assert "\x1b" not in "".join(lines)


def test_another_seed_is_another_run(capsys: pytest.CaptureFixture[str]) -> None:
    main(["fleet", *SMALL])
    one = without_wall(capsys.readouterr().out)
    main(["fleet", *SMALL[:-1], "4"])

    assert without_wall(capsys.readouterr().out) != one


@pytest.mark.parametrize(
    "arguments",
    [
        ["--agents", "0"],
        ["--agents", "many"],
        ["--goals", "-1"],
        ["--goals", "99999"],
        ["--crash-rate", "1.5"],
        ["--crash-rate", "nan"],
        ["--seed", "x"],
        ["--nonsense"],
    ],
)
def test_wrong_options_are_refused_by_name(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["fleet", *arguments])
    told = capsys.readouterr().err

    assert caught.value.code == 2
    assert arguments[0] in told
    assert "Traceback" not in told


def test_help_says_what_there_is_and_how_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["fleet", "--help"])
    text = capsys.readouterr().out

    assert caught.value.code == 0
    for word in ("--agents", "--goals", "--crash-rate", "--seed", "--html", "--quick", "130"):
        assert word in text


@pytest.mark.parametrize("place", ["none/fleet.html", "."])
def test_a_page_that_can_not_be_written_is_said_before_the_work(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["fleet", *LARGE, "--html", str(tmp_path / place)])
    out, err = capsys.readouterr()

    assert (status, out) == (2, "")
    assert err.startswith("callboard.demo fleet: ")
    assert err.count("\n") == 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everything is permitted")
def test_a_folder_without_permission_is_said_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o500)

    assert main(["fleet", *LARGE, "--html", str(tmp_path / "fleet.html")]) == 2
    assert capsys.readouterr().err.endswith(": no permission to write there\n")


def test_no_thread_is_left_behind(capsys: pytest.CaptureFixture[str]) -> None:
    before = threading.active_count()
    assert main(["fleet", *SMALL]) == 0

    assert threading.active_count() == before
    assert capsys.readouterr().err == ""


def let_work(pid: int, seconds: float) -> None:
    """Wait until a process has had so much time of a processor, on a busy machine too."""
    stat, tick = Path(f"/proc/{pid}/stat"), os.sysconf("SC_CLK_TCK")
    if not stat.exists():  # no Linux
        time.sleep(2 * seconds)
        return
    while sum(map(int, stat.read_text().rpartition(") ")[2].split()[11:13])) < seconds * tick:
        time.sleep(0.05)


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is another thing there")
def test_ctrl_c_ends_it_at_once_and_cleanly() -> None:
    with subprocess.Popen(
        (*FLEET, *LARGE), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        let_work(process.pid, 2.0)  # it starts in a fraction of that, and takes ten times as long
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        out, err = process.communicate(timeout=20)

    assert process.returncode == 130
    assert (out, err) == ("", "callboard.demo fleet: stopped\n")
    assert time.monotonic() - began < 10


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals there")
def test_a_terminal_sees_it_at_work_and_keeps_only_the_table() -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    with subprocess.Popen(
        (*FLEET, *SMALL, "--quick"), stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        text = read_all(ours)
        process.wait(timeout=30)
    os.close(ours)

    assert process.returncode == 0
    assert "12 agents at work" in text
    picture, _, rest = text.rpartition("F\x1b[J")
    assert picture
    assert rest.startswith("A fleet of 12 agents")
    assert "\x1b" not in rest


def read_all(terminal: int) -> str:
    """What a program writes to its terminal until it ends."""
    parts: list[bytes] = []
    while select.select([terminal], [], [], 30.0)[0]:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode().replace("\r\n", "\n")


def test_a_reader_who_has_had_enough_is_no_error() -> None:
    with subprocess.Popen(
        (*FLEET, *SMALL), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        shown = process.stderr.read().decode()

    assert process.returncode == 0
    assert shown == ""
