"""What `callboard plan` shows, writes and refuses."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.runtime.gateways.cli.conftest import PLAN, Run

RULES = """\
[[rules]]
name = "cleaning"
verbs = ["tidy"]
[[rules.steps]]
name = "Sweep"
description = "Sweep: {goal}"
minutes = 10
skills = ["broom"]
"""


def test_the_plan_of_a_goal_is_a_tree(callboard: Run) -> None:
    tree = (
        "analyze customer data\n"
        "analysis: 3 subtasks, 2 h of work\n"
        "\n"
        "1 └─ Data Collection          HIGH          30 min  data_collection\n"
        "2    └─ Data Analysis         HIGH             1 h  data_analysis\n"
        "3       └─ Report Generation  MEDIUM        30 min  report_writing\n"
    )

    assert callboard("plan", "analyze customer data") == (0, tree, "")


def test_the_plan_in_a_file_is_checked_and_shown(callboard: Run) -> None:
    assert callboard("plan", "--plan", "plan.json").out == (
        "plan.json: 4 subtasks, 2 h 35 min of work, 2 h 30 min at the least\n"
        "\n"
        "1 └─ Collect   HIGH          30 min\n"
        "2    ├─ Count  MEDIUM           1 h  statistics >= 2\n"
        "3    ├─ Draw   MEDIUM         5 min  optional\n"
        "4    └─ Tell   LOW              1 h  after 2, 3\n"
    )


def test_rules_of_the_users_own_are_tried_first(folder: Path, callboard: Run) -> None:
    (folder / "rules.toml").write_text(RULES)

    assert (
        "cleaning: 1 subtask, 10 min of work"
        in callboard("plan", "tidy up", "--rules", "rules.toml").out
    )
    assert "generic: 1 subtask" in callboard("plan", "tidy up").out
    assert "analysis: 3 subtasks" in callboard("plan", "analyze", "--rules", "rules.toml").out


def test_with_agents_it_says_who_could_do_what(callboard: Run) -> None:
    shown = callboard("plan", "--plan", "plan.json", "--agents", "company:collector,reporter")

    assert shown.status == 0
    assert shown.out.partition("\n\nwho can do it:\n")[2] == (
        "  1 collector, Reporter\n"
        "  2 nobody has statistics >= 2: it could never start\n"
        "  3 collector, Reporter\n"
        "  4 collector, Reporter\n"
    )


def test_skills_that_stand_in_for_others_are_the_users_own(folder: Path, callboard: Run) -> None:
    (folder / "skills.toml").write_text('[equivalences]\nbroom = ["statistics"]\n')
    (folder / "rules.toml").write_text(RULES)
    tidy = ("plan", "tidy", "--rules", "rules.toml", "--agents", "company:analyst")

    assert "1 nobody has broom" in callboard(*tidy).out
    assert "1 analyst" in callboard(*tidy, "--skills", "skills.toml").out


def test_who_offers_too_little_cannot_do_it(folder: Path, callboard: Run) -> None:
    plan = {"subtasks": [{"name": "train", "demands": {"gpu": 1}}]}
    (folder / "gpu.json").write_text(json.dumps(plan))

    shown = callboard("plan", "--plan", "gpu.json", "--agents", "company:analyst")
    assert "1 nobody has gpu >= 1 of its own" in shown.out


def test_as_json(callboard: Run) -> None:
    data = callboard("plan", "--plan", "plan.json", "--json", "--agents", "company:analyst").data
    uuids = {subtask["name"]: subtask["uuid"] for subtask in data["subtasks"]}

    assert data == {
        "goal": None,
        "source": "plan.json",
        "subtasks": [
            {
                "uuid": uuids[given["name"]],
                "name": given["name"],
                "description": "",
                "priority": given.get("priority", "MEDIUM"),
                "estimated_duration": float(given.get("estimated_duration", 60)),
                "required_skills": ["statistics >= 2"] if given["name"] == "Count" else [],
                "dependencies": [uuids[name] for name in given.get("dependencies", [])],
                **({"optional": True} if given["name"] == "Draw" else {}),
                "agents": ["analyst"],
            }
            for given in PLAN["subtasks"]
        ],
        "count": 4,
        "work_minutes": 155.0,
        "longest_way": [uuids["Collect"], uuids["Count"], uuids["Tell"]],
        "longest_minutes": 150.0,
    }


def test_as_mermaid(callboard: Run) -> None:
    assert callboard("plan", "--plan", "plan.json", "--mermaid").out == (
        "flowchart TD\n"
        '    n1["Collect<br/>HIGH, 30 min"]\n'
        '    n2["Count<br/>MEDIUM, 1 h"]\n'
        '    n3["Draw<br/>MEDIUM, 5 min"]\n'
        '    n4["Tell<br/>LOW, 1 h"]\n'
        "    n1 --> n2\n"
        "    n1 -.-> n3\n"
        "    n2 --> n4\n"
        "    n3 --> n4\n"
        "    classDef longest stroke-width:3px\n"
        "    class n1,n2,n4 longest\n"
    )


def test_as_a_picture(folder: Path, callboard: Run) -> None:
    shown = callboard("plan", "--plan", "plan.json", "--svg", "plan.svg")
    root = ET.fromstring((folder / "plan.svg").read_text("utf-8"))  # noqa: S314 - ours

    assert (shown.status, shown.err) == (0, "plan.svg is written\n")
    assert "".join(root.itertext()).count("statistics >= 2") == 2  # the box, and its tip
    assert callboard("plan", "x", "--svg", "-").out.startswith("<svg ")


def test_a_saved_plan_is_a_plan_file_with_names(folder: Path, callboard: Run) -> None:
    saved = callboard("plan", "develop it", "--save", "-")
    (folder / "again.json").write_text(saved.out)
    again = callboard("plan", "--plan", "again.json", "--save", "-")

    assert json.loads(saved.out)["subtasks"][1] == {
        "name": "Design Phase",
        "description": "Design solution for: develop it",
        "priority": "HIGH",
        "estimated_duration": 90.0,
        "required_skills": ["design", "planning"],
        "dependencies": ["Requirements Analysis"],
    }
    assert again.out == saved.out


def test_everything_that_a_plan_says_is_saved(folder: Path, callboard: Run) -> None:
    stated = {
        "uuid": "u1",
        "name": "Same",
        "description": "what",
        "priority": "CRITICAL",
        "estimated_duration": 1.5,
        "required_skills": ["sql >= 2", "law"],
        "dependencies": [],
        "optional": True,
        "data": {"rows": [1, None, "x"]},
        "timeouts": {"run": 3.0},
        "retry": {
            "attempts": 2,
            "first": 1.0,
            "longest": 2.0,
            "jitter": 0.0,
            "never": ["KeyError"],
            "on": [
                {
                    "errors": ["OSError"],
                    "attempts": 5,
                    "first": 3.0,
                    "longest": 9.0,
                    "jitter": 0.5,
                }
            ],
            "then": "park",
        },
        "parent_task_uuid": "p",
        "demands": {"gpu": 1.0, "usd": 0.5},
        "keys": ["customer-7"],
    }
    plan = {"subtasks": [stated, {**stated, "uuid": "u2", "dependencies": ["u1"]}]}
    (folder / "full.json").write_text(json.dumps(plan))

    assert json.loads(callboard("plan", "--plan", "full.json", "--save", "-").out) == plan


RELEASE = """\
[[rules]]
name = "release"
verbs = ["release"]
[[rules.steps]]
name = "Notes"
minutes = 10
[[rules.steps]]
name = "Build {item}"
each = "context"
decompose = "build"
[[rules.steps]]
name = "Publish"
decompose = true

