from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from callboard.actors.logic.skills import Equivalences
from callboard.messages.errors import MalformedRules
from callboard.messages.values import Goal, Priority, Skill
from callboard.runtime.planners.rules import RulesPlanner, load_rules
from callboard.runtime.planners.skills import load_equivalences

COOK = """
[[rules]]
name = "cooking"
verbs = ["cook"]
[[rules.steps]]
name = "Shop"
skills = ["errands"]
[[rules.steps]]
name = "Cook"
description = "{goal}, for {context}"
priority = "critical"
minutes = 20
skills = { cooking = 2 }
"""


class Ids:
    def __init__(self) -> None:
        self._made = count(1)

    def new(self) -> str:
        return f"t{next(self._made)}"

    def several(self, count: int) -> list[str]:
        return [self.new() for _ in range(count)]


def file(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, "utf-8")
    return path


def names(rules: tuple[object, ...]) -> list[str]:
    return [getattr(r, "name", "") for r in rules]


def test_our_rules_are_in_the_package() -> None:
    assert names(load_rules()) == ["analysis", "development", "generic"]


def test_goals_are_planned_by_our_rules() -> None:
    plan = RulesPlanner(Ids()).plan(Goal(id="g", text="Analyze customer data"))
    assert (plan.source, [s.uuid for s in plan.subtasks]) == ("analysis", ["t1", "t2", "t3"])


def test_a_users_rules_are_tried_before_ours(tmp_path: Path) -> None:
    path = file(tmp_path, COOK)
    assert names(load_rules(path)) == ["cooking", "analysis", "development", "generic"]
    plan = RulesPlanner(Ids(), path).plan(Goal(id="g", text="Cook and analyze", context="two"))
    [_, cook] = plan.subtasks
    assert cook.description == "Cook and analyze, for two"
    assert cook.priority is Priority.CRITICAL
    assert (cook.estimated_duration, cook.dependencies) == (20.0, ("t1",))
    assert cook.required_skills == (Skill(name="cooking", level=2.0),)


def test_a_users_rule_takes_the_place_of_ours_of_that_name(tmp_path: Path) -> None:
    own = '[[rules]]\nname = "generic"\n[[rules.steps]]\nname = "Think"\n'
    rules = load_rules(file(tmp_path, COOK + own))
    assert names(rules) == ["cooking", "analysis", "development", "generic"]
    assert [s.name for s in rules[-1].steps] == ["Think"]


def test_a_users_rules_may_stand_alone(tmp_path: Path) -> None:
    own = '[[rules]]\nname = "rest"\nsteps = [{ name = "Think" }]\n'
    assert names(load_rules(file(tmp_path, COOK + own), extend=False)) == ["cooking", "rest"]


RULE = '[[rules]]\nname = "x"\nwords = ["x"]\n'
STEP = '[[rules.steps]]\nname = "a"\n'


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("rules = 3", "$.rules"),
        ("", "$"),
        ("[[rules", "$"),
        ("extra = 1\n" + COOK, "$"),
        (RULE + "steps = []", "$.rules[0].steps"),
        (RULE + 'verb = "x"\n' + STEP, "$.rules[0]"),
        (RULE + STEP + "minutes = -1", "$.rules[0].steps[0].minutes"),
        (RULE + STEP + "minutes = nan", "$.rules[0].steps[0].minutes"),
        (RULE + STEP + "minutes = '1'", "$.rules[0].steps[0].minutes"),
        (RULE + STEP + "priority = 'URGENT'", "$.rules[0].steps[0].priority"),
        (RULE + STEP + "skills = ['']", "$.rules[0].steps[0].skills"),
        (RULE + STEP + "skills = 'sql'", "$.rules[0].steps[0].skills"),
        (RULE + STEP + "description = '{gaol}'", "$.rules[0].steps[0].description"),
        (RULE + STEP + "after = ['b']", "$.rules[0].steps[0].after[0]"),
        (RULE + STEP + "after = ['a']", "$.rules[0].steps[0].after[0]"),
        (RULE + STEP + STEP, "$.rules[0].steps[1].name"),
        (RULE + "[[rules.steps]]\nname = ' '", "$.rules[0].steps[0].name"),
        (RULE.replace('["x"]', '["x y"]') + STEP, "$.rules[0].words[0]"),
        (RULE.replace('["x"]', '[""]') + STEP, "$.rules[0].words[0]"),
        (RULE + STEP + RULE + STEP, "$.rules[1].name"),
        (RULE.replace('"x"', '""', 1) + STEP, "$.rules[0].name"),
        ('[[rules]]\nname = "all"\n' + STEP, "$.rules"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_its_field(
    tmp_path: Path, text: str, where: str
) -> None:
    path = file(tmp_path, text)
    with pytest.raises(MalformedRules) as caught:
        load_rules(path)
    assert (caught.value.file, caught.value.where) == (str(path), where)


@pytest.mark.parametrize("text", ["rules = []", RULE + STEP])
def test_rules_that_stand_alone_must_match_every_goal(tmp_path: Path, text: str) -> None:
    with pytest.raises(MalformedRules, match="the last rule must match every goal"):
        load_rules(file(tmp_path, text), extend=False)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    for load in (load_rules, load_equivalences):
        with pytest.raises(MalformedRules) as caught:
            load(path)
        assert (caught.value.file, caught.value.where) == (str(path), "$")


def test_our_equivalences_are_the_contracts() -> None:
    contract = (
        "requirements analysis: planning, analysis, design · data collection: data analysis, "
        "statistics · data analysis: data collection, statistics, analysis · report writing: "
        "communication, documentation, visualization · coding: development, programming, "
        "implementation · development: coding, programming, implementation · testing: qa, "
        "validation, quality assurance · qa: testing, validation, quality assurance · design: "
        "planning, architecture, requirements analysis · planning: design, coordination, "
        "requirements analysis · general: coordination, management, planning"
    )
    rows = [row.split(": ") for row in contract.split(" · ")]
    expected = Equivalences.of({name: covered_by.split(", ") for name, covered_by in rows})
    assert load_equivalences() == expected


def test_a_users_equivalences_extend_or_replace_ours(tmp_path: Path) -> None:
    path = file(tmp_path, '[equivalences]\nQA = ["Luck"]\n')
    ours = load_equivalences()
    extended = {**ours.covered_by, "qa": frozenset({"luck"})}
    assert load_equivalences(path) == Equivalences(extended)
    assert load_equivalences(path, extend=False) == Equivalences({"qa": frozenset({"luck"})})


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[equivalences]\nqa = 'luck'", "$.equivalences[...]"),
        ("[equivalences]\nqa = ['luck', '-']", "$.equivalences.qa[1]"),
        ("[equivalences]\n_ = ['luck']", "$.equivalences"),
        ("[equal]\nqa = []", "$"),
    ],
)
def test_equivalences_that_are_wrong_are_named(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(MalformedRules) as caught:
        load_equivalences(file(tmp_path, text))
    assert caught.value.where == where
