"""Agents and their slots: who holds what, who has lent a slot, who wants one back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.company import Company
from callboard.actors.logic.outlook import Outlook, trades_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.actors.logic.members import Member
    from callboard.actors.logic.outlook import Needs
    from callboard.actors.logic.skills import Equivalences
    from callboard.messages.base import AgentId
    from callboard.messages.values import Agent, Lease, Token
    from callboard.messages.work import Waited


class Slots:
    """The companies of both modes, and what their agents hold.

    A lease takes a slot of its agent, except while it waits for a sub-goal: then its
    slot is lent to others. It gets one back before new work gets any.

    Args:
        equivalences: Which skills stand in for which.
        factor: See `Outlook`.

    Attributes:
        pushed: Agents that are given work.
        pulling: Agents that ask for it.
        outlook: What there is to do for them.
    """

    def __init__(
        self, equivalences: Equivalences, factor: Callable[[str, AgentId], float] | None = None
    ) -> None:
        self.outlook = Outlook(equivalences, factor)
        self.pushed = Company(equivalences, self.outlook.backlog)
        self.pulling = Company(equivalences, self.outlook.backlog)

    def company(self, agent: Agent) -> Company:
        """Where agents of its mode are."""
        return self.pulling if agent.pull else self.pushed

    def join(self, agent: Agent) -> Member:
        """It is registered, or registered anew: with other skills, or other slots."""
        self.outlook.joined(agent)
        return self.company(agent).join(agent)

    def join_all(self, coming: Sequence[tuple[Agent, int]]) -> None:
        """Strangers are registered.

        Args:
            coming: Each with the incarnation of its actor, if that is up, or 0.
        """
        trades = trades_of(agent for agent, _ in coming)
        self.outlook.all_joined([agent for agent, _ in coming], trades)
        for (agent, up), trade in zip(coming, trades, strict=True):
            self.company(agent).join(agent, up, trade)

    def leave(self, member: Member) -> None:
        """It has gone for good."""
        self.outlook.left(member.agent.id)
        self.company(member.agent).leave(member.agent.id)

    def member(self, agent: AgentId) -> Member | None:
        """The agent, however it gets its work."""
        return self.pushed.members.get(agent) or self.pulling.members.get(agent)

    def holder(self, lease: Lease) -> Member:
        """The agent of a lease that is current: nobody leaves with one.

        Raises:
            KeyError: There is none; the lease is not current.
        """
        return self.pushed.members.get(lease.agent) or self.pulling.members[lease.agent]

    def members(self) -> list[Member]:
        """Every agent."""
        return [*self.pushed.members.values(), *self.pulling.members.values()]

    def changed(self, member: Member) -> None:
        """Its load or its state has changed."""
        (self.pulling if member.agent.pull else self.pushed).changed(member)

    def could(self, needs: Needs) -> bool:
        """Whether any registered agent could ever do it."""
        return self.pushed.could(needs) or self.pulling.could(needs)

    def could_now(self, needs: Needs) -> bool:
        """Whether anybody who could do it takes anything, now or when there is a slot."""
        return self.pushed.could_now(needs) or self.pulling.could_now(needs)

    def share(self, needs: Needs, other: Needs) -> bool:
        """Whether anybody could do what has these needs, and what has the other ones."""
        return self.pushed.share(needs, other) or self.pulling.share(needs, other)

    def missing(self, needs: Needs) -> tuple[str, ...]:
        """The skills that nobody covers."""
        pulled = self.pulling.missing(needs)
        return tuple(skill for skill in self.pushed.missing(needs) if skill in pulled)

    def take(self, member: Member, lease: Lease) -> None:
        """The agent holds that lease from now on."""
        member.leases[lease.token] = lease
        (self.pulling if member.agent.pull else self.pushed).loaded(member)

    def free(self, member: Member, lease: Lease) -> list[Lease]:
        """The lease has ended, however; the answer is who gets a slot back by it."""
        member.leases.pop(lease.token, None)
        if member.ahead and lease.token in member.ahead:
            member.begin(lease.token)
        if member.waits:  # whatever is lent has waited
            member.lent.pop(lease.token, None)
            member.waits.pop(lease.token, None)
        if member.resuming:
            return self.give_back(member)
        (self.pulling if member.agent.pull else self.pushed).loaded(member)
        return []

    def stopped(self, member: Member, token: Token) -> list[Lease]:
        """What was revoked has ended at last; the answer is who gets a slot back by it."""
        if token not in member.stopping:
            return []
        member.stopping.pop(token, None)
        return self.give_back(member)

    def take_over(self, member: Member, waited: Waited) -> None:
        """What an earlier scheduler knew of the waits of a lease that the agent holds."""
        member.waits[waited.token] = waited.number
        if waited.lent:
            member.lent[waited.token] = None
        self.changed(member)

    def lend(self, member: Member, lease: Lease, number: int) -> list[Lease]:
        """The lease waits and needs no slot; the answer is who gets one back by it.

        What was heard before, or is older than what was, changes nothing.
        """
        if number <= member.waits.get(lease.token, 0):
            return []
        member.waits[lease.token] = number
        member.lent[lease.token] = None
        return self.give_back(member)

    def want_back(self, member: Member, lease: Lease, number: int) -> list[Lease]:
        """The lease waits no longer; the answer is who gets a slot back now."""
        known = member.waits.get(lease.token, 0)
        if number < known:
            return []  # it has long had that slot
        member.waits[lease.token] = number
        if lease.token not in member.lent:
            return [lease]  # it has one: nobody has heard that it waits, or it was told
        member.resuming.setdefault(lease.token)
        return self.give_back(member)

    def give_back(self, member: Member) -> list[Lease]:
        """Give what is free to those who want it back, the first to ask first."""
        back: list[Lease] = []
        while member.resuming and member.load < member.agent.max_load:
            first = next(iter(member.resuming))
            del member.resuming[first]
            lease = member.leases.get(first)
            if lease is not None:
                member.lent.pop(lease.token, None)
                back.append(lease)
        self.changed(member)
        return back
