from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from msgspec.structs import replace

from callboard.actors.logic.graph import (
    check,
    dependents,
    in_order,
    is_in_order,
    upward_ranks,
    urgencies,
    well_formed,
)
from callboard.messages.errors import (
    CallboardError,
    DuplicateSubtask,
    InvalidDuration,
    MalformedPlan,
    PlanEmpty,
    PlanHasCycle,
    PlanTooLarge,
    UnknownDependency,
)
from callboard.messages.values import Payload, Plan, Priority, Skill, Subtask, Timeouts
from tests.strategies import plans

LONG = 100_000


def plan_of(**needs: str) -> Plan:
    """A plan from names to the names that each needs; uuids are the names in small letters."""
    return Plan(
        subtasks=tuple(
            Subtask(uuid=n.lower(), name=n, dependencies=tuple(d.lower() for d in needs[n].split()))
            for n in needs
        )
    )


def chain(length: int, **fields: Any) -> Plan:
    first = Subtask(uuid="0", name="0", **fields)
    rest = (
        Subtask(uuid=str(n), name=str(n), dependencies=(str(n - 1),), **fields)
        for n in range(1, length)
    )
    return Plan(subtasks=(first, *rest))


def refusal(plan: Plan, limit: int = 10) -> tuple[type[CallboardError], Any]:
    with pytest.raises(CallboardError) as caught:
        check(plan, limit)
    return type(caught.value), caught.value.args


def test_an_empty_plan_is_refused() -> None:
    assert refusal(Plan(subtasks=())) == (PlanEmpty, ())


def test_a_plan_above_the_limit_is_refused() -> None:
    check(chain(10), 10)
    assert refusal(chain(11)) == (PlanTooLarge, (11, 10))


@pytest.mark.parametrize(
    "minutes", [-1, -0.001, float("nan"), float("inf"), 1e308, 10**400, True, "60", None]
)
def test_a_duration_that_is_none_is_refused(minutes: Any) -> None:
    sound = Subtask(uuid="a", name="A", estimated_duration=minutes)
    assert refusal(Plan(subtasks=(sound,)))[0] is InvalidDuration


def test_a_uuid_that_two_subtasks_have_is_refused() -> None:
    one = Subtask(uuid="a", name="A")
    assert refusal(Plan(subtasks=(one, replace(one, name="B")))) == (DuplicateSubtask, ("a",))


def test_a_subtask_without_uuid_or_name_is_refused() -> None:
    assert refusal(Plan(subtasks=(Subtask(uuid="", name="A"),)))[0] is MalformedPlan
    assert refusal(Plan(subtasks=(Subtask(uuid="a", name=""),)))[0] is MalformedPlan


def test_a_dependency_that_the_plan_lacks_is_named() -> None:
    assert refusal(plan_of(A="", B="A C")) == (UnknownDependency, ("B", "c"))


def test_the_shortest_cycle_is_named_in_the_order_of_the_plan() -> None:
    plan = plan_of(A="B", B="C", C="D", D="B A", E="D", F="")
    assert refusal(plan) == (PlanHasCycle, (("B", "C", "D"),))


def test_a_subtask_that_needs_itself_is_a_cycle() -> None:
    assert refusal(plan_of(A="B", B="A B")) == (PlanHasCycle, (("B",),))
    assert str(PlanHasCycle(["B"])) == "the plan has a cycle: B needs B"


def test_subtasks_of_the_same_name_are_told_apart_in_a_cycle() -> None:
    one = Subtask(uuid="1", name="A", dependencies=("2",))
    other = Subtask(uuid="2", name="A", dependencies=("1",))
    assert refusal(Plan(subtasks=(one, other))) == (PlanHasCycle, (("A (1)", "A (2)"),))


def test_a_very_long_cycle_is_found_and_its_text_stays_readable() -> None:
    plan = chain(LONG)
    ring = replace(plan.subtasks[0], dependencies=(str(LONG - 1),))
    kind, (cycle,) = refusal(Plan(subtasks=(ring, *plan.subtasks[1:])), LONG)
    assert (kind, len(cycle)) == (PlanHasCycle, LONG)
    assert len(str(PlanHasCycle(cycle))) < 300


@given(plans(acyclic=False))
def test_a_cycle_is_refused_exactly_when_there_is_one_and_it_is_shortest(plan: Plan) -> None:
    shortest = naive_girth(plan)
    if shortest is None:
        check(plan, 100)
        return
    kind, (cycle,) = refusal(plan, 100)
    assert (kind, len(cycle)) == (PlanHasCycle, shortest)
    needs = {s.name: {d.upper() for d in s.dependencies} for s in plan.subtasks}
    assert all(b in needs[a] for a, b in pairwise([*cycle, cycle[0]]))


