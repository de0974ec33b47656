"""Resources as the oracle sees them: nothing is given out that is not there.

By the facts no supply is ever over-reserved; and whatever they say, no more handlers run at
any instant than pools and concurrency keys allow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from callboard.messages import facts
from callboard.messages.resources import Budget, Pool, Rate
from callboard.runtime.simulation.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from callboard.messages.base import SubtaskId
    from callboard.messages.resources import Claim, Supply
    from callboard.messages.values import Lease

    Key: TypeAlias = tuple[str, str, str]

_CLOSE = 1e-6
_AT_ONCE = {"pair-1": 2, "pair-2": 2}
"""Of concurrency keys; of all others one."""


class Rations(Ledger):
    """Looks at what attempts reserve, use up and give back."""

    def _supplied(self, fact: facts.ResourcesSupplied) -> None:
        self._supplies = {one.resource: one.supply for one in fact.supplies}

    def _reserved(self, fact: facts.ResourcesReserved) -> None:
        lease = fact.lease
        before = {_key(claim, lease) for claim in self._rations.get(lease.token, ())}
        self._rations[lease.token], self._leases[lease.token] = fact.claims, lease
        for claim in fact.claims:
            if claim.amount and _key(claim, lease) not in before:
                self._check_claim(claim, lease, fact.at)

    def _check_claim(self, claim: Claim, lease: Lease, at: float) -> None:
        key = _key(claim, lease)
        limit = self._limit(claim, lease)
        if isinstance(limit, Rate):
            flow = self._flows.setdefault(key, [])
            if (lease.token, key) not in self._drawn:  # else it was lost sight of, and goes on
                self._drawn.add((lease.token, key))
                flow.append((at, claim.amount))
            taken = sum(amount for when, amount in flow if when > at - limit.per)
            most = limit.amount
        else:
            taken = self._taken(key) + self._used.get(key, 0.0)
            most = limit.amount
        if taken > most + _CLOSE:
            self.violations.append(f"{lease} has {claim}: {taken:g} of {most:g} are reserved")

    def _limit(self, claim: Claim, lease: Lease) -> Supply:
        if claim.of == "runtime":
            return self._supplies[claim.resource]
        if claim.of == "goal":
            return Budget(self._budgets[claim.goal, claim.resource])
        if claim.of == "key":
            return Pool(float(_AT_ONCE.get(claim.resource, 1)))
        offers = self._agents[lease.agent].offers
        return Pool(sum(offer.amount for offer in offers if offer.resource == claim.resource))

    def _taken(self, key: Key) -> float:
        """What is reserved of it by attempts that have not ended."""
        total = 0.0
        for token, claims in self._rations.items():
            for claim in claims:
                if _key(claim, self._leases[token]) == key:
                    total += claim.amount
        return total

    def _returned(self, fact: facts.ResourcesReturned) -> None:
        claims = self._rations.pop(fact.lease.token, ())
        used = {one.resource: one.amount for one in fact.used}
        for claim in claims:
            supply = self._supplies.get(claim.resource) if claim.of == "runtime" else None
            if claim.of == "goal" or isinstance(supply, Budget):
                key = _key(claim, fact.lease)
                self._used[key] = self._used.get(key, 0.0) + used.get(claim.resource, 0.0)

    def _charged(self, fact: facts.BudgetCharged) -> None:
        key = ("runtime", fact.resource, "")
        known = self._used.get(key, 0.0)
        if abs(known - fact.used) > _CLOSE:
            self.violations.append(f"{fact.used:g} {fact.resource} are used, {known:g} were")

    def lost_rations(self, kept: Iterable[facts.Fact]) -> None:
        """The process has died: what counts is what was kept, and whoever ran has used it."""
        self._rations, self._used, self._flows = {}, {}, {}
        self._drawn.clear()
        ran: set[Any] = set()
        spent: dict[Any, dict[str, float]] = {}
        for fact in kept:
            match fact:
                case facts.SubtaskStarted():
                    ran.add(fact.lease.token)
                case facts.ResourcesReserved():
                    self._leases[fact.lease.token] = fact.lease
                    if fact.lease.token not in self._rations:
                        self._flow_again(fact)
                    self._rations[fact.lease.token] = fact.claims
                case facts.ResourcesSpent():
                    spent[fact.lease.token] = {one.resource: one.amount for one in fact.spent}
                case facts.ResourcesReturned():
                    self._returned(fact)
                case facts.RuntimeStarted():
                    self._end_all(ran, spent)
                case _:
                    pass
        self._end_all(ran, spent)

    def _flow_again(self, fact: facts.ResourcesReserved) -> None:
        for claim in fact.claims:
            key = _key(claim, fact.lease)
            if claim.of == "runtime" and (fact.lease.token, key) not in self._drawn:
                self._drawn.add((fact.lease.token, key))
                self._flows.setdefault(key, []).append((fact.at, claim.amount))

    def _end_all(self, ran: set[Any], spent: dict[Any, dict[str, float]]) -> None:
        for token, claims in self._rations.items():
            for claim in claims:
                supply = self._supplies.get(claim.resource) if claim.of == "runtime" else None
                if claim.of == "goal" or isinstance(supply, Budget):
                    usual = claim.amount if token in ran else 0.0
                    used = spent.get(token, {}).get(claim.resource, usual)
                    key = _key(claim, self._leases[token])
                    self._used[key] = self._used.get(key, 0.0) + used
        self._rations = {}

    def idles(self, subtasks: Iterable[SubtaskId]) -> None:
        """The scheduler has had its turn, and by a naive count of what it has these could go on.

        Args:
            subtasks: They wait for resources of which there is enough beside what is left
                to older ones.
        """
        for uuid in subtasks:
            if uuid not in self._idle:
                self._idle.add(uuid)
                self.violations.append(f"{uuid} waits for resources that are there")

    # What really runs

    def runs(self, agents: Mapping[str, Iterable[tuple[SubtaskId, float]]]) -> None:
        """Is there enough for all that runs?

        Whoever has fallen or left holds nothing, though its handlers may stop a moment later.

        Args:
            agents: The handlers that run at this moment, by agent: of which subtask, and
                since when.
        """
        gpus, keys = 0.0, dict[str, int]()
        for agent, begun in agents.items():
            fell, disk = self._fallen.get(agent, -1.0), 0.0
            for uuid in [uuid for uuid, since in begun if since > fell]:
                spec = self._subtasks[uuid]
                wants = {demand.resource: demand.amount for demand in spec.demands}
                gpus += wants.get("gpu", 0.0)
                disk += wants.get("disk", 0.0)
                for key in spec.keys:
                    keys[key] = keys.get(key, 0) + 1
            has = sum(o.amount for o in self._agents[agent].offers if o.resource == "disk")
            if disk > has:
                self.violations.append(f"{agent} has disk {has:g}, and {disk:g} are at work")
        supply = self._supplies.get("gpu")
        if supply is not None and gpus > supply.amount:
            self.violations.append(f"{gpus:g} gpu are at work")
        for key, count in keys.items():
            if count > _AT_ONCE.get(key, 1):
                self.violations.append(f"{count} with the key {key} are at work")

    rations: ClassVar[dict[type, Callable[[Any, Any], None]]] = {
        facts.ResourcesSupplied: _supplied,
        facts.ResourcesReserved: _reserved,
        facts.ResourcesReturned: _returned,
        facts.BudgetCharged: _charged,
    }


def _key(claim: Claim, lease: Lease) -> Key:
    return claim.of, claim.resource, lease.agent if claim.of == "agent" else claim.goal
