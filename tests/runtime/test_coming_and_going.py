"""Agents come and go while goals run, and nothing is lost by it."""

from __future__ import annotations

import threading

import pytest

from callboard import (
    Config,
    Runtime,
    Task,
    subtask,
)
from callboard.messages.errors import UnknownAgent
from callboard.messages.values import Agent, Skill
from tests.live import LONG, eventually
from tests.runtime.settings import helper, kinds, says


def test_an_agent_may_join_while_goals_wait_for_it(runtime: Runtime) -> None:
    goal = runtime.submit("do it")
    eventually(lambda: runtime.hub.counts().get("Unschedulable"))

    runtime.register(helper)

    assert goal.result(LONG)["Goal Execution"] == "did Goal Execution"


class Cook:
    """Not decorated, has state, and hooks."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def on_start(self) -> None:
        self.log.append("start")

    def on_stop(self) -> None:
        self.log.append("stop")

    def work(self, task: Task) -> list[str]:
        self.log.append(task.name)
        return self.log

    def other(self, task: Task) -> str:
        return f"{task.name} by {self.log[0]}"


def test_an_object_has_state_and_is_told_of_its_start_and_its_end(runtime: Runtime) -> None:
    cook = Cook()
    runtime.register(cook, skills=["general"])

    goal = runtime.submit("cook", plan=[subtask("A"), subtask("B", dependencies=["A"])])

    assert goal.result(LONG)["B"] == ["start", "A", "B"]
    runtime.unregister("Cook")
    assert eventually(lambda: cook.log[3:] and cook.log) == ["start", "A", "B", "stop"]


def test_closing_lets_agents_say_good_bye(config: Config) -> None:
    cook = Cook()
    with Runtime(config) as runtime:
        runtime.register(cook, skills=["general"])
        runtime.submit("cook").result(LONG)

    assert cook.log == ["start", "Goal Execution", "stop"]


def test_a_class_is_made_anew_and_a_bound_method_keeps_its_object(runtime: Runtime) -> None:
    cook = Cook()
    cook.log.append("me")
    runtime.register(Cook, skills=["a"])
    runtime.register(cook.other, skills=["b"])
    plan = [subtask("A", required_skills=["a"]), subtask("B", required_skills=["b"])]

    result = runtime.submit("cook", plan=plan).result(LONG)

    assert dict(result) == {"A": ["start", "A"], "B": "B by me"}


def test_unregistering_at_once_gives_its_work_to_another(runtime: Runtime) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def slow(_: Task) -> str:
        reached.set()
        go_on.wait(LONG)
        return "too late"

    runtime.register(slow, skills=["general"])
    goal = runtime.submit("do it")
    assert reached.wait(LONG)

    runtime.unregister("slow")
    runtime.register(helper)

    assert goal.result(LONG)["Goal Execution"] == "did Goal Execution"
    go_on.set()
    assert list(runtime.agents()) == ["helper"]
    assert "SubtaskRequeued" in kinds(list(goal.events()))


def test_unregistering_with_patience_lets_it_finish_and_gives_it_no_more(runtime: Runtime) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def slow(task: Task) -> str:
        reached.set()
        go_on.wait(LONG)
        return f"{task.name} by slow"

    runtime.register(slow, skills=["general"])
    goal = runtime.submit("do it", plan=[subtask("A"), subtask("B", dependencies=["A"])])
    assert reached.wait(LONG)
    leaving = threading.Thread(target=lambda: runtime.unregister("slow", drain=True))
    leaving.start()
    eventually(lambda: runtime.health()["supervisor"]["draining"])
    runtime.register(helper)  # the scheduler has heard of both when this returns
    runtime.health()

    go_on.set()
    leaving.join(LONG)

    assert dict(goal.result(LONG)) == {"A": "A by slow", "B": "did B"}
    assert list(runtime.agents()) == ["helper"]
    assert runtime.hub.counts().get("SubtaskRequeued") is None


def test_patience_has_an_end_and_then_the_work_goes_to_another(runtime: Runtime) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def slow(_: Task) -> str:
        reached.set()
        go_on.wait(LONG)
        return "too late"

    runtime.register(slow, skills=["general"])
    goal = runtime.submit("do it")
    assert reached.wait(LONG)

    runtime.unregister("slow", drain=True, timeout=0.02)
    runtime.register(helper)

    assert goal.result(LONG)["Goal Execution"] == "did Goal Execution"
    go_on.set()


def test_an_agent_may_come_back_under_its_own_name(runtime: Runtime) -> None:
    for number in range(20):
        runtime.register(says(number), id="phoenix", skills=["general"])
        goal = runtime.submit("do it")
        assert goal.result(LONG)["Goal Execution"] == number
        runtime.unregister("phoenix")

    with pytest.raises(UnknownAgent, match="unknown agent 'phoenix'"):
        runtime.unregister("phoenix")


def test_an_agent_that_still_says_good_bye_may_be_replaced(runtime: Runtime) -> None:
    leaving, go_on = threading.Event(), threading.Event()

    class Slow:
        def work(self, _: Task) -> str:
            return "old"

        def on_stop(self) -> None:
            leaving.set()
            go_on.wait(LONG)

    runtime.register(Slow(), id="a", skills=["general"])
    runtime.submit("do it").result(LONG)
    runtime.unregister("a")
    assert leaving.wait(LONG)

    runtime.register(says("new"), id="a", skills=["general"])

    assert runtime.submit("do it").result(LONG)["Goal Execution"] == "new"
    go_on.set()


def test_agents_in_pull_mode_get_work_when_it_is_asked_for(runtime: Runtime) -> None:
    runtime.register_remote(Agent(id="far", skills=(Skill(name="general"),), pull=True))
    goal = runtime.submit("do it")
    runtime.heartbeat("far")

    (lease,) = eventually(runtime.assign)
    runtime.complete(lease.subtask, "far done")

    assert lease.agent == "far"
    assert goal.result(LONG)["Goal Execution"] == "far done"
