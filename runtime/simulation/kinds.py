"""Kinds of work in a trial, and agents of unequal speed that learn to be known for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from random import Random

    from callboard.runtime.config import Config
    from callboard.runtime.simulation.scenario import Commission, Job, Scenario

SHARE = 0.25
"""Of all seeds that have any of it; those with copies or bids have none."""

AGEING = 30.0
"""Seconds of waiting that promote by one class there: much waits for longer than three."""

_KINDS = ("chore", "craft")
_PACES = (0.25, 1.0, 1.0, 4.0)


def with_kinds(drawn: Scenario, random: Random) -> Scenario:
    """The scenario, of some seeds with a few kinds of work at which agents differ much.

    Args:
        drawn: A scenario in which each subtask is of a kind of its own.
        random: Decides; another one than that of the scenario.
    """
    others = any(j.speculate or j.negotiate for j in drawn.jobs)
    if others or random.random() >= SHARE:
        return drawn
    workers = tuple(
        msgspec.structs.replace(worker, slow=random.choice(_PACES)) for worker in drawn.workers
    )
    commissions = tuple(_commission(each, random) for each in drawn.commissions)
    return msgspec.structs.replace(drawn, workers=workers, commissions=commissions)


def with_ageing(config: Config, scenario: Scenario) -> Config:
    """The settings of its trial."""
    kinds = any(job.kind for job in scenario.jobs)
    return msgspec.structs.replace(config, ageing=AGEING) if kinds else config


def _commission(commission: Commission, random: Random) -> Commission:
    jobs = tuple(_job(job, random) for job in commission.jobs)
    return msgspec.structs.replace(commission, jobs=jobs)


def _job(job: Job, random: Random) -> Job:
    return msgspec.structs.replace(job, kind=random.choice(_KINDS))
