"""A user's callables, looked at once: what they take, and where they run."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from callboard.messages.errors.agents import InvalidOption

_CONTEXT_NAMES = frozenset({"ctx", "context", "_ctx", "_context", "_"})
_BOTH = 2
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Handler:
    """A callable for one subject: a task or a message.

    Attributes:
        call: The user's own.
        is_async: It is awaited, on the event loop.
        takes_context: It is called with a context beside its subject.
    """

    call: Callable[..., Any]
    is_async: bool
    takes_context: bool

    def __call__(self, subject: object, context: object) -> Any:  # noqa: ANN401 - the user's
        """Call it with as much as it takes."""
        return self.call(subject, context) if self.takes_context else self.call(subject)


@dataclass(frozen=True, slots=True)
class Hook:
    """`on_start` or `on_stop`: a callable that takes nothing."""

    call: Callable[[], Any]
    is_async: bool


@dataclass(frozen=True, slots=True)
class Bidder:
    """A callable that says what a task would take: it takes the task, and nothing else."""

    call: Callable[[Any], Any]
    is_async: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Handlers:
    """The callables of one incarnation of an agent.

    Attributes:
        messages: By the tags of their messages.
        bid: What bids for it, if anything does.
    """

    work: Handler
    on_start: Hook | None = None
    on_stop: Hook | None = None
    messages: Mapping[str, Handler] = field(default_factory=dict[str, Handler])
    bid: Bidder | None = None


def handler_of(call: Callable[..., Any], *, subject: str, of_class: bool = False) -> Handler:
    """The callable as a handler for a *subject*, which is "task" or "message".

    The context is passed where a second parameter is required, or is named `ctx`.

    Args:
        call: A function, a coroutine function, a method, or an object with `__call__`.
        subject: What an error says that it takes.
        of_class: It is a class's method, and its first parameter is not to be counted.

    Raises:
        InvalidOption: It takes something else, or is a generator function.
    """
    parameters = _parameters(call, f"({subject}) or ({subject}, ctx)", of_class=of_class)
    places = [p for p in parameters if p.kind in _POSITIONAL]
    required = [p for p in places if p.default is p.empty]
    any_number = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    named = any(p.kind is p.KEYWORD_ONLY and p.default is p.empty for p in parameters)
    if named or len(required) > _BOTH or not (places or any_number):
        raise _wrong(call, parameters, f"({subject}) or ({subject}, ctx)")
    second = places[1].name in _CONTEXT_NAMES if len(places) > 1 else any_number
    takes_context = len(required) == _BOTH or second
    return Handler(call, is_async=is_async(call), takes_context=takes_context)


def hook_of(call: Callable[..., Any], *, of_class: bool = False) -> Hook:
    """The callable as a hook.

    Raises:
        InvalidOption: It needs arguments, or is a generator function.
    """
    parameters = _parameters(call, "()", of_class=of_class)
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    if any(p.default is p.empty and p.kind not in variable for p in parameters):
        raise _wrong(call, parameters, "()")
    return Hook(call, is_async=is_async(call))


def bidder_of(call: Callable[..., Any], *, of_class: bool = False) -> Bidder:
    """The callable as one that bids.

    Raises:
        InvalidOption: It takes something else than a task, or is a generator function.
    """
    handler = handler_of(call, subject="task", of_class=of_class)
    if handler.takes_context:
        parameters = _parameters(call, "(task)", of_class=of_class)
        raise _wrong(call, parameters, "(task)")
    return Bidder(handler.call, is_async=handler.is_async)


def is_async(call: Callable[..., Any]) -> bool:
    """Whether what it returns is to be awaited."""
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(
        getattr(call, "__call__", None)  # noqa: B004 - the method itself, of an object
    )


def name_of(thing: object) -> str:
    """What an error calls the thing: its qualified name, or its class's."""
    name = getattr(thing, "__qualname__", None) or getattr(type(thing), "__qualname__", "")
    return str(name).removeprefix("<locals>.").rpartition("<locals>.")[2]


def _parameters(
    call: Callable[..., Any], expected: str, *, of_class: bool
) -> list[inspect.Parameter]:
    if inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call):
        raise InvalidOption(_titled(call), "a generator function", _expected(expected))
    try:
        parameters = list(inspect.signature(call).parameters.values())
    except (TypeError, ValueError):
        raise InvalidOption(_titled(call), "one without a signature", _expected(expected)) from None
    return parameters[1:] if of_class else parameters


def _wrong(
    call: Callable[..., Any], parameters: list[inspect.Parameter], expected: str
) -> InvalidOption:
    shown = f"({', '.join(str(p) for p in parameters)})"
    return InvalidOption(_titled(call), shown, _expected(expected))


def _titled(call: Callable[..., Any]) -> str:
    return f"the handler {name_of(call)}"


def _expected(parameters: str) -> str:
    return f"a function or coroutine function that takes {parameters}"
