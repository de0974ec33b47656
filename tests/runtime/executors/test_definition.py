# ruff: noqa: ARG001, ARG002, ARG004, ARG005 - handlers take what they are given
# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, assert_type, cast

import pytest

from callboard.messages.errors import (
    AgentWithoutId,
    InvalidOption,
    InvalidSkills,
    NotAnAgent,
    UnregisteredMessage,
)
from callboard.messages.user import Note, UserMessage
from callboard.messages.values import Agent, Retry, Skill, Timeouts
from callboard.runtime.executors.context import Context, MessageContext, Task
from callboard.runtime.executors.decorator import agent, handles
from callboard.runtime.executors.definition import definition_of
from tests.runtime.executors.lab import start


class Riddle(UserMessage, frozen=True):
    text: str


@agent(skills=["statistics", "sql >= 2"], max_load=2, timeout=30, silence=5, stall=9, retry=2)
def analyst(task: Task, ctx: Context) -> int:
    return 1


@agent(skills=["research"])
async def researcher(task: Task, ctx: Context) -> str:
    return "found"


@agent(skills=["report_writing"])
class Reporter:
    def work(self, task: Task, ctx: Context) -> str:
        return "report"

    @handles(Note)
    def note(self, note: Note, ctx: MessageContext) -> None: ...

    @handles(Riddle)
    async def question(self, question: Riddle) -> str:
        return question.text

    def on_start(self) -> None: ...

    async def on_stop(self) -> None: ...


class Plain:
    def __init__(self, factor: int = 2) -> None:
        self.factor = factor

    @agent(skills=["doubling"])
    def double(self, task: Task) -> int:
        return self.factor

    async def triple(self, task: Task) -> int:
        return 3

    def __call__(self, task: Task) -> int:
        return self.factor


# What is registered


def test_a_decorated_function() -> None:
    definition = definition_of(analyst)
    assert definition.agent == Agent(
        id="analyst",
        skills=(Skill(name="statistics"), Skill(name="sql", level=2.0)),
        max_load=2,
        timeouts=Timeouts(run=30.0, silence=5.0, stall=9.0),
        retry=Retry(attempts=2),
        ahead=True,
    )
    work = definition.make().work
    assert (work.call, work.is_async, work.takes_context) == (analyst, False, True)


def test_a_decorated_coroutine_function() -> None:
    definition = definition_of(researcher)
    assert (definition.agent.id, definition.make().work.is_async) == ("researcher", True)


def test_a_decorated_class_is_made_anew_each_time() -> None:
    definition = definition_of(Reporter)
    assert definition.agent == Agent(
        id="Reporter",
        skills=(Skill(name="report_writing"),),
        stateful=True,
        concurrent_messages=False,
        hooks=True,
        handles=("Note", "Riddle"),
    )
    one, two = definition.make(), definition.make()
    assert one.work.call.__self__ is not two.work.call.__self__  # type: ignore[attr-defined]
    assert (one.on_start is not None, one.on_stop is not None and one.on_stop.is_async) == (
        True,
        True,
    )
    assert {tag: (h.is_async, h.takes_context) for tag, h in one.messages.items()} == {
        "Note": (False, True),
        "Riddle": (True, False),
    }


def test_an_object_of_a_decorated_class_stays_the_same() -> None:
    reporter = Reporter()
    definition = definition_of(reporter, id="r2")
    assert definition.agent == Agent(
        id="r2",
        skills=(Skill(name="report_writing"),),
        stateful=True,
        concurrent_messages=False,
        hooks=True,
        handles=("Note", "Riddle"),
    )
    assert definition.make().work.call == reporter.work


def test_a_bound_method_of_a_decorated_function() -> None:
    definition = definition_of(Plain(5).double)
    assert (definition.agent.id, definition.agent.stateful) == ("double", True)
    assert definition.make().work(None, None) == 5


