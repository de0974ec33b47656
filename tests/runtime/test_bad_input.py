"""What makes no sense is refused where the caller is, by name, and changes nothing."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any

import pytest

from callboard import Config, Note, Plan, Runtime, Subtask, Task, agent, handles, subtask
from callboard.actors.logic.breaker_options import BreakerOptions
from callboard.messages.errors import (
    AgentIdTaken,
    AgentWithoutId,
    AlreadyEnded,
    AmbiguousDependency,
    Blocked,
    CallboardError,
    DuplicateSubtask,
    GoalEmpty,
    GoalFailed,
    GoalNotText,
    GoalTooLarge,
    InvalidDeadline,
    InvalidDuration,
    InvalidOption,
    InvalidSkills,
    MalformedPlan,
    NotAnAgent,
    NotEncodable,
    PlanEmpty,
    PlanHasCycle,
    PlanTooLarge,
    UnknownAgent,
    UnknownDependency,
    UnknownGoal,
    UnknownPriority,
    UnknownSubtask,
    UnregisteredMessage,
)
from callboard.messages.errors.lookups import NotParked
from callboard.messages.errors.running import InvalidCall
from callboard.messages.values import Agent
from tests.live import LONG
from tests.runtime.settings import helper, says, with_settings

R: Any = Runtime
"""The calls below are wrong on purpose, which no type checker need know."""

Call = Callable[[Any], object]


def work(task: Task) -> str:
    return task.name


NAMELESS = says(1)
NAMELESS.__name__ = "<lambda>"


class NoWork:
    pass


class NeedsArguments:
    def __init__(self, connection: object) -> None:
        self.connection = connection

    def work(self, task: Task) -> str:
        return task.name


class Unencodable:
    def __repr__(self) -> str:
        return "<unencodable>"


class Unregistered:
    pass


def plan(*subtasks: Any) -> Call:
    return lambda r: r.submit("a goal", plan=list(subtasks))


def raw(**fields: Any) -> Call:
    """A plan whose one subtask was not checked when it was made."""
    return lambda r: r.submit(Plan(subtasks=(Subtask(**fields),)))


CASES: dict[str, tuple[Call, type[Exception], str]] = {
    # Goals
    "empty": (lambda r: r.submit(""), GoalEmpty, "the goal is empty"),
    "blank": (lambda r: r.submit(" \n\t"), GoalEmpty, "the goal is empty"),
    "no text": (lambda r: r.submit(5), GoalNotText, "a goal must be text, not int"),
    "None": (lambda r: r.submit(None), GoalNotText, "a goal must be text, not NoneType"),
    "bytes": (lambda r: r.submit(b"x"), GoalNotText, "a goal must be text, not bytes"),
    "surrogates": (
        lambda r: r.submit("\ud800"),
        GoalNotText,
        "a goal must be text, not text with surrogates not allowed",
    ),
    "context": (
        lambda r: r.submit("x", context={"a": 1}),
        GoalNotText,
        "a context must be text, not dict",
    ),
    "context with a plan": (
        lambda r: r.submit([subtask("A")], context=5),
        GoalNotText,
        "a context must be text, not int",
    ),
    "huge": (
        lambda r: r.submit("x" * 100_001),
        GoalTooLarge,
        "the goal has 100,001 bytes, at most 100,000 are taken",
    ),
    "huge with its context": (
        lambda r: r.submit("x", context="ü" * 50_000),
        GoalTooLarge,
        "the goal has 100,001 bytes, at most 100,000 are taken",
    ),
    "priority": (
        lambda r: r.submit("x", priority="URGENT"),
        UnknownPriority,
        "unknown priority 'URGENT': CRITICAL, HIGH, MEDIUM or LOW",
    ),
    "priority as a number": (
        lambda r: r.submit("x", priority=4),
        UnknownPriority,
        "unknown priority 4",
    ),
    "deadline": (
        lambda r: r.submit("x", deadline=-1),
        InvalidDeadline,
        "a deadline is a positive number of seconds from now, not -1",
    ),
    "deadline at no time": (lambda r: r.submit("x", deadline=math.nan), InvalidDeadline, "not nan"),
    "deadline at the end": (lambda r: r.submit("x", deadline=math.inf), InvalidDeadline, "not inf"),
    "deadline as text": (lambda r: r.submit("x", deadline="1h"), InvalidDeadline, "1h"),
    "deadline out of reach": (lambda r: r.submit("x", deadline=10**400), InvalidDeadline, "beyond"),
    "key": (
        lambda r: r.submit("x", key=7),
        GoalNotText,
        "an idempotency key must be text, not int",
    ),
    "unknown option": (lambda r: r.submit("x", dedline=1), TypeError, "'dedline'"),
    "unknown goal": (lambda r: r.goal("g"), UnknownGoal, "unknown goal 'g'"),
    "goal of a wrong type": (lambda r: r.goal(["g"]), InvalidCall, "goal must be a text"),
    # Plans
    "no subtasks": (plan(), PlanEmpty, "the plan has no subtasks"),
    "no plan": (
        lambda r: r.submit("x", plan=5),
        MalformedPlan,
        "$: expected a list of subtasks, got int",
    ),
    "unknown dependency": (
        plan(subtask("A", dependencies=["B"])),
        UnknownDependency,
        "subtask 'A' depends on 'B', which the plan lacks",
    ),
    "ambiguous dependency": (
        plan(subtask("A"), subtask("A"), subtask("B", dependencies=["A"])),
        AmbiguousDependency,
        "subtask 'B' depends on 'A', a name that several subtasks have",
    ),
    "cycle": (
        plan(subtask("A", dependencies=["B"]), subtask("B", dependencies=["A"])),
        PlanHasCycle,
        "the plan has a cycle: ",
    ),
    "its own dependency": (plan(subtask("A", dependencies=["A"])), PlanHasCycle, "the plan has a"),
    "duplicate uuids": (
        plan(subtask("A", uuid="u"), subtask("B", uuid="u")),
        DuplicateSubtask,
        "there is a subtask with the uuid 'u' already",
    ),
    "uuid of an earlier plan": (
        plan(subtask("A", uuid="first")),
        DuplicateSubtask,
        "there is a subtask with the uuid 'first' already",
    ),
    "negative duration": (
        lambda r: r.submit("x", plan=[{"name": "A", "estimated_duration": -5}]),
        CallboardError,
        "-5",
    ),
    "negative duration of a subtask": (
        raw(uuid="u", name="A", estimated_duration=-5.0),
        InvalidDuration,
        "subtask 'A': a duration cannot be -5.0",
    ),
    "endless duration": (
        raw(uuid="u", name="A", estimated_duration=math.inf),
        InvalidDuration,
        "subtask 'A': a duration cannot be inf",
    ),
    "duration of a wrong type": (
        raw(uuid="u", name="A", estimated_duration="long"),
        CallboardError,
        "estimated_duration",
    ),
    "priority in a plan": (
        lambda r: r.submit("x", plan=[{"name": "A", "priority": "URGENT"}]),
        CallboardError,
        "URGENT",
    ),
    "unknown field": (
        lambda r: r.submit("x", plan=[{"name": "A", "colour": "red"}]),
        MalformedPlan,
        "colour",
    ),
    "skills in a plan": (
        lambda r: r.submit("x", plan=[{"name": "A", "required_skills": 5}]),
        CallboardError,
        "required_skills",
    ),
    # Agents
    "no agent": (lambda r: r.register(5), NotAnAgent, "int is no agent"),
    "not decorated": (lambda r: r.register(work), NotAnAgent, "work is no agent"),
    "no work": (lambda r: r.register(NoWork, skills=["a"]), NotAnAgent, "NoWork is no agent"),
    "class with arguments": (
        lambda r: r.register(NeedsArguments, skills=["a"]),
        InvalidOption,
        "the class NeedsArguments must be one that can be made without arguments",
    ),
    "no id": (
        lambda r: r.register(NAMELESS, skills=["a"]),
        AgentWithoutId,
        "has no id: an agent's id is a non-empty text",
    ),
    "empty id": (
        lambda r: r.register(work, id="", skills=["a"]),
        AgentWithoutId,
        "work has no id: an agent's id is a non-empty text",
    ),
    "id of a wrong type": (lambda r: r.register(work, id=5), InvalidOption, "id must be a"),
    "taken id": (
        lambda r: r.register(work, id="helper", skills=["a"]),
        AgentIdTaken,
        "the agent id 'helper' is taken",
    ),
    "id taken by one far away": (
        lambda r: r.register(work, id="far", skills=["a"]),
        AgentIdTaken,
        "the agent id 'far' is taken",
    ),
    "taken id far away": (
        lambda r: r.register_remote(Agent(id="helper", pull=True)),
        AgentIdTaken,
        "the agent id 'helper' is taken",
    ),
    "id far away of a wrong type": (
        lambda r: r.register_remote(Agent(id=5)),  # type: ignore[arg-type]
        InvalidCall,
        "agent.id must be a text, not 5",
    ),
    "skills as a text": (
        lambda r: r.register(work, skills="sql"),
        InvalidSkills,
        "skills are a list of names, or a mapping from names to levels, not the text 'sql' alone",
    ),
    "skills as numbers": (lambda r: r.register(work, skills=[5]), InvalidSkills, "not 5 (int)"),
    "max_load": (
        lambda r: r.register(work, max_load=0),
        InvalidOption,
        "max_load must be a whole number above 0, not 0",
    ),
    "unknown agent option": (lambda r: r.register(work, skill=["a"]), InvalidOption, "skill"),
    "timeout": (lambda r: r.register(work, timeout=-1), InvalidOption, "timeout"),
    "unregister nobody": (
        lambda r: r.unregister("nobody"),
        UnknownAgent,
        "unknown agent 'nobody'",
    ),
    "unregister a list": (
        lambda r: r.unregister(["helper"]),
        InvalidCall,
        "agent must be a text, not ['helper']",
    ),
    "unregister in no time": (
        lambda r: r.unregister("helper", timeout=math.nan),
        InvalidCall,
        "timeout must be a number of seconds, not negative, not nan",
    ),
    "heartbeat of nobody": (lambda r: r.heartbeat("nobody"), UnknownAgent, "'nobody'"),
    "heartbeat of a list": (lambda r: r.heartbeat([]), InvalidCall, "agent must be a text"),
    "resize nobody": (lambda r: r.resize("nobody", 2), UnknownAgent, "'nobody'"),
    "resize to nothing": (
        lambda r: r.resize("helper", 0),
        InvalidOption,
        "max_load must be a whole number above 0, not 0",
    ),
    "resize to a text": (
        lambda r: r.resize("helper", "2"),
        InvalidOption,
        "max_load must be a whole number above 0, not '2'",
    ),
    # Messages
    "unregistered message": (
        lambda r: r.send("helper", Unregistered()),
        UnregisteredMessage,
        "Unregistered is no registered message type: derive it from UserMessage",
    ),
    "message of no type": (
        lambda r: r.ask("helper", "hello"),
        UnregisteredMessage,
        "str is no registered message type",
    ),
    "handler of an unregistered message": (
        lambda _: handles(Unregistered),  # type: ignore[arg-type]
        UnregisteredMessage,
        "Unregistered is no registered message type",
    ),
    "message that cannot be encoded": (
        lambda r: r.send("helper", Note(Unencodable())),  # type: ignore[arg-type]
        NotEncodable,
        "the message Note cannot be encoded",
    ),
    "message to nobody": (lambda r: r.send("nobody", Note("")), UnknownAgent, "'nobody'"),
    "message to a number": (lambda r: r.send(5, Note("")), InvalidCall, "agent must be a text"),
    "question without time": (
        lambda r: r.ask("helper", Note(""), timeout=-1),
        InvalidCall,
        "timeout must be a number of seconds, not negative, not -1",
    ),
    # Subtasks
    "cancel an unknown subtask": (
        lambda r: r.cancel_subtask("u"),
        UnknownSubtask,
        "unknown subtask 'u'",
    ),
    "cancel a list": (lambda r: r.cancel_subtask(["u"]), InvalidCall, "subtask must be a text"),
    "cancel for a number": (
        lambda r: r.cancel_subtask("first", 5),
        InvalidCall,
        "reason must be a text, not 5",
    ),
    "cancel what is done": (
        lambda r: r.cancel_subtask("first"),
        AlreadyEnded,
        "subtask 'first' has ended already: completed",
    ),
    "complete an unknown subtask": (lambda r: r.complete("u"), UnknownSubtask, "'u'"),
    "complete a list": (lambda r: r.complete(["u"]), InvalidCall, "subtask must be a text"),
    "complete with what cannot be encoded": (
        lambda r: r.complete("first", Unencodable()),
        NotEncodable,
        "the result of subtask first cannot be encoded",
    ),
    "complete once more": (
        lambda r: r.complete("first", "something else"),
        AlreadyEnded,
        "subtask 'first' has ended already: completed with another result",
    ),
    "complete what is blocked": (
        lambda r: r.complete("blocked"),
        Blocked,
        "subtask 'blocked' waits for 'Waits'",
    ),
    "requeue an unknown subtask": (lambda r: r.requeue("u"), UnknownSubtask, "'u'"),
    "requeue what is done": (
        lambda r: r.requeue("first"),
        AlreadyEnded,
        "subtask 'first' has ended already: completed",
    ),
    "requeue what is done, changed": (
        lambda r: r.requeue("first", description="again"),
        AlreadyEnded,
        "subtask 'first' has ended already: completed",
    ),
    "requeue a list": (lambda r: r.requeue([]), InvalidCall, "subtask must be a text"),
    "requeue what is not parked": (
        lambda r: r.requeue("waits"),
        NotParked,
        "subtask 'waits' is not parked",
    ),
    "story of a list": (lambda r: r.story([]), InvalidCall, "subtask must be a text"),
    "crash nobody": (lambda r: r.crash("nobody", ""), UnknownAgent, "'nobody'"),
    "health in no time": (lambda r: r.health(timeout="1"), InvalidCall, "timeout must be"),
}


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


SETTINGS: list[tuple[dict[str, Any], str]] = [
    ({"call_timeout": -1}, "call_timeout must be a number of seconds, not negative, not -1"),
    ({"call_timeout": "30"}, "call_timeout must be a number of seconds, not negative, not '30'"),
    ({"call_timeout": math.inf}, "call_timeout must be"),
    ({"close_timeout": math.nan}, "close_timeout must be"),
    ({"largest_goal": 0}, "largest_goal must be a whole number above 0, not 0"),
    ({"largest_plan": 1.5}, "largest_plan must be a whole number above 0, not 1.5"),
    ({"keep_goals": -1}, "keep_goals must be None or a number of goals, not -1"),
    ({"heartbeat_timeout": 0}, "heartbeat_timeout must be a number of seconds above 0, not 0"),
    ({"ageing": 0}, "ageing must be a number of seconds above 0, or infinity, not 0"),
    ({"poison": True}, "poison must be a whole number above 0, not True"),
    ({"timeouts": None}, "timeouts must be Timeouts"),
    ({"retry": 3}, "retry must be of type Retry, not 3"),
    ({"stop_grace": None}, "stop_grace must be"),
    ({"supervision": {}}, "supervision must be of type SupervisionOptions, not {}"),
    ({"dispatcher": "fibers"}, "dispatcher must be 'pool' or 'threads', not 'fibers'"),
    ({"breaker": 3}, "breaker must be BreakerOptions, or None, not 3"),
    ({"breaker": BreakerOptions(failures=0)}, "breaker.failures must be a whole number above 0"),
    ({"breaker": BreakerOptions(subtasks=0)}, "breaker.subtasks must be a whole number above 0"),
    ({"breaker": BreakerOptions(first=-1)}, "breaker.first must be a number of seconds"),
    ({"breaker": BreakerOptions(longest=math.inf)}, "breaker.longest must be a number of sec"),
    ({"breaker": BreakerOptions(jitter=2)}, "breaker.jitter must be a number from 0 to 1"),
    ({"pool_size": 0}, "pool_size must be a whole number above 0, not 0"),
]


@pytest.mark.parametrize(("settings", "text"), SETTINGS)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidCall) as caught:
        Config(**settings)

    assert text in str(caught.value)


def test_a_runtime_takes_nothing_but_settings() -> None:
    with pytest.raises(InvalidCall, match=r"config must be a Config, or None, not 'work\.db'"):
        R("work.db")
