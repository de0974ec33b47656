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
    """Subscriptions by what they follow; its owner sees that one thread is at it at a time."""

    def __init__(self) -> None:
        self._of_all: Group = []
        self._of: dict[GoalId, Group] = {}

    def __len__(self) -> int:
        """How many there are, those included that have stopped listening a moment ago."""
        return len(self._of_all) + sum(map(len, self._of.values()))

    def add(self, subscription: Subscription, goal: GoalId | None) -> None:
        """It follows that goal; None is everything."""
        group = self._of_all if goal is None else self._of.setdefault(goal, [])
        group.append(weakref.ref(subscription))

    def leave(self, subscription: Subscription) -> None:
        """It follows nothing any more."""
        for group in (self._of_all, *self._of.values()):
            group[:] = [each for each in group if each() not in (None, subscription)]

    def tell(self, goal: GoalId, events: Sequence[Event]) -> None:
        """Those who follow that goal."""
        if self._of and goal in self._of:
            _push(self._of[goal], events)

    def tell_all(self, events: Sequence[Event]) -> None:
        """Those who follow everything."""
        if self._of_all:
            _push(self._of_all, events)

    def end(self, goal: GoalId) -> None:
        """Nothing will happen to that goal any more."""
        if self._of:
            _end(self._of.pop(goal, ()))

    def end_goals(self, events: Sequence[Event] = ()) -> None:
        """Nothing will happen to any goal after *events*."""
        for group in self._of.values():
            _push(group, events)
            _end(group)
        self._of.clear()

    def end_all(self) -> None:
        """Nothing will happen at all."""
        _end(self._of_all)
        self._of_all.clear()
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
