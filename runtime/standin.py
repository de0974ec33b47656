"""Stands at the address of an agent that nobody has spoken to yet.

A company may be large and most of it idle. What an actor is made of, its logic, its
books and what runs its code, is made when the first message comes for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.mailbox import Mailbox
    from callboard.messages.base import Address, AgentId


class StandIn:
    """Has the actor take over as soon as something is in its mailbox.

    Args:
        address: Where it stands.
        incarnation: Of the actor.
        box: The mailbox of that address.
        enter: Has the actor of this stand-in take its place, unless that is not wanted
            any more; called by whoever sends, several at once perhaps.

    Attributes:
        over: Whether it stands there no more.
    """

    __slots__ = ("_box", "_enter", "address", "incarnation", "over")

    def __init__(
        self,
        address: Address,
        incarnation: int,
        box: Mailbox[Any],
        enter: Callable[[StandIn], object],
    ) -> None:
        self.address = address
        self.incarnation = incarnation
        self.over = False
        self._box = box
        self._enter = enter

    @property
    def agent_id(self) -> AgentId:
        """Whose place it keeps."""
        return self.address.partition("/")[2]

    def begin(self) -> None:
        """Wait for a message, unless one waits already: a predecessor may have left some."""
        self._box.wake, self._box.nudge = self, None
        if not self._box.empty():
            self()

    def end(self) -> bool:
        """Stand there no more; False where it did not before."""
        was, self.over = self.over, True
        return not was

    def __call__(self) -> None:
        """There is a message."""
        if not self.over:
            self._enter(self)
