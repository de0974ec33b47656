"""The benchmark of ways to decide runs, and follows what was decided."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callboard.runtime.methods import has_planning
from tests.benchmarks.scripts import WIDTH, run

pytestmark = [pytest.mark.no_cover, pytest.mark.timeout(120)]
pytest.importorskip("resource", reason="the benchmarks read the system's figures with it")


PROJECT = """ResourceID Salary Skills
1 5.0 Q1: 2 Q2: 0
2 7.0 Q1: 1
==========
TaskID Duration Skill Predecessors
1 4 Q1: 2
2 3 Q1: 1
4 2 Q2: 0 1
==========
"""
SHOP = {
    "operations": [
        {"operation": 0, "option": 0, "machine": 1, "duration": 4},
        {"operation": 0, "option": 1, "machine": 3, "duration": 2},
        {"operation": 1, "option": 0, "machine": 1, "duration": 3},
    ],
    "precedences": [{"before": 0, "after": 1, "job": 0}],
}
WORKFLOW = {
    "workflow": {
        "specification": {
            "tasks": [
                {"id": "a", "name": "split_ID01", "parents": [], "children": ["b"]},
                {"id": "b", "name": "count_ID02", "parents": ["a"], "children": []},
            ]
        },
        "execution": {
            "tasks": [{"id": "a", "runtimeInSeconds": 2.5}, {"id": "b", "runtimeInSeconds": 1}]
        },
    }
}


def test_quality_compares_ways_to_decide_on_every_set_that_it_finds(tmp_path: Path) -> None:
    known = "instance,lower_bound,upper_bound\nsmall,6,6\n"
    (tmp_path / "small.def").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "best_known.csv").write_text(known, encoding="utf-8")
    (tmp_path / "mk99.json").write_text(json.dumps(SHOP), encoding="utf-8")
    (tmp_path / "run.json").write_text(json.dumps(WORKFLOW), encoding="utf-8")
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    file = tmp_path / "figures.txt"

    lines = run("quality.py", str(tmp_path), "--quick", "--json", str(file)).splitlines()

    report = json.loads(file.read_text(encoding="utf-8"))
    found = {(f["family"], f["way"], f["noise"]): f["gaps"] for f in report["figures"]}
    solved = ["optimal"] if has_planning("optimal") else []
    ways = ["FIFO", "path", "HEFT", "rule", "runtime", "rollouts", *solved]
    assert [way for family, way, noise in found if (family, noise) == ("imopse", False)] == ways
    assert [way for _, way, noise in found if noise] == ["FIFO", "path", "rule", "runtime"]
    assert found["mk", "runtime", False] == {"mk99": 0.0}
    assert found["imopse", "runtime", False] == {"small": 0.0}
    assert found["mk", "rule", False] == {"mk99": 0.0}
    assert found["wfinstances", "runtime", False] == {"run": 0.0}
    assert all(gap >= 0 for gaps in found.values() for gap in gaps.values())
    assert all(cost["low"] <= cost["median"] <= cost["high"] for cost in report["costs"])
    assert max(map(len, lines)) <= WIDTH


FOLLOWED = """
from random import Random
from instances import job_shop
from online import Office
from callboard.runtime.timetables.rollouts import search, tries
random = Random(7)
count, machines = 40, 5
operations = [
    {"operation": n, "machine": m, "duration": random.randrange(1, 20)}
    for n in range(count) for m in random.sample(range(machines), 2)
]
links = [{"before": random.randrange(n), "after": n} for n in range(1, count) if n % 3]
one = job_shop("x", {"operations": operations, "precedences": links})
found = search(one.project, Random(1), tries(40))
print(Office(one, advice=found.table).run().makespan == found.table.makespan < found.first)
"""


def test_a_timetable_is_followed_to_the_letter_by_the_schedulers_own_logic() -> None:
    assert run("-c", FOLLOWED) == "True\n"
