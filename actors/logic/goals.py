"""Goals as the orchestrator holds them: a fold over the durable facts.

Every change of this state is a fact, so replaying the facts gives the same state.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

from callboard.actors.logic import graph
from callboard.actors.logic.goal_states import GoalState, Status, SubtaskState, ended_well
from callboard.actors.logic.pauses import Pauses
from callboard.messages import facts
from callboard.messages.base import GoalId, SubtaskId
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.endings import SubtaskCancelled
from callboard.messages.values import (
    MINUTE,
    Input,
    Plan,
    Priority,
    Saved,
    Subtask,
    replace,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from callboard.messages.facts import Fact
    from callboard.messages.values import Goal, PlanChange


_needs_of = attrgetter("dependencies")


# To look one up takes longer than to compare with it.
_BLOCKED, _READY = Status.BLOCKED, Status.READY
_VERIFYING, _COMPLETED = Status.VERIFYING, Status.COMPLETED

_SUBTASK_ENDS = frozenset({facts.SubtaskCompleted, facts.SubtaskFailed, facts.SubtaskCancelled})
"""Of pauses these change only those of a subtask."""


class Goals:
    """All goals that are remembered, by id, by idempotency key, and by subtask."""

    def __init__(self) -> None:
        self.by_id: dict[GoalId, GoalState] = {}
        self.by_key: dict[str, GoalId] = {}
        self.subtasks: dict[SubtaskId, SubtaskState] = {}
        self.children: dict[SubtaskId, dict[GoalId, None]] = {}
        self.ended: dict[GoalId, None] = {}
        self.pauses = Pauses()

    def apply(self, fact: Fact) -> list[SubtaskState]:
        """Change the state as *fact* says; the answer is what became ready by it.

        A fact of the scheduler or the supervisor changes nothing.
        """
        kind, pauses = type(fact), self.pauses
        own = kind not in _SUBTASK_ENDS or pauses.subtasks or pauses.draining_subtasks
        if own and kind in pauses.kinds:
            pauses.apply(fact)
        change = self._changes.get(kind)
        freed = None if change is None else change(self, fact)
        return freed or []

    def complete(self, state: SubtaskState, fact: facts.SubtaskCompleted) -> list[SubtaskState]:
        """As `apply`, where it is known what *fact* is about."""
        pauses = self.pauses
        if pauses.subtasks or pauses.draining_subtasks:
            pauses.apply(fact)
        state.status, state.result = _COMPLETED, fact.result
        state.submitted = None
        state.token = None if fact.lease is None else fact.lease.token
        self.by_id[state.goal].open -= 1
        return self._release(state, fact.at) if state.dependents else []

    def open_goals(self) -> Iterator[GoalState]:
        """Goals that have not ended, oldest first."""
        return (g for g in self.by_id.values() if not g.ended)

    def open_children(self, subtask: SubtaskId) -> list[GoalState]:
        """Goals that serve that subtask and have not ended."""
        served = (self.by_id[goal] for goal in self.children.get(subtask, ()))
        return [goal for goal in served if not goal.ended]

    def _accept(self, fact: facts.GoalAccepted) -> None:
        goal = fact.goal
        self.by_id[goal.id] = GoalState(goal)
        if goal.key:
            self.by_key[goal.key] = goal.id
        if goal.parent is not None:
            self.children.setdefault(goal.parent.subtask, {})[goal.id] = None

    def _adopt(self, fact: facts.PlanAdopted) -> list[SubtaskState]:
        goal = self.by_id[fact.goal]
        goal.plan, goal.proposal, goal.approved = fact.plan, None, fact.number
        if goal.goal.verifies:
            goal.given = self._given(goal.goal)
        if not any(map(_needs_of, fact.plan.subtasks)):
            return self._adopt_ready(goal, fact.plan, fact.at)
        plan, name, at = fact.plan, fact.goal, fact.at
        order = plan.subtasks if graph.is_in_order(plan) else graph.in_order(plan)
        ranks = graph.upward_ranks(plan, order)
        urgencies = self._urgencies(goal, plan, order)
        dependents = graph.dependents(plan)
        states, ready = goal.subtasks, list[SubtaskState]()
        for spec in plan.subtasks:
            uuid, needs = spec.uuid, spec.dependencies
            states[uuid] = state = SubtaskState(
                spec, name, ranks[uuid], urgencies[uuid], dependents[uuid], len(set(needs))
            )
            if not needs:
                state.status, state.since = _READY, at
                ready.append(state)
        self.subtasks.update(states)
        goal.open = len(states)
        return ready

    def _adopt_ready(self, goal: GoalState, plan: Plan, at: float) -> list[SubtaskState]:
        """Nothing of it waits for anything: no graph is needed."""
        urgencies, shared = self._urgencies(goal, plan, ()), dict[float, float]()
        states, name, ready = goal.subtasks, goal.goal.id, _READY
        for spec in plan.subtasks:
            uuid, rank = spec.uuid, spec.estimated_duration * MINUTE
            rank = shared.setdefault(rank, rank)
            states[uuid] = SubtaskState(spec, name, rank, urgencies[uuid], status=ready, since=at)
        self.subtasks.update(states)
        goal.open = len(states)
        return list(states.values())

    def _propose(self, fact: facts.PlanProposed | facts.ChangeProposed) -> None:
        goal = self.by_id[fact.goal]
        goal.proposal, goal.proposals = fact, fact.number

    def _grow(self, fact: facts.PlanGrown) -> list[SubtaskState]:
        goal, new = self.by_id[fact.goal], fact.plan.subtasks
        before = () if goal.plan is None else goal.plan.subtasks
        goal.plan = replace(fact.plan, subtasks=(*before, *new))
        goal.growing = not fact.last
        states = goal.subtasks
        for spec in new:
            states[spec.uuid] = SubtaskState(spec, fact.goal, 0.0, spec.priority)
            self.subtasks[spec.uuid] = states[spec.uuid]
        for spec in new:
            needs = dict.fromkeys(spec.dependencies)
            states[spec.uuid].unmet = sum(not ended_well(states[uuid]) for uuid in needs)
            for uuid in needs:
                states[uuid].dependents += (spec.uuid,)
        goal.open += len(new)
        self._rank(goal, goal.plan)
        return [state for spec in new if _free(state := states[spec.uuid], fact.at)]

    def _rank(self, goal: GoalState, plan: Plan) -> None:
        ranks = graph.upward_ranks(plan)
        urgencies = self._urgencies(goal, plan)
        for spec in plan.subtasks:
            state = goal.subtasks[spec.uuid]
            state.rank, state.urgency = ranks[spec.uuid], urgencies[spec.uuid]

    def _want_repair(self, fact: facts.RepairWanted) -> None:
        goal = self.by_id[fact.goal]
        goal.repairs, goal.mending, goal.proposal = fact.number, fact.failed, None

    def _abandon_repair(self, fact: facts.RepairAbandoned) -> None:
        goal = self.by_id[fact.goal]
        goal.repairs, goal.mending, goal.unmendable = fact.number, (), True
        goal.proposal = None

    def _change(self, fact: facts.PlanChanged) -> list[SubtaskState]:
        goal, change = self.by_id[fact.goal], fact.change
        goal.repairs, goal.mending = fact.number, ()
        goal.proposal, goal.approved = None, fact.proposal or goal.approved
        goal.superseded |= dict.fromkeys((*fact.failed, *change.drop))
        for uuid in fact.failed:
            goal.problems.pop(uuid, None)
        states = goal.subtasks
        for spec in change.add:
            states[spec.uuid] = SubtaskState(spec, fact.goal, 0.0, spec.priority)
            self.subtasks[spec.uuid] = states[spec.uuid]
        for one in change.rewire:
            state = states[one.subtask]
            state.spec = replace(state.spec, dependencies=one.dependencies)
        goal.open += len(change.add)
        self._wire(goal, change)
        touched = [s.uuid for s in change.add] + [one.subtask for one in change.rewire]
        for uuid in touched:
            needs = set(states[uuid].spec.dependencies)
            states[uuid].unmet = sum(not ended_well(states[need]) for need in needs)
        return [states[uuid] for uuid in touched if _free(states[uuid], fact.at)]

    def _wire(self, goal: GoalState, change: PlanChange) -> None:
        """Have its plan, and who waits for whom, be what its subtasks say now."""
        before = goal.plan or Plan(subtasks=())
        dropped = frozenset(change.drop)
        left = [goal.subtasks[s.uuid].spec for s in before.subtasks if s.uuid not in dropped]
        goal.plan = plan = replace(before, subtasks=(*left, *change.add))
        dependents = graph.dependents(plan)
        for uuid, state in goal.subtasks.items():
            state.dependents = dependents.get(uuid, ())
        self._rank(goal, plan)

    def _given(self, goal: Goal) -> tuple[Input, ...]:
        """The result that it verifies."""
        parent = goal.parent
        superior = None if parent is None else self.subtasks.get(parent.subtask)
        if superior is None or superior.submitted is None:
            return ()
        uuid, name = superior.spec.uuid, superior.spec.name
        return (Input(subtask=uuid, name=name, result=superior.submitted.result),)

    def _urgencies(
        self, goal: GoalState, plan: Plan, order: Sequence[Subtask] | None = None
    ) -> dict[SubtaskId, Priority]:
        """As `graph.urgencies`; a sub-goal is as urgent as the subtask that waits for it."""
        found = graph.urgencies(plan, goal.goal.priority, order)
        parent = goal.goal.parent
        superior = None if parent is None else self.subtasks.get(parent.subtask)
        if superior is None:
            return found
        return {uuid: min(own, superior.urgency) for uuid, own in found.items()}

    def _edit(self, fact: facts.SubtaskEdited) -> None:
        goal = self.by_id[self.subtasks[fact.subtask].goal]
        if goal.plan is None:
            return
        specs = (fact.spec if s.uuid == fact.subtask else s for s in goal.plan.subtasks)
        goal.plan = replace(goal.plan, subtasks=tuple(specs))
        self.subtasks[fact.subtask].spec = fact.spec
        self._rank(goal, goal.plan)

    def _save(self, fact: facts.CheckpointSaved) -> None:
        state = self.subtasks[fact.lease.subtask]
        state.saved = fact.checkpoint, Saved(token=fact.lease.token, number=fact.number)

    def _submit(self, fact: facts.ResultSubmitted) -> None:
        state = self.subtasks[fact.subtask]
        state.status, state.submitted = Status.VERIFYING, fact
        state.submissions = fact.number

    def _reject(self, fact: facts.ResultRejected) -> None:
        state = self.subtasks[fact.subtask]
        state.status, state.submitted = Status.READY, None
        state.token = None if fact.lease is None else fact.lease.token

    def _complete(self, fact: facts.SubtaskCompleted) -> list[SubtaskState]:
        return self.complete(self.subtasks[fact.subtask], fact)

    def _fail(self, fact: facts.SubtaskFailed) -> list[SubtaskState]:
        state = self._end(fact.subtask, Status.FAILED)
        state.problem = fact.problem
        if state.spec.optional:
            return self._release(state, fact.at)
        self.by_id[state.goal].problems[fact.subtask] = fact.problem
        return []

    def _cancel(self, fact: facts.SubtaskCancelled) -> None:
        state = self._end(fact.subtask, Status.CANCELLED)
        goal = self.by_id[state.goal]
        if not state.spec.optional and fact.subtask not in goal.superseded:
            why = SubtaskCancelled(state.spec.name, fact.reason)
            goal.problems[fact.subtask] = problem_of(why)

    def _end(self, uuid: SubtaskId, status: Status) -> SubtaskState:
        state = self.subtasks[uuid]
        state.status, state.submitted, state.token = status, None, None
        self.by_id[state.goal].open -= 1
        return state

    def _release(self, state: SubtaskState, at: float) -> list[SubtaskState]:
        subtasks, freed = self.subtasks, list[SubtaskState]()
        for uuid in state.dependents:
            dependent = subtasks[uuid]
            dependent.unmet = unmet = dependent.unmet - 1
            if not unmet and _free(dependent, at):
                freed.append(dependent)
        return freed

    def _close(self, fact: facts.GoalCompleted | facts.GoalFailed | facts.GoalCancelled) -> None:
        goal = self.by_id[fact.goal]
        goal.ended, goal.proposal = True, None
        self.ended[fact.goal] = None

    def _forget(self, fact: facts.GoalForgotten) -> None:
        goal = self.by_id.pop(fact.goal, None)
        if goal is None:  # compaction was faster
            return
        self.ended.pop(fact.goal, None)
        for uuid in goal.subtasks:
            del self.subtasks[uuid]
        if self.by_key.get(goal.goal.key) == fact.goal:
            del self.by_key[goal.goal.key]
        if goal.goal.parent is not None:
            self._disown(goal.goal.parent.subtask, fact.goal)

    def _disown(self, subtask: SubtaskId, child: GoalId) -> None:
        children = self.children[subtask]
        del children[child]
        if not children:
            del self.children[subtask]

    # A table, because a match that long would cost more than most changes.
    _changes: ClassVar[dict[type[Fact], Callable[[Goals, Any], list[SubtaskState] | None]]] = {
        facts.GoalAccepted: _accept,
        facts.PlanAdopted: _adopt,
        facts.PlanGrown: _grow,
        facts.PlanProposed: _propose,
        facts.ChangeProposed: _propose,
        facts.RepairWanted: _want_repair,
        facts.PlanChanged: _change,
        facts.RepairAbandoned: _abandon_repair,
        facts.CheckpointSaved: _save,
        facts.SubtaskEdited: _edit,
        facts.ResultSubmitted: _submit,
        facts.ResultRejected: _reject,
        facts.SubtaskCompleted: _complete,
        facts.SubtaskFailed: _fail,
        facts.SubtaskCancelled: _cancel,
        facts.GoalCompleted: _close,
        facts.GoalFailed: _close,
        facts.GoalCancelled: _close,
        facts.GoalForgotten: _forget,
    }


def _free(state: SubtaskState, at: float) -> bool:
    if state.unmet or state.status is not _BLOCKED:
        return False
    state.status = _READY
    state.since = at
    return True
