"""The benchmarks run, and their figures have the shape that is promised; never how fast."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.benchmarks.scripts import BENCHMARKS, WIDTH, measured, rising, run
from tests.unread import unread

pytestmark = [pytest.mark.no_cover, pytest.mark.timeout(120)]
pytest.importorskip("resource", reason="the benchmarks read the system's figures with it")


def test_the_tensor_is_measured_beside_copies_of_as_many_bytes(tmp_path: Path) -> None:
    report, lines = measured("tensor.py", tmp_path)

    figures = report["figures"]
    assert all(rising(spread) for spread in figures.values())
    assert {"copyto, ms", "dense, ms", "sparse, ms", "dense / copyto"} < figures.keys()
    assert report["settings"] == {"quick": True, "subtasks": 1200, "agents": 30, "rounds": 3}
    assert max(map(len, lines)) <= WIDTH


def test_speed_compares_four_contestants_and_says_what_is_reached(tmp_path: Path) -> None:
    report, lines = measured("speed.py", tmp_path)

    figures = report.pop("figures")
    others = report.pop("others")
    targets = report.pop("targets")
    machine = report.pop("machine")
    small = dict.fromkeys(("independent", "chain", "layers", "fan"), 100)
    assert report == {
        "benchmark": "speed",
        "settings": {"quick": True, "slots": 8, "rounds": 3, **small, "starts": 20},
        "baseline": "ThreadPoolExecutor",
    }
    assert list(machine) == ["python", "implementation", "system", "cores", "load"]
    assert [(figure["measure"], figure["contestant"]) for figure in figures] == [
        (measure, contestant)
        for measure in ("independent", "chain", "layers", "fan", "start p50", "start p99")
        for contestant in ("ThreadPoolExecutor", "pykka", "callboard, pool", "callboard, threads")
    ]
    for figure in figures:
        assert rising(figure["microseconds"])
        assert rising(figure["cpu_microseconds"])
        assert rising(figure["ratio"])
        assert len(figure["rounds"]) == 3
        assert min(figure["rounds"]) > 0
    assert [f["ratio"] for f in figures if f["contestant"] == "ThreadPoolExecutor"] == [
        {"median": 1.0, "low": 1.0, "high": 1.0}
    ] * 6
    assert len(others) == 17
    for figure in others:
        assert rising({key: figure[key] for key in ("median", "low", "high")})
    assert len(targets) == 16
    for target in targets:
        least, most = target.get("least", -math.inf), target.get("most", math.inf)
        assert target["reached"] == (least <= target["measured"] <= most)
    assert max(map(len, lines)) <= WIDTH


def test_speed_measures_only_what_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    lines = run("speed.py", "--quick", "--only", "W2,sleeps", "--json", str(file)).splitlines()

    report = json.loads(file.read_text(encoding="utf-8"))
    assert {figure["measure"] for figure in report["figures"]} == {"chain"}
    assert [figure["unit"] for figure in report["others"]] == ["ms", "ms"]
    assert [target["about"] for target in report["targets"]] == [
        "W2 / ThreadPoolExecutor",
        "sleeps / asyncio alone",
    ]
    assert max(map(len, lines)) <= WIDTH


WORKLOADS = """
from contestants import CONTESTANTS, parents_of
for make in CONTESTANTS:
    with make() as one:
        print(one.name, len(one.layers(16)), len(one.fan(5)), len(one.chain(4)))
