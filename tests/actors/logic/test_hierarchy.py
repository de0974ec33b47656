from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic import hierarchy
from callboard.actors.logic.expansion import expand
from callboard.actors.logic.graph import check, well_formed
from callboard.actors.logic.hierarchy import Limits, Standing, nested, standings
from callboard.actors.logic.records import SubtaskStatus
from callboard.actors.logic.refining import planned
from callboard.actors.logic.rules import Each, Rule, Step, anything
from callboard.messages.errors import DuplicateSubtask, MalformedPlan, PlanTooLarge
from callboard.messages.values import Compound, Goal, Parent, Plan, Subtask
from callboard.runtime.planners.plans import subtask


def one(uuid: str, *needs: str, name: str = "", **fields: object) -> Subtask:
    return Subtask(uuid=uuid, name=name or uuid.upper(), dependencies=needs, **fields)  # type: ignore[arg-type]


def plan(*subtasks: Subtask, source: str = "p") -> Plan:
    return Plan(subtasks=subtasks, source=source)


def shape(made: Plan) -> dict[str, tuple[set[str], str]]:
    return {s.uuid: (set(s.dependencies), s.parent_task_uuid) for s in made.subtasks}


def test_the_parts_stand_in_the_place_of_the_whole() -> None:
    whole = plan(one("a"), one("b", "a"), one("c", "b"), one("d", "a"))
    made = nested(whole, {"b": plan(one("b1"), one("b2", "b1"), one("b3"))})
    assert shape(made) == {
        "a": (set(), ""),
        "b1": ({"a"}, "b"),
        "b2": ({"b1"}, "b"),
        "b3": ({"a"}, "b"),
        "c": ({"b2", "b3"}, ""),
        "d": ({"a"}, ""),
    }
    assert made.compounds == (Compound(subtask=one("b"), source="p"),)
    check(well_formed(made), 10)


def test_parts_may_have_parts() -> None:
    made = nested(
        plan(one("a"), one("b", "a")),
        {
            "a": plan(one("a1"), one("a2", "a1")),
            "a2": plan(one("x"), one("y")),
            "b": plan(one("z")),
        },
    )
    assert shape(made) == {
        "a1": (set(), "a"),
        "x": ({"a1"}, "a2"),
        "y": ({"a1"}, "a2"),
        "z": ({"x", "y"}, "b"),
    }
    assert [(c.subtask.uuid, c.subtask.parent_task_uuid) for c in made.compounds] == [
        ("a", ""),
        ("a2", "a"),
        ("b", ""),
    ]


def test_of_what_is_optional_every_part_is() -> None:
    made = nested(plan(one("a", optional=True)), {"a": plan(one("b"), one("c", optional=True))})
    assert [s.optional for s in made.subtasks] == [True, True]


def test_a_name_that_is_taken_gets_its_parents() -> None:
    made = nested(
        plan(one("c", name="Test"), one("a"), one("b")),
        {"a": plan(one("d", name="Test")), "b": plan(one("e", name="Test", kind="qa"))},
    )
    assert [(s.name, s.kind) for s in made.subtasks] == [
        ("Test", ""),
        ("Test (A)", "Test"),
        ("Test (B)", "qa"),
    ]


def test_too_many_dependencies_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hierarchy, "MOST_EDGES", 3)
    parts = {"a": plan(one("a1"), one("a2")), "b": plan(one("b1"), one("b2"))}
    with pytest.raises(PlanTooLarge, match="4 dependencies, at most 3"):
        nested(plan(one("a"), one("b", "a")), parts)


def whole(uuid: str, parent: str = "", source: str = "p") -> Compound:
    return Compound(subtask=one(uuid, parent_task_uuid=parent), source=source)


def part(uuid: str, parent: str) -> Subtask:
    return one(uuid, parent_task_uuid=parent)


