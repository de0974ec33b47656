"""Why an agent got an attempt, and not another one: told of the latest choices.

As the agents stood when the choice was made (`sightings`); what somebody would take for
it, and how much other work there is for such agents, is told as it is known now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.outlook import needs_of, trade_of
from callboard.messages.reasons import AnyReason, Candidate, Chosen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callboard.actors.logic.company import Company
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.sightings import Seen
    from callboard.actors.logic.skills import Fit
    from callboard.messages.base import AgentId
    from callboard.messages.values import Lease, Subtask

SHOWN = 5
"""Agents that are told one by one, the chosen one included."""


def choice(leasing: Leasing, lease: Lease) -> Iterator[AnyReason]:
    """Who else could have got that attempt; nothing where it is too long ago."""
    if leasing.is_inherited(lease.token):
        return
    for company in (leasing.slots.pushed, leasing.slots.pulling):
        now = {m: m.seen for m in company.members.values() if m.seen is not None}
        found = company.sightings.of(lease.token.counter, now)
        if found is not None:
            at, subtask, stood = found
            able = _able(leasing, company, subtask, stood)
            yield Chosen(
                agent=lease.agent, at=at, count=len(able), candidates=_first(able, lease.agent)
            )


def _able(
    leasing: Leasing, company: Company, subtask: Subtask, stood: dict[Member, Seen]
) -> list[Candidate]:
    needs = needs_of(subtask.required_skills)
    fits = {trade: company.fit(needs, trade) for trade in {trade_of(m.agent) for m in stood}}
    found: list[tuple[bool, Fit, int, int, Candidate]] = []
    for member, seen in stood.items():
        how = fits[trade_of(member.agent)]
        if how is not None:
            told = _candidate(leasing, company, subtask, member, seen, how)
            found.append((seen.state != "free", how, seen.load, member.number, told))
    return [told for *_, told in sorted(found, key=lambda one: one[:-1])]


def _candidate(  # noqa: PLR0913, PLR0917 - what is known of one
    leasing: Leasing, company: Company, subtask: Subtask, member: Member, seen: Seen, how: Fit
) -> Candidate:
    expected = leasing.paces.expect(subtask, member.agent.id)
    return Candidate(
        agent=member.agent.id,
        fit=how.name.lower(),
        load=seen.load,
        max_load=seen.max_load,
        seconds=expected.seconds,
        backlog=company.backlog(member),
        number=member.number,
        state=seen.state,
    )


def _first(able: list[Candidate], chosen: AgentId) -> tuple[Candidate, ...]:
    """The first few, the chosen one among them."""
    own = [one for one in able[SHOWN - 1 :] if one.agent == chosen]
    return (*able[: SHOWN - len(own)], *own)