print(parents_of(3, "abcd"), parents_of(1, "ab"))
"""


def test_every_contestant_does_all_of_a_workload() -> None:
    assert run("-c", WORKLOADS).splitlines() == [
        "ThreadPoolExecutor 16 5 4",
        "pykka 16 5 4",
        "callboard, pool 16 5 4",
        "callboard, threads 16 5 4",
        "('d', 'a', 'b') ('b', 'a')",
    ]


def test_memory_measures_each_figure_in_a_process_of_its_own(tmp_path: Path) -> None:
    report, lines = measured("memory.py", tmp_path)

    figures = report.pop("figures")
    assert {name: (figure["unit"], figure["count"]) for name, figure in figures.items()} == {
        "python": ("MB", 0),
        "package": ("MB", 0),
        "runtime": ("MB", 0),
        "agents": ("MB", 1000),
        "agents_and_numpy": ("MB", 1000),
        "agents_on_threads": ("MB", 1000),
        "waiting": ("kB", 500),
        "finished": ("kB", 500),
        "finished_in_a_file": ("kB", 500),
        "forgotten": ("kB", 500),
        "wakes_when_idle": ("wakes", 1000),
        "wakes_after_work": ("wakes", 500),
    }
    for figure in figures.values():
        assert rising({key: figure[key] for key in ("median", "low", "high")})
    assert list(report) == ["benchmark", "machine", "settings", "kb_per_agent", "limit"]
    assert report["settings"] == {"quick": True, "agents": 1000, "processes": 1, "subtasks": 500}
    assert report["limit"] == {
        "mb": 60.0,
        "measured": figures["agents_and_numpy"]["median"],
        "within": figures["agents_and_numpy"]["median"] < 60.0,
    }
    assert max(map(len, lines)) <= WIDTH


def test_journal_compares_with_a_bare_loop_that_writes_the_same(tmp_path: Path) -> None:
    report, lines = measured("journal.py", tmp_path)

    rounds = report.pop("rounds")
    figures = report.pop("figures")
    del report["machine"]
    assert report == {
        "benchmark": "journal",
        "settings": {"quick": True, "rounds": 2, "subtasks": 100, "finished": 500, "open": 50},
    }
    assert [figure["measure"] for figure in figures] == [
        "no-ops a second, file",
        "no-ops a second, memory",
        "no-ops a second, bare loop",
        "ratio: file / bare loop",
        "submit, ms",
        "one bare commit, ms",
        "open, s",
        "bytes a finished subtask",
    ]
    for figure in figures:
        assert rising({key: figure[key] for key in ("median", "low", "high")})
    assert len(rounds) == 2
    assert min(min(round_.values()) for round_ in rounds) > 0
    assert max(map(len, lines)) <= WIDTH


def test_simulation_plays_seeds_beside_a_bare_prototype(tmp_path: Path) -> None:
    report, lines = measured("simulation.py", tmp_path)

    rounds = report.pop("rounds")
    figures = report.pop("figures")
    del report["machine"]
    assert report == {
        "benchmark": "simulation",
        "settings": {"quick": True, "rounds": 3, "seeds": 4},
        "broken": 0,
    }
    assert [(figure["measure"], figure["by"]) for figure in figures] == [
        ("seeds", "callboard"),
        ("deliveries", "callboard"),
        ("deliveries", "bare pykka"),
    ]
    assert all(rising(figure["a_second"]) for figure in figures)
    assert len(rounds) == 3
    assert min(min(round_["deliveries"], round_["events"]) for round_ in rounds) > 0
    assert max(map(len, lines)) <= WIDTH


def test_remote_measures_links_beside_a_bare_websocket(tmp_path: Path) -> None:
    report, lines = measured("remote.py", tmp_path)

    figures = {figure["measure"]: figure for figure in report["figures"]}
    assert list(figures) == [
        "round trip p50",
        "... submit p50",
        "round trip p99",
        "... submit p99",
        "... echo p50",
        "throughput",
        "... echo",
        "crowd",
        "death",
        "freeze",
    ]
    for figure in figures.values():
        assert rising({key: figure[key] for key in ("median", "low", "high")})
    assert all(figure["median"] > 0 for name, figure in figures.items() if name != "crowd")
    assert [list(target)[-1] for target in report["targets"]] == ["reached"] * 5
    assert list(report) == ["benchmark", "machine", "settings", "figures", "targets"]
    assert max(map(len, lines)) <= WIDTH


def test_llm_measures_from_the_last_byte_of_a_subtask(tmp_path: Path) -> None:
    report, lines = measured("llm.py", tmp_path)

    assert [figure["measure"] for figure in report["figures"]] == ["first", "next", "whole"]
    for figure in report["figures"]:
        assert rising({key: figure[key] for key in ("median", "low", "high")})
    (target,) = report["targets"]
    assert target["reached"] is (report["figures"][0]["median"] <= 50.0)
    assert max(map(len, lines)) <= WIDTH


def test_estimates_are_compared_as_they_are_said_and_as_they_are_corrected(tmp_path: Path) -> None:
    report, lines = measured("estimates.py", tmp_path)

    figures = {figure["planner"]: figure for figure in report["figures"]}
    assert list(figures) == ["steady", "sized", "guessing", "heeding", "right", "few"]
    assert figures["right"]["said"] == 1.0
    assert all(figure["corrected"] >= 1.0 for figure in figures.values())
    assert figures["steady"]["corrected"] < figures["steady"]["said"]
    assert max(map(len, lines)) <= WIDTH


def test_recovery_measures_from_each_failure_to_work_that_goes_on(tmp_path: Path) -> None:
    report, lines = measured("recovery.py", tmp_path)

    figures = {figure["measure"]: figure for figure in report["figures"]}
    assert set(figures) == {
        "actor",
        "process",
        "... rebuilt",
        "hand-over",
        "retry",
        "silence",
        "heartbeat",
        "loop",
        "C call",
        "control, processes",
        "control, threads",
    }
    for figure in figures.values():
        assert 0 < figure["median"] <= figure["p99"] <= figure["high"]
        if figure["bound"] is not None:
            assert figure["within"] == (figure[figure["of"]] <= figure["bound"])
    assert report["declared_dead"] == {"processes": 0, "threads": 0}
    assert list(report) == ["benchmark", "machine", "settings", "declared_dead", "figures"]
    assert max(map(len, lines)) <= WIDTH


@pytest.mark.parametrize(
    "script",
    [
        "speed.py",
        "memory.py",
        "journal.py",
        "recovery.py",
        "remote.py",
        "llm.py",
        "estimates.py",
        "simulation.py",
        "quality.py",
    ],
)
def test_help_says_what_is_measured_and_how(script: str) -> None:
    said = run(script, "--help")

    assert "median" in said
    assert "--quick" in said
    assert "--json FILE" in said


def test_the_meter_of_wakes_hears_a_thread_that_wakes() -> None:
    wakeful = """
