"""The real job runs, survives a crash and a hang in plain sight, and ends with a report."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from callboard.demo.__main__ import main
from tests.demo.tables import shop
from tests.demo.wellformed import faults
from tests.unread import unread

DEMO = (sys.executable, "-u", "-m", "callboard.demo")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A table of the user's own, as a file."""
    data = shop(800)
    rows = zip(*(column.cells for column in data.columns), strict=True)
    path = tmp_path / "shop.csv"
    lines = [",".join(column.name for column in data.columns)]
    path.write_text("\n".join([*lines, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def test_the_job_survives_a_crash_and_a_hang_in_plain_sight(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["--quick"])
    report, shown = capsys.readouterr()

    assert status == 0
    assert re.search(r"analyst-\d CRASHED in the middle of Trends", shown)
    assert re.search(r"analyst-\d HANGS: Group Comparison is taken away", shown)
    assert re.search(r"analyst-\d takes over Trends from its last checkpoint", shown)
    assert re.search(r"analyst-\d takes over Group Comparison from its last checkpoint", shown)
    assert "the goal is reached" in shown
    assert report.startswith("# Analyze bird strikes")
    appendix = report.partition("## Appendix: who did what")[2]
    assert re.search(r"^analyst-\d +.*b+#", appendix, re.MULTILINE)
    assert re.search(r"^analyst-\d +.*c+!", appendix, re.MULTILINE)
    assert max(map(len, appendix.partition("```text")[2].partition("```")[0].splitlines())) <= 80


@pytest.mark.no_cover  # measured in the other runs
def test_a_calm_run_has_neither(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--quick", "--calm"])

    assert status == 0
    assert re.search("CRASHED|HANGS", capsys.readouterr().err) is None


def test_own_data_are_analysed_for_an_own_goal(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "report.md"
    goal = "Do sales (sold) grow?"

    status = main(["--quick", "--data", str(own), "--goal", goal, "--report", str(target)])
    told = capsys.readouterr().out
    report = target.read_text(encoding="utf-8")

    assert status == 0
    assert report.startswith("# Do sales (sold) grow?\n\nshop.csv: 1,600 rows, 5 columns")
    assert "The median of `sold` rises" in report
    assert "The median of `sold` rises" in told
    page = tmp_path / "report.html"
    assert told.endswith(f"The whole report: {target} and {page}\n")
    assert {path.name for path in tmp_path.iterdir()} == {"shop.csv", "report.md", "report.html"}
    assert faults(page.read_text(encoding="utf-8")) == []


def test_a_report_may_be_named_as_a_page_and_the_run_has_one_of_its_own(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, run = tmp_path / "x.html", tmp_path / "run.html"

    status = main(["--quick", "--data", str(own), "--report", str(target), "--html", str(run)])
    told = capsys.readouterr().out

    assert status == 0
    assert (tmp_path / "x.md").read_text(encoding="utf-8").startswith("# Analyze shop.csv")
    assert told.endswith(f"Who did what: {run}\n")
    for path in (target, run):
        assert faults(path.read_text(encoding="utf-8")) == []


def test_the_run_has_a_page_also_where_the_report_goes_to_a_pipe(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run.html"

    assert main(["--quick", "--calm", "--data", str(own), "--html", str(run)]) == 0
    assert capsys.readouterr().out.startswith("# Analyze shop.csv")
    assert "Group Comparison" in run.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--report", "shop.csv"], "that is where the data are"),
        (["--html", "shop.csv"], "that is where the data are"),
        (["--report", "r.md", "--html", "r.html"], "the report goes there already"),
    ],
)
def test_nothing_is_written_over_something_else(
    arguments: list[str],
    says: str,
    own: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(own.parent)
    before = own.read_bytes()

    assert main(["--data", "shop.csv", *arguments]) == 2
    assert capsys.readouterr().err.endswith(f": {says}\n")
    assert own.read_bytes() == before


def test_a_table_without_dates_and_groups_still_crashes_hangs_and_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.csv"
    path.write_text("n\n1\n2\n4\n")

    status = main(["--quick", "--data", str(path)])
    report, shown = capsys.readouterr()

    assert status == 0
    assert re.search("CRASHED.*HANGS|HANGS.*CRASHED", shown, re.DOTALL)
    assert report.startswith("# Analyze one.csv: trends, groups and what stands out\n")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no such file"),
        ("", "the file is empty"),
        ('a,b\n1,2\n"x,3\n', ", line 3: a quotation mark opens here and never closes"),
    ],
)
def test_data_that_can_not_be_read_are_one_line(
    content: str | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.csv"
    if content is not None:
        path.write_text(content)

    status = main(["--quick", "--data", str(path)])
    report, shown = capsys.readouterr()

    assert status == 2
    assert report == ""
    assert shown.splitlines()[-1].startswith(f"callboard.demo: {path}")
    assert shown.endswith(f"{says}\n")
    assert "Traceback" not in shown


def test_a_report_that_can_not_be_written_is_said_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for target, says in (
        (tmp_path / "none" / "report.md", "there is no such folder"),
        (tmp_path, "that is a folder, not a file"),
    ):
        assert main(["--report", str(target)]) == 2
        told = capsys.readouterr().err
        assert told.endswith(f": {says}\n")
        assert told.count("\n") == 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everything is permitted")
def test_a_folder_without_permission_is_said_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o500)

    assert main(["--report", str(tmp_path / "report.md")]) == 2
    assert capsys.readouterr().err.endswith(": no permission to write there\n")


def test_an_empty_goal_and_unknown_options_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for arguments in (["--goal", " \n"], ["--nonsense"], ["flet"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
        assert "Traceback" not in capsys.readouterr().err


def test_help_says_what_there_is_and_how_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    text = capsys.readouterr().out

    assert caught.value.code == 0
    for word in ("--data", "--goal", "--report", "--html", "--quick", "--calm", "fleet", "130"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.no_cover  # measured in the other runs
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is another thing there")
def test_ctrl_c_ends_it_at_once_and_cleanly() -> None:
    with subprocess.Popen(DEMO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        for line in run.stderr:
            if "HANGS" in line or "CRASHED" in line:
                break
        run.send_signal(signal.SIGINT)
        report, shown = run.communicate(timeout=15)

    assert run.returncode == 130
    assert report == ""
    assert shown.splitlines()[-1] == "callboard.demo: stopped"
    assert "Traceback" not in shown


@pytest.mark.no_cover  # measured in the other runs
@pytest.mark.parametrize("arguments", [("--quick",), ("--help",), ("fleet", "--help")])
def test_a_reader_who_has_had_enough_is_no_error(arguments: tuple[str, ...]) -> None:
    status, shown = unread("-m", "callboard.demo", *arguments)

    assert status == 0
    assert "Traceback" not in shown
    assert "Exception" not in shown


@pytest.mark.no_cover  # likewise
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk")
@pytest.mark.parametrize("arguments", [("--quick", "--calm"), ("fleet", "--agents", "5")])
def test_a_full_disk_is_said_in_a_line(arguments: tuple[str, ...]) -> None:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            (sys.executable, "-m", "callboard.demo", *arguments),
            env=kept,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )

    assert run.returncode == 2
    assert run.stderr.endswith(": No space left on device\n")


@pytest.mark.no_cover  # measured in the other runs
def test_a_terminal_that_knows_ascii_only_gets_a_report_too() -> None:
    run = subprocess.run(
        (*DEMO, "--quick", "--calm"),
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
        timeout=30,
    )

    assert run.stdout.isascii()
    assert b"## Appendix" in run.stdout
