"""How long a plan will take a company, and what it will wait for: many seeds, one answer."""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from callboard.messages.errors.running import InvalidCall
from callboard.messages.values import Agent
from callboard.runtime.config import Config
from callboard.runtime.executors.definition import definition_of
from callboard.runtime.planners.plans import make_plan
from callboard.runtime.simulation.executor import Fate
from callboard.runtime.simulation.simulation import Simulation
from callboard.runtime.simulation.world import CountingIds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from callboard.actors.logic.effects import StartWork
    from callboard.actors.logic.records import SubtaskRecord
    from callboard.messages.values import Plan, Subtask
    from callboard.runtime.planners.plans import GivenPlan

    Seconds: TypeAlias = Callable[[Subtask, Agent, Random], float]

SIGMA = 0.4
"""How far durations scatter, unless somebody knows better; see `around_the_estimate`."""


def around_the_estimate(subtask: Subtask, agent: Agent, random: Random) -> float:
    """Seconds that an attempt takes: lognormal, the estimate is its median, sigma 0.4.

    So half of all attempts take less than was estimated, one in ten takes more than 1.67
    times as long, one in a hundred more than 2.5 times.
    """
    del agent
    return subtask.seconds * math.exp(random.gauss(0.0, SIGMA))


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What came of many seeds.

    Attributes:
        makespans: Seconds from the submission to the end of each run, ascending.
        utilisation: Of each agent: the part of its slots that was busy, on average.
        waits: Seconds that subtasks waited for an agent in a run, on average, by the
            skills that they require.
        critical: Part of the runs in which each subtask, by its name, was on the chain
            that decided the end.
    """

    makespans: tuple[float, ...]
    utilisation: dict[str, float]
    waits: dict[str, float]
    critical: dict[str, float]

    def quantile(self, part: float) -> float:
        """The makespan that so great a part of the runs does not exceed, in seconds.

        Raises:
            InvalidCall: *part* is not above 0 and at most 1.
        """
        if not 0.0 < part <= 1.0:
            raise InvalidCall("part", part, "a number above 0 and at most 1")
        return self.makespans[math.ceil(part * len(self.makespans)) - 1]

    @property
    def p50(self) -> float:
        """The median makespan, in seconds."""
        return self.quantile(0.5)

    @property
    def p90(self) -> float:
        """The makespan that nine runs of ten do not exceed, in seconds."""
        return self.quantile(0.9)

    @property
    def mean(self) -> float:
        """Of all makespans, in seconds."""
        return math.fsum(self.makespans) / len(self.makespans)

    @property
    def bottleneck(self) -> str:
        """The skills that were waited for longest; "" where nothing waited.

        An agent more that has them helps most, if any does.
        """
        longest = max(self.waits, key=self.waits.__getitem__, default="")
        return longest if longest and self.waits[longest] > 0.0 else ""


def simulate(  # noqa: PLR0913 - each is optional
    plan: GivenPlan,
    agents: Iterable[object],
    *,
    seeds: int = 1000,
    seconds: Seconds = around_the_estimate,
    config: Config | None = None,
    first: int = 0,
) -> Forecast:
    """Let a company do a plan many times, in virtual time and with durations by lot.

    Args:
        plan: In any of the forms that `Runtime.submit` takes.
        agents: As for `Runtime.register`, or `Agent` values; none of their code runs.
        seeds: How many runs.
        seconds: Draws how long an attempt takes, from the subtask, its agent and a
            source of random numbers.
        config: Settings of the runtime.
        first: The first seed; the same seeds give the same forecast.

    Raises:
        InvalidPlan: It is none.
        InvalidAgent: An agent is none.
        InvalidCall: *seeds* is no whole number above 0.
        GoalFailed: Nobody has the skills for a subtask.

    >>> from callboard import subtask
    >>> digger = Agent(id="digger")
    >>> forecast = simulate([subtask("dig", estimated_duration=60)], [digger], seeds=100)
    >>> 2400 < forecast.p50 < 4800 < forecast.p90 < 9000
    True
    """
    _check(seeds)
    config = config or Config()
    company = [_agent(agent) for agent in agents]
    made = make_plan(plan, CountingIds(), largest_plan=config.largest_plan)
    runs = [_Run(seed, made, company, seconds, config) for seed in range(first, first + seeds)]
    return Forecast(
        makespans=tuple(sorted(run.makespan for run in runs)),
        utilisation={agent.id: _mean(run.busy(agent) for run in runs) for agent in company},
        waits=_means([run.waits for run in runs]),
        critical=_means([run.critical for run in runs]),
    )


class _Run:
    """One seed, and what is to be known of it."""

    def __init__(
        self, seed: int, plan: Plan, company: Sequence[Agent], seconds: Seconds, config: Config
    ) -> None:
        random = Random(f"{seed}/durations")  # noqa: S311 - reproducible, not secret

        def decide(agent: Agent, effect: StartWork) -> Fate:
            return Fate(seconds=max(0.0, seconds(effect.ready.subtask, agent, random)))

        with Simulation(seed, decide=decide, config=config) as simulation:
            for agent in company:
                simulation.register(agent)
            goal = simulation.runtime.submit(plan)
            goal.result()
            records = {record.subtask.uuid: record for record in goal.subtasks}
        self._records = records
        ends = [_end(record) for record in records.values()]
        self.makespan = max(ends) - min(record.created_at for record in records.values())
        self.waits: dict[str, float] = {}
        for record in records.values():
            needs = ", ".join(sorted(skill.name for skill in record.subtask.required_skills))
            waited = max(0.0, self._begin(record) - self._ready(record))
            self.waits[needs or "any"] = self.waits.get(needs or "any", 0.0) + waited
        self.critical = dict.fromkeys((record.subtask.name for record in self._chain()), 1.0)

    def busy(self, agent: Agent) -> float:
        """The part of an agent's slots that was busy."""
        mine = [r for r in self._records.values() if r.assigned_agent == agent.id]
        total = math.fsum(_end(record) - self._begin(record) for record in mine)
        return total / (self.makespan * agent.max_load) if self.makespan else 0.0

    def _begin(self, record: SubtaskRecord) -> float:
        return self._ready(record) if record.started_at is None else record.started_at

    def _ready(self, record: SubtaskRecord) -> float:
        ends = [_end(self._records[uuid]) for uuid in record.subtask.dependencies]
        return max(ends, default=record.created_at)

    def _chain(self) -> Iterator[SubtaskRecord]:
        """From the last subtask back, each time to what was waited for last."""
        record: SubtaskRecord | None = max(self._records.values(), key=_end)
        while record is not None:
            yield record
            before = (self._records[uuid] for uuid in record.subtask.dependencies)
            record = max(before, key=_end, default=None)


def _check(seeds: object) -> None:
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
        raise InvalidCall("seeds", seeds, "a whole number above 0")


def _agent(given: object) -> Agent:
    return given if isinstance(given, Agent) else definition_of(given).agent


def _end(record: SubtaskRecord) -> float:
    return record.created_at if record.ended_at is None else record.ended_at


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return math.fsum(found) / len(found)


def _means(figures: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each figure; where it is missing it is 0."""
    names = sorted({name for each in figures for name in each})
    return {name: _mean(each.get(name, 0.0) for each in figures) for name in names}
