"""Which goals there are, a page at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from callboard.actors.logic.pages import Page, Wanted, goal_page
from callboard.actors.logic.records import GoalStatus
from callboard.messages.errors.running import InvalidCall
from callboard.runtime.core import Core
from callboard.runtime.executors.waiting import text_of

if TYPE_CHECKING:
    from callboard.actors.logic.records import GoalRecord

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
        """The goals that are remembered, the one that was accepted last at the front.

        Args:
            states: Only those in one of these, as "running"; () for all.
            text: Only those whose text or context has that in it, in any case.
            key: Only the one with that idempotency key.
            limit: How many, at the most.
            after: The `next` of the page before; "" for the first page.

        Returns:
            Their live records, and where the next page begins.

        Raises:
            InvalidCall: An argument makes no sense.
        """
        wanted = Wanted(frozenset(map(_state, states)), text_of("text", text), text_of("key", key))
        # Copied while nothing changes, and looked at while everything may.
        goals: list[GoalRecord] = self.hub.read(lambda board: list(board.goals.values()))
        return goal_page(goals, wanted, limit=limit, after=text_of("after", after))

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


def _state(given: str) -> GoalStatus:
    try:
        return GoalStatus(given)
    except ValueError:
        known = ", ".join(GoalStatus)
        raise InvalidCall("states", given, f"some of {known}") from None
