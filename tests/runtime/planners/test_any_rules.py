"""No file of rules, whatever its text, puts an invalid plan into the orchestrator."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callboard.actors.logic.graph import check, well_formed
from callboard.messages.errors import CallboardError, InvalidPlan, MalformedRules, PlanningError
from callboard.messages.values import Goal, Plan
from callboard.runtime.planners.rules import RulesPlanner

TEXT = """\
[limits]
minutes = 45
depth = 2
[[rules]]
name = "a"
words = ["a", "b"]
none.phrases = ["x y"]
[[rules.steps]]
name = "s {item}"
each = "context.k"
most = 3
data = { k = "{item}" }
[[rules.steps]]
name = "t"
minutes = 60
after = ["s {item}"]
decompose = "b"
retry = 2
[[rules]]
name = "b"
patterns = ['\\bc+\\b']
[[rules.steps]]
name = "{goal}"
keys = ["{context}"]
"""

WORDS = st.sampled_from(["a", "b", "c", "{item}", "{goal}", "{{item}}", "{x}", "", " ", "s {item}"])
VALUES = st.recursive(
    WORDS
    | st.sampled_from([0, 1, -1, 2.5, 10**30, float("inf"), True, "context", "goal", "context.k"])
    | st.sampled_from(["(a+)+", "[", "HIGH", "sql>=2", "\U0001f600", "\x00"]),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(WORDS, below, max_size=2),
    max_leaves=3,
)
STEP_KEYS = st.sampled_from(
    [
        *("description", "minutes", "skills", "priority", "after", "each", "most", "barrier"),
        *("decompose", "data", "keys", "kind", "optional", "retry", "timeouts", "demands"),
        *("speculate", "negotiate", "result_schema", "nonsense"),
    ]
)
STEPS = st.tuples(WORDS, st.dictionaries(STEP_KEYS, VALUES, max_size=3)).map(
    lambda step: {"name": step[0], **step[1]}
)
RULE_KEYS = st.sampled_from(["verbs", "words", "phrases", "patterns", "any", "all", "none"])
RULES = st.tuples(
    WORDS, st.lists(STEPS, max_size=3), st.dictionaries(RULE_KEYS, VALUES, max_size=2)
).map(lambda rule: {"name": rule[0], "steps": rule[1], **rule[2]})
GOALS = st.tuples(
    st.sampled_from(["a", "b c", "cc", "{item}", "- a\n- b", ""]),
    st.sampled_from(["", "a\nb", '{"k": ["a", "{goal}", 3]}', '["a"]', "- a\n" * 5]),
)


def toml(value: object) -> str:
    """A value in TOML, on one line."""
    if isinstance(value, dict):
        table = cast("dict[str, object]", value)
        return f"{{{', '.join(f'{json.dumps(k)} = {toml(v)}' for k, v in table.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, cast('list[object]', value)))}]"
    if isinstance(value, float):
        return str(value)
    return json.dumps(value)


class Ids:
    def __init__(self) -> None:
        self._made = count(1)

    def new(self) -> str:
        return f"t{next(self._made)}"

    def several(self, count: int) -> list[str]:
        return [self.new() for _ in range(count)]


def plan_of(path: Path, text: str, goal: tuple[str, str]) -> Plan | CallboardError:
    """What comes of it, or what is said instead; anything else is a crash."""
    path.write_text(text, "utf-8")
    try:
        planner = RulesPlanner(Ids(), path)
        return planner.plan(Goal(id="g", text=goal[0], context=goal[1]))
    except (MalformedRules, InvalidPlan, PlanningError) as error:
        return error


def sound(found: Plan | CallboardError) -> None:
    if isinstance(found, Plan):
        check(well_formed(found), 1_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rules.toml"


one_file = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])


@one_file
@given(st.lists(RULES, max_size=3), GOALS)
def test_whatever_fields_there_are(path: Path, rules: list[object], goal: tuple[str, str]) -> None:
    sound(plan_of(path, f"rules = {toml(rules)}\n", goal))


@one_file
@given(
    st.lists(
        st.tuples(st.integers(0, len(TEXT)), st.integers(0, 6), st.text('ab"{}[]=\n', max_size=4)),
        max_size=3,
    ),
    GOALS,
)
def test_whatever_becomes_of_a_text(
    path: Path, edits: list[tuple[int, int, str]], goal: tuple[str, str]
) -> None:
    text = TEXT
    for at, left_out, put_in in edits:
        text = text[:at] + put_in + text[at + left_out :]
    sound(plan_of(path, text, goal))


def test_the_text_is_one_that_can_be_used(path: Path) -> None:
    found = plan_of(path, TEXT, ("a", '{"k": ["x", "y"]}'))
    assert isinstance(found, Plan)
    assert [s.name for s in found.subtasks] == ["s x", "s y", "a"]
    assert len(found.compounds) == 1
