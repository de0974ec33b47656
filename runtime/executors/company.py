"""Many agents at once, made into definitions: what they have in common is looked at once.

>>> def work(task): ...
>>> company = definitions_of({"ann": work, "bob": work}, {"skills": ["sql"]})
>>> [(one.agent.id, one.agent.skills[0].name) for one in company]
[('ann', 'sql'), ('bob', 'sql')]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from callboard.actors.logic.given import skills_of
from callboard.messages.errors.agents import InvalidOption
from callboard.messages.errors.running import InvalidCall
from callboard.runtime.executors.definition import AgentDefinition, definition_of, namesake

if TYPE_CHECKING:
    from callboard.messages.base import AgentId
    from callboard.messages.values import Agent
    from callboard.runtime.executors.definition import AgentOptions

GivenCompany: TypeAlias = "Mapping[AgentId, object] | Iterable[object]"
"""Agents by their ids; or agents that have ids of their own, or names that serve as such."""


class Recruits(NamedTuple):
    """Agents that come together.

    Attributes:
        agents: In the order in which they were given.
        definitions: Of each of them, in the same order. Those who are alike share one, which
            is the first one's: ten thousand of them are a part of what a crowd takes.
    """

    agents: list[Agent]
    definitions: list[AgentDefinition]


def definitions_of(given: GivenCompany, options: AgentOptions) -> list[AgentDefinition]:
    """The agents that these are, each with a definition of its own; see `recruits_of`."""
    return [made.of(agent) for agent, made in zip(*recruits_of(given, options), strict=True)]


def recruits_of(given: GivenCompany, options: AgentOptions) -> Recruits:
    """The agents that these are.

    Args:
        given: As `definition_of` takes each of them.
        options: Of all of them; no `id`.

    Raises:
        InvalidCall: They are no mapping, and cannot be gone through either.
        InvalidAgent: One of them cannot be registered as it is.
    """
    common = _common(options)
    if isinstance(given, Mapping):
        return _named(cast("Mapping[AgentId, object]", given), common)
    if not isinstance(cast("object", given), Iterable):
        raise InvalidCall("agents", given, "agents, or a mapping from ids to agents")
    definitions = [definition_of(each, **common) for each in given]
    return Recruits([definition.agent for definition in definitions], definitions)


def _named(given: Mapping[AgentId, object], common: AgentOptions) -> Recruits:
    recruits, seen = Recruits([], []), dict[int, AgentDefinition]()
    for name, each in list(given.items()):  # which keeps each alive, and so its number its own
        alike = seen.get(id(each))
        if alike is None:
            own: AgentOptions = {**common, "id": name}
            alike = seen[id(each)] = definition_of(each, **own)
            recruits.agents.append(alike.agent)
        else:
            recruits.agents.append(namesake(alike, each, name))
        recruits.definitions.append(alike)
    return recruits


def _common(options: AgentOptions) -> AgentOptions:
    if "id" in options:
        raise InvalidOption("id", options["id"], "left out: each agent has its own")
    if "skills" not in options:
        return options
    return {**options, "skills": skills_of(options["skills"])}  # once: they may be a generator
