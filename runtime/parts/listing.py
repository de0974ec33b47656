"""Which goals there are, a page at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable
from typing import TYPE_CHECKING

from callboard.actors.logic.pages import Page, Wanted, goal_page, place
from callboard.actors.logic.records import GoalStatus
from callboard.messages.errors.running import InvalidCall
from callboard.runtime.core import Core
from callboard.runtime.executors.waiting import text_of

if TYPE_CHECKING:
    from callboard.actors.logic.pages import Place
    from callboard.actors.logic.records import GoalRecord
    from callboard.messages.base import GoalId

PAGE = 100
"""Goals on a page, unless told otherwise."""


class ListingCalls(Core):
    """What there is in a runtime, where that may be much."""

    def goals(
        self,
        states: Iterable[GoalStatus | str] = (),
        *,
        text: str = "",
        key: str = "",
        limit: int = PAGE,
        after: str = "",
    ) -> Page:
        """All goals, also those of earlier runs, the one that was accepted last at the front.

        Args:
            states: Only those in one of these, as "running"; () for all.
            text: Only those whose text or context has that in it, in any case. Of goals
                that are not remembered, but read from the journal, only the text counts.
            key: Only the one with that idempotency key.
            limit: How many, at the most.
            after: The `next` of the page before; "" for the first page.

        Returns:
            Their live records, and where the next page begins.

        Raises:
            InvalidCall: An argument makes no sense.
            JournalError: The journal cannot be read.
        """
        wanted = wanted_of(states, text, key)
        if wanted.key:
            return goal_page(self._keyed(wanted.key), wanted, limit=limit, after=after)
        # Copied while nothing changes, and looked at while everything may.
        goals = self.hub.read(lambda board: dict(board.goals))
        older = self._older(goals, wanted, place(text_of("after", after)), limit)
        page = goal_page((*goals.values(), *older), wanted, limit=limit, after=after)
        ids = [record.goal.id for record in page.goals]
        return page._replace(goals=tuple(goals.get(g) or self.hub.goal(g) for g in ids))

    async def agoals(
        self,
        states: Iterable[GoalStatus | str] = (),
        *,
        text: str = "",
        key: str = "",
        limit: int = PAGE,
        after: str = "",
    ) -> Page:
        """The twin of `goals`: of very many it takes a moment to look through all."""
        return await asyncio.to_thread(
            self.goals, states, text=text, key=key, limit=limit, after=after
        )

    def _older(
        self, known: Container[GoalId], wanted: Wanted, before: Place, limit: int
    ) -> list[GoalRecord]:
        """Those of a page that are in the journal only, without their subtasks."""
        # One more than fits: it says whether there is another page.
        kept = self._world.journal.goals(wanted, before, max(0, limit + 1))
        return [record for record in kept if record.goal.id not in known]

    def _keyed(self, key: str) -> list[GoalRecord]:
        found = self._keeping.known(key)
        return [] if found is None else [self.hub.goal(found)]


def wanted_of(states: Iterable[GoalStatus | str], text: str, key: str) -> Wanted:
    """What `goals` was asked for.

    Raises:
        InvalidCall: An argument makes no sense.
    """
    return Wanted(frozenset(map(_state, states)), text_of("text", text), text_of("key", key))


def _state(given: str) -> GoalStatus:
    try:
        return GoalStatus(given)
    except ValueError:
        known = ", ".join(GoalStatus)
        raise InvalidCall("states", given, f"some of {known}") from None
