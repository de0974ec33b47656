"""What a runtime's figures are, as families of Prometheus; `docs/reference/metrics.md` lists them.

Counters count from the start of the runtime; what was done by earlier ones on the same
journal is not in them. Goals that are forgotten leave the gauges, not the counters.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from callboard.actors.logic.liveness import Health
from callboard.actors.logic.records import AgentStatus, GoalStatus, SubtaskStatus
from callboard.runtime.gateways.rest.exposition import Family, Sample, histogram
from callboard.runtime.gauges import Gauge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from callboard.actors.logic.board import Board
    from callboard.actors.logic.histogram import Histogram
    from callboard.runtime.runtime import Runtime

Counts: TypeAlias = "Mapping[str, int]"

COUNTERS: tuple[tuple[str, str, str], ...] = (
    ("assignments", "SubtaskAssigned", "Attempts that were given to an agent"),
    ("retries", "RetryScheduled", "Attempts that failed and are made again"),
    ("requeues", "SubtaskRequeued", "Times that a subtask went back to the front of its class"),
    ("revocations", "LeaseRevoked", "Leases that were taken back"),
    ("stale_refusals", "StaleRefused", "Reports that came with a token that is not current"),
    ("copies", "CopyStarted", "Copies of attempts that took long"),
    ("quarantines", "SubtaskParked", "Times that a subtask was put aside for somebody's decision"),
    ("unschedulable", "Unschedulable", "Subtasks that no registered agent could ever do"),
    ("agent_crashes", "AgentCrashed", "Times that an agent, its process or its link died"),
    ("agent_doubts", "AgentDoubted", "Times that an agent was silent for too long"),
    ("agent_slow", "AgentSlow", "Attempts that reached a limit of time"),
    ("dead_letters", "DeadLetter", "Messages that could not be delivered"),
    ("refused_calls", "CallRefused", "Calls from outside that were not let in"),
    ("journal_blocks", "JournalBlocked", "Times that facts could not be written"),
    ("abandoned_threads", "ThreadAbandoned", "Handlers that would not stop and run on unheard"),
)
"""Name, kind of event, and meaning of what is counted by events alone."""

_ENDS = {
    "goals": ("GoalAccepted", "GoalCompleted", "GoalFailed", "GoalCancelled"),
    "subtasks": ("SubtaskCompleted", "SubtaskFailed", "SubtaskCancelled"),
}

_gauge = Gauge()


class Timings(NamedTuple):
    """How long things took.

    Attributes:
        waits: Seconds from ready to assigned.
        runs: Seconds that an agent worked on what it completed.
    """

    waits: Histogram
    runs: Histogram


class Traffic(NamedTuple):
    """What a server sees of its clients.

    Attributes:
        connections: Those that it has.
        turned_away: Connections and requests that were, by reason.
    """

    connections: int
    turned_away: Counts


class Standing(NamedTuple):
    """What the board shows, counted while nothing changes."""

    goals: Mapping[GoalStatus, int]
    subtasks: Mapping[SubtaskStatus, int]
    agents: Mapping[AgentStatus, int]
    health: Mapping[Health, int]
    paused_agents: int
    overloaded: int
    slots: int
    used: int
    restarts: Mapping[str, int]
    flags: Mapping[str, bool]


def families(
    runtime: Runtime, timings: Timings, readers: int, traffic: Traffic | None = None
) -> Iterator[Family]:
    """All figures of a runtime as they are now.

    Args:
        runtime: Whose.
        timings: What was measured of it.
        readers: How many follow its events over HTTP.
        traffic: Of the server that is asked; None where something else serves.
    """
    counts, standing = runtime.hub.counts(), runtime.hub.read(standing_of)
    yield from _of_work(standing, counts)
    yield from _of_agents(standing)
    yield from _of_events(counts)
    yield from _of_time(runtime, timings)
    yield from _of_inside(runtime, standing, readers)
    if traffic is not None:
        yield from _of_traffic(traffic)
    yield from _of_process()


def standing_of(board: Board) -> Standing:
    """What the board shows."""
    agents = board.agents.values()
    return Standing(
        goals=Counter(goal.status for goal in board.goals.values()),
        subtasks=dict(board.counts),
        agents=Counter(agent.status for agent in agents),
        health=Counter(agent.health for agent in agents),
        paused_agents=sum(agent.paused for agent in agents),
        overloaded=sum(agent.overloaded for agent in agents),
        slots=sum(agent.agent.max_load for agent in agents),
        used=sum(agent.load for agent in agents),
        restarts=dict(board.actor_restarts),
        flags={
            "paused": board.paused,
            "draining": board.draining,
            "failed": board.failure is not None,
        },
    )


def _of_work(standing: Standing, counts: Counts) -> Iterator[Family]:
    yield _gauge_of("goals", "Goals that are remembered, by state", standing.goals, GoalStatus)
    yield _gauge_of(
        "subtasks", "Subtasks that are remembered, by state", standing.subtasks, SubtaskStatus
    )
    for name, kinds in _ENDS.items():
        outcomes = {kind.removeprefix(name[:-1].capitalize()).lower(): kind for kind in kinds}
        samples = [Sample(counts.get(kind, 0), {"outcome": o}) for o, kind in outcomes.items()]
        what = f"{name.capitalize()} by what became of them"
        yield Family(f"callboard_{name}_total", what, "counter", samples)


def _of_agents(standing: Standing) -> Iterator[Family]:
    yield _gauge_of("agents", "Registered agents, by state", standing.agents, AgentStatus)
    yield _gauge_of("agents_by_health", "Registered agents, by health", standing.health, Health)
    yield _plain("agents_paused", "Agents that are given no new work", standing.paused_agents)
    yield _plain("agents_overloaded", "Agents that report too much load", standing.overloaded)
    yield _plain("agent_slots", "Subtasks that all agents may run at once", standing.slots)
    yield _plain("agent_slots_used", "Subtasks that agents hold", standing.used)


def _of_events(counts: Counts) -> Iterator[Family]:
    for name, kind, what in COUNTERS:
        yield Family(f"callboard_{name}_total", what, "counter", [Sample(counts.get(kind, 0))])
    samples = [Sample(count, {"kind": kind}) for kind, count in sorted(counts.items())]
    yield Family("callboard_events_total", "Facts and notices, by kind", "counter", samples)


def _of_time(runtime: Runtime, timings: Timings) -> Iterator[Family]:
    yield histogram(
        "callboard_queue_wait_seconds",
        "Time from a subtask's readiness to its assignment",
        timings.waits,
    )
    yield histogram(
        "callboard_run_seconds", "Time that agents worked on what they completed", timings.runs
    )
    commits = runtime.journal.commits
    if commits is not None:
        what = "Time that the journal took for a commit, until it was safe"
        yield histogram("callboard_journal_commit_seconds", what, commits)


def _of_inside(runtime: Runtime, standing: Standing, readers: int) -> Iterator[Family]:
    waiting = [Sample(count, {"actor": name}) for name, count in runtime.waiting().items()]
    what = "Messages that wait for an actor; those of all agents together"
    yield Family("callboard_mailbox_messages", what, "gauge", waiting)
    restarts = [Sample(n, {"actor": name}) for name, n in sorted(standing.restarts.items())]
    what = "Restarts of the runtime's own actors"
    yield Family("callboard_actor_restarts_total", what, "counter", restarts)
    journal = runtime.journal
    yield _plain("journal_position", "Facts that the journal has ever kept", journal.count)
    trouble = journal.trouble is not None
    yield _plain("journal_trouble", "1 while nothing can be written", trouble)
    yield _plain("event_readers", "Who follows the events over HTTP", readers)
    yield _plain("hub_faults", "Events that the runtime could not take note of", runtime.hub.faults)
    for name, flag in standing.flags.items():
        yield _plain(name, f"1 while the runtime is {_FLAGS[name]}", flag)


_FLAGS = {
    "paused": "paused: nobody is given anything new",
    "draining": "draining: no goal is accepted",
    "failed": "failed: it cannot go on",
}


def _of_traffic(traffic: Traffic) -> Iterator[Family]:
    yield _plain("server_connections", "Connections of the server", traffic.connections)
    reasons = [Sample(n, {"reason": why}) for why, n in sorted(traffic.turned_away.items())]
    what = "Connections and requests that the server turned away, by reason"
    yield Family("callboard_server_turned_away_total", what, "counter", reasons)


def _of_process() -> Iterator[Family]:
    seconds = [Sample(time.process_time())]
    what = "Time of processors that the process has used"
    yield Family("process_cpu_seconds_total", what, "counter", seconds)
    memory = _gauge.memory_of(os.getpid())
    if memory is not None:
        what = "Memory that the process has in use"
        yield Family("process_resident_memory_bytes", what, "gauge", [Sample(memory)])


def _plain(name: str, what: str, value: float) -> Family:
    return Family(f"callboard_{name}", what, "gauge", [Sample(value)])


def _gauge_of(
    name: str,
    what: str,
    counts: Mapping[GoalStatus, int]
    | Mapping[SubtaskStatus, int]
    | Mapping[AgentStatus, int]
    | Mapping[Health, int],
    states: type[GoalStatus | SubtaskStatus | AgentStatus | Health],
) -> Family:
    by_name = {state.value: count for state, count in counts.items()}
    samples = [Sample(by_name.get(state.value, 0), {"state": state.value}) for state in states]
    return Family(f"callboard_{name}", what, "gauge", samples)
