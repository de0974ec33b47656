"""What a model proposes to mend a plan with: a change that can be, or a complaint."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callboard.actors.logic.changes import check_change
from callboard.actors.logic.drafting import Frame
from callboard.actors.logic.proposals import Caps
from callboard.actors.logic.redrafting import drafted, labels
from callboard.messages.errors import CallboardError
from callboard.messages.resources import Allowance
from callboard.messages.values import (
    Damage,
    Failure,
    PlanChange,
    Problem,
    Rewire,
    Skill,
    Stands,
    Subtask,
)

DIG = Subtask(uuid="1", name="Dig")
FILL = Subtask(uuid="2", name="Fill", dependencies=("1", "3"))
LOOK = Subtask(uuid="3", name="Look")
TWIN = Subtask(uuid="4", name="Fill", dependencies=("2",))
DAMAGE = Damage(
    number=1,
    subtasks=(
        Stands(subtask=DIG, stage="failed"),
        Stands(subtask=FILL, stage="pending"),
        Stands(subtask=LOOK, stage="completed"),
        Stands(subtask=TWIN, stage="pending"),
    ),
    failures=(Failure(subtask="1", problem=Problem(error="OSError", text="rain")),),
    waiting=("2", "4"),
)
STEP: dict[str, Any] = {
    "name": "Dig by hand",
    "description": "",
    "priority": "MEDIUM",
    "minutes": 5,
    "skills": [],
    "after": [],
    "demands": [],
}


def change(text: object, frame: Frame | None = None) -> PlanChange:
    said = text if isinstance(text, str) else json.dumps(text)
    numbers = (f"new-{n}" for n in count(1))
    return drafted(said, DAMAGE, frame or Frame(), numbers.__next__, source="a model")


def answer(**more: Any) -> dict[str, Any]:
    return {"reason": "rain", "add": [], "rewire": [], "drop": [], **more}


def wired(name: str, *after: str) -> dict[str, Any]:
    return {"name": name, "after": list(after)}


def test_names_are_made_unique_and_what_has_failed_has_none() -> None:
    assert labels(DAMAGE) == {"Fill": "2", "Look": "3", "Fill (2)": "4"}


def test_names_become_uuids() -> None:
    said = answer(
        reason=" rain,\nand  mud ",
        add=[{**STEP, "after": ["Look"]}],
        rewire=[wired("Fill", "Look", "Dig by hand"), wired("Fill (2)", "Fill")],
    )
    made = change(said)

    [new] = made.add
    assert (new.uuid, new.name, new.dependencies) == ("new-1", "Dig by hand", ("3",))
    assert made == PlanChange(
        add=(new,),
        rewire=(
            Rewire(subtask="2", dependencies=("3", "new-1")),
            Rewire(subtask="4", dependencies=("2",)),
        ),
        source="a model",
        reason="rain, and mud",
    )


def test_something_new_may_be_called_as_what_has_failed_or_is_dropped() -> None:
    said = answer(
        add=[{**STEP, "name": "Dig"}, {**STEP, "name": "Fill", "after": ["Dig"]}],
        rewire=[wired("Fill (2)", "Fill")],
        drop=["Fill"],
    )
    made = change(said)

    assert [one.name for one in made.add] == ["Dig", "Fill"]
    assert (made.drop, made.rewire[0].dependencies) == (("2",), ("new-2",))


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("forget it", r"\$: is no JSON"),
        ({"reason": "", "add": []}, "missing required field"),
        (answer(approve=True), "unknown field"),
        (answer(), "the change adds no subtask, and lets none go on another way"),
        (answer(rewire=[wired("Fill")], drop=["Dig"]), "'Dig' cannot be changed: nothing that"),
        (answer(rewire=[wired("Dig")]), "nothing that waits has that name"),
        (answer(rewire=[wired("Fill", "Dig")]), "'Fill' would wait for 'Dig', which has failed"),
        (
            answer(rewire=[wired("Fill (2)", "Fill")], drop=["Fill"]),
            "'Fill \\(2\\)' would wait for 'Fill', which the change drops",
        ),
        (answer(rewire=[wired("Fill", "Moon")]), "depends on 'Moon', which the plan lacks"),
        (answer(add=[{**STEP, "after": ["Dig"]}]), "depends on 'Dig', which the plan lacks"),
        (answer(add=[{**STEP, "name": "Look"}]), r"\$.add\[0\].name: 'Look' is the name of"),
        (answer(add=[STEP, STEP]), r"\$.add\[1\].name: 'Dig by hand' is the name"),
        (answer(add=[{**STEP, "minutes": -1}]), r"\$.add\[0\].minutes: -1 is not above 0"),
        (
            answer(add=[{**STEP, "after": ["Fill (2)"]}], rewire=[wired("Fill", "Dig by hand")]),
            "the plan has a cycle",
        ),
        (answer(reason="x" * 5_000), r"\$.reason: has 5,000 characters"),
        (answer(drop=["Fill"] * 3), r"\$.drop: has 3 subtasks, at most 2"),
        (answer(rewire=[wired("Fill")] * 3), r"\$.rewire: has 3 subtasks, at most 2"),
        (
            answer(add=[{**STEP, "name": str(n)} for n in range(4)]),
            "the plan has 4 subtasks, at most 3 are taken",
        ),
        (
            answer(add=[{**STEP, "skills": ["magic"]}], rewire=[wired("Fill")]),
            "requires magic, which no agent covers",
        ),
        (
            answer(add=[{**STEP, "demands": [{"resource": "usd", "amount": 3}]}]),
            "the subtasks demand 3 of usd, the goal's budget has 2",
        ),
    ],
)
def test_what_cannot_be_is_told(said: object, complaint: str) -> None:
    frame = Frame(
        caps=Caps(subtasks=3),
        trades=((Skill(name="digging"),),),
        budget=(Allowance(resource="usd", amount=2.0),),
    )
    with pytest.raises(CallboardError, match=complaint):
        change(said, frame)


TEXTS = st.sampled_from(
    ["Dig", "Fill", "Fill (2)", "Look", "new", "", "drop all", "agent:616e6e", "resource:usd"]
)
NAMES = st.lists(TEXTS, max_size=3)
PROPOSALS = st.fixed_dictionaries(
    {
        "name": TEXTS,
        "description": st.text(max_size=5),
        "priority": st.sampled_from(["HIGH", "LOW", "ASAP"]),
        "minutes": st.sampled_from([1, 0, -1, 1e300]),
        "skills": NAMES,
        "after": NAMES,
        "demands": st.just([]) | st.just([{"resource": "usd", "amount": -1}]),
    }
)
ANSWERS = st.fixed_dictionaries(
    {
        "reason": st.text(max_size=5),
        "add": st.lists(PROPOSALS, max_size=3),
        "rewire": st.lists(st.fixed_dictionaries({"name": TEXTS, "after": NAMES}), max_size=3),
        "drop": NAMES,
    }
)


@settings(max_examples=150)
@given(ANSWERS.map(json.dumps) | st.text(max_size=30) | st.binary(max_size=30))
def test_whatever_a_model_says_is_a_change_that_can_be_or_a_complaint(said: str | bytes) -> None:
    try:
        made = drafted(said, DAMAGE, Frame(), (f"n{n}" for n in count()).__next__, source="m")
    except CallboardError:
        return
    check_change(made, DAMAGE, None)