def naive_girth(plan: Plan) -> int | None:
    """Length of a shortest cycle, by the powers of the adjacency relation."""
    needs = {s.uuid: set(s.dependencies) for s in plan.subtasks}
    reach = needs
    for length in range(1, len(needs) + 1):
        if any(uuid in reach[uuid] for uuid in needs):
            return length
        reach = {u: {d for m in reach[u] for d in needs[m]} for u in needs}
    return None


def test_dependents_are_listed_once_and_in_order() -> None:
    plan = plan_of(A="", B="A A", C="A B")
    assert dependents(plan) == {"a": ("b", "c"), "b": ("c",), "c": ()}


@given(plans())
def test_in_order_each_comes_after_what_it_needs(plan: Plan) -> None:
    place = {s.uuid: n for n, s in enumerate(in_order(plan))}
    assert place.keys() == {s.uuid for s in plan.subtasks}
    assert all(place[d] < place[s.uuid] for s in plan.subtasks for d in s.dependencies)


@given(plans())
def test_a_plan_is_in_order_where_each_comes_after_what_it_needs(plan: Plan) -> None:
    order = in_order(plan)
    assert is_in_order(Plan(subtasks=tuple(order)))
    backwards = Plan(subtasks=tuple(reversed(order)))
    assert is_in_order(backwards) is not any(s.dependencies for s in plan.subtasks)


def test_what_needs_itself_or_what_is_not_there_is_in_no_order() -> None:
    assert [is_in_order(plan_of(A=needs)) for needs in ("", "A", "X")] == [True, False, False]


def naive_rank(plan: Plan, one: Subtask) -> float:
    waiting = [s for s in plan.subtasks if one.uuid in s.dependencies]
    return one.seconds + max((naive_rank(plan, s) for s in waiting), default=0.0)


@given(plans())
def test_upward_ranks_are_those_of_the_recursive_definition(plan: Plan) -> None:
    assert upward_ranks(plan) == {s.uuid: naive_rank(plan, s) for s in plan.subtasks}


def naive_urgency(plan: Plan, one: Subtask) -> Priority:
    waiting = [s for s in plan.subtasks if one.uuid in s.dependencies]
    return min(one.priority, *(naive_urgency(plan, s) for s in waiting), Priority.LOW)


@given(plans())
def test_urgencies_are_those_of_the_recursive_definition(plan: Plan) -> None:
    assert urgencies(plan) == {s.uuid: naive_urgency(plan, s) for s in plan.subtasks}


@given(plans())
def test_a_goals_priority_holds_for_all_of_its_subtasks(plan: Plan) -> None:
    for priority in Priority:
        assert set(urgencies(plan, priority).values()) == {priority}


def test_a_very_long_chain_is_no_trouble() -> None:
    plan = chain(LONG, estimated_duration=1, priority=Priority.LOW)
    last = replace(plan.subtasks[-1], priority=Priority.CRITICAL)
    plan = replace(plan, subtasks=(*plan.subtasks[:-1], last))
    check(plan, LONG)
    assert upward_ranks(plan)["0"] == 60.0 * LONG
    assert urgencies(plan)["0"] is Priority.CRITICAL


def test_the_subtasks_of_a_plan_share_what_is_alike_in_them() -> None:
    def one(uuid: str) -> Subtask:
        return Subtask(
            uuid=uuid,
            name=uuid,
            estimated_duration=7.5,
            required_skills=(Skill(name="sql", level=2.0),),
            timeouts=Timeouts(run=60.0),
        )

    plan = Plan(subtasks=(one("a"), one("b")))
    first, second = well_formed(plan).subtasks

    assert (first, second) == plan.subtasks
    for field in ("estimated_duration", "required_skills", "timeouts"):
        assert getattr(first, field) is getattr(second, field)


def test_a_well_formed_plan_is_taken_as_it_is() -> None:
    plan = replace(plan_of(A="", B="A"), source="test")
    data = replace(plan.subtasks[0], data=Payload(data=b"\x93\x01\x02\x03"))
    plan = replace(plan, subtasks=(data, plan.subtasks[1]))
    assert well_formed(plan) == plan


def test_a_dependency_that_is_named_twice_counts_once() -> None:
    assert well_formed(plan_of(A="", B="A A")) == plan_of(A="", B="A")


@pytest.mark.parametrize(
    ("plan", "where"),
    [
        (None, "$"),
        ({"subtasks": []}, "$"),
        (Plan(subtasks=None), "$.subtasks"),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
        (chain(2, priority=7), "$.subtasks[0].priority"),
        (chain(2, estimated_duration="60"), "$.subtasks[0].estimated_duration"),
        (chain(2, required_skills=("sql",)), "$.subtasks[0].required_skills[0]"),
        (chain(2, description=object()), "$"),
        (chain(2, description="\ud800"), "$"),
    ],
)
def test_a_field_of_a_wrong_type_is_named(plan: object, where: str) -> None:
    with pytest.raises(MalformedPlan) as caught:
        well_formed(plan)
    assert caught.value.where == where