import threading, footprint
never = threading.Event()
def doze():
    while not never.wait(0.05):
        pass
threading.Thread(target=doze, daemon=True).start()
print(footprint._wakes()["wakes"])
"""

    assert int(run("-c", wakeful)) >= 5


@pytest.mark.parametrize("wanted", ["--help", "--quick"])
def test_a_reader_who_has_had_enough_is_no_error(wanted: str, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"

    assert unread("tensor.py", wanted, "--json", str(file), folder=BENCHMARKS) == (0, "")
    assert file.exists() is (wanted == "--quick")


def test_the_examples_in_what_benchmarks_share_are_true() -> None:
    shared = ("measure.py", "bare.py", "instances.py", "flame.py", "heft.py")
    assert run("-m", "doctest", *shared) == ""


def may_watch() -> bool:
    """Whether a process may look into one that it has started."""
    spy = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or "py-spy"
    command = (spy, "record", "--format", "raw", "--output", os.devnull, "--", sys.executable, "-V")
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return False
    return "ermission" not in ran.stderr


def test_a_flame_graph_tells_each_functions_share(tmp_path: Path) -> None:
    if not may_watch():
        pytest.skip("py-spy is missing or may not look into another process here")
    file = tmp_path / "flame.svg"
    lines = run("flame.py", "--quick", "--svg", str(file)).splitlines()

    assert "of processor time a no-op" in lines[0]
    shares = [float(line.split()[2].rstrip("%")) for line in lines[1:]]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) < 102
    picture = ET.fromstring(file.read_text(encoding="utf-8"))  # noqa: S314 - ours
    told = [title.text or "" for title in picture.iter("{http://www.w3.org/2000/svg}title")]
    assert any("runtime/" in one and one.endswith("%") for one in told)
