from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from msgspec.structs import replace

from callboard.messages.errors import (
    AmbiguousDependency,
    CallboardError,
    DuplicateSubtask,
    InvalidDuration,
    InvalidSkills,
    MalformedPlan,
    NotEncodable,
    PlanEmpty,
    PlanHasCycle,
    PlanTooLarge,
    UnknownDependency,
    UnknownPriority,
)
from callboard.messages.values import Plan, Priority, Retry, Skill, Subtask, Timeouts, unpack
from callboard.runtime.planners.plans import make_plan, read_plan, subtask
from tests.strategies import plans


class Ids:
    def __init__(self) -> None:
        self._made = count(1)

    def new(self) -> str:
        return f"t{next(self._made)}"

    def several(self, count: int) -> list[str]:
        return [self.new() for _ in range(count)]


def made(given: Any, **options: Any) -> Plan:
    return make_plan(given, Ids(), **options)


def test_a_subtask_needs_no_more_than_a_name() -> None:
    assert subtask("A") == Subtask(uuid="", name="A")


def test_what_is_not_said_of_a_subtask_is_as_if_it_had_been_said() -> None:
    said: dict[str, Any] = {"required_skills": [], "dependencies": [], "priority": "medium"}
    said |= {"estimated_duration": 60.0, "timeouts": {}, "retry": None, "data": None}
    assert subtask("Ask", uuid="", **said) == subtask("Ask") == Subtask(uuid="", name="Ask")


def test_the_same_skills_are_the_same_values() -> None:
    first = subtask("Ask", required_skills=["sql >= 2", "ask"]).required_skills
    assert subtask("Tell", required_skills=("sql >= 2", "ask")).required_skills is first


def test_a_subtask_is_lenient_in_what_it_takes() -> None:
    one = subtask(
        "B",
        uuid=UUID(int=1),
        required_skills={"sql": 2},
        dependencies=[subtask("A"), subtask("C", uuid="c"), "D", UUID(int=2)],
        priority="low",
        estimated_duration=5,
        timeouts={"run": 5},
        retry=2,
        optional=True,
    )
    assert one == Subtask(
        uuid="00000000-0000-0000-0000-000000000001",
        name="B",
        required_skills=(Skill(name="sql", level=2.0),),
        dependencies=("A", "c", "D", "00000000-0000-0000-0000-000000000002"),
        priority=Priority.LOW,
        estimated_duration=5.0,
        timeouts=Timeouts(run=5.0),
        retry=Retry(attempts=2),
        optional=True,
    )


def test_numpys_numbers_and_texts_are_plain_afterwards() -> None:
    for minutes in (np.int64(5), np.float32(5), np.float64(5)):
        one = subtask(np.str_("A"), estimated_duration=minutes)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
        assert (type(one.name), type(one.estimated_duration)) == (str, float)
        assert one == subtask("A", estimated_duration=5)


def test_data_is_encoded_at_once() -> None:
    assert unpack(subtask("A", data={"rows": [1, 2]}).data) == {"rows": [1, 2]}
    assert subtask("A").data is None
    with pytest.raises(NotEncodable, match="the data of subtask 'A' cannot be encoded"):
        subtask("A", data=object())


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"name": ""}, MalformedPlan),
        ({"name": " "}, MalformedPlan),
        ({"name": None}, MalformedPlan),
        ({"uuid": 5}, MalformedPlan),
        ({"description": None}, MalformedPlan),
        ({"required_skills": "sql"}, InvalidSkills),
        ({"required_skills": [3]}, InvalidSkills),
        ({"dependencies": "A"}, MalformedPlan),
        ({"dependencies": 5}, MalformedPlan),
        ({"dependencies": [5]}, MalformedPlan),
        ({"priority": "URGENT"}, UnknownPriority),
        ({"priority": True}, UnknownPriority),
        ({"estimated_duration": -1}, InvalidDuration),
        ({"estimated_duration": True}, InvalidDuration),
        ({"estimated_duration": "60"}, InvalidDuration),
        ({"estimated_duration": float("nan")}, InvalidDuration),
        ({"estimated_duration": 10**400}, InvalidDuration),
        ({"estimated_duration": None}, InvalidDuration),
        ({"optional": 1}, MalformedPlan),
        ({"timeouts": {"run": -1}}, MalformedPlan),
        ({"retry": 0}, MalformedPlan),
    ],
)
def test_a_subtask_is_strict_in_what_it_means(
    wrong: dict[str, Any], error: type[Exception]
) -> None:
    fields: dict[str, Any] = {"name": "A", **wrong}
    with pytest.raises(error) as caught:
        subtask(**fields)
    assert "'A'" in str(caught.value) or "name" in wrong or error is not InvalidDuration


