"""What there is to do, for whom: all work that is open and that nobody has begun.

Kept by the scheduler as work becomes known, is leased, requeued and ended, and as agents
come and go. `ranking` makes the backlogs of it, which decide what goes first and who
does it.

>>> outlook = Outlook(Equivalences())
>>> sql = Skill(name="sql")
>>> outlook.joined(Agent(id="a", skills=(sql,)))
>>> outlook.open("s", frozenset({sql}), 120.0)
>>> outlook.least(frozenset({sql}))
120.0
>>> outlook.close("s")
>>> outlook.least(frozenset({sql}))
0.0
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

from callboard.actors.logic.demands import required
from callboard.actors.logic.ranking import Backlogs
from callboard.actors.logic.skills import Equivalences, all_of, can_do, normal
from callboard.messages.base import AgentId, SubtaskId
from callboard.messages.values import Agent, Skill

Needs: TypeAlias = frozenset[Skill]
"""A set of required skills, with their `normal` names."""

Trade: TypeAlias = frozenset[Skill]
"""All that an agent can do, with `normal` names: who has the same trade may do the same."""


@lru_cache(maxsize=4096)
def needs_of(skills: tuple[Skill, ...]) -> Needs:
    """The skills as they are compared; the same object each time, so it is found fast."""
    return frozenset(Skill(name=normal(skill.name), level=skill.level) for skill in skills)


def trade_of(agent: Agent) -> Trade:
    """The skills that it has, as they are compared, and the resources that it offers."""
    trade = needs_of(all_of(agent))
    return trade.union(map(required, agent.offers)) if agent.offers else trade


def trades_of(agents: Iterable[Agent]) -> list[Trade]:
    """As `trade_of` of each; of those in a row who have the same skills it is found once."""
    trades, like, trade = list[Trade](), None, Trade()
    for agent in agents:
        if like is None or agent.skills is not like.skills or agent.offers is not like.offers:
            trade = trade_of(agent)
            like = agent if all_of(agent) is agent.skills else None  # no two verifiers are alike
        trades.append(trade)
    return trades


Wanted: TypeAlias = "Needs | tuple[Needs, str]"
"""What is to be done: what it needs, and its kind where some are faster at that than others."""

RENEWED = 256
"""How often the mean paces of groups are asked for until they are made anew."""


class Outlook:
    """Open work and the agents that may do it.

    Args:
        equivalences: Which skills stand in for which.
        factor: How many times as long as usual an agent takes for a kind of work; None
            where all are equally fast.
    """

    def __init__(
        self, equivalences: Equivalences, factor: Callable[[str, AgentId], float] | None = None
    ) -> None:
        def covers(wanted: Wanted, trade: Trade) -> bool:
            needs = wanted[0] if isinstance(wanted, tuple) else wanted
            return can_do(tuple(trade), tuple(needs), equivalences)

        self._backlogs = Backlogs[Wanted, Trade](covers, factor and self._pace)
        self._open: dict[SubtaskId, tuple[Wanted, float]] = {}
        self._latest: tuple[Wanted, float] = frozenset(), 0.0  # which most have in common
        self._agents: dict[AgentId, Trade] = {}
        self._factor = factor
        self._paces: dict[tuple[str, Trade], float] = {}
        self._asked = 0
        self._trades: dict[Trade, dict[AgentId, int]] = {}  # with how many each runs at once

    def _pace(self, wanted: Wanted, trade: Trade) -> float:
        """How many times as long agents of that trade take for it, on average."""
        if not isinstance(wanted, tuple) or self._factor is None:
            return 1.0
        self._asked += 1
        if self._asked % RENEWED == 0:
            self._paces.clear()
        key = wanted[1], trade
        pace = self._paces.get(key)
        if pace is None:
            factors = [self._factor(wanted[1], agent) for agent in self._trades[trade]]
            pace = self._paces[key] = sum(factors) / len(factors)
        return pace

    # Agents

    def joined(self, agent: Agent) -> None:
        """It is there, perhaps anew with other skills or another number of slots."""
        self.left(agent.id)
        self.all_joined((agent,), (trade_of(agent),))

    def all_joined(self, agents: Sequence[Agent], trades: Sequence[Trade]) -> None:
        """Strangers are there; for each trade that is added up once."""
        slots = Counter[Trade]()
        for agent, trade in zip(agents, trades, strict=True):
            self._agents[agent.id] = trade
            self._trades.setdefault(trade, {})[agent.id] = agent.max_load
            slots[trade] += agent.max_load
        self._paces.clear()
        for trade, more in slots.items():
            self._backlogs.join(trade, more)

    def left(self, agent: AgentId) -> None:
        """It is there no longer, if it was."""
        trade = self._agents.pop(agent, None)
        if trade is not None:
            slots = self._trades[trade].pop(agent)
            self._paces.clear()
            self._backlogs.leave(trade, slots)
            if not self._trades[trade]:
                del self._trades[trade]

    # Work

    def open(self, uuid: SubtaskId, wanted: Wanted, seconds: float) -> None:
        """It is to be done, now or later; what was said of it before is replaced."""
        now, known, latest = (wanted, seconds), self._open.get(uuid), self._latest
        if known is not None:
            if known == now:
                return
            self._backlogs.remove(*known)
        if latest != now:  # tuples: what is the same object is not compared
            latest = self._latest = now
        self._open[uuid] = latest
        self._backlogs.add(wanted, seconds)

    def renew(self, uuid: SubtaskId, seconds: float) -> None:
        """It takes so long, as is known now; harmless where it is not open."""
        known = self._open.get(uuid)
        if known is not None:
            self.open(uuid, known[0], seconds)

    def close(self, uuid: SubtaskId) -> None:
        """Somebody has begun it, or nobody will; harmless where it is not open."""
        known = self._open.pop(uuid, None)
        if known is not None:
            self._backlogs.remove(*known)

    def __len__(self) -> int:
        """How many subtasks are open that nobody has begun."""
        return len(self._open)

    # Asked

    def least(self, wanted: Wanted) -> float:
        """Seconds of open work of the least laden agent that may do it."""
        return self._backlogs.least(wanted)

    def backlog(self, trade: Trade) -> float:
        """Seconds of open work for an agent of that trade."""
        return self._backlogs.of(trade)
