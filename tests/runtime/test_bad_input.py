"""What makes no sense is refused where the caller is, by name, and changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from callboard import Config, Note, Plan, Runtime, Task, agent, subtask
from callboard.messages.errors import (
    CallboardError,
    GoalEmpty,
    GoalFailed,
    InvalidSkills,
    PlanTooLarge,
    UnknownAgent,
)
from callboard.messages.values import Agent
from tests.live import LONG
from tests.runtime.bad_calls import CALLS, Unencodable, Unregistered, work
from tests.runtime.bad_plans import PLANS
from tests.runtime.settings import helper, with_settings

CASES = {**PLANS, **CALLS}


@pytest.fixture(scope="module")
def used() -> Any:
    """One runtime for all of them: none may leave a trace."""
    with Runtime() as made:
        made.register(helper)
        made.register_remote(Agent(id="far", pull=True))
        made.submit("first", plan=[subtask("First", uuid="first")]).result(LONG)
        never = {"required_skills": ["nobody has this>=9"]}
        made.submit(
            "waits",
            plan=[
                subtask("Waits", uuid="waits", required_skills=never["required_skills"]),
                subtask("Blocked", uuid="blocked", dependencies=["waits"]),
            ],
        )
        yield made
        assert made.hub.faults == 0
        assert "ActorRestarted" not in made.hub.counts()


@pytest.mark.parametrize("case", CASES)
def test_it_is_an_error_of_ours_that_names_the_thing_and_the_runtime_goes_on(
    used: Any, case: str
) -> None:
    call, kind, text = CASES[case]
    before = (list(used.agents()), used.status()["total_subtasks"])

    with pytest.raises(kind) as caught:
        call(used)

    assert text in str(caught.value)
    assert type(caught.value) is kind or kind is CallboardError
    assert isinstance(caught.value, CallboardError) or kind is TypeError
    assert (list(used.agents()), used.status()["total_subtasks"]) == before
    assert set(used.health()) == {"orchestrator", "scheduler", "decomposer", "supervisor"}


def test_the_runtime_still_works_after_all_of_them(used: Any) -> None:
    assert used.submit("go on").result(LONG)["Goal Execution"] == "did Goal Execution"


def test_a_bad_call_is_an_error_before_it_is_awaited(used: Runtime) -> None:
    async def main() -> None:
        with pytest.raises(GoalEmpty):
            await used.asubmit("")
        with pytest.raises(UnknownAgent):
            await used.aunregister("nobody")

    asyncio.run(main())


def test_a_refused_agent_leaves_its_name_to_others(runtime: Runtime) -> None:
    with pytest.raises(InvalidSkills):
        runtime.register(work, skills="sql")

    assert runtime.register(work, skills=["sql"]) == "work"


def test_a_result_that_cannot_be_encoded_fails_its_attempt_by_name(runtime: Runtime) -> None:
    @agent(skills=["general"], retry=1)
    def odd(_: Task) -> object:
        return Unencodable()

    runtime.register(odd)
    goal = runtime.submit("be odd")

    with pytest.raises(GoalFailed, match="the result of 'Goal Execution' cannot be encoded"):
        goal.result(LONG)
    assert runtime.agents()["odd"].incarnation == 1


def test_a_bad_call_in_a_handler_is_an_error_in_that_handler(runtime: Runtime) -> None:
    found: list[str] = []

    @agent(skills=["general"])
    def careless(_: Task, ctx: Any) -> None:
        calls: list[Callable[[], object]] = [
            lambda: ctx.progress(2.0),
            lambda: ctx.progress(0.5, checkpoint=Unencodable()),
            lambda: ctx.send("nobody", Note("")),
            lambda: ctx.send(5, Note("")),
            lambda: ctx.send("careless", Unregistered()),
            lambda: ctx.submit(""),
            lambda: ctx.submit(5),
            lambda: ctx.submit({"tasks": []}),
            lambda: ctx.submit("x", priority="URGENT"),
        ]
        for call in calls:
            try:
                call()
            except CallboardError as error:
                found.append(f"{type(error).__name__}: {error}")

    runtime.register(careless)
    runtime.submit("be careless").result(LONG)

    assert [text.split(":")[0] for text in found] == [
        "InvalidCall",
        "NotEncodable",
        "UnknownAgent",
        "InvalidCall",
        "UnregisteredMessage",
        "GoalEmpty",
        "GoalNotText",
        "MalformedPlan",
        "UnknownPriority",
    ]


def test_a_plan_may_not_be_longer_than_the_runtime_takes(config: Config) -> None:
    with Runtime(with_settings(config, largest_plan=2)) as runtime:
        text = "the plan has 3 subtasks, at most 2 are taken"
        with pytest.raises(PlanTooLarge, match=text):
            runtime.submit("x", plan=[subtask(f"{n}") for n in range(3)])


@pytest.mark.parametrize(
    ("planned", "reason"),
    [
        (None, "expected a Plan, got NoneType"),
        (Plan(subtasks=()), "the plan has no subtasks"),
        (ValueError("out of ideas"), "no plan could be made: ValueError: out of ideas"),
        (SystemExit(1), "no plan could be made: SystemExit: 1"),
        (GoalEmpty(), "the goal is empty"),
    ],
)
def test_a_planner_that_fails_fails_the_goal_with_its_reason(
    config: Config, planned: Any, reason: str
) -> None:
    class Planner:
        def plan(self, goal: object) -> Any:
            del goal
            if isinstance(planned, BaseException):
                raise planned
            return planned

    with Runtime(config, planner=Planner()) as runtime:
        goal = runtime.submit("plan this")

        with pytest.raises(GoalFailed, match=reason):
            goal.result(LONG)
        assert "ActorRestarted" not in runtime.hub.counts()
