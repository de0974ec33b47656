"""Each way to fail, the nth time; and each line of the table of lives, taken once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest

from callboard.actors.logic import children
from callboard.actors.logic.effects import After, Effect, Record, Show, StartActor, StopActor, Tell
from callboard.actors.logic.lives import TRANSITIONS, Change, Life
from callboard.actors.logic.supervision import SupervisionLogic, SupervisionOptions
from callboard.messages.commands import RegisterAgent, UnregisterAgent
from callboard.messages.errors import AgentLost, RestartsExhausted, RuntimeBroken, problem_of
from callboard.messages.facts import AgentCrashed, AgentRemoved, Escalated, RestartScheduled
from callboard.messages.notices import RuntimeFailed
from callboard.messages.supervision import (
    ActorExited,
    ActorStarted,
    AgentGone,
    AgentSilent,
    AgentStuck,
    Wake,
)
from callboard.messages.unions import SupervisorMessage
from callboard.messages.values import Agent, Problem
from callboard.messages.work import AgentDown, AgentLeft

BOOM = Problem(error="KeyError", text="KeyError: 'q4'", traceback="here")
OPTIONS = SupervisionOptions(
    intensity=2, runtime_intensity=9, first=1.0, jitter=0.0, start_seconds=20.0
)
A = Agent(id="a")

# How an agent fails: what is said, the problem that it is, whether it must be stopped.
Failure = tuple[Callable[[int], SupervisorMessage], Problem, bool]
FAILURES: dict[str, Failure] = {
    "crash": (
        lambda n: ActorExited(address="agent/a", incarnation=n, problem=BOOM),
        BOOM,
        False,
    ),
    "silence": (
        lambda _: AgentSilent(agent="a", seconds=15.0),
        problem_of(AgentLost("a", "gave no sign of life for 15 s")),
        True,
    ),
    "hang": (lambda _: AgentStuck(agent="a", problem=BOOM), BOOM, True),
    "late start": (
        lambda _: Wake(),
        problem_of(AgentLost("a", "did not start within 20 s")),
        True,
    ),
}


def say(logic: SupervisionLogic, message: SupervisorMessage, now: float) -> list[Effect]:
    return [e for e in logic.handle(message, now) if not isinstance(e, After)]


def following(error: RestartsExhausted | RuntimeBroken, last: Problem) -> Problem:
    return msgspec.structs.replace(problem_of(error), traceback=last.traceback)


def end_of(problem: Problem, now: float) -> list[Effect]:
    """What follows when the third failure is one too many."""
    given_up = following(RestartsExhausted("agent/a", 2, 60.0, problem.text), problem)
    return [
        Record(Escalated(at=now, address="agent/a", problem=given_up)),
        Record(AgentRemoved(at=now, agent="a", reason=given_up.text)),
        Tell("scheduler", AgentLeft(agent="a", reason=given_up.text)),
    ]


@pytest.mark.parametrize("failures", [1, 2, 3])
@pytest.mark.parametrize("kind", FAILURES)
def test_the_nth_failure_of_an_agent(kind: str, failures: int) -> None:
    message, problem, stopped = FAILURES[kind]
    logic, now, effects = SupervisionLogic(OPTIONS, runtime=()), 0.0, list[Effect]()
    say(logic, RegisterAgent(agent=A), now)
    for n in range(1, failures + 1):
        if n > 1:
            now += 2.0 ** (n - 2)
            assert say(logic, Wake(), now) == [StartActor("agent/a", n)]
        if kind == "late start":
            now += OPTIONS.start_seconds
        else:
            say(logic, ActorStarted(address="agent/a", incarnation=n), now)
        effects = say(logic, message(n), now)
    n = failures
    plan = RestartScheduled(
        at=now, address="agent/a", attempt=n, delay=2.0 ** (n - 1), problem=problem
    )
    assert effects == [
        *([StopActor("agent/a")] if stopped else []),
        Record(AgentCrashed(at=now, agent="a", incarnation=n, problem=problem)),
        Tell("scheduler", AgentDown(agent="a", incarnation=n, problem=problem)),
        *([Record(plan)] if n <= OPTIONS.intensity else end_of(problem, now)),
    ]


@pytest.mark.parametrize("started", [False, True])
def test_an_agent_that_ends_without_a_problem_has_left(*, started: bool) -> None:
    logic = SupervisionLogic(OPTIONS, runtime=())
    say(logic, RegisterAgent(agent=A), 0.0)
    if started:
        say(logic, ActorStarted(address="agent/a", incarnation=1), 0.0)
    assert say(logic, ActorExited(address="agent/a", incarnation=1), 1.0) == [
        Record(AgentRemoved(at=1.0, agent="a", reason="ended by itself")),
        Tell("scheduler", AgentLeft(agent="a", reason="ended by itself")),
    ]


@pytest.mark.parametrize("failures", [1, 2, 3])
@pytest.mark.parametrize("started", [False, True])
def test_the_nth_failure_of_an_actor_of_the_runtime(failures: int, *, started: bool) -> None:
    logic, now, effects = SupervisionLogic(OPTIONS, runtime=("decomposer",)), 0.0, list[Effect]()
    logic.start(now)
    for n in range(1, failures + 1):
        if n > 1:
            now += 2.0 ** (n - 2)
            assert say(logic, Wake(), now) == [StartActor("decomposer", n)]
        if started:
            say(logic, ActorStarted(address="decomposer", incarnation=n), now)
        effects = say(logic, ActorExited(address="decomposer", incarnation=n, problem=BOOM), now)
    plan = RestartScheduled(
        at=now,
        address="decomposer",
        attempt=failures,
        delay=2.0 ** (failures - 1),
        problem=BOOM,
    )
    given_up = following(RestartsExhausted("decomposer", 2, 60.0, BOOM.text), BOOM)
    broken = following(RuntimeBroken(given_up.text), BOOM)
    over: list[Effect] = [
        Record(Escalated(at=now, address="decomposer", problem=given_up)),
        Show(RuntimeFailed(at=now, problem=broken)),
    ]
    assert effects == ([Record(plan)] if failures <= OPTIONS.intensity else over)


REGISTER = RegisterAgent(agent=A)
STARTED = ActorStarted(address="agent/a", incarnation=1)
CRASHED = ActorExited(address="agent/a", incarnation=1, problem=BOOM)
DRAIN = UnregisterAgent(agent="a", drain=True, seconds=9.0)
LEAVE = UnregisterAgent(agent="a")
WAY_TO: Mapping[Life, tuple[SupervisorMessage, ...]] = {
    Life.STARTING: (REGISTER,),
    Life.RUNNING: (REGISTER, STARTED),
    Life.RESTARTING: (REGISTER, STARTED, CRASHED),
    Life.DRAINING: (REGISTER, STARTED, DRAIN),
    Life.STOPPING: (REGISTER, STARTED, LEAVE),
    Life.GONE: (REGISTER, STARTED, LEAVE, ActorExited(address="agent/a", incarnation=1)),
}
CAUSE: Mapping[Change, SupervisorMessage] = {
    Change.STARTED: STARTED,
    Change.CRASHED: CRASHED,
    Change.DOUBTED: AgentSilent(agent="a", seconds=15.0),
    Change.EXHAUSTED: CRASHED,
    Change.OVERDUE: Wake(),
    Change.DUE: Wake(),
    Change.REPLACED: RegisterAgent(agent=A, replace=True),
    Change.DRAIN: DRAIN,
    Change.DRAINED: AgentGone(agent="a"),
    Change.LEAVE: LEAVE,
    Change.ENDED: ActorExited(address="agent/a", incarnation=1),
}


class Spy(dict[tuple[Life, Change], Life]):
    """The table, and which of its lines were read."""

    def __init__(self) -> None:
        super().__init__(TRANSITIONS)
        self.taken: list[tuple[Life, Change]] = []

    def __getitem__(self, key: tuple[Life, Change]) -> Life:
        self.taken.append(key)
        return super().__getitem__(key)


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    table = Spy()
    monkeypatch.setattr(children, "TRANSITIONS", table)
    return table


def bring(life: Life, change: Change) -> SupervisionLogic:
    """A supervisor whose agent is in that state; the next crash may be one too many."""
    spent = change is Change.EXHAUSTED and life is not Life.RESTARTING
    options = msgspec.structs.replace(OPTIONS, intensity=0 if spent else 2)
    logic = SupervisionLogic(options, runtime=())
    for message in WAY_TO[life]:
        say(logic, message, 0.0)
    return logic


@pytest.mark.parametrize(("life", "change"), TRANSITIONS)
def test_each_line_of_the_table_is_taken(life: Life, change: Change, spy: Spy) -> None:
    logic = bring(life, change)
    spy.taken.clear()
    say(logic, CAUSE[change], 1000.0)
    assert spy.taken[0] == (life, change)


NOWHERE = [
    (life, change) for life in Life for change in Change if (life, change) not in TRANSITIONS
]


@pytest.mark.parametrize(("life", "change"), NOWHERE)
def test_what_is_not_in_the_table_does_not_happen(life: Life, change: Change, spy: Spy) -> None:
    logic = bring(life, change)
    spy.taken.clear()
    say(logic, CAUSE[change], 1000.0)
    assert (life, change) not in spy.taken


def test_every_life_but_the_last_has_an_end_and_a_way_there() -> None:
    ends: Any = {life for life, _ in TRANSITIONS}
    assert ends == set(Life) - {Life.GONE}
    assert {Life.STARTING, *TRANSITIONS.values()} == set(Life)
