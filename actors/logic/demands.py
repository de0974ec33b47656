"""What a subtask demands, told apart by who has to meet it.

What the runtime or the goal limits is claimed from them. Anything else is for the agent
to offer: to be able to do the work at all it must offer as much, so such a demand is one
more thing that is required of it, like a skill with a level.

>>> from callboard.messages.resources import Amount
>>> required(Amount(resource="GPU", amount=2))
Skill(name='resource:gpu', level=2)
>>> room_of(frozenset({Skill(name="sql"), Skill(name="resource:gpu", level=2.0)}))
(('gpu', 2.0),)
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.skills import RESOURCE, normal
from callboard.messages.resources import Amount, Claim
from callboard.messages.values import Skill

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callboard.messages.resources import Supply
    from callboard.messages.values import Ready

Room: TypeAlias = tuple[tuple[str, float], ...]
"""What must be free of an agent's own resources, by `normal` name; in the order of names."""


def required(demand: Amount) -> Skill:
    """The demand as something that is required of an agent, and an offer as its skill."""
    return Skill(name=RESOURCE + normal(demand.resource), level=demand.amount)


def room_of(needs: Iterable[Skill]) -> Room:
    """What of those needs is for an agent's resources."""
    found = ((s.name.removeprefix(RESOURCE), s.level or 0.0) for s in needs if is_resource(s.name))
    return tuple(sorted(found))


def is_resource(name: str) -> bool:
    """Whether it is the name of a resource among skills."""
    return name.startswith(RESOURCE)


def divide(
    ready: Ready, supplies: Mapping[str, Supply]
) -> tuple[tuple[Skill, ...], tuple[Claim, ...]]:
    """What agents must offer for a subtask, and what is claimed from others.

    Args:
        ready: The subtask, with the budget of its goal.
        supplies: What the runtime limits, by `normal` name.
    """
    offered: list[Skill] = []
    claims: list[Claim] = []
    for demand in ready.subtask.demands:
        name = normal(demand.resource)
        found = claimed(name, demand.amount, ready, supplies)
        claims += found
        if not found:
            offered.append(required(demand))
    claims += [Claim(resource=key, of="key") for key in ready.subtask.keys]
    return tuple(offered), tuple(claims)


def claimed(name: str, amount: float, ready: Ready, supplies: Mapping[str, Supply]) -> list[Claim]:
    """The claims on runtime and goal for so much of a resource; none where neither limits it."""
    found: list[Claim] = []
    if name in supplies:
        found.append(Claim(resource=name, of="runtime", amount=amount))
    if any(normal(allowance.resource) == name for allowance in ready.budget):
        found.append(Claim(resource=name, of="goal", amount=amount, goal=ready.goal))
    return found


def places(key: str, concurrency: Mapping[str, int]) -> int:
    """How many with that concurrency key may run at once.

    The key itself goes before patterns with `*`, `?` and `[...]`, and of these the first
    that fits. A key that nobody speaks of lets one run at a time: it would be there for
    nothing else.

    >>> places("customer-7", {"customer-*": 3, "customer-1": 9}), places("printer", {})
    (3, 1)
    """
    exact = concurrency.get(key)
    if exact is not None:
        return exact
    fitting = (k for pattern, k in concurrency.items() if fnmatchcase(key, pattern))
    return next(fitting, 1)


def lacks(free: Mapping[str, float], room: Room) -> bool:
    """Whether less is *free* of an agent's resources than the *room* that is wanted."""
    return any(free.get(name, 0.0) * (1 + 1e-9) + 1e-9 < wanted for name, wanted in room)
