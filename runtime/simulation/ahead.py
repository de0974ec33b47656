"""Trials in which agents are given work before they have a slot for it, whatever it takes.

In a runtime only what is brief is given so, and taken back after a moment. Here that is
hours, so that everything that may happen meanwhile does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callboard.actors.logic.ahead_options import AheadOptions

if TYPE_CHECKING:
    from random import Random

    from callboard.runtime.config import Config
    from callboard.runtime.simulation.scenario import Scenario

SHARE = 0.25
"""Of all seeds."""

OPTIONS = AheadOptions(most=3, brief=1e9, patience=2400.0, least=0, chain=4)


def with_ahead(drawn: Scenario, random: Random) -> Scenario:
    """The scenario, of some seeds with agents that may be given work ahead.

    Args:
        drawn: A scenario in which nobody may.
        random: Decides; another one than that of the scenario.
    """
    if random.random() >= SHARE:
        return drawn
    workers = tuple(
        msgspec.structs.replace(worker, ahead=True, load=1)
        if not (worker.pull or worker.hooks or worker.stateful or worker.offers)
        else worker
        for worker in drawn.workers
    )
    return msgspec.structs.replace(drawn, workers=workers)


def with_options(config: Config, scenario: Scenario) -> Config:
    """The settings of its trial."""
    may = any(worker.ahead for worker in scenario.workers)
    return msgspec.structs.replace(config, ahead=OPTIONS if may else None)
