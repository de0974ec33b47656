"""The runtime's own decisions over virtual time: orchestrator and scheduler, and no more.

Nothing here decides. The logic of both actors, as every runtime has it, is told what the
actors around it would tell it, in the order in which mailboxes would deliver it; agents
begin what they are assigned and end it when its time is over. The clock moves from one
event to the next.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any

from instances import Instance

from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.actors.logic.limits import Limits
from callboard.actors.logic.orchestration import OrchestrationLogic
from callboard.actors.logic.paces import Paces, Stated
from callboard.actors.logic.scheduling import SchedulingLogic
from callboard.actors.logic.skills import Equivalences
from callboard.messages.base import ORCHESTRATOR, SCHEDULER
from callboard.messages.commands import SubmitGoal
from callboard.messages.facts import Fact
from callboard.messages.values import (
    MINUTE,
    Agent,
    Goal,
    Lease,
    Payload,
    Plan,
    Subtask,
    Timeouts,
)
from callboard.messages.work import Advise, AgentJoined, AgentUp, Assign, Completed, Started, Turn
from callboard.runtime.timetables.timetable import Timetable

FOREVER = 1e12
"""Seconds; a benchmark is not the place for time limits."""

GOAL = "g"


class Office:
    """An orchestrator, a scheduler, and all that they believe to be around them.

    Args:
        instance: What is to be done.
        factors: How many times as long as expected each task really takes.
        advice: A timetable that was found beforehand, which the scheduler is told of.
        decider: The scheduler; None for one that knows how fast everybody is.
        estimates: Seconds that the plan states for each task; None for their means.

    Attributes:
        facts: All that was recorded.
    """

    def __init__(
        self,
        instance: Instance,
        factors: Sequence[float] | None = None,
        advice: Timetable | None = None,
        decider: SchedulingLogic | None = None,
        estimates: Sequence[float] | None = None,
    ) -> None:
        count = len(instance.project)
        self._instance = instance
        self._factors = (1.0,) * count if factors is None else factors
        self._advice = advice
        self._now = 0.0
        self._ends: list[tuple[float, int, Lease]] = []
        self._agents, self._starts, self._stops = [-1] * count, [0.0] * count, [0.0] * count
        self._boxes: dict[str, list[Any]] = {SCHEDULER: [], ORCHESTRATOR: []}
        self._estimates = instance.project.means if estimates is None else estimates
        decides = decider or scheduler(_paces(instance))
        self._logics = {SCHEDULER: decides, ORCHESTRATOR: OrchestrationLogic()}
        self.facts: list[Fact] = []

    def run(self) -> Timetable:
        """Until nothing is left to be done."""
        for address, logic in self._logics.items():
            self._perform(logic.start(0.0))
            self._deliver(address)
        self._boxes[SCHEDULER] += self._company()
        goal = Goal(id=GOAL, text=self._instance.name)
        plan = plan_of(self._instance, self._estimates)
        self._boxes[ORCHESTRATOR].append(SubmitGoal(goal=goal, plan=plan))
        if self._advice is not None:
            # Before it hands anything out, as if there had been time to think.
            self._deliver(ORCHESTRATOR)
            self._boxes[SCHEDULER].append(Advise(turns=self._turns(self._advice)))
        self._go_round()
        while self._ends:
            self._now = self._ends[0][0]
            while self._ends and self._ends[0][0] == self._now:
                self._boxes[SCHEDULER].append(self._over())
            self._go_round()
        return Timetable(tuple(self._agents), tuple(self._starts), tuple(self._stops))

    def _turns(self, table: Timetable) -> tuple[Turn, ...]:
        return tuple(
            Turn(subtask=str(task), agent=str(agent), start=start, seconds=end - start)
            for task, (agent, start, end) in enumerate(zip(*table, strict=True))
        )

    def _company(self) -> list[AgentJoined | AgentUp]:
        told: list[AgentJoined | AgentUp] = []
        for number, skills in enumerate(self._instance.skills):
            agent = Agent(id=str(number), skills=skills)
            told += [AgentJoined(agent=agent), AgentUp(agent=agent.id, incarnation=1)]
        return told

    def _go_round(self) -> None:
        """Until no message is left."""
        while any(self._boxes.values()):
            for address in self._boxes:
                self._deliver(address)

    def _deliver(self, address: str) -> None:
        """All that waits for one actor, as a batch."""
        batch, self._boxes[address] = self._boxes[address], []
        if batch:
            logic = self._logics[address]
            effects = [effect for message in batch for effect in logic.take(message, self._now)]
            self._perform([*effects, *logic.settle(self._now)])

    def _perform(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Record):
                self.facts.append(effect.fact)
            if not isinstance(effect, Tell):
                continue
            if isinstance(effect.message, Assign):
                self._begin(effect.message.lease)
            elif effect.to in self._boxes:
                self._boxes[effect.to].append(effect.message)

    def _begin(self, lease: Lease) -> None:
        task, agent = int(lease.subtask), int(lease.agent)
        end = self._now + self._instance.project.options[task][agent] * self._factors[task]
        self._agents[task], self._starts[task], self._stops[task] = agent, self._now, end
        self._boxes[SCHEDULER].append(Started(lease=lease))
        heapq.heappush(self._ends, (end, task, lease))

    def _over(self) -> Completed:
        end, task, lease = heapq.heappop(self._ends)
        return Completed(lease=lease, result=Payload(), seconds=end - self._starts[task])


def plan_of(instance: Instance, seconds: Sequence[float]) -> Plan:
    """The instance as a plan; uuids are the tasks' numbers, *seconds* their estimates."""
    project = instance.project
    return Plan(
        subtasks=tuple(
            Subtask(
                uuid=str(task),
                name=instance.kinds[task],
                kind=instance.kinds[task],
                estimated_duration=seconds[task] / MINUTE,
                required_skills=instance.needs[task],
                dependencies=tuple(map(str, project.before[task])),
            )
            for task in range(len(project))
        )
    )


def _paces(instance: Instance) -> Stated | None:
    """What each agent takes for each kind of work, where they are not equally fast."""
    project = instance.project
    if all(project.alike):
        return None
    options = zip(instance.kinds, project.options, strict=True)
    return Stated({kind: {str(a): s for a, s in own.items()} for kind, own in options})


def scheduler(paces: Paces | None = None, recorded: Sequence[Fact] = ()) -> SchedulingLogic:
    """The logic of a scheduler without time limits, repetitions and ageing."""
    return SchedulingLogic(
        boot=1,
        incarnation=1,
        equivalences=Equivalences(),
        limits=Limits(Timeouts(queue=FOREVER, run=FOREVER, total=FOREVER)),
        heartbeat_timeout=FOREVER,
        tau=FOREVER,
        poison=3,
        audit=FOREVER,
        paces=paces,
        recorded=recorded,
    )
