"""Trials in which results have to be found good, by agents that are strict, and that lie."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import msgspec

from callboard.actors.logic.skills import VERIFICATION

if TYPE_CHECKING:
    from random import Random

    from callboard.messages.values import Subtask
    from callboard.runtime.simulation.scenario import Commission, Job, Scenario

SHARE = 0.25
"""Of all seeds that have any of it."""

_LEAST = 2
"""Agents that verify, so that nobody need verify its own."""

GOOD: dict[str, object] = {"accepted": True}
BAD: dict[str, object] = {"accepted": False, "reasons": ["as the simulation would have it"]}
LIE: dict[str, object] = {"accepted": "so it is said"}


def with_verification(drawn: Scenario, random: Random) -> Scenario:
    """The scenario, of some seeds with results that have to be verified.

    Args:
        drawn: A scenario without any of that.
        random: Decides; another one than that of the scenario.
    """
    here = [worker.id for worker in drawn.workers if not worker.pull]
    if random.random() >= SHARE or len(here) < _LEAST:
        return drawn
    able = {*here[:_LEAST], *random.sample(here, random.randint(0, len(here)))}
    workers = tuple(
        msgspec.structs.replace(worker, skills=(*worker.skills, VERIFICATION))
        if worker.id in able
        else worker
        for worker in drawn.workers
    )
    commissions = tuple(_commission(each, random) for each in drawn.commissions)
    return msgspec.structs.replace(drawn, workers=workers, commissions=commissions)


def verdict_on(subtask: Subtask, attempt: int) -> dict[str, object] | None:
    """What an attempt at a verification says; None where it is none.

    Mostly what it verifies is good. It says the same in each replay.
    """
    if not subtask.required_skills or subtask.required_skills[0].name != VERIFICATION:
        return None
    drawn = zlib.crc32(f"{subtask.uuid}/{attempt}".encode()) % 10
    return LIE if drawn == 0 else BAD if drawn < 3 else GOOD  # noqa: PLR2004 - of ten


def _commission(commission: Commission, random: Random) -> Commission:
    jobs = tuple(_job(job, random) for job in commission.jobs)
    return msgspec.structs.replace(commission, jobs=jobs)


def _job(job: Job, random: Random) -> Job:
    return msgspec.structs.replace(job, verify=random.random() < 1 / 2)
