"""Goals and subtasks as the oracle sees them: each ends once, for a reason that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from callboard.messages import facts
from callboard.messages.values import replace
from callboard.runtime.simulation.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.messages.base import SubtaskId

_GoalEnd: TypeAlias = facts.GoalCompleted | facts.GoalFailed | facts.GoalCancelled


class Endings(Ledger):
    """Looks at what is accepted, planned, edited, saved, and how it ends."""

    def _accepted(self, fact: facts.GoalAccepted) -> None:
        self._goals[fact.goal.id] = []
        if fact.goal.approve is not None:
            self._proposals[fact.goal.id] = 0, None
        for allowance in fact.goal.budget:
            self._budgets[fact.goal.id, allowance.resource] = allowance.amount

    def _adopted_plan(self, fact: facts.PlanAdopted) -> None:
        self._goals[fact.goal] = [subtask.uuid for subtask in fact.plan.subtasks]
        self._subtasks.update((subtask.uuid, subtask) for subtask in fact.plan.subtasks)
        self._abilities.planned(fact.plan.subtasks)

    def _grown_plan(self, fact: facts.PlanGrown) -> None:
        if len(self._goals[fact.goal]) != fact.first:
            self.violations.append(f"the plan of {fact.goal} has grown from {fact.first}")
        self._goals[fact.goal] += [subtask.uuid for subtask in fact.plan.subtasks]
        self._subtasks.update((subtask.uuid, subtask) for subtask in fact.plan.subtasks)
        self._abilities.planned(fact.plan.subtasks)

    def _repair_wanted(self, fact: facts.RepairWanted) -> None:
        known = self._mending.get(fact.goal)
        number, failed = known or (self._repaired.get(fact.goal, 0) + 1, ())
        self.check(fact.number == number, lambda: f"{fact.goal} is repaired for the {number}. time")
        stand = [self._ended.get(uuid, ("open", 0.0))[0] for uuid in fact.failed]
        self.check(set(stand) == {"failed"}, lambda: f"{fact} makes up for what is {stand}")
        self.check(set(failed) < set(fact.failed), lambda: f"{fact.failed} after {failed}")
        self._mending[fact.goal] = fact.number, fact.failed

    def _changed_plan(self, fact: facts.PlanChanged) -> None:
        wanted = self._mending.pop(fact.goal, None)
        self.check(
            wanted == (fact.number, fact.failed), lambda: f"{fact} is the answer to {wanted}"
        )
        self._repaired[fact.goal] = fact.number
        change = fact.change
        touched = {*change.drop, *(one.subtask for one in change.rewire)}
        self.check(not touched & self._ended.keys(), lambda: f"{fact} changes what has ended")
        self.check(not touched & self._held.keys(), lambda: f"{fact} changes what runs")
        self._superseded.update((*fact.failed, *change.drop))
        self._goals[fact.goal] += [subtask.uuid for subtask in change.add]
        self._subtasks.update((subtask.uuid, subtask) for subtask in change.add)
        for one in change.rewire:
            known = self._subtasks[one.subtask]
            self._subtasks[one.subtask] = replace(known, dependencies=one.dependencies)
        self._abilities.planned(change.add)

    def _abandoned_repair(self, fact: facts.RepairAbandoned) -> None:
        wanted = self._mending.pop(fact.goal, (0, ()))
        self.check(wanted[0] == fact.number, lambda: f"{fact} abandons {wanted}")
        self._repaired[fact.goal] = fact.number

    def _edited(self, fact: facts.SubtaskEdited) -> None:
        self._subtasks[fact.subtask] = fact.spec
        self._abilities.edited(fact.subtask, fact.spec, fact.at - self.lost)

    def _goal_ended(self, fact: _GoalEnd) -> None:
        uuids = self._goals.pop(fact.goal, None)
        pending = self._mending.pop(fact.goal, None)
        if pending is not None and isinstance(fact, facts.GoalCompleted):
            self.violations.append(f"goal {fact.goal} is completed while it is mended")
        if uuids is None:
            self.violations.append(f"goal {fact.goal} has ended twice")
        left = [uuid for uuid in uuids or () if uuid not in self._ended]
        if left:
            self.violations.append(f"goal {fact.goal} has ended before {left}")
        if isinstance(fact, facts.GoalCompleted):
            failed = [u for u in uuids or () if self._missed(u)]
            if failed:
                self.violations.append(f"goal {fact.goal} is completed without {failed}")

    def _completed(self, fact: facts.SubtaskCompleted) -> None:
        if fact.lease is not None:
            held = self._held.get(fact.subtask, [])
            current = [one.lease for one in held]
            # A scheduler that has died since may have accepted it: its word is on the way.
            # One that has not heard of it may have leased the subtask anew meanwhile.
            decided_before = all(fact.at <= one.given for one in held)
            accepted = decided_before and fact.lease.token in self._over_tokens
            valid = accepted or fact.lease in current
            if not valid:
                self.violations.append(f"{fact.lease} completed, {current or None} is current")
            elif not decided_before and len(current) > 1:
                self.violations.append(f"{fact.lease} completed, and {current} go on")
            # What its agent had done by itself is recorded by who records pauses, all at once
            # from its assignment to its end; the scheduler has not said that it is over.
            paused = self._paused & {fact.lease.goal, fact.subtask, ""}
            if paused and fact.lease.token in self._followers - self._over_tokens:
                self.violations.append(f"{fact.lease} begins while {paused} is paused")
            self._doers[fact.subtask] = [fact.lease]
        else:
            self._doers.pop(fact.subtask, None)
        self._end(fact.subtask, "completed", fact.at)

    def _failed(self, fact: facts.SubtaskFailed) -> None:
        problem = fact.problem
        in_vain = problem.error == "AttemptTimedOut" and problem.details[1] in ("queue", "total")
        # What nobody could do fails then, as it should: an edit may ask for too much.
        if in_vain and any(self._abilities.may(agent, fact.subtask) for agent in self._agents):
            self.violations.append(f"nobody cared for {fact.subtask}: {problem.text}")
        self._end(fact.subtask, "failed", fact.at)

    def _cancelled(self, fact: facts.SubtaskCancelled) -> None:
        self._end(fact.subtask, "cancelled", fact.at)

    def _end(self, uuid: SubtaskId, how: str, at: float) -> None:
        before = self._ended.get(uuid)
        if before is not None:
            self.violations.append(f"{uuid} {how} after it was {before}")
        self._ended[uuid] = (how, at)
        held = self._held.pop(uuid, [])
        if how != "completed":
            self._doers.pop(uuid, None)
            self._last[uuid] = [one.lease for one in held]
            return
        for one in held:
            self._unload(one.lease)

    def _saved(self, fact: facts.CheckpointSaved) -> None:
        """Of checkpoints the newest stays: nothing older takes its place."""
        token, number = self._saves.get(fact.lease.subtask, (fact.lease.token, 0))
        newer = (fact.lease.token, fact.number) > (token, number)
        if not newer:
            self.violations.append(
                f"{fact.lease} has saved {fact.number} after {number} of {token}"
            )
        self._saves[fact.lease.subtask] = (fact.lease.token, fact.number)

    ends: ClassVar[dict[type, Callable[[Any, Any], None]]] = {
        facts.GoalAccepted: _accepted,
        facts.PlanAdopted: _adopted_plan,
        facts.PlanGrown: _grown_plan,
        facts.RepairWanted: _repair_wanted,
        facts.PlanChanged: _changed_plan,
        facts.RepairAbandoned: _abandoned_repair,
        facts.SubtaskEdited: _edited,
        facts.GoalCompleted: _goal_ended,
        facts.GoalFailed: _goal_ended,
        facts.GoalCancelled: _goal_ended,
        facts.SubtaskCompleted: _completed,
        facts.SubtaskFailed: _failed,
        facts.SubtaskCancelled: _cancelled,
        facts.CheckpointSaved: _saved,
    }
