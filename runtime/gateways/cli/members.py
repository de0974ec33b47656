"""The agents that a module declares."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from types import ModuleType
from typing import NamedTuple, cast

from callboard.messages.errors.agents import AgentIdTaken, InvalidAgent, NotAnAgent
from callboard.messages.values import Agent
from callboard.runtime.executors.definition import OPTIONS, definition_of
from callboard.runtime.gateways.cli.complaints import Complaint
from callboard.runtime.gateways.cli.modules import Spec, imported, spec_of


class Member(NamedTuple):
    """An agent of a module.

    Attributes:
        module: As it was written.
        name: In the module.
        target: What is to be registered.
        agent: What is known of it.
    """

    module: str
    name: str
    target: object
    agent: Agent

    @property
    def kind(self) -> str:
        """What it is: "function", "coroutine", "class" or "object"."""
        if inspect.isclass(self.target):
            return "class"
        if inspect.iscoroutinefunction(self.target):
            return "coroutine"
        return "function" if inspect.isroutine(self.target) else "object"


def members_of(specs: Iterable[str]) -> list[Member]:
    """All agents that are meant, in the order in which they are declared.

    Raises:
        Complaint: A module cannot be imported, or has none or not those agents.
    """
    found: list[Member] = []
    for spec in map(spec_of, specs):
        module = imported(spec)
        named = [(name, _named(spec, module, name)) for name in spec.names] or _declared(module)
        if not named:
            raise Complaint(f"{spec.text!r} declares no agents: decorate them with @agent")
        found += [_member(spec, name, target) for name, target in named]
    once = list({id(member.target): member for member in found}.values())
    _check_ids(once)
    return once


def _declared(module: ModuleType) -> list[tuple[str, object]]:
    """What was decorated itself: an object of a decorated class was not."""
    found: dict[int, tuple[str, object]] = {}
    for name, target in cast("dict[str, object]", vars(module)).items():
        if OPTIONS in getattr(target, "__dict__", {}):
            found.setdefault(id(target), (name, target))
    return list(found.values())


def _named(spec: Spec, module: ModuleType, name: str) -> object:
    try:
        return getattr(module, name)
    except AttributeError:
        known = ", ".join(name for name, _ in _declared(module)) or "none"
        raise Complaint(f"{spec.text!r} has no {name!r}; its agents: {known}") from None


def _member(spec: Spec, name: str, target: object) -> Member:
    try:
        return Member(spec.text, name, target, definition_of(target).agent)
    except InvalidAgent as error:
        fault = "caller" if isinstance(error, NotAnAgent) else "module"
        raise Complaint(f"{name} of {spec.text!r}: {error}", fault=fault) from None


def _check_ids(members: Iterable[Member]) -> None:
    first: dict[str, Member] = {}
    for member in members:
        other = first.setdefault(member.agent.id, member)
        if other is not member:
            places = f"{other.name} of {other.module!r} and {member.name} of {member.module!r}"
            raise Complaint(f"{places}: {AgentIdTaken(member.agent.id)}", fault="module")