def test_a_decorated_bound_method() -> None:
    triple = agent(skills=["tripling"])(Plain().triple)
    definition = definition_of(triple)
    assert definition.agent == Agent(
        id="triple",
        skills=(Skill(name="tripling"),),
        stateful=True,
        concurrent_messages=False,
    )
    assert definition.make().work.is_async
    assert asyncio.run(triple(cast("Task", None))) == 3


def test_a_decorated_bound_method_of_a_plain_function() -> None:
    double = agent(skills=["doubling"], id="d")(Plain(6).double)
    assert (double(cast("Task", None)), definition_of(double).agent.id) == (6, "d")


def test_undecorated_things_with_overrides() -> None:
    assert definition_of(Plain(7), id="p", skills=["x"]).make().work(None, None) == 7
    assert definition_of(lambda task: 3, id="three", skills=[]).make().work(None, None) == 3
    partial = functools.partial(lambda factor, task: factor, 4)
    assert definition_of(partial, id="p", skills=["x"]).make().work(None, None) == 4

    class Worker:
        def work(self, task: Task) -> int:
            return 9

    assert definition_of(Worker, skills=["x"]).make().work(None, None) == 9


def test_a_subclass_is_an_agent_by_its_own_name() -> None:
    class Columnist(Reporter):
        def work(self, task: Task, ctx: Context) -> str:
            return "column"

    definition = definition_of(Columnist)
    assert (definition.agent.id, definition.agent.handles) == ("Columnist", ("Note", "Riddle"))


def test_overrides_win() -> None:
    definition = definition_of(analyst, id="second", max_load=5, retry=None)
    assert definition.agent == Agent(
        id="second",
        skills=(Skill(name="statistics"), Skill(name="sql", level=2.0)),
        max_load=5,
        timeouts=Timeouts(run=30.0, silence=5.0, stall=9.0),
        ahead=True,
    )


def test_messages_beside_work_are_the_default_unless_state_is_at_stake() -> None:
    def concurrent(obj: object, **options: Any) -> bool:
        return definition_of(obj, **options).agent.concurrent_messages

    assert concurrent(analyst)
    assert not concurrent(Reporter)
    assert concurrent(Reporter, max_load=2)
    assert concurrent(Reporter, concurrent_messages=True)
    assert not concurrent(analyst, concurrent_messages=False)


# What handlers take


@pytest.mark.parametrize(
    ("call", "takes_context"),
    [
        (lambda task: 0, False),
        (lambda task, ctx: 0, True),
        (lambda task, ctx=None: 0, True),
        (lambda task, rows=10: 0, False),
        (lambda task, other: 0, True),
        (lambda *args: 0, True),
        (lambda task, *args: 0, True),
        (lambda task, **options: 0, False),
    ],
)
def test_the_context_is_passed_where_it_is_wanted(
    call: Callable[..., int], *, takes_context: bool
) -> None:
    assert definition_of(call, id="a1").make().work.takes_context is takes_context


def takes_nothing() -> None: ...


def takes_three(task: Task, ctx: Context, more: int) -> None: ...


def takes_keyword(task: Task, *, more: int) -> None: ...


@pytest.mark.parametrize("call", [takes_nothing, takes_three, takes_keyword])
def test_a_handler_with_wrong_parameters_is_refused(call: Any) -> None:
    with pytest.raises(InvalidOption, match="handler") as caught:
        definition_of(call, skills=[])
    assert call.__name__ in str(caught.value)
    assert "takes (task) or (task, ctx)" in str(caught.value)


def test_wrong_methods_of_a_class_are_refused_before_it_is_made() -> None:
    class NoTask:
        def work(self) -> None: ...

    class Eager:
        def work(self, task: Task) -> None: ...

        def on_start(self, ctx: Context) -> None: ...

    class Demanding:
        def __init__(self, rows: int) -> None: ...

        def work(self, task: Task) -> None: ...

    for kind, named in ((NoTask, "NoTask.work"), (Eager, "Eager.on_start"), (Demanding, "rows")):
        with pytest.raises(InvalidOption, match=named):
            definition_of(kind, skills=[])


