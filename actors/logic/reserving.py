"""What attempts take of resources, and give back.

A subtask that could have an agent and lacks a resource is taken out of its queue and put
aside (`shortages`), so nobody stands behind it. What is given back lets as many of them
return to their queues as there is room for. Each step costs O(log n).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from callboard.actors.logic.demands import claimed, divide, places
from callboard.actors.logic.effects import Effect, Record, Show
from callboard.actors.logic.ledger import Holding, Ledger, Source, source
from callboard.actors.logic.shortages import Shortages
from callboard.actors.logic.skills import normal
from callboard.actors.logic.stocks import BudgetStock, RateStock, Stock, stock_of
from callboard.messages import facts
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.endings import BudgetUsedUp
from callboard.messages.notices import BudgetExhausted, ResourceAwaited
from callboard.messages.reasons.resources import WaitsForResource
from callboard.messages.resources import Amount, Budget, Claim, Pool, Supplied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from callboard.actors.logic.alarms import Alarms
    from callboard.actors.logic.demands import Room
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.outlook import Needs
    from callboard.actors.logic.ready_queue import ReadyQueue
    from callboard.actors.logic.resource_options import ResourceOptions
    from callboard.messages.base import GoalId
    from callboard.messages.resources import Supply
    from callboard.messages.values import Lease, Problem, Ready, Skill, Token


SHOWN = 5
"""Subtasks that have something, that are told one by one."""


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


class Reserving:
    """All supplies, and what is taken of them.

    Args:
        options: What the runtime limits.
        tau: Seconds after which a subtask that waits is not passed any more.
        alarms: Where it is set when a rate has more, as ("resource", its name).
        could: Whether anybody does what has such needs now, if resources are there.

    Attributes:
        shortages: Who waits for what.
        touched: Supplies of which there may be more than there was.
        held: What attempts have, by token.
    """

    def __init__(
        self,
        options: ResourceOptions,
        tau: float,
        alarms: Alarms[tuple[str, str]],
        could: Callable[[Needs], bool],
    ) -> None:
        self._supplies = options.supplies
        self._concurrency = options.concurrency
        self._alarms = alarms
        self._ledger = Ledger()
        self._ledger.supplies = dict(options.supplies)
        self._stocks: dict[Source, Stock] = {}
        self._inherited: dict[Source, dict[Token, float]] = {}
        self.touched: dict[Source, None] = {}
        # Where there is enough for somebody who lacks something else: what it waits for too.
        self._beside: dict[Source, dict[Source, None]] = {}
        self._shifts: tuple[int, ...] = ()
        self._could = could
        self.shortages = Shortages(tau, self.obstacle, self.touched)
        self.held: dict[Token, Holding] = self._ledger.held

    # An earlier scheduler

    def inherit(self, ledger: Ledger) -> None:
        """Go on where an earlier one was."""
        ledger.supplies = dict(self._supplies)
        self._ledger, self.held = ledger, ledger.held
        for token, holding in self.held.items():
            for claim in holding.claims:
                had = max(claim.amount, holding.spent.get(claim.resource, 0.0))
                self._inherited.setdefault(source(claim), {})[token] = had

    def begin(self, now: float) -> list[Effect]:
        """Say what the runtime limits, and what of that is used up."""
        if not self._supplies:
            return []
        listed = tuple(Supplied(resource=n, supply=s) for n, s in self._supplies.items())
        effects: list[Effect] = [Record(facts.ResourcesSupplied(at=now, supplies=listed))]
        for name, supply in self._supplies.items():
            used = self._ledger.used.get(Source("runtime", name))
            if used and isinstance(supply, Budget):
                effects.append(_charged(name, used, now))
        return effects

    # What a subtask demands

    def claim(self, work: Work) -> None:
        """Take note of what it demands; what agents must offer is among its needs."""
        offered, work.claims = divide(work.ready, self._supplies)
        if offered:
            work.needs = work.needs.union(offered)

    def offered(self, ready: Ready) -> tuple[Skill, ...]:
        """What agents must offer for a subtask."""
        return divide(ready, self._supplies)[0]

    def never(self, work: Work) -> tuple[str, ...]:
        """What of it nobody could ever give, in words."""
        return tuple(
            f"{claim.resource} >= {claim.amount:g} ({stock.amount:g} in all)"
            for claim in work.claims
            if (stock := self._stock(claim, work.ready)).never(claim.amount)
        )

    def lacking(self, work: Work, now: float) -> Claim | None:
        """The first thing that is not there for it now; None where all is."""
        for claim in work.claims:
            wanted = claim.amount + self.shortages.kept(source(claim), work, now)
            if not self._stock(claim, work.ready).fits(wanted, now):
                return claim
        return None

    def reasons(self, work: Work, now: float) -> list[WaitsForResource]:
        """What is not there for it, for people; it takes O(n) of what attempts have."""
        found: list[WaitsForResource] = []
        for claim in work.claims:
            key, stock = source(claim), self._stock(claim, work.ready)
            kept = self.shortages.kept(key, work, now)
            if stock.fits(claim.amount + kept, now):
                continue
            held = self.held.values()
            holders = [h.lease.subtask for h in held if any(source(c) == key for c in h.claims)]
            waits = WaitsForResource(
                claim=claim,
                free=max(0.0, stock.free(now)),
                amount=stock.amount,
                used=stock.used if isinstance(stock, BudgetStock) else 0.0,
                holders=tuple(holders[:SHOWN]),
                kept=kept,
                until=stock.when(claim.amount + kept, now),
            )
            found.append(waits)
        return found

    def obstacle(self, work: Work) -> Needs | Source | None:
        """Why it would not begin if all that attempts have were given back."""
        if not self._could(work.needs):
            return work.needs
        for claim in work.claims:
            stock = self._stock(claim, work.ready)
            if isinstance(stock, BudgetStock) and stock.exhausted(claim.amount):
                return source(claim)
        return None

    def free(self, claim: Claim, ready: Ready, now: float) -> float | None:
        """How much of it nobody has; None where time gives it back."""
        stock = self._stock(claim, ready)
        return None if isinstance(stock, RateStock) else stock.free(now)

    # It waits for it

    def put_aside(self, work: Work, claim: Claim, now: float) -> list[Effect]:
        """Let it wait for that; it stands in no queue any more."""
        stock = self._stock(claim, work.ready)
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
        stock = self._stock(claim, work.ready)
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
            self._touch(self._beside.pop(key, ()))
            yield from self._admitted(key, now)
            self._tidy(key)

    def _admitted(self, key: Source, now: float) -> Iterator[Admission]:
        promised = _Promised()
        for work in self.shortages.heads(key, now):
            own = next(claim for claim in work.claims if source(claim) == key)
            said = self._say_exhausted(work, own, self._stock(own, work.ready), now)
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
            key, stock = source(claim), self._stock(claim, work.ready)
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
        return self._say_exhausted(work, short, self._stock(short, work.ready), now)

    # It has it

    def take(self, work: Work, room: Room, lease: Lease, now: float) -> list[Effect]:
        """An attempt begins; also where there is not enough, for it runs already.

        Args:
            work: The subtask.
            room: What is taken of its agent's own.
            lease: The attempt.
            now: Seconds since the epoch.
        """
        self.left(work)
        if lease.token in self.held:  # of an earlier scheduler
            return []
        for claim in work.claims:
            self._stock(claim, work.ready).take(lease.token, claim.amount, now)
        own = tuple(Claim(resource=name, of="agent", amount=a) for name, a in room)
        claims = (*work.claims, *own)
        self.held[lease.token] = Holding(lease, claims)
        return [Record(facts.ResourcesReserved(at=now, lease=lease, claims=claims))]

    def ran(self, token: Token) -> None:
        """Its handler has begun."""
        holding = self.held.get(token)
        if holding is not None:
            holding.ran = True

    def spent(
        self, work: Work | None, lease: Lease, spent: Iterable[Amount], now: float
    ) -> list[Effect]:
        """An attempt says what it has used up, in all since it began.

        Args:
            work: The subtask; None where it is somebody else's by now.
            lease: The attempt.
            spent: Of each resource.
            now: Seconds since the epoch.
        """
        holding = self.held.get(lease.token)
        if holding is None and work is None:
            return []
        if holding is None:  # it demands nothing, and spends all the same
            holding = self.held[lease.token] = Holding(lease, (), ran=True)
        effects: list[Effect] = []
        news = [one for one in spent if one.amount > holding.spent.get(normal(one.resource), -1.0)]
        for one in news:
            effects += self._draw(work, holding, normal(one.resource), one.amount, now)
        if not news:
            return []
        said = tuple(Amount(resource=n, amount=a) for n, a in holding.spent.items())
        return [*effects, Record(facts.ResourcesSpent(at=now, lease=lease, spent=said))]

    def _draw(
        self, work: Work | None, holding: Holding, name: str, spent: float, now: float
    ) -> list[Effect]:
        """It has used so much, perhaps more than it had demanded or of what it had not."""
        holding.spent = {**holding.spent, name: spent}
        effects: list[Effect] = []
        if work is not None and not any(c.resource == name for c in holding.claims):
            more = claimed(name, 0.0, work.ready, self._supplies)
            if more:
                effects.append(self._claim_more(work, holding, more, now))
        for claim in holding.claims:
            stock = self._stocks.get(source(claim))
            if claim.resource == name and isinstance(stock, BudgetStock):
                stock.take(holding.lease.token, max(claim.amount, spent), now)
        return effects

    def _used_more(self, key: Source) -> None:
        """Who draws on it may have nothing left to wait for, and keep nothing from others."""
        if self.shortages.draws(key):
            self.shortages.touch()

    def _claim_more(self, work: Work, holding: Holding, more: list[Claim], now: float) -> Record:
        for claim in more:
            self._stock(claim, work.ready)
        holding.claims = (*holding.claims, *more)
        lease, claims = holding.lease, holding.claims
        return Record(facts.ResourcesReserved(at=now, lease=lease, claims=claims))

    def release(self, token: Token, now: float) -> list[Effect]:
        """An attempt has ended, and its handler: what it had is there again."""
        holding = self.held.pop(token, None)
        if holding is None:
            return []
        budgets = [claim for claim in holding.claims if self._is_budget(claim)]
        lease, used = holding.lease, holding.all_used(budgets)
        effects: list[Effect] = [Record(facts.ResourcesReturned(at=now, lease=lease, used=used))]
        for claim in holding.claims:
            key = source(claim)
            effects += self._give_back(key, token, holding.used(claim), now)
            self.touched[key] = None
        return effects

    def _give_back(self, key: Source, token: Token, used: float, now: float) -> list[Effect]:
        stock = self._stocks.get(key)
        if stock is None and key.of == "runtime" and key.resource in self._supplies:
            stock = self._made(key, self._supplies[key.resource])
        if stock is None:
            self._give_back_inherited(key, token, used)
            return []
        if not isinstance(stock, BudgetStock):
            stock.give_back(token, 0.0)
            return []
        stock.give_back(token, used)
        if used:
            self._used_more(key)
        return [_charged(key.resource, stock.used, now)] if used and key.of == "runtime" else []

    def _give_back_inherited(self, key: Source, token: Token, used: float) -> None:
        """Nobody has asked for it since an earlier scheduler, or its goal has ended."""
        had = self._inherited.get(key)
        if had is None or had.pop(token, None) is None:
            return
        if key.of == "goal":
            self._ledger.used[key] = self._ledger.used.get(key, 0.0) + used
        if not had:
            del self._inherited[key]

    def _is_budget(self, claim: Claim) -> bool:
        supply = self._supplies.get(claim.resource) if claim.of == "runtime" else None
        return claim.of == "goal" or isinstance(supply, Budget)

    # Budgets

    def grant(self, key: Source, more: float, now: float) -> list[Effect]:
        """More of a budget may be used up."""
        self._ledger.granted[key] = self._ledger.granted.get(key, 0.0) + more
        stock = self._stocks.get(key)
        if isinstance(stock, BudgetStock):
            stock.grant(more)
        self.touched[key] = None
        self.shortages.revive(key)
        fact = facts.BudgetGranted(at=now, resource=key.resource, amount=more, goal=key.goal)
        return [Record(fact)]

    def is_budget(self, resource: str) -> bool:
        """Whether the runtime has a budget of that `normal` name."""
        return isinstance(self._supplies.get(resource), Budget)

    def forget(self, goal: GoalId) -> None:
        """The goal has ended."""
        self._ledger.forget(goal)
        for table in (self._stocks, self._inherited):
            for key in [key for key in table if key.goal == goal]:
                del table[key]

    # Supplies

    def _stock(self, claim: Claim, ready: Ready) -> Stock:
        key = source(claim)
        stock = self._stocks.get(key)
        if stock is not None:
            return stock
        if claim.of == "runtime":
            return self._made(key, self._supplies[claim.resource])
        if claim.of == "goal":
            of = next(a for a in ready.budget if normal(a.resource) == claim.resource)
            return self._made(key, Budget(of.amount, of.then))
        return self._made(key, Pool(float(places(claim.resource, self._concurrency))))

    def _made(self, key: Source, supply: Supply) -> Stock:
        ledger = self._ledger
        stock = self._stocks[key] = stock_of(
            supply,
            granted=ledger.granted.get(key, 0.0),
            used=ledger.used.get(key, 0.0),
            flow=ledger.flows.get(key.resource, ()) if key.of == "runtime" else (),
        )
        for token, had in self._inherited.pop(key, {}).items():
            stock.inherit(token, had)
        return stock

    def _tidy(self, key: Source) -> None:
        """Of a concurrency key that nobody has or wants nothing is kept."""
        stock = self._stocks.get(key)
        if key.of == "key" and stock is not None and not stock.taken and key not in self.shortages:
            del self._stocks[key]


def _charged(name: str, used: float, now: float) -> Record:
    return Record(facts.BudgetCharged(at=now, resource=name, used=used))
