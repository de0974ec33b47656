"""What must hold whatever happens; checked after every fact, and at the end.

The oracle knows nothing of the runtime's own state: it follows the facts with rules
of its own, and compares at the end what the journal says with what everybody sees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.goals import Goals
from callboard.actors.logic.skills import can_do
from callboard.messages import facts, notices
from callboard.messages.base import SCHEDULER

if TYPE_CHECKING:
    from callboard.actors.logic.skills import Equivalences
    from callboard.messages.base import AgentId, SubtaskId
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice
    from callboard.messages.values import Agent, Lease, Subtask, Token
    from callboard.runtime.runtime import Runtime


class Violation(AssertionError):
    """A promise was broken."""


class Oracle:
    """A witness of a simulation that raises no error but keeps a list of them.

    Attributes:
        violations: What was broken, in order.
        events: How many facts and notices were seen.
    """

    def __init__(self, equivalences: Equivalences) -> None:
        self.violations: list[str] = []
        self.events = 0
        self._equivalences = equivalences
        self._agents: dict[AgentId, Agent] = {}
        self._subtasks: dict[SubtaskId, Subtask] = {}
        self._held: dict[SubtaskId, Lease] = {}
        self._ended: dict[SubtaskId, str] = {}
        self._over: set[Token] = set()
        self._orphans: dict[SubtaskId, Lease] = {}
        self._open_goals: set[str] = set()
        self._newest: Token | None = None

    def see(self, event: Fact | Notice) -> None:
        """Check one event against all that came before it."""
        self.events += 1
        match event:
            case facts.AgentRegistered():
                self._agents[event.agent.id] = event.agent
            case facts.ActorRestarted():
                self._restarted(event.address)
            case facts.LeaseAdopted():
                self._adopted(event.lease)
            case facts.GoalAccepted():
                self._open_goals.add(event.goal.id)
            case facts.PlanAdopted():
                self._subtasks.update((s.uuid, s) for s in event.plan.subtasks)
            case facts.SubtaskAssigned():
                self._assigned(event.lease)
            case notices.AttemptOver():
                self._over.add(event.lease.token)
            case facts.SubtaskStarted():
                self._check(self._held.get(event.lease.subtask) == event.lease,
                            f"{event.lease} started without being held")  # fmt: skip
            case facts.LeaseRevoked() | facts.RetryScheduled():
                self._let_go(event.lease)
            case facts.SubtaskCompleted():
                self._completed(event)
            case facts.SubtaskFailed():
                self._end(event.subtask, "failed")
            case facts.SubtaskCancelled():
                self._end(event.subtask, "cancelled")
            case facts.GoalCompleted() | facts.GoalFailed() | facts.GoalCancelled():
                self._goal_ended(event.goal)
            case _:
                pass

    def finish(self, runtime: Runtime) -> None:
        """Check what must hold once nothing is left to happen."""
        self._check(not self._open_goals, f"goals without an end: {sorted(self._open_goals)}")
        open_ones = sorted(set(self._subtasks) - set(self._ended))
        self._check(not open_ones, f"subtasks without an end: {open_ones}")
        held = sorted(u for u, lease in self._held.items() if lease.token not in self._over)
        self._check(not held, f"leases without an end: {held}")
        figures = runtime.health()["scheduler"]
        left = {k: n for k, n in figures.items() if n and not k.startswith("agents")}
        self._check(not left, f"left in the scheduler: {left}")
        loads = {a: len(r.held) for a, r in runtime.agents().items() if r.held}
        self._check(not loads, f"loads without work: {loads}")
        self._check(runtime.hub.faults == 0, f"faults in the hub: {runtime.hub.faults}")
        self._replay(runtime)

    def _replay(self, runtime: Runtime) -> None:
        """The journal, replayed, says of every subtask what the board says."""
        goals = Goals()
        for fact in runtime.journal.replay():
            goals.apply(fact)
        seen = runtime.hub.board.subtasks
        for uuid, state in goals.subtasks.items():
            same = state.status.value == seen[uuid].status.value
            self._check(same, f"{uuid}: the journal says {state.status}, the board {seen[uuid]}")

    def _assigned(self, lease: Lease) -> None:
        uuid = lease.subtask
        self._check(uuid not in self._held, f"{uuid} is leased twice: {lease}")
        done = self._ended.get(uuid) == "completed"  # a cancellation may still be on its way
        self._check(not done, f"{uuid} is leased after its completion: {lease}")
        newer = self._newest is None or lease.token > self._newest
        self._check(newer, f"token {lease.token} after {self._newest}")
        self._newest = lease.token
        self._able(lease)
        for dependency in self._subtasks[uuid].dependencies:
            ended = self._ended.get(dependency)
            optional = self._subtasks[dependency].optional
            fine = ended == "completed" or (optional and ended == "failed")
            self._check(fine, f"{uuid} is leased before {dependency} has ended well")
        self._orphans.pop(uuid, None)
        self._held[uuid] = lease

    def _able(self, lease: Lease) -> None:
        agent = self._agents.get(lease.agent)
        if agent is None:
            self._check(False, f"{lease} to an agent that was never there")  # noqa: FBT003
            return
        needs = self._subtasks[lease.subtask].required_skills
        able = can_do(agent.skills, needs, self._equivalences)
        self._check(able, f"{lease} to an agent without the skills {needs}")
        holds = [held for held in self._held.values() if held.agent == agent.id]
        load = sum(held.token not in self._over for held in holds)
        self._check(load < agent.max_load, f"{lease} to an agent that has {load} already")

    def _restarted(self, address: str) -> None:
        """A new scheduler knows no lease; those that are held may be adopted."""
        if address == SCHEDULER:
            self._orphans.update(self._held)
            self._held.clear()

    def _adopted(self, lease: Lease) -> None:
        orphan = self._orphans.pop(lease.subtask, None)
        self._check(orphan == lease, f"{lease} is adopted, {orphan} was held")
        self._check(lease.subtask not in self._held, f"{lease} is adopted, and leased anew")
        self._held[lease.subtask] = lease

    def _let_go(self, lease: Lease) -> None:
        if self._held.get(lease.subtask) == lease:
            del self._held[lease.subtask]

    def _completed(self, fact: facts.SubtaskCompleted) -> None:
        if fact.lease is not None:
            current = self._held.get(fact.subtask)
            self._check(current == fact.lease, f"{fact.lease} completed, {current} is current")
        self._end(fact.subtask, "completed")

    def _end(self, uuid: SubtaskId, how: str) -> None:
        before = self._ended.get(uuid)
        self._check(before is None, f"{uuid} {how} after it was {before}")
        self._ended[uuid] = how
        self._held.pop(uuid, None)

    def _goal_ended(self, goal: str) -> None:
        self._check(goal in self._open_goals, f"goal {goal} has ended twice")
        self._open_goals.discard(goal)

    def _check(self, holds: bool, otherwise: str) -> None:  # noqa: FBT001
        if not holds:
            self.violations.append(otherwise)
