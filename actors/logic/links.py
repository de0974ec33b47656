"""What agents go on with by themselves: subtasks that follow what they still run.

Each is a lease that only its agent and the scheduler know of. It is on no record, and is
nobody's by it, until what it follows has been completed and recorded: then it is a lease
like any other (`chaining`), or was never one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.reports import Said
    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Follower, Lease, Ready, Setback, Token


class Link:
    """One of them.

    Attributes:
        ready: What is done, but for its input.
        after: The attempt that it follows.
        incarnation: Of the agent's actor that was given it.
        heads: What it follows was completed: it runs, in the slot of that.
        said: What the agent has said of it, in order.
    """

    __slots__ = ("after", "heads", "incarnation", "lease", "member", "ready", "said")

    def __init__(self, follower: Follower, after: Token, member: Member) -> None:
        self.lease: Lease = follower.lease
        self.ready: Ready = follower.ready
        self.after = after
        self.member = member
        self.incarnation = member.incarnation
        self.heads = False
        self.said: list[Said] = []


class Links:
    """All of them.

    Attributes:
        by_token: By their own token.
        by_uuid: By their subtask.
        behind: By the attempt that they follow, while that runs.
        heads: Likewise, since that was completed.
        downs: What took its agent down before it was ready, and when.
    """

    __slots__ = ("behind", "by_token", "by_uuid", "downs", "heads")

    def __init__(self) -> None:
        self.by_token: dict[Token, Link] = {}
        self.by_uuid: dict[SubtaskId, Link] = {}
        self.behind: dict[Token, Link] = {}
        self.heads: dict[Token, Link] = {}
        self.downs: dict[SubtaskId, list[Setback]] = {}

    def all(self) -> list[Link]:
        """Each of them, as they were made."""
        return list(self.by_token.values())

    def add(self, link: Link) -> None:
        """It follows what runs."""
        self.by_token[link.lease.token] = self.by_uuid[link.lease.subtask] = link
        self.behind[link.after] = link

    def advance(self, link: Link) -> None:
        """What it follows was completed: it runs now."""
        del self.behind[link.after]
        link.heads = True
        self.heads[link.after] = link

    def remove(self, link: Link) -> None:
        """It is on record, or off; what follows it stays."""
        del self.by_token[link.lease.token], self.by_uuid[link.lease.subtask]
        del (self.heads if link.heads else self.behind)[link.after]
