from __future__ import annotations

import pickle
from itertools import count
from pathlib import Path

import pytest

from callboard.actors.logic.skills import Equivalences
from callboard.messages.errors import MalformedRules
from callboard.messages.resources import Amount
from callboard.messages.values import Goal, Priority, Retry, Skill, unpack
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
UNKNOWN = "unknown priority 'urgent': CRITICAL, HIGH, MEDIUM or LOW"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("rules = 3", "$.rules"),
        ("", "$"),
        ("[[rules", "$"),
        ("extra = 1\n" + COOK, "$.extra"),
        (RULE + "steps = []", "$.rules[0].steps"),
        (RULE + 'verb = "x"\n' + STEP, "$.rules[0].verb"),
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


@pytest.mark.parametrize(
    ("said", "where", "what"),
    [
        ("phrases = ['!']", ".phrases[0]", "'!' has no word"),
        ("patterns = ['(']", ".patterns[0]", "no pattern: a ( without its ) (at character 1)"),
        ("patterns = ['x*']", ".patterns[0]", "'x*' finds everything"),
        ("patterns = [3]", ".patterns[0]", "Expected `str`, got `int`"),
        ("all = { word = ['x'] }", ".all.word", "no such field; do you mean 'words'?"),
        ("none = { words = 'x' }", ".none.words", "expected a list, got str"),
        ("any = []", ".any", "expected a table, got list"),
        ("name2 = ''", ".name2", "no such field; do you mean 'name'?"),
    ],
)
def test_a_trigger_that_is_wrong_is_named(tmp_path: Path, said: str, where: str, what: str) -> None:
    with pytest.raises(MalformedRules) as caught:
        load_rules(file(tmp_path, RULE + said + "\n" + STEP))
    found = caught.value
    assert (found.where, found.what, found.line) == (f"$.rules[0]{where}", what, 4)
    assert not found.more


@pytest.mark.parametrize(
    ("said", "where", "what"),
    [
        ("each = 'goals'", ".each", "expected context, goal, or one of these with a key"),
        ("each = 'context.'", ".each", "got 'context.'"),
        ("each = 'goal'\nmost = 0", ".most", "expected a number from 1 to 1,000, got 0"),
        ("most = 3", ".most", "says nothing of a step without `each`"),
        ("barrier = true", ".barrier", "says nothing of a step without `each`"),
        ("description = '{item}'", ".description", "nothing is known as {item}, only {goal}"),
        ("keys = ['{page}']", ".keys", "nothing is known as {page}"),
        ("data = { a = ['{b}'] }", ".data", "nothing is known as {b}"),
        ("retry = { attempts = 0 }", ".retry.attempts", "at least 1"),
        ("timeouts = { run = -1 }", ".timeouts.run", "positive"),
        ("optional = 1", ".optional", "expected true or false, got 1 (int)"),
        ("demands = { gpu = 0 }", ".demands.gpu", "above 0"),
        ("uuid = 'x'", ".uuid", "no such field"),
        ("after = 'x'", ".after", "expected a list, got str"),
    ],
)
def test_a_step_that_is_wrong_is_named(tmp_path: Path, said: str, where: str, what: str) -> None:
    with pytest.raises(MalformedRules) as caught:
        load_rules(file(tmp_path, RULE + STEP + said))
    assert caught.value.where == f"$.rules[0].steps[0]{where}"
    assert what in caught.value.what
    assert not caught.value.more


def test_steps_that_wait_for_each_other_are_named(tmp_path: Path) -> None:
    steps = """
[[rules.steps]]
name = "a"
after = ["c"]
[[rules.steps]]
name = "b"
[[rules.steps]]
name = "c"
"""
    with pytest.raises(MalformedRules) as caught:
        load_rules(file(tmp_path, RULE + steps))
    assert str(caught.value).endswith(":5: $.rules[0].steps: a cycle: a needs c needs b needs a")


def test_all_that_is_wrong_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = """\
[[rules]]
name = "one"
verb = ["x"]

[[rules.steps]]
name = "a"
minutes = -1
priority = "urgent"

[[rules]]
steps = [
    { name = "b", after = ["z"] },
    { name = "b" },
]
"""
    path = file(tmp_path, text)
    with pytest.raises(MalformedRules) as caught:
        load_rules(path)
    assert str(caught.value).splitlines() == [
        f"{path}:3: $.rules[0].verb: no such field; do you mean 'verbs'?",
        f"{path}:7: $.rules[0].steps[0].minutes: subtask 'a': a duration cannot be -1",
        f"{path}:8: $.rules[0].steps[0].priority: {UNKNOWN}",
        f"{path}:10: $.rules[1]: the name is missing",
        f"{path}:12: $.rules[1].steps[0].after[0]: no other step is called 'z'",
        f"{path}:13: $.rules[1].steps[1].name: there is a step 'b' already",
    ]
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert str(again) == str(caught.value)


def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(MalformedRules) as caught:
        load_rules(file(tmp_path, "a = 1\nb = ["))
    assert caught.value.line == 2


def test_a_file_may_use_everything(tmp_path: Path) -> None:
    path = file(tmp_path, WHOLE)
    planner = RulesPlanner(Ids(), path)
    context = '{"pages": ["home", "about"]}'
    plan = planner.plan(Goal(id="g", text="Translate site v2", context=context))
    assert [(s.name, s.dependencies) for s in plan.subtasks] == [
        ("Glossary", ()),
        ("Translate home", ("t1",)),
        ("Translate about", ("t1",)),
        ("Check home", ("t2",)),
        ("Check about", ("t3",)),
        ("Publish", ("t4", "t5")),
    ]
    first, last = plan.subtasks[1], plan.subtasks[-1]
    assert (first.kind, first.keys, first.optional) == ("translation", ("home",), True)
    assert (first.retry, first.timeouts.run) == (Retry(attempts=2), 90.0)
    assert (first.demands, unpack(first.data)) == (
        (Amount(resource="tokens", amount=500.0),),
        {"page": "home"},
    )
    assert (last.description, last.speculate, last.negotiate) == (
        f"Publish it, {context}",
        False,
        True,
    )
    assert [(t.rule, t.matched) for t in planner.tried(Goal(id="g", text="Translate v2"))] == [
        ("site", False),
        ("analysis", False),
        ("development", False),
        ("generic", True),
    ]


WHOLE = """
[[rules]]
name = "site"
verbs = ["translate"]
all.patterns = ['\\bv\\d+\\b']
none.phrases = ["dry run"]

[[rules.steps]]
name = "Glossary"

[[rules.steps]]
name = "Translate {item}"
each = "context.pages"
most = 10
kind = "translation"
keys = ["{item}"]
optional = true
retry = 2
timeouts = { run = 90 }
demands = { tokens = 500 }
data = { page = "{item}" }

[[rules.steps]]
name = "Check {item}"
each = "context.pages"

[[rules.steps]]
name = "Publish"
description = "Publish it, {context}"
speculate = false
negotiate = true
after = ["Check {item}"]
"""


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
