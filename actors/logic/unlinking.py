"""Chains are broken off: what an agent was to go on with is revoked (`links`, `chaining`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect
from callboard.messages.values import Setback
from callboard.messages.work import Cancelled, Completed, Failed, HadStarted, Revoke, Started

if TYPE_CHECKING:
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.links import Link, Links
    from callboard.actors.logic.members import Member
    from callboard.messages.values import Problem, Token

_NOTHING = frozenset[type]()
_BEGINS = frozenset((Started, HadStarted, Completed, Failed))
_ENDS = frozenset((Completed, Failed, Cancelled))

UNTIED = "its agent has given back what it follows"
"""Why a chain is broken off of which the agent says a part."""


def break_off(leasing: Leasing, link: Link, reason: str, now: float) -> list[Effect]:
    """It is not to begin, nor what follows it; what of it has begun is stopped."""
    links, member, effects = leasing.links, link.member, list[Effect]()
    following: Link | None = link
    while following is not None:
        links.remove(following)
        token = following.lease.token
        member.leases.pop(token, None)
        if _is_there(leasing, following):
            member.stopping[token] = None
            effects.append(leasing.auditing.revoke(member, Revoke(token=token, reason=reason), now))
        following = links.behind.get(token)
    if leasing.slots.pushed.members.get(link.lease.agent) is member:
        effects += leasing.resume(member, leasing.slots.give_back(member), now)
    return effects


def _is_there(leasing: Leasing, link: Link) -> bool:
    """Whether it lives whom it was given to."""
    member = link.member
    known = leasing.slots.pushed.members.get(link.lease.agent) is member
    return known and member.up and member.incarnation == link.incarnation


def given_up(leasing: Leasing, token: Token, now: float) -> list[Effect]:
    """Its agent has said that it will not begin that; nothing where it is on record."""
    links = leasing.links
    link = links.by_token.get(token)
    if link is None:
        return []
    following = links.behind.get(token)
    effects = [] if following is None else break_off(leasing, following, UNTIED, now)
    links.remove(link)
    link.member.leases.pop(token, None)
    return effects + leasing.resume(link.member, leasing.slots.give_back(link.member), now)


def blame_links(leasing: Leasing, member: Member, problem: Problem, now: float) -> set[Token]:
    """Note what that agent ran of its chains when it went down; it is on no record yet.

    Returns:
        What it had done before that, whether or not it has been heard.
    """
    links: Links = leasing.links
    done: set[Token] = set()
    for link in links.all():
        said = {type(word) for word in link.said} if link.member is member else _NOTHING
        if said.isdisjoint(_BEGINS):
            continue
        if said.isdisjoint(_ENDS):
            setback = Setback(agent=member.agent.id, at=now, problem=problem, down=True)
            links.downs.setdefault(link.lease.subtask, []).append(setback)
        before: Link | None = link
        while before is not None:
            done.add(before.after)
            before = links.by_token.get(before.after)
    return done


def break_all_of(leasing: Leasing, member: Member, reason: str, now: float) -> list[Effect]:
    """That agent goes on with nothing by itself."""
    links = [link for link in leasing.links.all() if link.member is member]
    return break_where(leasing, links, reason, now)


def break_where(leasing: Leasing, links: list[Link], reason: str, now: float) -> list[Effect]:
    """Break off each of these that is not off yet, with one that came before it."""
    effects: list[Effect] = []
    for link in links:
        if leasing.links.by_token.get(link.lease.token) is link:
            effects += break_off(leasing, link, reason, now)
    return effects
