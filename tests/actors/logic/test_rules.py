from __future__ import annotations

from itertools import count
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.expansion import describe, expand
from callboard.actors.logic.given import skills_of
from callboard.actors.logic.rules import Rule, Step, anything, choose
from callboard.actors.logic.triggers import inflections, words_of
from callboard.messages.errors import PlanningError
from callboard.messages.values import Goal, Parent, Plan, Priority, Subtask
from callboard.runtime.planners.rules import load_rules

OURS = load_rules()

ANALYSIS = """
    analyze analyzes analyzed analyzing analyzer analyzers
    analyse analyses analysed analysing analyser analysers analysis ANALYSIS Analyze
"""
DEVELOPMENT = """
    develop develops developed developing developer developers development Developments
    create creates created creating creator creation
    build builds built building builder BUILDERS
    implement implements implemented implementing implementer implementation
"""


def kind(text: str) -> str:
    return choose(OURS, goal(text)).name


@pytest.mark.parametrize(
    "word",
    ANALYSIS.split(),
)
def test_every_form_of_analyze_is_an_analysis(word: str) -> None:
    assert kind(f"please: {word}, of things") == "analysis"


@pytest.mark.parametrize(
    "word",
    DEVELOPMENT.split(),
)
def test_every_form_of_develop_create_build_implement_is_a_development(word: str) -> None:
    assert kind(f"the {word}.") == "development"


@pytest.mark.parametrize(
    "text",
    [
        "reanalyzed rebuild redevelopment recreate paralysis",
        "psychoanalysis",
        "procreation",
        "buildx analyze2 2create",
        "write a poem",
        "",
        "分析",
    ],
)
def test_words_that_only_contain_such_a_word_are_generic(text: str) -> None:
    assert kind(text) == "generic"


@pytest.mark.parametrize(
    "text",
    [
        "analyze data and create report",
        "Create a report that has an analysis",
        "analyze building costs",
        "build_the_analysis_tool",
    ],
)
def test_analysis_is_tried_before_development(text: str) -> None:
    assert kind(text) == "analysis"


@pytest.mark.parametrize(
    "text", ["(build)", "re-build", "build_it", "the developer's", "a/build\n"]
)
def test_words_end_at_whatever_is_neither_letter_nor_digit(text: str) -> None:
    assert kind(text) == "development"


@given(st.text(), st.text())
def test_a_word_is_found_in_the_midst_of_anything(before: str, after: str) -> None:
    assert kind(f"{before} analyze {after}") == "analysis"


@pytest.mark.parametrize("piece", ["analyz", "a", "a ", "{", "_", "é", "\n", "analyze"])
def test_large_goals_take_linear_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    before = perf_counter()
    kind(text)
    assert perf_counter() - before < 1.0


def test_no_rule_is_an_error() -> None:
    with pytest.raises(PlanningError):
        choose([Rule(name="x", trigger=anything("x"))], goal("y"))


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("Build", "build builds built building builded builder builders"),
        ("agree", "agree agrees agreed agreeing agreer agreers"),
        ("fix", "fix fixes fixed fixing fixer fixers"),
        ("play", "play plays played playing player players"),
    ],
)
def test_verbs_are_inflected_regularly(verb: str, forms: str) -> None:
    assert inflections(verb) == words_of(forms) - {"built"}


def goal(text: str, context: str = "", parent: Parent | None = None) -> Goal:
    return Goal(id="g1", text=text, context=context, parent=parent)


def expanded(given: Goal) -> Plan:
    numbers = count(1)
    return expand(choose(OURS, given), given, lambda: f"t{next(numbers)}").plan


def subtask(  # noqa: PLR0917
    uuid: str,
    name: str,
    description: str,
    priority: Priority,
    minutes: float,
    skills: str,
    needs: str,
) -> Subtask:
    return Subtask(
        uuid=uuid,
        name=name,
        description=description,
        priority=priority,
        estimated_duration=minutes,
        required_skills=skills_of(skills.split()),
        dependencies=tuple(needs.split()),
    )


