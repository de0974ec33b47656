"""What somebody registers, made into an agent: its description and its handlers.

| registered | its work | its state |
|---|---|---|
| a function, a coroutine function | itself | none |
| a bound method | itself | its object's, kept at restarts |
| a class with `work` | of a new instance | new with every incarnation |
| an object of such a class | its method `work` | its own, kept at restarts |
| any other callable object | itself | its own, kept at restarts |

An object that is registered is used again after a restart: nobody else could make the
same one. Register its class where a restart is to begin anew.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict, Unpack, cast

from callboard.actors.logic.given import (
    GivenRetry,
    GivenSkills,
    retry_of,
    skills_of,
    timeouts_of,
)
from callboard.actors.logic.given_resources import GivenAmounts, amounts_of
from callboard.messages.errors.agents import AgentWithoutId, InvalidOption, NotAnAgent
from callboard.messages.values import Agent, replace
from callboard.runtime.executors.handlers import (
    Bidder,
    Handler,
    Handlers,
    Hook,
    bidder_of,
    handler_of,
    hook_of,
    name_of,
)
from callboard.runtime.executors.processes.place import Isolation, isolation_of

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from callboard.messages.bids import Bid
    from callboard.runtime.executors.task import Task

OPTIONS = "__callboard_agent__"
"""Attribute of what was decorated: its options."""

HANDLED = "__callboard_handles__"
"""Attribute of a decorated method: the tag of its messages."""

MAILBOX = 1000
"""Messages that may wait for an agent, unless it says otherwise."""


GivenBidder: TypeAlias = "Callable[[Task], Bid | float | Awaitable[Bid | float | None] | None]"
"""Says what an agent would do a task for."""


class AgentOptions(TypedDict, total=False):
    """What can be said of an agent; everything may be left out.

    Attributes:
        skills: What it covers.
        max_load: How many subtasks it runs at once; 1 by default.
        id: Unique in the runtime; by default the name of the function or class.
        timeout: Seconds from start to finish of one attempt.
        silence: Seconds that an attempt may give no sign of life.
        stall: Seconds that an attempt may make no progress, alive or not.
        retry: When a failed attempt is tried again.
        concurrent_messages: Its message handlers may run beside its work; by default not
            where it has state and a `max_load` of 1.
        isolation: "process" runs each attempt in a process of the agent's own, which can
            be killed; "thread", the default, in this one. For functions, coroutine
            functions and classes at the top of a module; each process makes an object
            of a class for itself.
        memory: Bytes that the data of each such process may take; Linux only.
        speculate: Whether its attempts that take long may get copies at other agents, and
            whether it takes such copies; None leaves that to the runtime.
        mailbox_limit: Messages that may wait for its handlers, and as many for its work;
            1,000 by default. What comes then is refused.
        offers: Resources of its own, by name: `{"gpu": 2, "memory": 16e9}`. What its
            attempts demand is reserved of them.
        bid: Says what it would do a task for: a `Bid`, seconds, or None to decline. Of
            agents that are classes or objects by default the method `bid`, if there is one.
    """

    skills: GivenSkills
    max_load: int
    id: str | None
    timeout: float | None
    silence: float | None
    stall: float | None
    retry: GivenRetry
    concurrent_messages: bool | None
    isolation: Literal["thread", "process"]
    memory: int | None
    speculate: bool | None
    mailbox_limit: int
    offers: GivenAmounts
    bid: GivenBidder | None


@dataclass(frozen=True, slots=True)
class AgentDefinition:
    """An agent that can be started, and started again.

    Attributes:
        agent: What is known of it.
        make: Makes its handlers, once for each incarnation. It may run the user's code, so
            executors call it on a worker; where `agent.hooks` is False it does not.
        isolation: How it runs in processes of its own; None where it does not.
    """

    agent: Agent
    make: Callable[[], Handlers]
    isolation: Isolation | None = None

    def of(self, agent: Agent) -> AgentDefinition:
        """The same for another agent that is like it in all but its id."""
        return AgentDefinition(agent, self.make, self.isolation)


def definition_of(obj: object, **overrides: Unpack[AgentOptions]) -> AgentDefinition:
    """The agent that *obj* is.

    Args:
        obj: See above; decorated with `agent`, unless there are *overrides*.
        overrides: Take the place of the decorator's options of that name.

    Raises:
        NotAnAgent: It has no way to run work, or nothing says that it is an agent.
        AgentWithoutId: It has no name of its own, and no id was given.
        InvalidSkills: The skills are none.
        InvalidOption: Another option makes no sense, or a handler has wrong parameters.
    """
    declared: AgentOptions | None = getattr(obj, OPTIONS, None)
    if declared is None and not overrides:
        raise NotAnAgent(name_of(obj))
    options = cast("AgentOptions", {**(declared or {}), **overrides})
    made = _of_class(obj, options) if inspect.isclass(obj) else _of_object(obj, options)
    if options.get("isolation") != "process":
        return made
    # What the decorator names, a process finds where it finds what is decorated.
    return _isolated(obj, made, options, overrides.get("bid"))


def namesake(definition: AgentDefinition, obj: object, name: object) -> Agent:
    """The agent that *obj* is once more, with another id.

    Raises:
        AgentWithoutId: The name is empty.
        InvalidOption: It is no printable text.
    """
    return replace(definition.agent, id=_id(name, None, obj))


def _isolated(
    obj: object, made: AgentDefinition, options: AgentOptions, bid: object
) -> AgentDefinition:
    """The same, with processes of its own."""
    if made.agent.handles:
        title, given = "isolation='process'", f"handlers for {', '.join(made.agent.handles)}"
        expected = "without message handlers, as each process has a state of its own"
        raise InvalidOption(title, given, expected)
    isolation = isolation_of(obj, options.get("memory"), bid)
    # Its start is that of its first process; what state there is dies with a process.
    agent = replace(made.agent, hooks=True, stateful=False, concurrent_messages=True)
    return AgentDefinition(agent, made.make, isolation)


def check_options(options: AgentOptions) -> Agent:
    """The options as an agent that has no id yet.

    Raises:
        InvalidSkills: The skills are none.
        InvalidOption: Another option is unknown or makes no sense.
    """
    for name in options:
        if name not in AgentOptions.__annotations__:
            known = f"one of {', '.join(AgentOptions.__annotations__)}"
            raise InvalidOption("an option", name, known)
    limits = {
        "run": options.get("timeout"),
        "silence": options.get("silence"),
        "stall": options.get("stall"),
    }
    concurrent = options.get("concurrent_messages")
    if not isinstance(cast("object", concurrent), bool | None):
        raise InvalidOption("concurrent_messages", concurrent, "True, False or None")
    speculate = options.get("speculate")
    if not isinstance(cast("object", speculate), bool | None):
        raise InvalidOption("speculate", speculate, "True, False or None")
    isolation, memory = options.get("isolation", "thread"), options.get("memory")
    if isolation not in {"thread", "process"}:
        raise InvalidOption("isolation", isolation, "'thread' or 'process'")
    if memory is not None and isolation == "thread":
        raise InvalidOption("memory", memory, "None, or of an agent with isolation='process'")
    bid = options.get("bid")
    if bid is not None:
        if not callable(cast("object", bid)):
            raise InvalidOption("bid", bid, "a function, or None")
        bidder_of(bid)
    return Agent(
        id="",
        bids=bid is not None,
        skills=skills_of(options.get("skills", ())),
        max_load=_count("max_load", options.get("max_load", 1)),
        mailbox_limit=_count("mailbox_limit", options.get("mailbox_limit", MAILBOX)),
        timeouts=timeouts_of(limits),
        retry=retry_of(options.get("retry")),
        speculate=speculate,
        offers=amounts_of("offers", options.get("offers", ())),
        concurrent_messages=concurrent is not False,
    )


def _of_class(kind: type, options: AgentOptions) -> AgentDefinition:
    if not callable(getattr(kind, "work", None)):
        raise NotAnAgent(name_of(kind))
    _check_constructor(kind)
    tags = _handled(kind)
    found = handlers_of(kind, tags, options, of_class=True)  # for its errors, and what there is

    def make() -> Handlers:
        return handlers_of(kind(), tags, options)

    bids = found.bid is not None
    agent = _agent(options, default=kind, stateful=True, hooks=True, handles=tuple(tags))
    return AgentDefinition(replace(agent, bids=bids), make)


def _of_object(obj: object, options: AgentOptions) -> AgentDefinition:
    bound = inspect.ismethod(inspect.unwrap(obj)) if callable(obj) else False
    plain = inspect.isroutine(obj)
    if not plain and callable(getattr(obj, "work", None)):
        return _of_instance(obj, options)
    if not callable(obj):
        raise NotAnAgent(name_of(obj))
    handlers = Handlers(work=handler_of(obj, subject="task"), bid=_bidder(None, options))
    default = obj if plain else None
    waits = handlers.work.is_async
    agent = _agent(options, default=default, what=obj, stateful=bound or not plain, waits=waits)
    return AgentDefinition(agent, lambda: handlers)


def _of_instance(obj: object, options: AgentOptions) -> AgentDefinition:
    tags = _handled(type(obj))
    handlers = handlers_of(obj, tags, options)
    hooks = handlers.on_start is not None or handlers.on_stop is not None
    agent = _agent(options, default=type(obj), stateful=True, hooks=hooks, handles=tuple(tags))
    return AgentDefinition(replace(agent, bids=handlers.bid is not None), lambda: handlers)


def handlers_of(
    obj: object,
    tags: Mapping[str, str],
    options: AgentOptions | None = None,
    *,
    of_class: bool = False,
) -> Handlers:
    """The handlers of an object, or for their errors those of its class.

    Args:
        obj: Has the method `work`.
        tags: From tags of messages to names of methods.
        options: May say what bids for it.
        of_class: It is the class.

    Raises:
        InvalidOption: One of them has wrong parameters.
    """
    return Handlers(
        work=_handler(obj, "work", "task", of_class=of_class),
        on_start=_hook(obj, "on_start", of_class=of_class),
        on_stop=_hook(obj, "on_stop", of_class=of_class),
        messages={
            tag: _handler(obj, name, "message", of_class=of_class) for tag, name in tags.items()
        },
        bid=_bidder(obj, options or {}, of_class=of_class),
    )


def _bidder(obj: object, options: AgentOptions, *, of_class: bool = False) -> Bidder | None:
    """What bids: the function that was given, or the method of that name."""
    if "bid" in options:
        given = options["bid"]
        return None if given is None else bidder_of(given)
    method = getattr(obj, "bid", None)
    if not callable(method):
        return None
    return bidder_of(method, of_class=of_class and _wants_self(obj, "bid"))


def _handler(obj: object, name: str, subject: str, *, of_class: bool) -> Handler:
    unbound = of_class and _wants_self(obj, name)
    return handler_of(getattr(obj, name), subject=subject, of_class=unbound)


def _hook(obj: object, name: str, *, of_class: bool) -> Hook | None:
    call = getattr(obj, name, None)
    if call is None:
        return None
    if not callable(call):
        raise InvalidOption(name, call, "a method")
    return hook_of(call, of_class=of_class and _wants_self(obj, name))


def _wants_self(kind: object, name: str) -> bool:
    static = inspect.getattr_static(kind, name)
    return not isinstance(static, staticmethod | classmethod)


def _handled(kind: type) -> dict[str, str]:
    """From tags of messages to the names of the methods that handle them."""
    tags: dict[str, str] = {}
    for name in dir(kind):
        static = inspect.getattr_static(kind, name, None)
        tag = getattr(static, HANDLED, None)
        if tag is None:
            continue
        if tag in tags:
            title = f"the handler {kind.__qualname__}.{name}"
            raise InvalidOption(title, tag, f"for another type: {tags[tag]} handles it")
        tags[tag] = name
    return tags


def _check_constructor(kind: type) -> None:
    try:
        inspect.signature(kind).bind()
    except ValueError:  # it says nothing of its arguments
        pass
    except TypeError as error:
        title = f"the class {name_of(kind)}"
        expected = "one that can be made without arguments, or an object of it"
        raise InvalidOption(title, str(error), expected) from None


def _agent(  # noqa: PLR0913 - what differs from kind to kind
    options: AgentOptions,
    *,
    default: object,
    stateful: bool,
    what: object = None,
    hooks: bool = False,
    handles: tuple[str, ...] = (),
    waits: bool = True,
) -> Agent:
    agent = check_options(options)
    concurrent = options.get("concurrent_messages")
    if concurrent is None:
        concurrent = not (stateful and agent.max_load == 1)
    thread = options.get("isolation", "thread") == "thread"
    return Agent(
        id=_id(options.get("id"), default, what),
        skills=agent.skills,
        max_load=agent.max_load,
        mailbox_limit=agent.mailbox_limit,
        bids=agent.bids,
        stateful=stateful,
        concurrent_messages=concurrent,
        hooks=hooks,
        handles=handles,
        timeouts=agent.timeouts,
        retry=agent.retry,
        speculate=agent.speculate,
        offers=agent.offers,
        # State that a handler spoils is not to be found by those that stand in line behind it.
        ahead=thread and concurrent and not (waits or stateful or hooks),
    )


def _id(given: object, default: object, what: object) -> str:
    found = getattr(default, "__name__", "") if given is None else given
    if not isinstance(found, str):
        raise InvalidOption("id", found, "a non-empty text")
    if not found.strip() or found == "<lambda>":
        raise AgentWithoutId(name_of(what or default))
    if not found.isprintable():
        raise InvalidOption("id", found, "a printable text")
    return found


def _count(option: str, given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise InvalidOption(option, given, "a whole number above 0")
    return given
