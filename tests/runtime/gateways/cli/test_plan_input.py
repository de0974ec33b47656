"""What `callboard plan` does with input that is wrong, hostile or too large."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.runtime.gateways.cli.conftest import Run


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "the subtasks are missing"),
        ("{}", "the subtasks are missing"),
        ('{"subtasks": []}', "the plan has no subtasks"),
        ('{"subtasks": [{"name": ""}]}', "$.subtasks[0].name: a subtask's name is a text"),
        ('{"subtasks": [{"name": "a", "priority": 9}]}', "$.subtasks[0].priority: "),
        ('{"subtasks": [{"name": "a", "dependencies": ["b"]}]}', "which the plan lacks"),
        ('{"subtasks": [{"name": "a", "dependencies": ["a"]}]}', "cycle: a needs a"),
        ('{"subtasks": [{"name": "a", "minutes": 3}]}', "$.subtasks[0].minutes: no such field"),
        ('{"subtasks": ', "is no JSON"),
        ("name = = 3", "is no TOML"),
        ('{"subtasks": ' + "[" * 100_000, "is no JSON"),
        (b"\xff\xfe\x00", "is no UTF-8 text"),
        ('{"subtasks": [{"name": "a", "estimated_duration": 1e999}]}', "out of range"),
    ],
)
def test_a_plan_file_that_cannot_be_used_is_one_line(
    content: str | bytes, says: str, folder: Path, callboard: Run
) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (folder / "bad.json").write_bytes(data)

    shown = callboard("plan", "--plan", "bad.json")

    assert (shown.status, shown.out) == (2, "")
    assert shown.err.startswith("callboard plan: wrong input: bad.json: ")
    assert says in shown.err
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--plan", "none.json"], "none.json: No such file or directory"),
        (["--plan", "."], ".: Is a directory"),
        (["x", "--rules", "none.toml"], "none.toml: No such file or directory"),
        (["x", "--rules", "plan.json"], "plan.json"),
        (["x", "--skills", "none.toml"], "none.toml: No such file or directory"),
        (["x", "--skills", "plan.json"], "plan.json"),
        (["x", "--rules", "r", "--plan", "p"], "with --plan there is one already"),
        (["x", "--svg", "none/x.svg"], "none/x.svg: No such file or directory"),
        (["x", "--svg", "."], ".: Is a directory"),
        (["x", "--json", "--mermaid"], "not allowed with argument"),
        ([" \n"], "the goal is empty"),
        (["a" * 100_001], "the goal has 100,001 bytes, at most 100,000 are taken"),
        (["\udcff"], "bytes that are no UTF-8"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments: list[str], says: str, callboard: Run) -> None:
    shown = callboard("plan", *arguments)

    assert shown.status == 2
    assert "wrong input: " in shown.err
    assert says in shown.err
    assert shown.err.count("\n") == 1


def test_names_that_would_upset_a_terminal_or_a_page_are_shown_harmless(
    folder: Path, callboard: Run
) -> None:
    name = 'a\x1b[31m "b" <script>&#x; `c`\r\n\u202e]]> 計画'
    plan = {"subtasks": [{"name": name, "required_skills": ["<b>\x07"]}]}
    (folder / "evil.json").write_text(json.dumps(plan))
    shown = {
        form: callboard("plan", name, "--plan", "evil.json", *form.split()).out
        for form in ("", "--mermaid", "--svg -", "--json")
    }

    for text in (shown[""], shown["--mermaid"], shown["--svg -"]):
        assert all(char.isprintable() or char == "\n" for char in text)
    assert "<script>" not in shown["--svg -"]
    ET.fromstring(shown["--svg -"])  # noqa: S314 - ours
    assert shown["--mermaid"].splitlines()[1] == (
        '    n1["a#92;x1b#91;31m #34;b#34; #60;script#62;#38;#35;x#59; #96;c#96; '
        '#92;u202e#93;#93;#62; 計画<br/>MEDIUM, 1 h"]'
    )


def test_a_plan_too_large_for_a_picture_is_refused(folder: Path, callboard: Run) -> None:
    plan = {"subtasks": [{"name": f"s{n}"} for n in range(2_001)]}
    (folder / "large.json").write_text(json.dumps(plan))

    shown = callboard("plan", "--plan", "large.json", "--svg", "-")

    assert shown.status == 2
    assert "a picture of 2,001 subtasks and 0 dependencies would show nothing" in shown.err
    assert callboard("plan", "--plan", "large.json").out.count("\n") == 2_003
