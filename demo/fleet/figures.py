"""What came of a run, as data: the table prints it, the page draws it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from callboard.actors.logic.bounds import Bounds, gap
from callboard.demo.fleet.company import main_skill
from callboard.demo.fleet.ledger import Attempt, Ledger, SubtaskEntry
from callboard.demo.fleet.run import Fleet, Setting
from callboard.messages.values import Priority, Subtask

P95: Final = 0.95


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How long subtasks of one priority waited for an agent; seconds.

    Attributes:
        count: How often one waited and was served; requeued ones wait again.
    """

    priority: str
    count: int
    low: float
    median: float
    high: float
    p95: float
    longest: float


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the time that the slots had; parts of it, in [0, 1].

    Attributes:
        useful: Attempts that were completed.
        lost: Attempts that were not.
        down: The agent was not there.
    """

    useful: float
    lost: float
    down: float

    @property
    def busy(self) -> float:
        """Utilisation: at work, whether it came to something or not."""
        return self.useful + self.lost


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """The lower bound of the makespan, from how long subtasks really took; seconds.

    Attributes:
        path: The longest chain, from the coming of its goal on.
        path_of: That goal.
        work: All work, shared by all slots.
        group: The work that only one group can do, shared by its slots.
        group_skill: The commonest main skill in that group.
        group_agents: How many they are.
        seconds: The largest of the three.
        reason: Which one that is.
        gap: How far above it the run was, as a part of it.
    """

    path: float
    path_of: str
    work: float
    group: float
    group_skill: str
    group_agents: int
    seconds: float
    reason: str
    gap: float


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """All that the final table says.

    Attributes:
        goals: How many came, finished, failed, were cancelled, are open.
        subtasks: How many there were, finished, failed, were cancelled.
        attempts: How many there were, by how they ended.
        retried: Attempts that failed or hung, and were followed by another one.
        requeued: Attempts that were lost with their agent, likewise.
        parked: Subtasks that had taken down too many agents, and were put aside.
        put_back: How many of them somebody put back into the queue.
        crashes: Agents that went down.
        abandoned: Attempts that hung and would not stop when they were told to.
        restarts: Agents that were started again.
        given_up: Agents that had too many restarts.
        runtime_restarts: Actors of the runtime itself that were started again.
        refused: Late words of agents with an old token.
        ended_once: Subtasks that ended exactly once.
        makespan: From the beginning to the end of the last goal, in seconds.
        failure: Why the runtime itself could not go on, or "".
    """

    setting: Setting
    slots: int
    goals: dict[str, int]
    subtasks: dict[str, int]
    attempts: dict[str, int]
    retried: int
    requeued: int
    parked: int
    put_back: int
    crashes: int
    abandoned: int
    restarts: int
    given_up: int
    runtime_restarts: list[tuple[str, float]]
    refused: int
    ended_once: int
    makespan: float
    use: Use
    waiting: list[Waiting]
    floor: Floor
    failure: str

    @property
    def kept(self) -> bool:
        """Whether every goal and every subtask ended, and just once."""
        everything = self.ended_once == self.subtasks["all"]
        return everything and not self.goals["open"] and not self.failure


def figures(fleet: Fleet) -> Figures:
    """The figures of a run that is over."""
    ledger, counts = fleet.ledger, fleet.ledger.counts
    entries = list(ledger.subtasks.values())
    endings = Counter(entry.ends[-1] if entry.ends else "open" for entry in entries)
    goals = Counter(goal.ending or "open" for goal in ledger.goals.values())
    return Figures(
        setting=fleet.setting,
        slots=fleet.slots,
        goals={
            "all": len(ledger.goals),
            **{key: goals[key] for key in ("finished", "failed", "cancelled", "open")},
        },
        subtasks={
            "all": len(entries),
            **{key: endings[key] for key in ("finished", "failed", "cancelled")},
        },
        attempts=_attempts(ledger),
        retried=counts.get("RetryScheduled", 0),
        requeued=counts.get("SubtaskRequeued", 0),
        parked=counts.get("SubtaskParked", 0),
        put_back=fleet.put_back,
        crashes=len(ledger.downs),
        abandoned=counts.get("ThreadAbandoned", 0),
        restarts=sum(down.end is not None for down in ledger.downs),
        given_up=len(ledger.removed),
        runtime_restarts=ledger.restarted,
        refused=counts.get("StaleRefused", 0),
        ended_once=sum(len(entry.ends) == 1 for entry in entries),
        makespan=ledger.makespan,
        use=_use(fleet),
        waiting=[_waiting(ledger, priority) for priority in Priority],
        floor=_floor(fleet),
        failure=ledger.failure,
    )


def quantile(values: Sequence[float], part: float) -> float:
    """The value that so large a part of them does not exceed; 0 for none.

    >>> quantile([4.0, 1.0, 2.0, 3.0], 0.5), quantile([], 0.5)
    (2.0, 0.0)
    """
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(part * len(values)) - 1)]


def _attempts(ledger: Ledger) -> dict[str, int]:
    outcomes: Counter[str] = Counter(attempt.outcome for attempt in ledger.attempts)
    kinds = ("done", "failed", "hung", "lost")
    return {"all": len(ledger.attempts), **{kind: outcomes[kind] for kind in kinds}}


def _use(fleet: Fleet) -> Use:
    ledger, makespan = fleet.ledger, fleet.ledger.makespan
    if not makespan:
        return Use(useful=0.0, lost=0.0, down=0.0)
    slots = {agent.id: agent.max_load for agent in fleet.agents}
    away = sum(
        slots[down.agent] * max(0.0, _until(down.end, makespan) - min(down.start, makespan))
        for down in ledger.downs
    )
    total = fleet.slots * makespan
    useful = sum(_seconds(a, makespan) for a in ledger.attempts if a.outcome == "done")
    lost = sum(_seconds(a, makespan) for a in ledger.attempts if a.outcome != "done")
    return Use(useful=useful / total, lost=lost / total, down=away / total)


def _seconds(attempt: Attempt, makespan: float) -> float:
    return max(0.0, min(attempt.end, makespan) - attempt.start)


def _until(end: float | None, makespan: float) -> float:
    return makespan if end is None else min(end, makespan)


def _waiting(ledger: Ledger, priority: Priority) -> Waiting:
    waits = [w.end - w.start for w in ledger.waits if w.served and w.priority is priority]
    return Waiting(
        priority=priority.name,
        count=len(waits),
        low=quantile(waits, 0.25),
        median=quantile(waits, 0.5),
        high=quantile(waits, 0.75),
        p95=quantile(waits, P95),
        longest=max(waits, default=0.0),
    )


def _floor(fleet: Fleet) -> Floor:
    ledger = fleet.ledger

    def really(subtask: Subtask) -> float | None:
        entry = ledger.subtasks.get(subtask.uuid)
        return entry.seconds if entry is not None and "finished" in entry.ends else None

    bound = fleet.bounds(really)
    last = ledger.subtasks[bound.chain[-1]] if bound.chain else None
    return Floor(
        path=bound.path,
        path_of=_goal_text(ledger, last),
        work=bound.work,
        group=bound.group,
        group_skill=_commonest(fleet, bound),
        group_agents=len(bound.narrowest),
        seconds=bound.seconds,
        reason=bound.reason,
        gap=max(0.0, round(gap(ledger.makespan, bound.seconds), 6)) if bound.seconds else 0.0,
    )


def _goal_text(ledger: Ledger, entry: SubtaskEntry | None) -> str:
    return ledger.goals[entry.goal].text if entry is not None else ""


def _commonest(fleet: Fleet, bound: Bounds) -> str:
    skills = Counter(main_skill(a) for a in fleet.agents if a.id in bound.narrowest)
    return skills.most_common(1)[0][0] if skills else ""