@pytest.mark.parametrize(
    ("compounds", "error", "said"),
    [
        ([whole("a")], DuplicateSubtask, "'a'"),
        ([whole("w"), whole("w")], DuplicateSubtask, "'w'"),
        ([whole("lone")], MalformedPlan, "compound 'LONE': nothing is a part of it"),
        ([whole("w", "v"), whole("v", "w")], MalformedPlan, "it is a part of itself"),
        ([whole("w", "w")], MalformedPlan, "it is a part of itself"),
        ([whole("", "")], MalformedPlan, "it has no uuid"),
        ([whole(str(n)) for n in range(9)], PlanTooLarge, "9 compounds, at most 5"),
    ],
)
def test_compounds_that_cannot_be_are_refused(
    compounds: list[Compound], error: type[Exception], said: str
) -> None:
    made = Plan(subtasks=(part("a", "w"), part("b", "v")), compounds=tuple(compounds))
    with pytest.raises(error) as refused:
        check(well_formed(made), 5)
    assert said in str(refused.value)


P, R, S = SubtaskStatus.PENDING, SubtaskStatus.READY, SubtaskStatus.RUNNING
C, F, X = SubtaskStatus.COMPLETED, SubtaskStatus.FAILED, SubtaskStatus.CANCELLED


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ([P, P], P),
        ([P, R], R),
        ([P, S], S),
        ([P, C], S),
        ([C, C], C),
        ([C, F], F),
        ([F, X], F),
        ([C, X], X),
        ([SubtaskStatus.PARKED, S], SubtaskStatus.PARKED),
    ],
)
def test_how_a_whole_stands_is_seen_from_its_parts(
    states: list[SubtaskStatus], status: SubtaskStatus
) -> None:
    outer, inner = whole("w"), whole("v", "w")
    found = standings([outer, inner], [("v", state) for state in states])
    counts = {str(s): states.count(s) for s in states}
    assert found == {"w": Standing(status, counts), "v": Standing(status, counts)}


def step(name: str, decompose: bool | str = False, **options: object) -> Step:  # noqa: FBT001, FBT002
    template = {key: options.pop(key) for key in list(options) if key in Subtask.__struct_fields__}
    made = subtask(name, **{"description": "{goal}", **template})  # type: ignore[arg-type]
    rule = decompose if isinstance(decompose, str) else ""
    return Step(template=made, rule=rule, decompose=bool(decompose), **options)  # type: ignore[arg-type]


def rule(name: str, *steps: Step, words: str = "") -> Rule:
    return Rule(name=name, trigger=anything(*words.split() or [name]), steps=steps)


def by_rules(
    *rules: Rule, text: str = "build", context: str = "", limits: Limits | None = None
) -> tuple[Plan, tuple[str, ...]]:
    numbers = count(1)
    goal = Goal(id="g", text=text, context=context, parent=Parent(goal="o", subtask="s"))
    return planned(rules, goal, lambda: f"t{next(numbers)}", limits or Limits())


BUILD = rule("build", step("Api", "api", description="The API for {goal}"), step("Ship"))
API = rule("api", step("Write", description="Write: {goal}"), step("Check"))


def test_a_step_is_decomposed_by_the_rule_that_it_names() -> None:
    made, notes = by_rules(BUILD, API)
    assert [(s.name, s.description, s.dependencies, s.parent_task_uuid) for s in made.subtasks] == [
        ("Write", "Write: The API for build", (), "t1"),
        ("Check", "The API for build", ("t3",), "t1"),
        ("Ship", "build", ("t4",), "s"),
    ]
    assert [(c.subtask.name, c.source, c.subtask.parent_task_uuid) for c in made.compounds] == [
        ("Api", "api", "s")
    ]
    assert (made.source, notes) == ("build", ())


def test_a_context_is_told_once() -> None:
    placed = rule("build", step("Api", "api", description="{goal} with {context}"))
    listed = rule("build", step("{item}", "api", each=Each()))
    said = [
        [s.description for s in by_rules(outer, API, context="Q4")[0].subtasks]
        for outer in (BUILD, placed, listed)
    ]
    assert said == [
        [
            "Write: The API for build (context: Q4)",
            "The API for build (context: Q4)",
            "build (context: Q4)",
        ],
        ["Write: build with Q4", "build with Q4"],
        ["Write: build", "build"],
    ]


