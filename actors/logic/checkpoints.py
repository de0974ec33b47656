"""Which of two checkpoints is the newer one: a link may let an older one overtake it.

>>> first, second = Saved(token=Token(boot=1, incarnation=1, counter=7), number=1), None
>>> is_older(first, second), is_known(first, first)
(False, True)
"""

from __future__ import annotations

from callboard.messages.values import Saved, Token

__all__ = ["Saved", "Token", "is_known", "is_older"]


def is_older(new: Saved, known: Saved | None) -> bool:
    """Whether *new* was saved before what is *known*; of one attempt who counts can tell.

    >>> token = Token(boot=1, incarnation=1, counter=7)
    >>> known = Saved(token=token, number=2)
    >>> [is_older(Saved(token=token, number=n), known) for n in (0, 1, 2, 3)]
    [False, True, False, False]
    """
    if known is None or new >= known:
        return False
    return new.number > 0 or new.token < known.token


def is_known(new: Saved, known: Saved | None) -> bool:
    """Whether it is the very one that is *known* already."""
    return new.number > 0 and new == known
