"""What waits for a resource although it is there: nothing ever should.

A naive count, which looks at all that waits for each of them. The simulator makes it
after the scheduler's turns; nobody else does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.ledger import source
from callboard.actors.logic.lifecycle import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
    in_line = [work for work in waiting if work.line is not None]
    if not in_line:
        return []
    reserving = leasing.reserving
    let_in = [w for w in waiting if w.line is None and w.state is State.QUEUED]
    taken = _taken(let_in)
    # What is left to the oldest is worked out only where there would be enough without that.
    able = [work for work in in_line if _has_all(reserving, work, taken, {}, now)]
    if not able:
        return []
    older = {
        key: work for key, work in _kept(reserving, waiting, now).items() if work not in let_in
    }
    return [work for work in able if _has_all(reserving, work, taken, older, now)]


def _taken(works: Iterable[Work]) -> dict[Source, float]:
    """What they have of each supply together."""
    found: dict[Source, float] = {}
    for work in works:
        for claim in work.claims:
            key = source(claim)
            found[key] = found.get(key, 0.0) + claim.amount
    return found


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
    reserving: Reserving,
    work: Work,
    taken: Mapping[Source, float],
    kept: Mapping[Source, Work],
    now: float,
) -> bool:
    for claim in work.claims:
        key = source(claim)
        free = reserving.free(claim, work.ready, now)
        if free is None:
            return False
        left = taken.get(key, 0.0)
        keeper = kept.get(key)
        if keeper is not None and _age(keeper) < _age(work):
            left += sum(c.amount for c in keeper.claims if source(c) == key)
        if free < claim.amount + left:
            return False
    return True
