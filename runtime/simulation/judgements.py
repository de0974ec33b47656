"""Verified results as the oracle sees them: what counts was found good, by somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from callboard.messages import facts
from callboard.messages.values import unpack
from callboard.runtime.simulation.ledger import GRACE, Ledger

if TYPE_CHECKING:
    from collections.abc import Callable


class Judgements(Ledger):
    """No result counts unverified, and none is verified by who made it."""

    def _submitted(self, fact: facts.ResultSubmitted) -> None:
        uuid, last = fact.subtask, self._submissions.get(fact.subtask)
        first = uuid not in self._results and uuid not in self._ended
        self.check(first, lambda: f"{uuid} is handed in, and was {self._results.get(uuid)}")
        following = fact.number == (0 if last is None else last) + 1
        self.check(following, lambda: f"{uuid} is handed in as {fact.number} after {last}")
        self._submissions[uuid], self._results[uuid] = fact.number, fact
        for one in [held.lease for held in self._held.get(uuid, ())]:
            self._drop(one)
            self._unload(one)
        self._doers.pop(uuid, None)  # also where nobody says whose it is

    def _asked(self, fact: facts.GoalAccepted) -> None:
        """A result is to be verified."""
        goal = fact.goal
        if not goal.verifies or goal.parent is None:
            return
        wanted = self._results.get(goal.parent.subtask)
        same = wanted is not None and wanted.number == goal.verifies
        self.check(same, lambda: f"{goal.id} verifies {goal.verifies} of {wanted}")
        self._verified[goal.id] = goal.parent.subtask, goal.verifies

    def _judges(self, fact: facts.SubtaskAssigned) -> None:
        """Whoever verifies has not made it; and nobody makes it anew meanwhile."""
        lease = fact.lease
        what = self._verified.get(lease.goal)
        result = None if what is None else self._results.get(what[0])
        made = None if result is None else result.lease
        alone = made is not None and made.agent == lease.agent
        if alone:  # no function that says so is made for each of all leases
            self.violations.append(f"{lease} verifies what it has made")
        waits = self._results.get(lease.subtask)
        late = waits is not None and self.had(fact.at) > self.had(waits.at) + GRACE
        if late:
            self.violations.append(f"{lease} begins what is being verified")

    def _judged(self, fact: facts.SubtaskCompleted) -> None:
        """A verification has its verdict, or what was verified counts."""
        what = self._verified.get(fact.goal)
        if what is not None:
            self._verdicts[what] = _accepted(unpack(fact.result))
        if self._subtasks[fact.subtask].verify is None:
            return
        result = self._results.pop(fact.subtask, None)
        known = result is not None and (result.lease, result.result) == (fact.lease, fact.result)
        self.check(known, lambda: f"{fact.subtask} is completed, {result} was handed in")
        good = result is not None and self._verdicts.get((fact.subtask, result.number)) is True
        self.check(good, lambda: f"{fact.subtask} is completed, and was not found good")

    def _rejected(self, fact: facts.ResultRejected) -> None:
        result = self._results.pop(fact.subtask, None)
        known = result is not None and (result.lease, result.number) == (fact.lease, fact.number)
        self.check(known, lambda: f"{fact.subtask} is rejected, {result} was handed in")
        bad = self._verdicts.get((fact.subtask, fact.number)) is False
        self.check(bad, lambda: f"{fact.subtask} is rejected, and nobody has said so")

    def _given_up(self, fact: facts.SubtaskFailed | facts.SubtaskCancelled) -> None:
        result = self._results.pop(fact.subtask, None)
        judged = result is not None and (fact.subtask, result.number) in self._verdicts
        self.check(not judged, lambda: f"{fact.subtask} has a verdict, and is given up")

    judgements: ClassVar[dict[type, Callable[[Any, Any], None]]] = {
        facts.ResultSubmitted: _submitted,
        facts.GoalAccepted: _asked,
        facts.SubtaskAssigned: _judges,
        facts.SubtaskCompleted: _judged,
        facts.ResultRejected: _rejected,
        facts.SubtaskFailed: _given_up,
        facts.SubtaskCancelled: _given_up,
    }
    """What is looked at besides by others."""


def _accepted(said: Any) -> object:  # noqa: ANN401 - anybody's
    try:
        return said["accepted"]
    except (LookupError, TypeError):
        return None