def test_the_words_of_the_step_choose_a_rule_and_those_of_the_goal_do_not() -> None:
    rules = (rule("build", step("The api", decompose=True)), rule("shop", step("Sell")), API)
    made, _ = by_rules(*rules, text="build a shop")
    assert [s.name for s in made.subtasks] == ["Write", "Check"]


def test_an_item_chooses_too() -> None:
    each = rule("build", step("{item}", decompose=True, each=Each()))
    made, notes = by_rules(each, API, context="the api\nthe page")
    assert [s.name for s in made.subtasks] == ["Write", "Check", "the page"]
    assert notes == ("'the page' stays whole: no other rule is for it",)


def test_a_rule_is_never_taken_within_itself() -> None:
    again = rule("api", step("More api", decompose=True), step("Build", "build"))
    made, notes = by_rules(BUILD, again)
    assert [s.name for s in made.subtasks] == ["More api", "Build", "Ship"]
    assert notes == (
        "'More api' stays whole: no other rule is for it",
        "'Build' stays whole: it is in rule 'build' already",
    )


@pytest.mark.parametrize(
    "limits", [Limits(minutes=59), Limits(skills=frozenset({"software"}))], ids=["long", "skilled"]
)
def test_what_is_too_large_by_itself_is_decomposed(limits: Limits) -> None:
    large = step("The api", required_skills=["Software"], estimated_duration=60)
    made, _ = by_rules(
        rule("build", large), rule("api", step("Write", estimated_duration=10)), limits=limits
    )
    assert [s.name for s in made.subtasks] == ["Write"]


def test_there_is_a_limit_to_the_depth() -> None:
    chain = [rule(f"r{n}", step(f"S{n}", f"r{n + 1}")) for n in range(6)]
    last = rule("r6", step("End"))
    made, notes = by_rules(*chain, last, text="r0", limits=Limits(depth=2))
    assert [s.name for s in made.subtasks] == ["S2"]
    assert notes == ("'S2' stays whole: it is 2 levels deep, the limit is 2",)


def test_there_is_a_limit_to_the_whole() -> None:
    with pytest.raises(PlanTooLarge, match="4 subtasks, at most 3"):
        by_rules(BUILD, API, limits=Limits(subtasks=3))


def test_a_rule_that_is_named_needs_its_list() -> None:
    listed = rule("api", step("{item}", each=Each()))
    made, notes = by_rules(BUILD, listed)
    assert [s.name for s in made.subtasks] == ["Api", "Ship"]
    assert notes == ("'Api' stays whole: its context lists nothing",)


WORDS = ["alpha", "beta", "gamma", "delta"]
AGAIN: list[bool | str] = [False, True, *WORDS]


@st.composite
def rule_sets(draw: st.DrawFn) -> tuple[Rule, ...]:
    made: list[Rule] = []
    for word in WORDS:
        steps = [
            step(
                f"{n} {draw(st.sampled_from([*WORDS, '{item}', '{goal}']))}" if n else word,
                draw(st.sampled_from(AGAIN)),
                each=draw(st.sampled_from([None, None, Each(), Each(source="goal")])),
                optional=draw(st.booleans()),
            )
            for n in range(draw(st.integers(1, 3)))
        ]
        made.append(rule(word, *steps))
    return (*made, Rule(name="rest", steps=(step("Rest"),)))


@given(
    rule_sets(),
    st.sampled_from(WORDS),
    st.sampled_from(["", "- alpha\n- x", "beta"]),
    st.integers(0, 4),
)
def test_whatever_rules_say_the_plan_is_one(
    rules: tuple[Rule, ...], text: str, context: str, depth: int
) -> None:
    try:
        made, _ = by_rules(
            *rules, text=text, context=context, limits=Limits(depth=depth, subtasks=300)
        )
    except PlanTooLarge:
        return
    check(well_formed(made), 300)
    assert len({s.name for s in made.subtasks}) == len(made.subtasks)


def test_expanding_alone_decomposes_nothing() -> None:
    numbers = count(1)
    made = expand(BUILD, Goal(id="g", text="build"), lambda: f"t{next(numbers)}").plan
    assert [s.name for s in made.subtasks] == ["Api", "Ship"]
