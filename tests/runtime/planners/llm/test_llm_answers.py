"""What a model answers that cannot be used."""

from __future__ import annotations

from typing import Any

import pytest

from callboard.actors.logic.graph import check
from callboard.messages.errors import (
    AnswerUnusable,
    CallboardError,
    MalformedPlan,
    NobodyCan,
    PlanHasCycle,
    PlanningError,
    PlanOverBudget,
    PlanTooDeep,
    PlanTooLarge,
    UnknownDependency,
)
from callboard.messages.resources import Allowance
from callboard.messages.values import Goal
from tests.runtime.planners.llm.asking import GOOD, Desk, planner
from tests.runtime.planners.llm.scripted import (
    Reply,
    Server,
    answers,
    event,
    plan,
    raw,
    step,
    whole,
)

BAD: dict[str, tuple[Reply, type[CallboardError]]] = {
    "no JSON": (answers("Sure! Here is your plan:"), MalformedPlan),
    "a list": (answers("[]"), MalformedPlan),
    "nothing": (answers(""), MalformedPlan),
    "no subtasks": (answers(plan()), PlanningError),
    "a field of its own": (answers(plan(step("A", run="rm -rf /"))), MalformedPlan),
    "a field too few": (answers('{"subtasks": [{"name": "A"}]}'), MalformedPlan),
    "a wrong type": (answers(plan(step("A", minutes="long"))), MalformedPlan),
    "a negative time": (answers(plan(step("A", minutes=-1))), MalformedPlan),
    "an endless time": (answers(plan(step("A", minutes=1e300))), MalformedPlan),
    "a wrong priority": (answers(plan(step("A", priority="NOW"))), MalformedPlan),
    "an empty name": (answers(plan(step(" "))), MalformedPlan),
    "a name of two lines": (answers(plan(step("A\nERROR"))), MalformedPlan),
    "a name twice": (answers(plan(step("A"), step("A"))), MalformedPlan),
    "an endless name": (answers(plan(step("A" * 201))), MalformedPlan),
    "a wrong level": (answers(plan(step("A", skills=["sql>=much"]))), MalformedPlan),
    "a resource as a skill": (answers(plan(step("A", skills=["resource:gpu"]))), MalformedPlan),
    "a cycle": (answers(plan(step("A", "B"), step("B", "A"))), PlanHasCycle),
    "itself": (answers(plan(step("A", "A"))), PlanHasCycle),
    "an unknown dependency": (answers(plan(step("A", "Z"))), UnknownDependency),
    "an unknown skill": (answers(plan(step("A", skills=["alchemy"]))), NobodyCan),
    "too many": (answers(plan(*(step(f"S{n}") for n in range(10_000))), 65_536), AnswerUnusable),
    "some too many": (answers(plan(*(step(f"S{n}") for n in range(51)))), PlanTooLarge),
    "too long a row": (
        answers(plan(step("S0"), *(step(f"S{n}", f"S{n - 1}") for n in range(1, 13)))),
        PlanTooDeep,
    ),
    "what no budget has": (
        answers(plan(step("A", demands=[{"resource": "gpu", "amount": 1}]))),
        MalformedPlan,
    ),
    "too dear": (
        answers(plan(*(step(n, demands=[{"resource": "USD", "amount": 3}]) for n in ("A", "B")))),
        PlanOverBudget,
    ),
    "nested without end": (answers("[" * 100_000, 4096), MalformedPlan),
    "cut off": (raw(event({"choices": [{"delta": {"content": GOOD}}]})), AnswerUnusable),
    "the last token": (whole(GOOD[:50], finish_reason="length"), AnswerUnusable),
    "no completion": (raw(b"data: {{{\n\n"), AnswerUnusable),
    "another completion": (whole("", message="none"), AnswerUnusable),
}


def raised(error: type[CallboardError]) -> Any:
    return error if error is not PlanningError else CallboardError


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_used_is_said_to_the_model_once(server: Server, case: str) -> None:
    reply, error = BAD[case]
    server.script = [reply, answers(GOOD)]
    desk = Desk()
    goal = Goal(id="g", text="do it", budget=(Allowance(resource="usd", amount=5.0),))

    made = planner(server).plan_at(goal, desk)

    ((found, then),) = desk.said
    assert issubclass(found, raised(error))
    assert then == "asks the model once more"
    assert [m["role"] for m in server.asked[1]["messages"]] == [
        "system", "user", "assistant", "user",
    ]  # fmt: skip
    assert server.told(1, 3)["error"] == desk.texts[0]
    assert [s.name for s in made.subtasks] == ["Ask", "Tell"]


@pytest.mark.parametrize("case", ["no JSON", "a cycle", "too many", "cut off"])
def test_twice_is_too_often(server: Server, case: str) -> None:
    reply, error = BAD[case]
    goal = Goal(id="g", text="analyze it", budget=(Allowance(resource="usd", amount=5.0),))

    server.script = [reply, reply]
    with pytest.raises(raised(error)):
        planner(server, fallback=None).plan_at(goal, Desk())

    server.script, desk = [reply, reply], Desk()
    made = planner(server).plan_at(goal, desk)
    assert [then for _, then in desk.said] == [
        "asks the model once more",
        "leaves the plan to its fallback",
    ]
    assert "model" not in made.source
    check(made, 100)