def test_a_generator_is_no_handler() -> None:
    def generate(task: Task) -> Any:
        yield 1

    with pytest.raises(InvalidOption, match="not 'a generator function'"):
        definition_of(generate, skills=[])


def test_static_methods_have_no_self() -> None:
    class Static:
        @staticmethod
        def work(task: Task, ctx: Context) -> int:
            return 1

    assert definition_of(Static, skills=[]).make().work.takes_context


# What is refused


@pytest.mark.parametrize("thing", [takes_nothing, Plain, Plain(), 5, "analyst", None])
def test_what_nobody_declared_is_no_agent(thing: object) -> None:
    with pytest.raises(NotAnAgent):
        definition_of(thing)


@pytest.mark.parametrize("thing", [5, "analyst", None, Riddle])
def test_what_cannot_work_is_no_agent(thing: object) -> None:
    with pytest.raises(NotAnAgent):
        definition_of(thing, id="a1", skills=[])


def test_a_thing_without_a_name_needs_an_id() -> None:
    with pytest.raises(AgentWithoutId, match="<lambda> has no id"):
        definition_of(lambda task: 0, skills=[])
    with pytest.raises(AgentWithoutId, match="Plain has no id"):
        definition_of(Plain(), skills=[])
    with pytest.raises(AgentWithoutId):
        definition_of(analyst, id=" ")


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"id": 5}, InvalidOption, "id must be a non-empty text, not 5"),
        ({"id": "a\n"}, InvalidOption, "id must be a printable text, not 'a\\\\n'"),
        ({"max_load": 0}, InvalidOption, "max_load must be a whole number above 0, not 0"),
        ({"max_load": True}, InvalidOption, "max_load must be a whole number above 0, not True"),
        ({"max_load": 1.5}, InvalidOption, "max_load must be a whole number above 0, not 1.5"),
        ({"timeout": 0}, InvalidOption, "timeout"),
        ({"silence": float("nan")}, InvalidOption, "silence"),
        ({"stall": 0}, InvalidOption, "stall"),
        ({"retry": 0}, InvalidOption, "retry"),
        ({"concurrent_messages": 1}, InvalidOption, "concurrent_messages must be"),
        ({"skills": 5}, InvalidSkills, "skills"),
        ({"skils": ["x"]}, InvalidOption, "an option must be one of skills, .*, not 'skils'"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    options: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        definition_of(analyst, **options)


def test_the_decorator_refuses_at_once() -> None:
    with pytest.raises(InvalidOption, match="max_load"):
        agent(max_load=-1)
    with pytest.raises(NotAnAgent):
        agent(skills=[])(5)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]


def test_handled_types_must_be_registered() -> None:
    class Loose: ...

    for kind in (Loose, int, UserMessage, "Note"):
        with pytest.raises(UnregisteredMessage):
            handles(kind)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_one_type_has_one_handler() -> None:
    class Twice:
        def work(self, task: Task) -> None: ...

        @handles(Note)
        def one(self, note: Note) -> None: ...

        @handles(Note)
        def two(self, note: Note) -> None: ...

    with pytest.raises(InvalidOption, match="one handles it"):
        definition_of(Twice, skills=[])


# Types


def test_decorating_keeps_the_type() -> None:
    task = Task(start().lease, start().ready)
    context: Any = None
    assert_type(analyst(task, context), int)
    found: Coroutine[Any, Any, str] = researcher(task, context)
    found.close()
    assert_type(Reporter(), Reporter)
    assert_type(Reporter().work(task, context), str)
    assert_type(Plain().double(task), int)
    assert analyst(task, context) == 1


def test_a_bare_decorator_is_enough() -> None:
    @agent
    def handyman(task: Task) -> str:
        return "done"

    assert definition_of(handyman).agent == Agent(id="handyman", ahead=True)
