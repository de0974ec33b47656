"""Where leases and resources meet: the steps of both, taken together.

What an attempt has is free when its handler has really ended. Of an agent that was told
to stop that is when it says so, as with its slot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.demands import room_of
from callboard.messages.work import Revoke

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from callboard.actors.logic.effects import Effect
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.members import Member
    from callboard.messages.resources import Claim
    from callboard.messages.values import Lease, Token


def reserve(leasing: Leasing, work: Work, member: Member, lease: Lease, now: float) -> list[Effect]:
    """An attempt begins, and has what it demands; its slot is taken afterwards."""
    room = room_of(work.needs)
    member.reserve(lease.token, room)
    return leasing.reserving.take(work, room, lease, now)


def freed(leasing: Leasing, work: Work, member: Member, lease: Lease, now: float) -> list[Effect]:
    """A lease has ended; its handler perhaps not yet. Its slot is given back afterwards."""
    if work.started:
        leasing.reserving.ran(lease.token)
    if lease.token in member.stopping:
        return []
    return give_back(leasing, member, [lease.token], now)


def give_back(
    leasing: Leasing, member: Member | None, tokens: Iterable[Token], now: float
) -> list[Effect]:
    """These handlers have ended; the member's own slots are looked at afterwards."""
    effects: list[Effect] = []
    for token in tokens:
        effects += leasing.reserving.release(token, now)
        if member is not None:
            member.give_back(token)
    return effects


def keep_stopping(leasing: Leasing, member: Member, leases: Iterable[Lease], now: float) -> None:
    """An earlier scheduler has told these handlers to stop, and they have not yet.

    They are asked after: word of one that has may have come before.
    """
    for lease in leases:
        if lease.token not in member.stopping:
            member.stopping[lease.token] = None
            again = Revoke(token=lease.token, reason="it was revoked before")
            leasing.auditing.revoke(member, again, now)
    leasing.slots.changed(member)


def join(leasing: Leasing, member: Member) -> None:
    """It has joined: of an earlier scheduler it may have attempts that are not known yet."""
    for token, holding in leasing.reserving.held.items():
        if holding.lease.agent == member.agent.id and leasing.is_inherited(token):
            own = tuple((c.resource, c.amount) for c in holding.claims if c.of == "agent")
            member.reserve(token, own)
    leasing.slots.changed(member)


def give_back_lost(leasing: Leasing, runs: Callable[[Lease], bool], now: float) -> list[Effect]:
    """What an earlier scheduler gave out, and nobody has any more, is there for others.

    Args:
        leasing: Has it now.
        runs: Whether an attempt that is not current may run all the same: its agent says
            so, or has not been heard. It keeps what it has until word of its end comes.
        now: Seconds since the epoch.
    """
    effects: list[Effect] = []
    for token, holding in list(leasing.reserving.held.items()):
        lease = holding.lease
        if not leasing.is_inherited(token) or leasing.current(lease) is not None:
            continue
        if not runs(lease):
            effects += give_back(leasing, leasing.slots.member(lease.agent), [token], now)
    return effects


def ended(leasing: Leasing, member: Member, token: Token, now: float) -> list[Effect]:
    """An agent says that a handler which it was told to stop does not run."""
    holding = leasing.reserving.held.get(token)
    if holding is None or leasing.current(holding.lease) is not None:
        return []
    return give_back(leasing, member, [token], now)


def put_aside(leasing: Leasing, work: Work, claim: Claim, now: float) -> list[Effect]:
    """It could have an agent and lacks that; others go before it meanwhile."""
    leasing.queues.drop(work)
    effects = leasing.reserving.put_aside(work, claim, now)
    refused = leasing.reserving.refused(work, claim)
    return effects if refused is None else [*effects, *leasing.give_up(work, refused)]


def wakes(leasing: Leasing) -> bool:
    """Whether there may be something for somebody who was put aside."""
    reserving, slots = leasing.reserving, leasing.slots
    if reserving.shortages:
        reserving.reconsider((slots.pushed.shifts, slots.pulling.shifts, leasing.breakers.changes))
    return bool(reserving.touched)


def refill(leasing: Leasing, now: float) -> list[Effect]:
    """Whoever need not wait for a resource any more stands in the queues again, or fails."""
    effects: list[Effect] = []
    for work, refused, said in leasing.reserving.admitted(now):
        effects += said
        if work is not None and refused is None:
            leasing.stand_again(work)
        elif work is not None and refused is not None:
            effects += leasing.give_up(work, refused)
    return effects
