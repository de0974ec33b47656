"""Who follows a goal, or everything; whoever stops listening is forgotten by itself."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    from callboard.messages.base import GoalId
    from callboard.messages.unions import Event
    from callboard.runtime.subscription import Subscription

    Group: TypeAlias = list[weakref.ref[Subscription]]


class Followers:
    """Subscriptions by what they follow; its owner sees that one thread is at it at a time.

    Attributes:
        of_all: Those who follow everything; only to be looked at, as the others.
        of: Those who follow a goal.
    """

    def __init__(self) -> None:
        self.of_all: Group = []
        self.of: dict[GoalId, Group] = {}

    def __len__(self) -> int:
        """How many there are, those included that have stopped listening a moment ago."""
        return len(self.of_all) + sum(map(len, self.of.values()))

    def add(self, subscription: Subscription, goal: GoalId | None) -> None:
        """It follows that goal; None is everything."""
        group = self.of_all if goal is None else self.of.setdefault(goal, [])
        group.append(weakref.ref(subscription))

    def leave(self, subscription: Subscription) -> None:
        """It follows nothing any more."""
        for group in (self.of_all, *self.of.values()):
            group[:] = [each for each in group if each() not in (None, subscription)]

    def tell(self, goal: GoalId, events: Sequence[Event]) -> None:
        """Those who follow that goal."""
        if goal in self.of:
            _push(self.of[goal], events)

    def tell_all(self, events: Sequence[Event]) -> None:
        """Those who follow everything."""
        if self.of_all:
            _push(self.of_all, events)

    def end(self, goal: GoalId) -> None:
        """Nothing will happen to that goal any more."""
        if self.of:
            _end(self.of.pop(goal, ()))

    def end_goals(self, events: Sequence[Event] = ()) -> None:
        """Nothing will happen to any goal after *events*."""
        for group in self.of.values():
            _push(group, events)
            _end(group)
        self.of.clear()

    def end_all(self) -> None:
        """Nothing will happen at all."""
        _end(self.of_all)
        self.of_all.clear()
        self.end_goals()


def _push(group: Group, events: Sequence[Event]) -> None:
    gone = False
    for event in events:
        for reference in group:
            subscription = reference()
            if subscription is None:
                gone = True
            else:
                subscription.push(event)
    if gone:
        group[:] = [reference for reference in group if reference() is not None]


def _end(group: Iterable[weakref.ref[Subscription]]) -> None:
    for reference in group:
        subscription = reference()
        if subscription is not None:
            subscription.end()
