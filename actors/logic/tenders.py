"""What is being negotiated, and what was awarded for a bid and still runs.

A subtask is put out to tender when it would be given to an agent by the usual rule. Until
it is decided it stands in no queue. One slot of that agent, the *stand-in*, is kept: so
there are never more negotiations than free slots, and should no bid come, the subtask
goes where it would have gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.members import Member
    from callboard.messages.base import AgentId, SubtaskId
    from callboard.messages.bids import Bid
    from callboard.messages.facts import Offer
    from callboard.messages.values import Token


class Asked(NamedTuple):
    """Who may bid.

    Attributes:
        incarnation: Of its actor; a successor has bid nothing.
    """

    member: Member
    incarnation: int


class Tender:
    """One negotiation.

    Attributes:
        call: Names it.
        stand_in: Who keeps a slot for it; None once that is given back.
        asked: Who may bid, in the order of the usual rule.
        silent: Who of them has not answered.
        bids: That count so far.
        until: Seconds since the epoch when answers count no longer.
    """

    __slots__ = ("asked", "bids", "call", "silent", "stand_in", "until", "work")

    def __init__(self, call: Token, work: Work, stand_in: Member, until: float) -> None:
        self.call = call
        self.work = work
        self.stand_in: Member | None = stand_in
        self.until = until
        self.asked: dict[AgentId, Asked] = {}
        self.silent: dict[AgentId, None] = {}
        self.bids: dict[AgentId, Offer] = {}


class Award(NamedTuple):
    """An attempt that an agent got for a bid of its own."""

    token: Token
    agent: AgentId
    bid: Bid


class Tenders:
    """All negotiations, and the awards that still run.

    Attributes:
        calls: What is being negotiated, by the call.
        ripe: What of it is to be decided now.
        left: Ended without a decision: their stand-ins' slots are still kept.
        ruled: Subtasks that were put out in vain; the usual rule decides about them next.
        awarded: By the token of the attempt.
    """

    def __init__(self) -> None:
        self.calls: dict[Token, Tender] = {}
        self.ripe: dict[Token, None] = {}
        self.left: list[Tender] = []
        self.ruled: set[SubtaskId] = set()
        self.awarded: dict[Token, Award] = {}
        self._of: dict[SubtaskId, Token] = {}
        self._kept: dict[AgentId, dict[Token, None]] = {}

    def __bool__(self) -> bool:
        """Whether anything is being negotiated."""
        return bool(self.calls)

    def of(self, subtask: SubtaskId) -> Tender | None:
        """What is negotiated about that subtask, if anything is."""
        call = self._of.get(subtask)
        return None if call is None else self.calls[call]

    def add(self, tender: Tender) -> None:
        """It begins."""
        self.calls[tender.call] = tender
        self._of[tender.work.uuid] = tender.call
        if tender.stand_in is not None:
            self._stands(tender, tender.stand_in)

    def end(self, tender: Tender) -> None:
        """It is decided, or given up."""
        del self.calls[tender.call], self._of[tender.work.uuid]
        self.ripe.pop(tender.call, None)

    def leave(self, work: Work) -> None:
        """The subtask is not to be had any more, if it is being negotiated."""
        tender = self.of(work.uuid)
        if tender is not None:
            self.end(tender)
            self.left.append(tender)

    def forget(self, work: Work) -> None:
        """It is no business of ours any more."""
        self.ruled.discard(work.uuid)

    # Who keeps a slot for which

    def stand_in(self, tender: Tender, member: Member | None) -> None:
        """That agent keeps a slot for it from now on, in place of another one, or nobody."""
        if tender.stand_in is not None:
            kept = self._kept[tender.stand_in.agent.id]
            del kept[tender.call]
            if not kept:
                del self._kept[tender.stand_in.agent.id]
        tender.stand_in = member
        if member is not None:
            self._stands(tender, member)

    def kept_by(self, member: Member) -> Iterable[Tender]:
        """For which it keeps a slot."""
        return [self.calls[call] for call in self._kept.get(member.agent.id, ())
                if call in self.calls and self.calls[call].stand_in is member]  # fmt: skip

    def _stands(self, tender: Tender, member: Member) -> None:
        self._kept.setdefault(member.agent.id, {})[tender.call] = None
