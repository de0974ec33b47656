"""What a function for bids returns, made into a bid; and what is wrong with one."""

from __future__ import annotations

import math
import numbers

from callboard.messages.bids import Bid
from callboard.messages.errors.agents import InvalidOption

EXPECTED = "a Bid, a number of seconds, or None to decline"


def bid_of(given: object) -> Bid | None:
    """The bid; None where it is declined.

    Args:
        given: A bid, seconds that the work would take, or None.

    Raises:
        InvalidOption: Another type, or a figure that makes no sense.

    >>> bid_of(90)
    Bid(seconds=90.0, cost=0.0, confidence=1.0)
    >>> bid_of(None) is None
    True
    """
    if given is None:
        return None
    if not isinstance(given, bool) and isinstance(given, numbers.Real):  # numpy's too
        given = Bid(seconds=float(given))
    if not isinstance(given, Bid):
        raise InvalidOption("a bid", given, EXPECTED)
    wrong = flaw(given)
    if wrong:
        raise InvalidOption("a bid", given, wrong)
    return given


def flaw(bid: Bid) -> str:
    """What its figures should be; "" where they are.

    >>> flaw(Bid(seconds=math.nan))
    'a number of seconds, not negative'
    """
    if not _at_least_0(bid.seconds):
        return "a number of seconds, not negative"
    if not _at_least_0(bid.cost):
        return "a cost that is a number, not negative"
    if not (_at_least_0(bid.confidence) and bid.confidence <= 1):
        return "a confidence from 0 to 1"
    return ""


def _at_least_0(value: object) -> bool:
    """It comes from users' code, whatever its type says."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return False
    return 0 <= float(value) < math.inf