def test_a_plan_gets_uuids_and_its_dependencies_become_uuids() -> None:
    first = subtask("A", uuid="a")
    second = subtask("B", dependencies=[first, "A", "a"])
    third = subtask("C", dependencies=["B", second])
    expected = Plan(
        subtasks=(
            Subtask(uuid="a", name="A"),
            Subtask(uuid="t1", name="B", dependencies=("a",)),
            Subtask(uuid="t2", name="C", dependencies=("t1",)),
        )
    )
    assert made([first, second, third]) == expected
    assert made(iter([first, second, third])) == expected
    assert made({"subtasks": [first, {"name": "B", "dependencies": ["a"]}, third]}) == expected
    assert made(expected) == expected


def test_a_plan_keeps_where_it_is_from() -> None:
    assert made(Plan(subtasks=(subtask("A"),), source="me")).source == "me"


def test_a_uuid_goes_before_a_name() -> None:
    plan = made([subtask("b", uuid="a"), subtask("x", uuid="b"), subtask("c", dependencies=["b"])])
    assert plan.subtasks[2].dependencies == ("b",)


@given(plans())
def test_names_and_uuids_lead_to_the_same_plan(plan: Plan) -> None:
    by_name = [
        replace(s, dependencies=tuple(d.upper() for d in s.dependencies)) for s in plan.subtasks
    ]
    assert made(by_name) == made(plan)


def endless() -> Iterator[Subtask]:
    for n in count():
        yield subtask(str(n))


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ([], PlanEmpty()),
        ([subtask("A", dependencies=["B"])], UnknownDependency("A", "B")),
        (
            [subtask("A"), subtask("A"), subtask("B", dependencies=["A"])],
            AmbiguousDependency("B", "A"),
        ),
        ([subtask("A", dependencies=["A"])], PlanHasCycle(["A"])),
        ([subtask("A", uuid="a"), subtask("B", uuid="a")], DuplicateSubtask("a")),
        ([subtask(str(n)) for n in range(7)], PlanTooLarge(7, 5)),
        (endless(), PlanTooLarge(6, 5)),
        ("a plan", MalformedPlan("$", "expected a list of subtasks, got str")),
        (subtask("A"), MalformedPlan("$", "expected a list of subtasks, got Subtask")),
        (None, MalformedPlan("$", "expected a list of subtasks, got NoneType")),
        ([3], MalformedPlan("$.subtasks[0]", "expected a subtask, got 3 (int)")),
        ({}, MalformedPlan("$", "the subtasks are missing")),
        ({"tasks": []}, MalformedPlan("$.tasks", "no such field; there is subtasks")),
        (
            [Subtask(uuid="a", name="A", estimated_duration=-1)],
            InvalidDuration("A", -1.0),
        ),
        (
            [Subtask(uuid="a", name="A", dependencies=None)],  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
            MalformedPlan("$.subtasks[0].dependencies", "Expected `array`, got `None`"),
        ),
    ],
)
def test_a_plan_that_cannot_be_is_refused(given: Any, error: CallboardError) -> None:
    with pytest.raises(type(error)) as caught:
        made(given, largest_plan=5)
    assert caught.value.args == error.args


STATED = {
    "subtasks": [
        {"name": "Count", "required_skills": ["statistics>=2"], "data": {"day": "2024-01-02"}},
        {"name": "Tell", "dependencies": ["Count"], "priority": "high", "timeouts": {"run": 9}},
    ]
}
TOML = """
[[subtasks]]
name = "Count"
required_skills = ["statistics>=2"]
data = { day = 2024-01-02 }

[[subtasks]]
name = "Tell"
dependencies = ["Count"]
priority = "high"
timeouts = { run = 9 }
"""
READ = Plan(
    source="text",
    subtasks=(
        subtask("Count", required_skills=["statistics>=2"], data={"day": date(2024, 1, 2)}),
        subtask("Tell", dependencies=["Count"], priority=1, timeouts={"run": 9}),
    ),
)


