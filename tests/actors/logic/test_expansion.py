from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic import expansion
from callboard.actors.logic.expansion import expand
from callboard.actors.logic.graph import check, well_formed
from callboard.actors.logic.rules import Each, Rule, Step, choose, tried
from callboard.actors.logic.templates import PLACES, fill, names_in
from callboard.messages.errors import PlanTooLarge, TooManyItems
from callboard.messages.values import Goal, Plan, Subtask, unpack
from callboard.runtime.planners.plans import subtask

EACH = Each()


def step(name: str, after: tuple[str, ...] | None = None, **options: object) -> Step:
    template = {key: options.pop(key) for key in list(options) if key in Subtask.__struct_fields__}
    return Step(template=subtask(name, **template), after=after, **options)  # type: ignore[arg-type]


def plan(*steps: Step, context: str = "", text: str = "g") -> Plan:
    numbers = count(1)
    goal = Goal(id="g", text=text, context=context)
    return expand(Rule(name="r", steps=steps), goal, lambda: f"t{next(numbers)}").plan


def shape(made: Plan) -> dict[str, list[str]]:
    names = {s.uuid: s.name for s in made.subtasks}
    return {s.name: [names[uuid] for uuid in s.dependencies] for s in made.subtasks}


def test_a_step_is_repeated_for_each_item_and_the_next_waits_for_all() -> None:
    made = plan(step("Get"), step("Read {item}", each=EACH), step("Sum"), context="- a\n- b")
    assert shape(made) == {
        "Get": [],
        "Read a": ["Get"],
        "Read b": ["Get"],
        "Sum": ["Read a", "Read b"],
    }


def test_two_steps_for_the_same_list_go_item_by_item() -> None:
    steps = (step("Read {item}", each=EACH), step("Check {item}", each=EACH))
    assert shape(plan(*steps, context="a\nb")) == {
        "Read a": [],
        "Read b": [],
        "Check a": ["Read a"],
        "Check b": ["Read b"],
    }


def test_a_barrier_waits_for_every_item() -> None:
    steps = (step("Read {item}", each=EACH), step("Rank {item}", each=EACH, barrier=True))
    assert shape(plan(*steps, context="a\nb"))["Rank b"] == ["Read a", "Read b"]


def test_other_lists_have_other_items() -> None:
    steps = (
        step("Read {item}", each=Each(key="files")),
        step("Ask {item}", each=Each(key="people")),
    )
    context = '{"files": ["a", "b"], "people": ["c"]}'
    assert shape(plan(*steps, context=context))["Ask c"] == ["Read a", "Read b"]


def test_a_step_may_wait_for_a_later_one() -> None:
    made = plan(step("a", ("c",)), step("b", ()), step("c", ("b",)))
    assert shape(made) == {"a": ["c"], "b": [], "c": ["b"]}


def test_everything_that_says_something_is_filled_in() -> None:
    made = plan(
        step(
            "{number}. {item} of {goal}",
            each=EACH,
            description="{item}: {goal}, {{item}} {item.x}",
            kind="read {goal}",
            keys=["page {item}"],
            data={"{item}": ["{item}", {"n": "{number}"}], "left": 3},
        ),
        context='["{goal}"]',
        text="all {item}",
    )
    [only] = made.subtasks
    assert only.name == "1. {goal} of all {item}"
    assert only.description == "{goal}: all {item}, {item} {item.x}"
    assert (only.kind, only.keys) == ("read all {item}", ("page {goal}",))
    assert unpack(only.data) == {"{item}": ["{goal}", {"n": "1"}], "left": 3}


def test_the_items_of_a_step_are_one_kind_of_work() -> None:
    made = plan(step("Read {item}", each=EACH), step("Sum"), context="a\nb")
    assert [s.kind for s in made.subtasks] == ["Read {item}", "Read {item}", ""]


def test_names_are_short_and_told_apart() -> None:
    made = plan(step("{item}", each=EACH), context=f"a\na\n{'x ' * 80}\na (2)")
    assert [s.name for s in made.subtasks] == ["a", "a (2)", "x " * 29 + "x\u2026", "a (2) (2)"]


def test_what_is_repeated_for_the_context_has_its_item_instead_of_it() -> None:
    steps = (step("Read {item}", each=EACH, description="Read."), step("Sum", description="Sum."))
    made = plan(*steps, context="a\nb")
    assert [s.description for s in made.subtasks] == ["Read.", "Read.", "Sum. (context: a\nb)"]


def test_more_items_than_it_is_repeated_for_are_refused() -> None:
    with pytest.raises(TooManyItems) as refused:
        plan(step("Read {item}", each=Each(most=2)), context="a\nb\nc")
    assert str(refused.value) == (
        "3 items are listed, but step 'Read {item}' of rule 'r' is repeated for 2 at the most"
    )


def test_a_rule_with_a_list_is_for_goals_that_have_one() -> None:
    rules = [Rule(name="each", steps=(step("{item}", each=EACH),)), Rule(name="rest")]
    assert choose(rules, Goal(id="g", text="x", context="- a")).name == "each"
    found = [t for _, t in tried(rules, Goal(id="g", text="x"))]
    assert found == [
        ("each", False, "its context lists nothing"),
        ("rest", True, "it is for every goal"),
    ]
    assert [rule.always for rule in rules] == [False, True]


def test_a_list_may_stand_in_the_goal_itself() -> None:
    made = plan(step("{item}", each=Each(source="goal")), text="Buy:\n- milk\n- bread")
    assert [s.name for s in made.subtasks] == ["milk", "bread"]


def test_what_would_be_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = (step("{item}", each=EACH), step("2 {item}", each=EACH, barrier=True))
    monkeypatch.setattr(expansion, "MOST_EDGES", 3)
    with pytest.raises(PlanTooLarge, match="4 dependencies, at most 3"):
        plan(*steps, context="a\nb")
    monkeypatch.setattr(expansion, "MOST_TEXT", 3)
    with pytest.raises(PlanTooLarge, match="characters, at most 3"):
        plan(step("x", description="{goal}"), text="long")


NAMES = ["a", "b {item}", "c {goal}", "d {number} {context}", "e"]


@given(st.data(), st.text(max_size=40), st.text('- ab\n[]",{}', max_size=40))
def test_whatever_a_goal_says_the_plan_is_one(data: st.DataObject, text: str, context: str) -> None:
    steps: list[Step] = []
    for n, name in enumerate(NAMES):
        after = data.draw(
            st.none() | st.lists(st.sampled_from(NAMES[:n] or [""]), max_size=2, unique=True)
        )
        needs = None if after is None else tuple(filter(None, after))
        each = data.draw(st.sampled_from([None, EACH, Each(source="goal"), Each(key="a")]))
        steps.append(step(name, needs, each=each, barrier=data.draw(st.booleans())))
    rule = Rule(name="r", steps=tuple(steps))
    goal = Goal(id="g", text=text, context=context)
    if rule.look(goal).matched:
        numbers = count(1)
        made = expand(rule, goal, lambda: f"t{next(numbers)}").plan
        check(well_formed(made), 1_000)
        assert len({s.name for s in made.subtasks}) == len(made.subtasks)


@given(st.text("{}goalitem. ", max_size=20), st.text(), st.text())
def test_what_is_put_in_is_never_looked_at(template: str, goal: str, item: str) -> None:
    filled = fill(template, dict.fromkeys(PLACES, "\0"))
    assert filled.count("\0") == len([n for n in names_in(template) if n in PLACES])
    assert fill("{goal}|{item}", {"goal": goal, "item": item}) == f"{goal}|{item}"
