"""`python -m callboard.runtime.simulation`: what a person reads."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from callboard.runtime.simulation import __main__ as command
from callboard.runtime.simulation.trial import Report, trial
from tests.runtime.simulation.bugs import BUGS
from tests.unread import unread

AGAIN = "python -m callboard.runtime.simulation"
SMALL = ["--subtasks", "5", "--agents", "2"]


def broken(seed: int, *, count: int = 1) -> Report:
    return Report(
        seed=seed,
        violations=tuple(f"promise {number}" for number in range(count)),
        events=1000,
        deliveries=2000,
        ends={"failed": 1},
        seconds=60.0,
    )


def test_it_tells_what_it_has_played(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--seeds", "3", "--jobs", "1", *SMALL]) == 0
    lines = capsys.readouterr().out.splitlines()
    patterns = [
        r"3 seeds, 0 with a broken promise",
        r"goals: (\d+ (cancelled|completed|failed)(, )?)+",
        r"[\d,]+ turns, [\d,]+ events",
        r"wall: \d+\.\d s, \d+ seeds and [\d,]+ deliveries a second",
    ]
    assert [bool(re.fullmatch(p, line)) for p, line in zip(patterns, lines, strict=True)] == (
        [True] * 4
    )


def test_several_processes_find_what_one_finds(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[list[str]] = []
    for jobs in ("1", "2"):
        assert command.main(["--seeds", "20", "--first", "5", "--jobs", jobs, *SMALL]) == 0
        told.append(capsys.readouterr().out.splitlines()[:-1])
    assert told[0] == told[1]


def test_a_broken_promise_is_told_with_the_command_that_repeats_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def seven(seed: int, **_: object) -> Report:
        return broken(seed, count=7)

    monkeypatch.setattr(command, "trial", seven)
    assert command.main(["--seeds", "1", "--first", "7", *SMALL]) == 1
    assert capsys.readouterr().out.splitlines()[:-1] == [
        *(f"seed 7: promise {number}" for number in range(5)),
        "seed 7: and 2 more",
        f"seed 7: again with: {AGAIN} --first 7 --seeds 1 --subtasks 5 --agents 2",
        "1 seed, 1 with a broken promise",
        "goals: 1 failed",
        "2,000 turns, 1,000 events",
    ]


def test_who_interrupts_it_is_told_how_far_it_came(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(seed: int, **_: object) -> Report:
        if seed == 2:
            raise KeyboardInterrupt
        return broken(seed, count=0)

    monkeypatch.setattr(command, "trial", interrupted)
    assert command.main(["--seeds", "5", "--jobs", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "stopped",
        "2 seeds, 0 with a broken promise",
    ]


@pytest.mark.no_cover  # the same code thousands of times
def test_what_breaks_a_promise_is_cut_down_and_kept(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patch:
        BUGS["no_token_check"](patch)
        seed = next(seed for seed in range(20) if trial(seed).violations)
        asked = ["--seeds", "1", "--first", f"{seed}", "--jobs", "1", "--shrink", str(tmp_path)]
        assert command.main(asked) == 1
        kept = tmp_path / f"seed-{seed}.json"
        told = f"seed {seed}: all that it needs: {AGAIN} --scenario {kept}"
        assert told in capsys.readouterr().out.splitlines()
        assert command.main(["--scenario", str(kept)]) == 1
    assert command.main(["--scenario", str(kept)]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "1 scenario, 0 with a broken promise"


def test_a_file_that_holds_no_scenario_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    assert command.main(["--scenario", str(wrong)]) == 2
    assert capsys.readouterr().out.startswith(f"{wrong}: ")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (["--seeds", "many"], "argument --seeds: 'many' is no whole number"),
        (["--seeds", "0"], "argument --seeds: it must be at least 1"),
        (["--first", "-1"], "argument --first: -1 is below 0"),
        (["--agents", "1.5"], "argument --agents: '1.5' is no whole number"),
        (["--fast"], "unrecognized arguments: --fast"),
    ],
)
def test_wrong_options_are_named(
    capsys: pytest.CaptureFixture[str], wrong: list[str], why: str
) -> None:
    with pytest.raises(SystemExit) as exit_of:
        command.main(wrong)
    assert exit_of.value.code == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"python -m callboard.runtime.simulation: error: {why}"


def test_it_says_what_it_is_for() -> None:
    asked = [sys.executable, "-m", "callboard.runtime.simulation", "--help"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert "Plays random plans, agents and faults" in told
    assert all(f"--{name} N" in told for name in ("seeds", "first", "subtasks", "agents", "jobs"))


@pytest.mark.no_cover  # in a process of its own
@pytest.mark.parametrize("arguments", [["--help"], ["--seeds", "2", "--jobs", "1", *SMALL]])
def test_a_reader_who_has_had_enough_is_no_error(arguments: list[str]) -> None:
    assert unread("-m", "callboard.runtime.simulation", *arguments) == (0, "")


def test_a_broken_promise_is_told_by_the_exit_status_where_nobody_reads(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def some(seed: int, **_: object) -> Report:
        return broken(seed)

    ours, its = os.pipe()
    os.close(ours)
    monkeypatch.setattr(command, "trial", some)
    with os.fdopen(its, "w") as nobody:
        monkeypatch.setattr(sys, "stdout", nobody)
        assert command.main(["--seeds", "2", *SMALL]) == 1
    assert capfd.readouterr().err == ""
