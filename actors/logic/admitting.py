"""Who waits for a resource, and who is let in when there is more of it.

A subtask that could have an agent and lacks a resource is taken out of its queue and put
aside (`shortages`), so nobody stands behind it. What is given back lets as many of them
return to their queues as there is room for. Each step costs O(log n).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from callboard.actors.logic.effects import Effect, Show
from callboard.actors.logic.ledger import Source, source
from callboard.actors.logic.shortages import Shortages
from callboard.actors.logic.stocks import BudgetStock, Stock
from callboard.actors.logic.stores import Stores
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.endings import BudgetUsedUp
from callboard.messages.notices import BudgetExhausted, ResourceAwaited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from callboard.actors.logic.alarms import Alarms
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.outlook import Needs
    from callboard.actors.logic.ready_queue import ReadyQueue
    from callboard.actors.logic.resource_options import ResourceOptions
    from callboard.messages.resources import Claim
    from callboard.messages.values import Problem


class Admission(NamedTuple):
    """What becomes of somebody who waits for a resource.

    Attributes:
        work: Who need not wait any more; None where there is only something to say.
        refused: Why it fails; None where it stands in its queue again.
        said: What is to be said of it.
    """

    work: Work | None
    refused: Problem | None
    said: list[Effect]


class _Promised:
    """What those were promised who have been let in, each by its line and not by others.

    Attributes:
        amounts: By line and supply.
        lines: Where each of them stood.
    """

    def __init__(self) -> None:
        self.amounts: dict[tuple[ReadyQueue[Work] | None, Source], float] = {}
        self.lines: dict[Work, ReadyQueue[Work] | None] = {}

    def add(self, work: Work) -> None:
        """It is let in."""
        self.lines[work] = work.line
        for claim in work.claims:
            place = work.line, source(claim)
            self.amounts[place] = self.amounts.get(place, 0.0) + claim.amount


class Admitting:
    """Who was put aside for want of a resource, and may go on.

    Args:
        options: What the runtime limits.
        tau: Seconds after which a subtask that waits is not passed any more.
        alarms: Where it is set when a rate has more, as ("resource", its name).
        could: Whether anybody does what has such needs now, if resources are there.

    Attributes:
        stores: How much there is.
        shortages: Who waits for what.
        touched: Supplies of which there may be more than there was.
    """

    def __init__(
        self,
        options: ResourceOptions,
        tau: float,
        alarms: Alarms[tuple[str, str]],
        could: Callable[[Needs], bool],
    ) -> None:
        self.stores = Stores(options)
        self._alarms = alarms
        self.touched: dict[Source, None] = {}
        # Where there is enough for somebody who lacks something else: what it waits for too.
        self._beside: dict[Source, dict[Source, None]] = {}
        self._shifts: tuple[int, ...] = ()
        self._could = could
        self.shortages = Shortages(tau, self.obstacle, self.touched)

    def obstacle(self, work: Work) -> Needs | Source | None:
        """Why it would not begin if all that attempts have were given back."""
        if not self._could(work.needs):
            return work.needs
        for claim in work.claims:
            stock = self.stores.of(claim, work.ready)
            if isinstance(stock, BudgetStock) and stock.exhausted(claim.amount):
                return source(claim)
        return None

    def put_aside(self, work: Work, claim: Claim, now: float) -> list[Effect]:
        """Let it wait for that; it stands in no queue any more."""
        stock = self.stores.of(claim, work.ready)
        first = self.shortages.put(work, claim)
        others = (source(each) for each in work.claims if each is not claim)
        if first:  # who was the oldest until now may have kept more
            self._touch(key for key in others if self.shortages.leads(key, work))
        else:  # it was let in, and others not who may have what it has left
            self._touch(others)
        self._watch(source(claim), stock, claim.amount, now)
        effects = self._say_exhausted(work, claim, stock, now)
        if not first or effects:
            return effects
        free = max(0.0, stock.free(now))
        awaited = ResourceAwaited(at=now, goal=work.goal, subtask=work.uuid, claim=claim, free=free)
        return [Show(awaited)]

    def refused(self, work: Work, claim: Claim) -> Problem | None:
        """Why it fails for want of that; None where it waits."""
        stock = self.stores.of(claim, work.ready)
        if not isinstance(stock, BudgetStock) or stock.then == "wait":
            return None
        if not stock.exhausted(claim.amount):
            return None
        wanted, budget, used = claim.amount, stock.amount, stock.used
        return problem_of(BudgetUsedUp(work.name, claim.resource, wanted, budget, used))

    def _say_exhausted(self, work: Work, claim: Claim, stock: Stock, now: float) -> list[Effect]:
        """Once, until more is granted."""
        if not isinstance(stock, BudgetStock) or stock.said:
            return []
        if not stock.exhausted(claim.amount):
            return []
        stock.said = True
        exhausted = BudgetExhausted(
            at=now,
            goal=work.goal,
            subtask=work.uuid,
            claim=claim,
            budget=stock.amount,
            used=stock.used,
            fails=stock.then == "fail",
        )
        return [Show(exhausted)]

    def _watch(self, key: Source, stock: Stock, wanted: float, now: float) -> None:
        """Be woken when time gives back enough."""
        when = stock.when(wanted, now)
        known = self._alarms.when(("resource", key.resource))
        if when is not None and (known is None or when < known):
            self._alarms.set(("resource", key.resource), when)

    def rung(self, resource: str) -> None:
        """A rate has more."""
        self.touched[Source("runtime", resource)] = None

    def left(self, work: Work) -> None:
        """It waits for no resource any more."""
        self._touch(self.shortages.leave(work))

    def reconsider(self, shifts: tuple[int, ...]) -> None:
        """See whether what somebody does now has changed since it was asked last.

        Args:
            shifts: Grow with any such change.
        """
        if shifts != self._shifts:
            self._shifts = shifts
            self.shortages.reconsider()

    def _touch(self, keys: Iterable[Source]) -> None:
        self.touched.update(dict.fromkeys(keys))

    def admitted(self, now: float) -> Iterator[Admission]:
        """Who need not wait any more; deal with it before you go on."""
        while self.touched:
            key = next(iter(self.touched))
            del self.touched[key]
            # Of what is beside it there is no more than before, so what is beside that is left
            # alone: two lines of which each lacks what the other waits for would never end.
            for each in (key, *self._beside.pop(key, ())):
                yield from self._admitted(each, now)
                if each not in self.shortages:
                    self.stores.tidy(each)

    def _admitted(self, key: Source, now: float) -> Iterator[Admission]:
        promised = _Promised()
        for work in self.shortages.heads(key, now):
            own = next(claim for claim in work.claims if source(claim) == key)
            said = self._say_exhausted(work, own, self.stores.of(own, work.ready), now)
            short = self._short(work, own, promised, now)
            refused = self.refused(work, own)
            if refused is None and short is not None:
                refused = self.refused(work, short)
            if refused is not None:
                self.shortages.take_out(work)
                yield Admission(work, refused, said)
            elif short is None:
                promised.add(work)
                self.shortages.take_out(work)
                yield Admission(work, None, said)
            else:
                said += self._stay(work, own, short, now)
                if said:
                    yield Admission(None, None, said)

    def _short(self, work: Work, own: Claim, promised: _Promised, now: float) -> Claim | None:
        """What is not there for it, beside those of its line that were let in before it."""
        for claim in (own, *(c for c in work.claims if c is not own)):
            key, stock = source(claim), self.stores.of(claim, work.ready)
            wanted = self._wanted(work, claim, promised, now)
            if not stock.fits(wanted, now):
                self._watch(key, stock, wanted, now)
                return claim
        return None

    def _wanted(self, work: Work, claim: Claim, promised: _Promised, now: float) -> float:
        key = source(claim)
        keeper = self.shortages.keeper(key, now)
        # Those in line with it have been promised what they want, perhaps to the keeper.
        kept = 0.0
        if keeper is None or promised.lines.get(keeper[3]) is not work.line:
            kept = self.shortages.kept(key, work, now)
        return promised.amounts.get((work.line, key), 0.0) + claim.amount + kept

    def _stay(self, work: Work, own: Claim, short: Claim, now: float) -> list[Effect]:
        """It waits for what it lacks, which may be something else than before."""
        if short is own:
            return []
        if own.of == short.of == "runtime":  # so does whoever is behind it: all stay here
            self._beside.setdefault(source(short), {})[source(own)] = None
            return []
        self.shortages.take_out(work)
        self.shortages.put(work, short)
        return self._say_exhausted(work, short, self.stores.of(short, work.ready), now)