HIGH, MEDIUM = Priority.HIGH, Priority.MEDIUM


def test_an_analysis_has_the_contracts_subtasks() -> None:
    g = "analyze sales"
    assert expanded(goal(g)) == Plan(
        source="analysis",
        subtasks=(
            subtask(
                "t1",
                "Data Collection",
                f"Collect relevant data for: {g}",
                HIGH,
                30,
                "data_collection",
                "",
            ),
            subtask(
                "t2",
                "Data Analysis",
                f"Analyze collected data for: {g}",
                HIGH,
                60,
                "data_analysis",
                "t1",
            ),
            subtask(
                "t3",
                "Report Generation",
                f"Generate analysis report for: {g}",
                MEDIUM,
                30,
                "report_writing",
                "t2",
            ),
        ),
    )


def test_a_development_has_the_contracts_subtasks() -> None:
    g = "build a shop"
    assert expanded(goal(g)) == Plan(
        source="development",
        subtasks=(
            subtask(
                "t1",
                "Requirements Analysis",
                f"Analyze requirements for: {g}",
                HIGH,
                45,
                "requirements_analysis",
                "",
            ),
            subtask(
                "t2", "Design Phase", f"Design solution for: {g}", HIGH, 90, "design planning", "t1"
            ),
            subtask(
                "t3",
                "Implementation",
                f"Implement solution for: {g}",
                MEDIUM,
                120,
                "coding development",
                "t2",
            ),
            subtask("t4", "Testing", f"Test solution for: {g}", MEDIUM, 60, "testing qa", "t3"),
        ),
    )


def test_anything_else_is_executed_as_it_is() -> None:
    assert expanded(goal("sing")) == Plan(
        source="generic",
        subtasks=(
            subtask("t1", "Goal Execution", "Execute goal: sing", MEDIUM, 60, "general", ""),
        ),
    )


def test_descriptions_carry_the_context() -> None:
    texts = [s.description for s in expanded(goal("analyze it", "Q4")).subtasks]
    assert texts == [
        "Collect relevant data for: analyze it (context: Q4)",
        "Analyze collected data for: analyze it (context: Q4)",
        "Generate analysis report for: analyze it (context: Q4)",
    ]


def test_a_context_of_blanks_is_none() -> None:
    assert describe("Do: {goal}", goal("it", " \n")) == "Do: it"


def test_a_context_with_a_place_of_its_own_is_put_there() -> None:
    assert describe("{context}: {goal}!", goal("it", "Q4")) == "Q4: it!"
    assert describe("{context}: {goal}!", goal("it")) == ": it!"


@given(st.text(alphabet="{}goalcntex0!%$\\ "), st.text(alphabet="{}goal\\1").filter(str.strip))
def test_braces_in_a_goal_stay_as_they_are(text: str, context: str) -> None:
    assert describe("Do: {goal}", goal(text, context)) == f"Do: {text} (context: {context})"


def test_subtasks_of_a_sub_goal_name_the_subtask_that_they_serve() -> None:
    parent = Parent(goal="g0", subtask="t0")
    assert {s.parent_task_uuid for s in expanded(goal("build", parent=parent)).subtasks} == {"t0"}


def test_steps_may_name_what_they_come_after() -> None:
    rule = Rule(
        name="fan",
        steps=(
            Step(template=Subtask(uuid="", name="a", description="{goal}")),
            Step(template=Subtask(uuid="", name="b", description="{goal}")),
            Step(template=Subtask(uuid="", name="c", description="{goal}"), after=("a",)),
            Step(template=Subtask(uuid="", name="d", description="{goal}"), after=("b", "c")),
            Step(template=Subtask(uuid="", name="e", description="{goal}"), after=()),
        ),
    )
    numbers = count(1)
    plan = expand(rule, goal("x"), lambda: f"t{next(numbers)}").plan
    assert [s.dependencies for s in plan.subtasks] == [(), ("t1",), ("t1",), ("t2", "t3"), ()]
