"""No text from any planner can put an invalid plan into the orchestrator."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callboard.actors.logic.drafting import Draft, Frame
from callboard.actors.logic.given import skills_of
from callboard.actors.logic.graph import check, well_formed
from callboard.actors.logic.proposals import Caps, Proposal, read_proposal, read_proposals
from callboard.messages.errors import CallboardError, InvalidPlan, MalformedPlan, PlanHasCycle
from callboard.messages.resources import Allowance
from callboard.messages.values import Plan, Priority

FRAME = Frame(
    caps=Caps(subtasks=6, depth=4),
    trades=(skills_of(["sql>=3", "writing"]), skills_of(["law"])),
    budget=(Allowance(resource="usd", amount=10.0),),
)
NAMES = ["A", "B", "C", "D", " A", "", "A\n", "\x00", "x" * 300]


def step(name: str, *after: str, **more: Any) -> Proposal:
    stated: dict[str, Any] = {
        "description": "", "priority": "MEDIUM", "minutes": 5.0, "skills": (), "demands": (),
    }  # fmt: skip
    return Proposal(name=name, after=after, **(stated | more))


def draft(frame: Frame = FRAME) -> Draft:
    numbers = count(1)
    return Draft(frame, lambda: f"u{next(numbers)}")


def drafted(text: str | bytes) -> Plan | None:
    """The plan of that text; None where it is refused, as something that a caller did."""
    made = draft()
    try:
        for proposal in read_proposals(text):
            made.take(proposal)
        return made.end()
    except InvalidPlan:
        return None


def sound(plan: Plan) -> None:
    """It is whatever the orchestrator wants of a plan, and what the frame does."""
    check(well_formed(plan), FRAME.caps.subtasks)
    dear = sum(d.amount for s in plan.subtasks for d in s.demands)
    assert dear <= 10.0
    assert all(0 < s.estimated_duration <= FRAME.caps.minutes for s in plan.subtasks)
    assert all(s.name.isprintable() and len(s.name) <= FRAME.caps.name for s in plan.subtasks)
    known: set[str] = set()
    for one in plan.subtasks:  # each after what it waits for: they can be handed on in turn
        assert known.issuperset(one.dependencies)
        known.add(one.uuid)


numbers = st.one_of(
    st.integers(), st.floats(allow_nan=True), st.sampled_from([5, 1e308, 2**70, 0, -1])
)
texts = st.one_of(st.sampled_from(NAMES), st.text(max_size=5))
steps = st.fixed_dictionaries({
    "name": texts,
    "description": st.one_of(st.text(max_size=20), st.just("y" * 5_000)),
    "priority": st.sampled_from(["HIGH", "LOW", "high", 1, None]),
    "minutes": numbers,
    "skills": st.lists(
        st.sampled_from(["SQL", "sql>=2", "law", "sql>=9", "", ">=", "resource:a"]), max_size=3
    ),
    "after": st.lists(texts, max_size=3),
    "demands": st.lists(
        st.fixed_dictionaries(
            {"resource": st.sampled_from(["usd", "USD", "gpu", ""]), "amount": numbers}
        ),
        max_size=2,
    ),
})  # fmt: skip
likely = st.fixed_dictionaries({
    "name": st.sampled_from("ABCDEFGH"),
    "description": st.just(""),
    "priority": st.just("LOW"),
    "minutes": st.just(5),
    "skills": st.lists(st.sampled_from(["sql", "law"]), max_size=2),
    "after": st.lists(st.sampled_from("ABCDEFGH"), max_size=2),
    "demands": st.just([]),
})  # fmt: skip
answers = st.one_of(st.lists(likely, max_size=8), st.lists(steps, max_size=4))


@settings(max_examples=40)
@given(answers.map(lambda listed: json.dumps({"subtasks": listed})))
def test_what_is_stated_is_a_sound_plan_or_none(text: str) -> None:
    plan = drafted(text)
    if plan is not None:
        sound(plan)


@given(st.one_of(st.text(), st.binary()))
def test_no_text_whatever_is_more_than_a_complaint(text: str | bytes) -> None:
    assert drafted(text) is None


@given(st.lists(likely, min_size=1, max_size=8), st.data())
def test_a_plan_that_is_cut_off_is_sound_as_far_as_it_goes(
    listed: list[dict[str, Any]], data: st.DataObject
) -> None:
    made = draft()
    for number, one in enumerate(listed[: data.draw(st.integers(1, len(listed)))]):
        try:
            made.take(read_proposal(json.dumps(one), f"$.subtasks[{number}]"))
        except InvalidPlan:
            made.forget_waiting()
    if made.settled:
        sound(Plan(subtasks=tuple(made.settled)))


def test_subtasks_settle_as_soon_as_what_they_wait_for_has() -> None:
    made = draft()
    for one in (step("C", "B", "A"), step("B", "A"), step("D")):
        made.take(one)
    assert [s.name for s in made.settled] == ["D"]
    made.take(step("A"))
    assert [s.name for s in made.settled] == ["D", "A", "B", "C"]


def test_a_field_that_is_wrong_is_named() -> None:
    made = draft()
    made.take(step("A"))
    with pytest.raises(MalformedPlan, match=r"\$\.subtasks\[1\]\.minutes: 0 is not above 0"):
        made.take(step("B", minutes=0.0))


def test_who_waits_for_what_is_there_is_not_part_of_a_knot() -> None:
    made = draft()
    for one in (step("A"), step("B", "A", "C"), step("C", "B")):
        made.take(one)
    with pytest.raises(PlanHasCycle) as caught:
        made.end()
    assert set(caught.value.cycle) == {"B", "C"}


def test_what_waits_can_be_stated_anew() -> None:
    made = draft()
    for one in (step("A"), step("B", "Z")):
        made.take(one)
    with pytest.raises(CallboardError, match="'Z', which the plan lacks"):
        made.end()
    made.forget_waiting()
    made.take(step("B", "A"))
    assert [s.name for s in made.end().subtasks] == ["A", "B"]


def test_what_an_agent_must_have_all_together_is_looked_for_in_one() -> None:
    with pytest.raises(InvalidPlan, match="requires law, writing, which no agent covers"):
        draft().take(step("A", skills=("law", "writing")))


def test_nobody_known_is_no_reason_to_refuse_a_skill() -> None:
    made = draft(msgspec.structs.replace(FRAME, trades=()))
    made.take(step("A", skills=("alchemy",), priority="CRITICAL"))
    (one,) = made.end().subtasks
    assert (one.priority, [s.name for s in one.required_skills]) == (Priority.CRITICAL, ["alchemy"])