[[rules]]
name = "build"
words = ["make"]
[[rules.steps]]
name = "Compile"
minutes = 5
[[rules.steps]]
name = "Test"
minutes = 5
"""


def test_what_is_too_large_is_decomposed_and_says_so(folder: Path, callboard: Run) -> None:
    (folder / "rules.toml").write_text(RELEASE)
    asked = ("plan", "release it", "--context", "- linux\n- mac", "--rules", "rules.toml")

    assert callboard(*asked).out == (
        "release it\n"
        "release: 6 subtasks, 1 h 30 min of work, 1 h 20 min at the least\n"
        "\n"
        "1 └─ Notes                   MEDIUM        10 min\n"
        "2    ├─ Compile              MEDIUM         5 min  part of Build linux\n"
        "3    │  └─ Test              MEDIUM         5 min  part of Build linux\n"
        "4    ├─ Compile (Build mac)  MEDIUM         5 min  part of Build mac\n"
        "5    │  └─ Test (Build mac)  MEDIUM         5 min  part of Build mac\n"
        "6    └─ Publish              MEDIUM           1 h  after 3, 5\n"
        "\n"
        "which rule:\n"
        "release: taken, the word 'release'\n"
        "'Publish' stays whole: no other rule is for it\n"
    )
    data = callboard(*asked, "--json").data
    uuids = {s["name"]: s["uuid"] for s in data["subtasks"]}
    linux, mac = data["compounds"]
    assert (linux["name"], linux["source"], mac["name"]) == ("Build linux", "build", "Build mac")
    parents = {s["name"]: s.get("parent_task_uuid") for s in data["subtasks"]}
    assert parents == {
        "Notes": None,
        "Compile": linux["uuid"],
        "Test": linux["uuid"],
        "Compile (Build mac)": mac["uuid"],
        "Test (Build mac)": mac["uuid"],
        "Publish": None,
    }
    assert data["subtasks"][-1]["dependencies"] == [uuids["Test"], uuids["Test (Build mac)"]]
    assert data["rules"] == [{"rule": "release", "matched": True, "why": "the word 'release'"}]
    assert data["notes"] == ["'Publish' stays whole: no other rule is for it"]


def test_it_says_which_rules_were_tried_and_why_one_was_taken(callboard: Run) -> None:
    assert callboard("plan", "build a shop", "--why").out.partition("\n\nwhich rule:\n")[2] == (
        "analysis: no, it has none of the word 'analyses', the word 'analysis', "
        "a form of 'analyze', a form of 'analyse'\n"
        "development: taken, the word 'build'\n"
    )


def test_a_diagram_has_what_was_decomposed_as_a_frame(folder: Path, callboard: Run) -> None:
    (folder / "rules.toml").write_text(RELEASE)
    asked = ("plan", "release it", "--context", "- linux", "--rules", "rules.toml", "--mermaid")

    assert callboard(*asked).out == (
        "flowchart TD\n"
        '    n1["Notes<br/>MEDIUM, 10 min"]\n'
        '    subgraph g1["Build linux"]\n'
        '    n2["Compile<br/>MEDIUM, 5 min"]\n'
        '    n3["Test<br/>MEDIUM, 5 min"]\n'
        "    end\n"
        '    n4["Publish<br/>MEDIUM, 1 h"]\n'
        "    n1 --> n2\n"
        "    n2 --> n3\n"
        "    n3 --> n4\n"
        "    classDef longest stroke-width:3px\n"
        "    class n1,n2,n3,n4 longest\n"
    )


def test_all_that_is_wrong_with_rules_is_told(folder: Path, callboard: Run) -> None:
    (folder / "rules.toml").write_text(RELEASE.replace("minutes", "minuts"))
    shown = callboard("plan", "release it", "--rules", "rules.toml")

    assert (shown.status, shown.out) == (2, "")
    said = "no such field; do you mean 'minutes'?"
    assert shown.err == (
        f"callboard plan: wrong input: rules.toml:6: $.rules[0].steps[0].minuts: {said}\n"
        f"rules.toml:20: $.rules[1].steps[0].minuts: {said}\n"
        f"rules.toml:23: $.rules[1].steps[1].minuts: {said}\n"
    )


def test_what_was_decomposed_is_saved_and_read_again(folder: Path, callboard: Run) -> None:
    (folder / "rules.toml").write_text(RELEASE)
    asked = ("plan", "release it", "--context", "- linux", "--rules", "rules.toml")
    assert callboard(*asked, "--save", "saved.json").status == 0

    data = callboard("plan", "--plan", "saved.json", "--json").data
    [whole] = data["compounds"]
    assert (whole["name"], whole["source"]) == ("Build linux", "build")
    parts = [s["name"] for s in data["subtasks"] if s.get("parent_task_uuid") == whole["uuid"]]
    assert parts == ["Compile", "Test"]
