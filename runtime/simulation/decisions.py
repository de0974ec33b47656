"""Proposals as the oracle sees them: nothing is adopted but what was approved, as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from callboard.messages import facts
from callboard.runtime.simulation.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable


class Decisions(Ledger):
    """What has to be approved is proposed first, and nothing else takes its place."""

    def _proposed(self, fact: facts.PlanProposed) -> None:
        before = self._proposals.get(fact.goal)
        self.check(before is not None, lambda: f"{fact.goal} proposes what nobody has to approve")
        number = 1 if before is None else before[0] + 1
        self.check(fact.number == number, lambda: f"{fact.goal} proposes {fact.number}")
        adopted = bool(self._goals.get(fact.goal))
        self.check(not adopted, lambda: f"{fact.goal} proposes a plan, and has one")
        self._proposals[fact.goal] = fact.number, fact.plan

    def _proposed_change(self, fact: facts.ChangeProposed) -> None:
        before = self._proposals.get(fact.goal)
        number = 1 if before is None else before[0] + 1
        self.check(fact.number == number, lambda: f"{fact.goal} proposes {fact.number}")
        wanted = self._mending.get(fact.goal, (0, ()))[1]
        self.check(fact.failed == wanted, lambda: f"{fact} makes up for {wanted}")
        self._proposals[fact.goal] = fact.number, fact.change

    def _changed(self, fact: facts.PlanChanged) -> None:
        expected = self._proposals.get(fact.goal)
        found = None if expected is None else (fact.proposal, fact.change)
        self.check(found == expected, lambda: f"{fact.goal} is changed by {found}, not {expected}")
        self.decided.add((fact.goal, fact.proposal))

    def _approved(self, fact: facts.PlanAdopted) -> None:
        expected = self._proposals.get(fact.goal)
        found = None if expected is None else (fact.number, fact.plan)
        self.check(found == expected, lambda: f"{fact.goal} adopts {found}, and {expected} was")
        self.decided.add((fact.goal, fact.number))

    def _grown_unseen(self, fact: facts.PlanGrown) -> None:
        seen = fact.goal not in self._proposals
        self.check(seen, lambda: f"{fact.goal} grows by what nobody has approved")

    decisions: ClassVar[dict[type, Callable[[Any, Any], None]]] = {
        facts.PlanProposed: _proposed,
        facts.PlanAdopted: _approved,
        facts.PlanGrown: _grown_unseen,
        facts.ChangeProposed: _proposed_change,
        facts.PlanChanged: _changed,
    }
