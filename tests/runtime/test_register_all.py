"""A whole company comes with one call: all of it, or nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from callboard import Config, Runtime, Task, agent, subtask
from callboard.messages.errors import (
    AgentIdTaken,
    AgentWithoutId,
    InvalidCall,
    InvalidOption,
    InvalidSkills,
    NotAnAgent,
    RuntimeClosed,
)
from callboard.messages.facts import AgentRegistered, AgentStarted
from callboard.runtime.parts.joining import TOGETHER
from tests.live import LONG

MANY = 2 * TOGETHER + 5


@agent(skills=["general"])
def ann(task: Task) -> str:
    return f"ann: {task.name}"


@agent(skills=["general"], max_load=3)
def bob(task: Task) -> str:
    return f"bob: {task.name}"


class Carl:
    """Not decorated; each incarnation is an object of its own."""

    def work(self, task: Task) -> tuple[str, int]:
        return task.name, id(self)


def name_of(task: Task) -> str:
    return task.lease.agent


def test_several_agents_come_as_they_are(runtime: Runtime) -> None:
    assert runtime.register_all([ann, bob], skills=["drawing"]) == ("ann", "bob")

    agents = runtime.agents()
    assert [(name, a.agent.max_load) for name, a in agents.items()] == [("ann", 1), ("bob", 3)]
    assert {a.agent.skills[0].name for a in agents.values()} == {"drawing"}


def test_one_function_comes_many_times_and_each_of_them_works(runtime: Runtime) -> None:
    names = [f"n{number}" for number in range(MANY)]

    assert runtime.register_all(dict.fromkeys(names, name_of), skills=["do"]) == tuple(names)

    assert list(runtime.agents()) == names
    counts = runtime.hub.counts()
    assert counts[AgentRegistered.__name__] == counts[AgentStarted.__name__] == MANY
    plan = [subtask(f"s{number}", required_skills=["do"]) for number in range(MANY)]
    assert set(runtime.submit("all", plan=plan).result(LONG).values()) <= set(names)
    runtime.unregister(names[-1])
    assert runtime.register(name_of, id=names[-1], skills=["do"]) == names[-1]


def test_one_class_comes_many_times_and_each_has_its_own_object(runtime: Runtime) -> None:
    runtime.register_all({"c1": Carl, "c2": Carl}, skills=["do"])
    runtime.pause_agent("c1")
    second = runtime.submit("x", plan=[subtask("a", required_skills=["do"])]).result(LONG)["a"]
    runtime.pause_agent("c2")
    runtime.resume_agent("c1")
    first = runtime.submit("y", plan=[subtask("a", required_skills=["do"])]).result(LONG)["a"]

    assert first[1] != second[1]


def test_skills_that_can_be_gone_through_once_are_those_of_all(runtime: Runtime) -> None:
    runtime.register_all([ann, bob], skills=(skill for skill in ("x", "y")))

    found = [[s.name for s in a.agent.skills] for a in runtime.agents().values()]
    assert found == [["x", "y"], ["x", "y"]]


def test_nobody_is_nobody(runtime: Runtime) -> None:
    assert runtime.register_all([]) == runtime.register_all({}) == ()


def test_coroutines_do_so_without_blocking(config: Config) -> None:
    async def main() -> dict[str, Any]:
        async with Runtime(config) as runtime:
            await runtime.aregister_all({"a": name_of, "b": name_of}, skills=["general"])
            goal = await runtime.asubmit("one")
            return dict(await goal.aresult(LONG))

    assert asyncio.run(main())["Goal Execution"] in {"a", "b"}


WRONG: dict[str, tuple[Callable[[Runtime], object], type[Exception], str]] = {
    "taken": (lambda r: r.register_all([bob, ann]), AgentIdTaken, "'ann'"),
    "twice": (lambda r: r.register_all([bob, bob]), AgentIdTaken, "'bob'"),
    "no agent": (lambda r: r.register_all([bob, 3]), NotAnAgent, "int"),
    "no name": (lambda r: r.register_all({"bob": bob, "": bob}), AgentWithoutId, "bob"),
    "no text": (lambda r: r.register_all({"bob": bob, 3: bob}), InvalidOption, "id"),
    "no company": (lambda r: r.register_all(3), InvalidCall, "agents must be"),  # type: ignore[arg-type]
    "one id": (lambda r: r.register_all([bob], id="x"), InvalidOption, "id must be left out"),
    "no skills": (lambda r: r.register_all([bob], skills="x"), InvalidSkills, "x"),
}


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_none_comes_where_one_is_refused(runtime: Runtime, case: str) -> None:
    call, error, text = WRONG[case]
    runtime.register(ann)

    with pytest.raises(error, match=text):
        call(runtime)

    assert list(runtime.agents()) == ["ann"]
    assert runtime.register(bob) == "bob"


def test_a_runtime_that_was_closed_takes_nobody(config: Config) -> None:
    runtime = Runtime(config)
    runtime.close()

    with pytest.raises(RuntimeClosed):
        runtime.register_all([ann])
