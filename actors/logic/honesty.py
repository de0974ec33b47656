"""How far an agent's past bids were from the truth, and what its next one is worth.

A bid says seconds and a confidence. Both are taken for what they turned out to be worth:

- *seconds* are multiplied by `exp(r)`, where r is the mean of log(taken / bid) of the
  agent's past attempts, drawn towards 0 as if `TRUST` honest bids had been made. A factor,
  so an agent that always says half of the truth is known after a few bids of any size;
- *confidence* is shifted by the mean of (came off - confidence bid), drawn towards 0 in the
  same way: what is learnt is the surplus, so an agent that says 0.3 and succeeds in three
  of ten is as honest as one that says 1 and always does.

Old figures fade, half of their weight in `HALF_LIFE` attempts. A bid's score is
`(seconds + price * cost) / confidence` with the corrected figures: what it takes until the
subtask is done, if each attempt fails with that probability and is made anew (the mean of a
geometric distribution). The least score is awarded.

Sources: shrinkage, Efron and Morris, Stein's Paradox in Statistics, 1977; calibration in
the large, Cox, Two Further Applications of a Model for Binary Regression, 1958; fading,
the forgetting factor of Josang and Ismail, The Beta Reputation System, 2002.

>>> from callboard.messages.values import Token
>>> token = Token(boot=1, incarnation=1, counter=1)
>>> honesty, lease = Honesty(), Lease(goal="g", subtask="s", agent="any", token=token)
>>> for _ in range(40):
...     _ = honesty.finished("flatterer", Bid(seconds=10.0), 40.0, lease, 0.0)
...     _ = honesty.finished("honest", Bid(seconds=30.0), 30.0, lease, 0.0)
>>> worth = {who: honesty.score(who, Bid(seconds=s)) for who, s in
...          (("flatterer", 10.0), ("honest", 30.0), ("unknown", 20.0))}
>>> sorted(worth, key=worth.get), round(worth["flatterer"], 1)
(['unknown', 'honest', 'flatterer'], 37.7)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from callboard.messages import facts
from callboard.messages.bids import Bid
from callboard.messages.values import Lease, replace

if TYPE_CHECKING:
    from callboard.messages.base import AgentId
    from callboard.messages.facts import HonestyLearnt

HALF_LIFE = 20
"""Attempts in which a figure loses half of its weight."""

TRUST = 1.0
"""How many honest bids an agent of which nothing is known is thought to have made."""

LEAST = 0.02
"""What every confidence is at the least: nobody is certain to fail."""

LONGEST_LOG = 10.0
"""What log(taken / bid) is at the most, either way: one figure must not decide for ever."""

AGENTS = 10_000
"""Of how many something is known; beyond that those who have bid last."""

_FADE = 0.5 ** (1.0 / HALF_LIFE)


class Honesty:
    """What is learnt of the bids of each agent; an agent of which nothing is, is believed."""

    def __init__(self) -> None:
        self._learnt: dict[AgentId, HonestyLearnt] = {}

    def take(self, fact: HonestyLearnt) -> None:
        """Go on with what was learnt of one agent."""
        if fact.weight or fact.trials:
            latest(self._learnt, fact)
        else:
            self._learnt.pop(fact.agent, None)

    # Learnt

    def finished(
        self, agent: AgentId, bid: Bid, seconds: float, lease: Lease, now: float
    ) -> HonestyLearnt:
        """An attempt was completed that the agent got for that bid.

        Args:
            agent: Who bid.
            bid: As it was made.
            seconds: That the attempt took. Of a bid or an attempt without any nothing is
                learnt but that it came off.
            lease: The attempt.
            now: Seconds since the epoch.
        """
        known = self._came_off(agent, bid, 1.0, lease, now)
        if bid.seconds > 0.0 and seconds > 0.0:
            value = math.log(seconds) - math.log(bid.seconds)
            value = min(LONGEST_LOG, max(-LONGEST_LOG, value))
            weight, ratio = _added(known.weight, known.ratio, value)
            known = replace(known, weight=weight, ratio=ratio)
        latest(self._learnt, known)
        return known

    def failed(self, agent: AgentId, bid: Bid, lease: Lease, now: float) -> HonestyLearnt:
        """An attempt failed that the agent got for that bid."""
        known = self._came_off(agent, bid, 0.0, lease, now)
        latest(self._learnt, known)
        return known

    def _came_off(
        self, agent: AgentId, bid: Bid, value: float, lease: Lease, now: float
    ) -> HonestyLearnt:
        known = self._learnt.get(agent) or facts.HonestyLearnt(at=now, agent=agent)
        trials, surplus = _added(known.trials, known.surplus, value - bid.confidence)
        return replace(known, at=now, lease=lease, trials=trials, surplus=surplus)

    def forget(self, agent: AgentId, now: float) -> list[HonestyLearnt]:
        """Believe an agent as if it had never bid; "" for all of them."""
        forgotten = [one for one in self._learnt if agent in ("", one)]
        for one in forgotten:
            del self._learnt[one]
        return [facts.HonestyLearnt(at=now, agent=one) for one in forgotten]

    # Asked

    def corrected(self, agent: AgentId, bid: Bid) -> Bid:
        """The bid as it should be taken."""
        known = self._learnt.get(agent)
        if known is None:
            return bid
        factor = math.exp(known.ratio * known.weight / (known.weight + TRUST))
        surplus = known.surplus * known.trials / (known.trials + TRUST)
        confidence = min(1.0, max(LEAST, bid.confidence + surplus))
        return Bid(seconds=bid.seconds * factor, cost=bid.cost, confidence=confidence)

    def score(self, agent: AgentId, bid: Bid, price: float = 0.0) -> float:
        """Seconds until the subtask would be done, all told; the least is awarded.

        Args:
            agent: Who bids.
            bid: As it was made.
            price: Seconds that one unit of cost is worth.
        """
        return score(self.corrected(agent, bid), price)


def latest(learnt: dict[AgentId, HonestyLearnt], fact: HonestyLearnt) -> None:
    """Put it last, and forget who has bid longest ago where there are too many."""
    learnt.pop(fact.agent, None)
    learnt[fact.agent] = fact
    if len(learnt) > AGENTS:
        del learnt[next(iter(learnt))]


def score(bid: Bid, price: float = 0.0) -> float:
    """What a bid comes to that is worth what it says; see above.

    >>> score(Bid(seconds=30.0, cost=2.0, confidence=0.5), price=10.0)
    100.0
    """
    return (bid.seconds + price * bid.cost) / max(LEAST, bid.confidence)


def _added(weight: float, mean: float, value: float) -> tuple[float, float]:
    """Weight and mean of a fading average with one figure more."""
    weight = weight * _FADE + 1.0
    return weight, mean + (value - mean) / weight
