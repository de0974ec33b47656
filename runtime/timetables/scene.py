"""All that is open at one moment, as far as its time matters: what to plan and to foresee.

Made of what the board shows, without asking any actor. A subtask that somebody works on
has begun, with the seconds that are left of it. What waits for a decision (parked, or
nobody can do it) and what waits for that is left out, with the reason.

>>> from callboard.messages.values import Skill
>>> ann = Agent(id="ann", skills=(Skill(name="sql"),))
>>> ask = Task("u1", "g", "ask", frozenset(ann.skills), 60.0)
>>> law = Task("u2", "g", "sue", frozenset({Skill(name="law")}), 60.0)
>>> then = Task("u3", "g", "pay", frozenset(), 30.0, before=("u2",))
>>> found = scene([ask, law, then], [ann], now=0.0, equivalences=Equivalences())
>>> [task.uuid for task in found.tasks], found.left_out
(['u1'], {'u2': 'nobody can do it', 'u3': 'it waits for u2'})
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from callboard.actors.logic.learning import kind_of
from callboard.actors.logic.outlook import Needs, Trade, needs_of, trade_of
from callboard.actors.logic.records import (
    AgentRecord,
    AgentStatus,
    GoalRecord,
    SubtaskRecord,
    SubtaskStatus,
)
from callboard.actors.logic.skills import Equivalences, can_do
from callboard.messages.base import AgentId, GoalId, SubtaskId
from callboard.messages.values import Agent, Priority

Able: TypeAlias = Mapping[Needs, tuple[AgentId, ...]]
"""Who may do what needs that."""

_OPEN = frozenset(
    {SubtaskStatus.PENDING, SubtaskStatus.READY, SubtaskStatus.RUNNING, SubtaskStatus.PARKED}
)
_HERE = frozenset({AgentStatus.STARTING, AgentStatus.UP, AgentStatus.DOWN})


OVERDUE = 0.1
"""Of an attempt that takes longer than expected this part is left, as far as is known."""


class Task(NamedTuple):
    """A subtask that is open.

    Attributes:
        kind: Of work; what is of one kind takes alike.
        seconds: That it takes as estimated.
        before: Those that must end before it begins; what has ended may be among them.
        urgency: Its class, the least first.
        agent: Who works on it; "" for nobody.
        since: Since when, seconds since the epoch.
        obstacle: Why it cannot be done for now; "" for nothing.
        stated: Seconds that its planner said, to which what is learnt is relative; None
            where that is what is estimated.
    """

    uuid: SubtaskId
    goal: GoalId
    kind: str
    needs: Needs
    seconds: float
    before: tuple[SubtaskId, ...] = ()
    urgency: int = Priority.MEDIUM
    agent: AgentId = ""
    since: float = 0.0
    obstacle: str = ""
    stated: float | None = None

    @property
    def learnt_from(self) -> float:
        """Seconds to which what is learnt is relative."""
        return self.seconds if self.stated is None else self.stated

    @property
    def skill(self) -> str:
        """All that it needs, in one text; "" for nothing."""
        return _skill(self.needs)


class Scene(NamedTuple):
    """What there is to do, and who is there to do it.

    Attributes:
        at: When, seconds since the epoch.
        tasks: Each after all that it waits for.
        agents: By id.
        able: For all needs of the tasks.
        left_out: What cannot be done for now, and why.
    """

    at: float
    tasks: tuple[Task, ...]
    agents: dict[AgentId, Agent]
    able: Able
    left_out: dict[SubtaskId, str]

    def seconds_left(self, task: Task, expected: float) -> float:
        """Seconds that are left of it, if all of it takes so long.

        Of what has begun a tenth is always left: it has not ended, has it.
        """
        if not task.agent:
            return expected
        return max(expected - max(0.0, self.at - task.since), expected * OVERDUE)

    def part(self, goal: GoalId) -> Scene:
        """The same with the tasks of one goal only."""
        return self._replace(tasks=tuple(task for task in self.tasks if task.goal == goal))


def scene(
    tasks: Iterable[Task], agents: Iterable[Agent], now: float, equivalences: Equivalences
) -> Scene:
    """What of *tasks* can be done by *agents*; those who are paused do not count."""
    company = {agent.id: agent for agent in agents if not agent.paused}
    known = {task.uuid: task for task in tasks}
    able = _able({task.needs for task in known.values()}, company.values(), equivalences)
    kept: dict[SubtaskId, Task] = {}
    urgency = _inherited(known)
    left_out: dict[SubtaskId, str] = {}
    for task in _in_order(known):
        why = _obstacle(task, able, left_out)
        if why:
            left_out[task.uuid] = why
        else:
            here = task if task.agent in company else task._replace(agent="")
            before = tuple(one for one in here.before if one in kept and not here.agent)
            kept[task.uuid] = here._replace(before=before, urgency=urgency[task.uuid])
    return Scene(now, tuple(kept.values()), company, able, left_out)


def tasks_of(goals: Iterable[GoalRecord], *, paused: bool | None = None) -> list[Task]:
    """All that is open of these goals.

    Args:
        goals: As the board has them.
        paused: Whether the runtime is. What is paused, or parked, has that for an obstacle;
            None takes what is paused as if it were resumed now.
    """
    found: list[Task] = []
    for goal in goals:
        held = paused is not None and (paused or goal.paused)
        for record in list(goal.subtasks.values()):
            if record.status in _OPEN:
                still = held or (paused is not None and record.paused)
                found.append(_task(goal, record, _why(record, still=still)))
    return found


def agents_of(records: Iterable[AgentRecord]) -> list[Agent]:
    """Who is there, or will be again."""
    return [record.agent for record in records if record.status in _HERE]


def _task(goal: GoalRecord, record: SubtaskRecord, obstacle: str) -> Task:
    subtask, lease = record.subtask, record.lease
    begun = record.started_at or record.assigned_at or 0.0
    own = goal.goal.priority
    return Task(
        uuid=subtask.uuid,
        goal=goal.goal.id,
        kind=kind_of(subtask),
        needs=needs_of(subtask.required_skills),
        seconds=subtask.seconds,
        before=subtask.dependencies,
        urgency=subtask.priority if own is None else own,
        agent="" if lease is None else lease.agent,
        since=0.0 if lease is None else begun,
        obstacle=obstacle,
        stated=None if subtask.correction is None else subtask.stated_seconds,
    )


def _why(record: SubtaskRecord, *, still: bool) -> str:
    if record.status is SubtaskStatus.PARKED:
        return "it is parked"
    return "it is paused" if still and record.lease is None else ""


@lru_cache(maxsize=4096)
def _skill(needs: Needs) -> str:
    return ", ".join(sorted(skill.name for skill in needs))


def _inherited(tasks: Mapping[SubtaskId, Task]) -> dict[SubtaskId, int]:
    """How urgent each is: as the most urgent one that waits for it."""
    found = {uuid: int(task.urgency) for uuid, task in tasks.items()}
    for task in reversed(_in_order(tasks)):
        for one in task.before:
            if one in found:
                found[one] = min(found[one], found[task.uuid])
    return found


def _obstacle(task: Task, able: Able, left_out: Mapping[SubtaskId, str]) -> str:
    if task.obstacle:
        return task.obstacle
    if not able[task.needs]:
        return "nobody can do it"
    found = next((one for one in task.before if one in left_out), "")
    return f"it waits for {found}" if found else ""


def _able(needs: Iterable[Needs], agents: Iterable[Agent], equivalences: Equivalences) -> Able:
    trades: dict[Trade, list[AgentId]] = {}
    for agent in agents:
        trades.setdefault(trade_of(agent), []).append(agent.id)
    return {
        one: tuple(
            agent
            for trade, ids in trades.items()
            if can_do(tuple(trade), tuple(one), equivalences)
            for agent in ids
        )
        for one in needs
    }


def _in_order(tasks: Mapping[SubtaskId, Task]) -> list[Task]:
    """Each after all that it waits for (Kahn)."""
    waiting: dict[SubtaskId, list[SubtaskId]] = {}
    missing: dict[SubtaskId, int] = {}
    for uuid, task in tasks.items():
        needed = [one for one in dict.fromkeys(task.before) if one in tasks]
        missing[uuid] = len(needed)
        for one in needed:
            waiting.setdefault(one, []).append(uuid)
    order = [uuid for uuid, count in missing.items() if not count]
    for uuid in order:  # it grows while it is read
        for waiter in waiting.get(uuid, ()):
            missing[waiter] -= 1
            if not missing[waiter]:
                order.append(waiter)
    return [tasks[uuid] for uuid in order]
