"""Resources in a trial: what its subtasks demand, and how little there is of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callboard.messages.resources import Amount, Budget, Rate
from callboard.runtime.simulation.scenario import CONFIG, HOUR, Scenario

if TYPE_CHECKING:
    from random import Random

    from callboard.messages.values import Subtask, Token
    from callboard.runtime.config import Config
    from callboard.runtime.simulation.scenario import Commission, Job, Worker

SHARE = 0.25
"""Of all seeds that have any of it."""

RATIONED = msgspec.structs.replace(
    CONFIG,
    resources={
        "gpu": 4,
        "calls": Rate(3, per=HOUR / 4),
        "usd": Budget(40.0, then="fail"),
    },
    concurrency={"pair-*": 2},
)
"""The settings of a trial with resources."""

_DISK = 3.0
_KEYS = ("pair-1", "pair-2", "solo")


def config_of(scenario: Scenario) -> Config:
    """The settings of its trial."""
    rationed = any(job.demands or job.keys for job in scenario.jobs)
    return RATIONED if rationed else CONFIG


def with_resources(drawn: Scenario, random: Random) -> Scenario:
    """The scenario, of some seeds with demands, offers, keys and budgets.

    Args:
        drawn: A scenario without any of that.
        random: Decides; another one than that of the scenario.
    """
    if random.random() >= SHARE:
        return drawn
    workers = tuple(_worker(n, worker, random) for n, worker in enumerate(drawn.workers))
    commissions = tuple(_commission(each, random) for each in drawn.commissions)
    return msgspec.structs.replace(drawn, workers=workers, commissions=commissions)


def _worker(number: int, worker: Worker, random: Random) -> Worker:
    """The first one, who can do everything, has all that anybody demands."""
    disk = _DISK if number == 0 else float(random.randint(0, 2))
    return msgspec.structs.replace(worker, offers={"disk": disk} if disk else {})


def _commission(commission: Commission, random: Random) -> Commission:
    jobs = tuple(_job(job, random) for job in commission.jobs)
    budget = float(random.randint(3, 9)) if random.random() < 1 / 3 else None
    return msgspec.structs.replace(commission, jobs=jobs, budget=budget)


def _job(job: Job, random: Random) -> Job:
    demands: dict[str, float] = {}
    for name, most, share in (
        ("gpu", 4, 0.4),
        ("calls", 2, 0.2),
        ("usd", 3, 0.2),
        ("disk", 3, 0.2),
    ):
        if random.random() < share:
            demands[name] = float(random.randint(1, most))
    keys = (random.choice(_KEYS),) if random.random() < 1 / 4 else ()
    return msgspec.structs.replace(job, demands=demands, keys=keys)


def spends(subtask: Subtask, token: Token) -> tuple[Amount, ...]:
    """What an attempt uses up, and says: nothing, less than it demands, as much, or more."""
    part = (token.counter % 4) / 2
    usd = next((d.amount for d in subtask.demands if d.resource == "usd"), 0.0)
    return (Amount(resource="usd", amount=part * usd),) if usd and token.counter % 5 else ()
