"""The decorators that say what is an agent, and which messages its methods handle.

    @agent(skills=["statistics"], max_load=2)
    def analyst(task, ctx): ...

    @agent(skills=["report_writing"])
    class Reporter:
        def work(self, task, ctx): ...

        @handles(Note)
        def note(self, note, ctx): ...

Both leave what they decorate as it is: a decorated function can be called as before.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, Unpack, cast, overload

from callboard.messages.errors.agents import InvalidOption, NotAnAgent
from callboard.messages.errors.data import UnregisteredMessage
from callboard.messages.user import UserMessage, type_of
from callboard.runtime.executors.definition import (
    HANDLED,
    OPTIONS,
    AgentOptions,
    check_options,
)
from callboard.runtime.executors.handlers import name_of

T = TypeVar("T", bound=Callable[..., Any])


@overload
def agent(target: T, /) -> T: ...
@overload
def agent(**options: Unpack[AgentOptions]) -> Callable[[T], T]: ...
def agent(target: T | None = None, /, **options: Unpack[AgentOptions]) -> T | Callable[[T], T]:
    """Say that a function, a coroutine function, a class or a method is an agent.

    Args:
        target: What is decorated; a method of an object gets a function around it, as
            methods take no attributes.
        options: See `AgentOptions`.

    Raises:
        InvalidSkills: The skills are none.
        InvalidOption: Another option makes no sense.
        NotAnAgent: That cannot be an agent.
    """
    check_options(options)
    if target is None:
        return functools.partial(_declare, options=options)
    return _declare(target, options=options)


def handles(kind: type[UserMessage]) -> Callable[[T], T]:
    """Say that a method handles the messages of that very type; it may return a reply.

    Raises:
        UnregisteredMessage: The type was not derived from `UserMessage`.
    """
    name = getattr(kind, "__name__", "")
    if not _registered(kind, name):
        raise UnregisteredMessage(name or repr(kind))

    def mark(method: T) -> T:
        if not callable(getattr(method, "__func__", method)):
            raise InvalidOption("@handles", method, "on a method")
        setattr(method, HANDLED, name)
        return method

    return mark


def _declare(target: T, *, options: AgentOptions) -> T:
    if not callable(target):
        raise NotAnAgent(name_of(target))
    marked = _around(target) if inspect.ismethod(target) else target
    setattr(marked, OPTIONS, options)
    return cast("T", marked)


def _around(method: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(method):

        @functools.wraps(method)
        async def awaited(*args: object, **kwargs: object) -> object:
            return await method(*args, **kwargs)

        return awaited

    @functools.wraps(method)
    def called(*args: object, **kwargs: object) -> object:
        return method(*args, **kwargs)

    return called


def _registered(kind: object, name: str) -> bool:
    try:
        registered: Any = type_of(name)
    except UnregisteredMessage:
        return False
    return registered is kind