@pytest.mark.parametrize(
    "text", [json.dumps(STATED), json.dumps(STATED, indent=1), json.dumps(STATED["subtasks"]), TOML]
)
def test_a_plan_is_read_from_json_or_toml(text: str, tmp_path: Path) -> None:
    assert read_plan(text) == READ
    file = tmp_path / "plan"
    file.write_text(text, "utf-8")
    for path in (file, str(file)):
        assert read_plan(path) == replace(READ, source=str(file))


def test_what_was_read_can_be_made_a_plan() -> None:
    plan = made(read_plan(TOML))
    assert [(s.uuid, s.dependencies) for s in plan.subtasks] == [("t1", ()), ("t2", ("t1",))]


@pytest.mark.parametrize(
    ("field", "where"),
    [
        ({"priority": "URGENT"}, ".priority"),
        ({"prio": 1}, ".prio"),
        ({"estimated_duration": -1}, ".estimated_duration"),
        ({"required_skills": "sql"}, ".required_skills"),
        ({"required_skills": [1]}, ".required_skills"),
        ({"dependencies": "A"}, ".dependencies"),
        ({"name": 3}, ".name"),
        ({"uuid": 3}, ".uuid"),
        ({"optional": "yes"}, ".optional"),
        ({"timeouts": {"run": -1}}, ".timeouts.run"),
        ({"retry": {"attempts": 0}}, ".retry.attempts"),
        ({"demands": {"gpu": 0}}, ".demands.gpu"),
        ({"keys": ["a", ""]}, ".keys[1]"),
    ],
)
def test_a_field_that_is_wrong_is_named_with_its_path(field: dict[str, Any], where: str) -> None:
    stated = {"subtasks": [{"name": "A"}, {"name": "B"}, {"name": "C", **field}]}
    with pytest.raises(MalformedPlan) as caught:
        read_plan(json.dumps(stated))
    assert caught.value.where == "$.subtasks[2]" + where


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{"subtasks": [{"uuid": "a"}]}', "$.subtasks[0]"),
        ('{"subtasks": [3]}', "$.subtasks[0]"),
        ('{"subtasks": {}}', "$.subtasks"),
        ('{"plan": 1}', "$.plan"),
        ('{"subtasks": [], "compounds": 1}', "$.compounds"),
        ('{"subtasks": [], "compounds": [1]}', "$.compounds[0]"),
        ('{"subtasks": [], "compounds": [{"name": "a", "source": 1}]}', "$.compounds[0].source"),
        ('{"subtasks": [], "compounds": [{"name": ""}]}', "$.compounds[0].name"),
        ("{", "$"),
        ("[" * 100_000, "$"),
        ("[{" + '"a":[' * 100_000, "$"),
        ("[[subtasks\n", "$"),
        ("", "$"),
        ("no/such/file.toml", "$"),
        ("a\0b", "$"),
    ],
)
def test_what_is_no_plan_is_refused(text: str, where: str) -> None:
    with pytest.raises(MalformedPlan) as caught:
        read_plan(text)
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"demands": {"gpu": 0}}, "demands.gpu: expected a finite number above 0, got 0 (int)"),
        ({"keys": [""]}, "keys[0]: expected a text that is not empty, got '' (str)"),
        ({"retry": 0}, "retry.attempts: expected at least 1, got 0 (int)"),
    ],
)
def test_an_option_that_makes_no_sense_is_named_once(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(MalformedPlan) as refused:
        subtask("train", **wrong)
    assert str(refused.value) == f"subtask 'train', {said}"


def test_what_names_the_same_is_kept_once() -> None:
    first = subtask("A", uuid="a-1", required_skills=["x"], description="as all")
    others = [
        subtask(name, dependencies=["a-1"], required_skills=["x"], description="as " + "all")
        for name in ("B", "C")
    ]
    plan = made([first, *others])
    root, *rest = plan.subtasks
    assert all(one.dependencies[0] is root.uuid for one in rest)
    assert all(one.required_skills is root.required_skills for one in rest)
    assert all(one.description is root.description for one in rest)
    assert all(one.timeouts is root.timeouts for one in rest)
