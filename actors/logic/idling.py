"""What waits for a resource although it is there: nothing ever should.

A naive count, which looks at all that waits for each of them. The simulator makes it
after the scheduler's turns; nobody else does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.ledger import source
from callboard.actors.logic.lifecycle import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.ledger import Source
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.reserving import Reserving


def idling(leasing: Leasing, now: float) -> list[Work]:
    """Who stands aside though there is enough for it, beside what it must leave to others.

    Nobody is judged before its turn is over. It leaves something to those who were let in
    and have no agent yet, and to the oldest that is not passed any more. What time gives
    back is not judged: a timer may be late.
    """
    if leasing.recovering or leasing.reserving.touched:
        return []  # in the middle of things
    waiting = [work for work in leasing.works.values() if work.turn and not work.gates]
    let_in = [w for w in waiting if w.line is None and w.state is State.QUEUED]
    kept = _kept(leasing.reserving, waiting, now)
    return [
        work
        for work in waiting
        if work.line is not None and _has_all(leasing.reserving, work, let_in, kept, now)
    ]


def _kept(reserving: Reserving, waiting: Sequence[Work], now: float) -> dict[Source, Work]:
    """Of each supply, the oldest that is not passed any more."""
    found: dict[Source, Work] = {}
    for work in sorted(waiting, key=_age):
        if work.since + reserving.shortages.tau <= now and reserving.obstacle(work) is None:
            for claim in work.claims:
                found.setdefault(source(claim), work)
    return found


def _age(work: Work) -> tuple[float, int]:
    return work.since, work.turn


def _has_all(
    reserving: Reserving, work: Work, let_in: Sequence[Work], kept: dict[Source, Work], now: float
) -> bool:
    for claim in work.claims:
        key = source(claim)
        free = reserving.free(claim, work.ready, now)
        others = set(let_in)
        keeper = kept.get(key)
        if keeper is not None and _age(keeper) < _age(work):
            others.add(keeper)
        left = sum(c.amount for other in others for c in other.claims if source(c) == key)
        if free is None or free < claim.amount + left:
            return False
    return True
