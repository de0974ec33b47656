"""Which events somebody wants to hear.

>>> from callboard.messages.facts import SubtaskQueued
>>> wanted = wanted_of(goals=("g1",), kinds=("Fact",))
>>> [wanted(SubtaskQueued(at=1.0, goal=goal, subtask="s")) for goal in ("g1", "g2")]
[True, False]
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, NamedTuple, get_args

from callboard.messages.errors.requests import MalformedRequest
from callboard.messages.facts import Fact, goal_of, subtask_of
from callboard.messages.notices import Notice
from callboard.messages.unions import Event

if TYPE_CHECKING:
    from collections.abc import Collection

KINDS: dict[str, tuple[type, ...]] = {
    **{kind.__name__: (kind,) for kind in get_args(Event)},
    **{
        base.__name__: tuple(k for k in get_args(Event) if issubclass(k, base))
        for base in (Fact, Notice)
    },
}
"""What can be asked for by name: a kind of event, or all facts, or all notices."""


class Wanted(NamedTuple):
    """What an event must be to be heard; an empty set leaves it open."""

    goals: frozenset[str]
    subtasks: frozenset[str]
    agents: frozenset[str]
    kinds: frozenset[type]

    def __call__(self, event: Fact | Notice) -> bool:
        """Whether it is heard."""
        return (
            (not self.kinds or type(event) in self.kinds)
            and (not self.goals or goal_of(event) in self.goals)
            and (not self.subtasks or subtask_of(event) in self.subtasks)
            and (not self.agents or not self.agents.isdisjoint(agents_of(event)))
        )


def wanted_of(
    goals: Collection[str] = (),
    subtasks: Collection[str] = (),
    agents: Collection[str] = (),
    kinds: Collection[str] = (),
) -> Wanted:
    """Events about any of each that is named.

    Raises:
        MalformedRequest: There is no such kind of event.
    """
    for kind in kinds:
        if kind not in KINDS:
            near = difflib.get_close_matches(kind, KINDS, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise MalformedRequest("type", f"{kind:.40} is no kind of event{hint}")
    chosen = frozenset(one for kind in kinds for one in KINDS[kind])
    return Wanted(frozenset(goals), frozenset(subtasks), frozenset(agents), chosen)


def agents_of(event: Fact | Notice) -> tuple[str, ...]:
    """The agents that an event is about.

    >>> from callboard.messages.notices import HeartbeatSeen
    >>> agents_of(HeartbeatSeen(at=0.0, agent="ann"))
    ('ann',)
    """
    named = getattr(event, "agent", None)
    if named is not None:
        return (named if isinstance(named, str) else named.id,)
    lease = getattr(event, "lease", None)
    if lease is not None:
        return (str(lease.agent),)
    whose, _, who = str(getattr(event, "address", "")).partition("/")
    return (who,) if whose == "agent" else tuple(getattr(event, "agents", ()))
