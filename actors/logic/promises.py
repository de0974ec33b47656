"""Agents that keep their own resources for a large demand which has waited for long.

Small demands pass a large one that no agent has room for. When it has waited for one
promotion, an agent is promised to it, or to whatever is of its kind: the agent gets nothing
else that demands resources of its own, until it has room. The oldest goes first, and an
agent is promised to one kind of work at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callboard.actors.logic.company import Company
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.outlook import Needs


def promise(leasing: Leasing, company: Company, now: float) -> bool:
    """See who is promised to what from now on; whether that has changed."""
    tau, before, bar = leasing.reserving.shortages.tau, company.promised, leasing.breakers.bar
    waiting: list[tuple[float, bool, int, Needs]] = []
    for number, needs in enumerate(company.rooms):
        head = leasing.queues.head_of(needs, now)
        if head is not None and head.since + tau <= now and bar(needs) is None:
            waiting.append((head.since, needs not in before, number, needs))
    found: dict[Needs, Member] = {}
    taken: set[str] = set()
    for *_, needs in sorted(waiting, key=lambda one: one[:3]):
        member = before.get(needs)
        if member is None and company.choose(needs) is not None:
            continue  # it gets that one now
        if member is None or not _serves(company, needs, member, taken):
            member = _best(company, needs, taken)
        if member is not None:
            found[needs] = member
            taken.add(member.agent.id)
    return company.promise(found)


def _serves(company: Company, needs: Needs, member: Member, taken: set[str]) -> bool:
    here = company.members.get(member.agent.id) is member and member.takes
    return here and member.agent.id not in taken and company.fits(needs, member)


def _best(company: Company, needs: Needs, taken: set[str]) -> Member | None:
    """Who may do it and has given away least of its own resources."""
    able = [(how, member) for how, member in company.eligible(needs) if member.takes]
    free = [(how, m) for how, m in able if m.agent.id not in taken]
    ranked = min(free, key=lambda one: (one[0], len(one[1].rooms), one[1].number), default=None)
    return None if ranked is None else ranked[1]
