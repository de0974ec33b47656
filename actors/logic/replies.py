"""What whoever asked is told: that it was done, or why not.

>>> from callboard.messages.commands import Done
>>> answer("caller/7", Done())
[Tell(to='caller/7', message=Done())]
>>> answer(NOBODY, Done())
[]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, Tell
from callboard.messages.base import NOBODY
from callboard.messages.commands import Refused
from callboard.messages.errors.base import problem_of

if TYPE_CHECKING:
    from callboard.messages.base import Address, Message
    from callboard.messages.errors.base import CallboardError


def answer(to: Address, reply: Message) -> list[Effect]:
    """The reply, unless nobody wants one."""
    return [] if to == NOBODY else [Tell(to, reply)]


def refuse(to: Address, why: CallboardError) -> list[Effect]:
    """The command cannot be carried out."""
    return answer(to, Refused(problem=problem_of(why)))
