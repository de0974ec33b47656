"""From a seed to all that it decides: a scenario, and lots for what comes while it is played."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from callboard.runtime.simulation import drawing
from callboard.runtime.simulation.advice import with_advice
from callboard.runtime.simulation.ahead import with_ahead
from callboard.runtime.simulation.approvals import with_approvals
from callboard.runtime.simulation.chains import with_chains
from callboard.runtime.simulation.crashing import Crashes, with_crashes
from callboard.runtime.simulation.drawing import Rates
from callboard.runtime.simulation.kinds import with_kinds
from callboard.runtime.simulation.lots import DrawnLots, RecordedOrder
from callboard.runtime.simulation.rationing import with_resources
from callboard.runtime.simulation.repairs import with_repairs
from callboard.runtime.simulation.verifications import with_verification

if TYPE_CHECKING:
    from callboard.runtime.simulation.scenario import Scenario

_NEGOTIATE = 0.25
"""Part of the seeds in which subtasks are negotiated."""
_TOGETHER = 0.25
"""Part of the seeds in which agents come together, with one call."""


class Drawn(NamedTuple):
    """What a seed decides.

    Attributes:
        scenario: Who and what there is, and what strikes.
        lots: Decides attempts and letters.
        order: Draws every order.
    """

    scenario: Scenario
    lots: DrawnLots
    order: Random


def drawn_of(  # noqa: PLR0913 - each is optional
    seed: int,
    *,
    subtasks: int = 50,
    agents: int = 5,
    rates: Rates | None = None,
    crashes: Crashes | None = None,
    record: bool = False,
    bids: bool | None = None,
) -> Drawn:
    """What that seed decides; see `Trial.of_seed`."""
    bidding = _random(seed, "bids")
    if bids is None:
        bids = rates is None and bidding.random() < _NEGOTIATE
    random, order = _random(seed, "scenario"), f"{seed}/order"
    usual = rates is None
    rates = rates or Rates().some(random)
    scenario = drawing.scenario(random, subtasks, agents, rates)
    if usual:
        scenario = with_resources(scenario, _random(seed, "resources"))
        scenario = with_kinds(scenario, _random(seed, "kinds"))
        scenario = with_advice(scenario, _random(seed, "advice"))
        scenario = with_ahead(scenario, _random(seed, "ahead"))
        scenario = with_chains(scenario, _random(seed, "chains"))
        scenario = with_verification(scenario, _random(seed, "verification"))
        scenario = with_repairs(scenario, _random(seed, "repairs"))
        scenario = with_approvals(scenario, _random(seed, "approvals"))
        together = _random(seed, "together").random() < _TOGETHER
        scenario = msgspec.structs.replace(scenario, together=together)
    if bids:
        scenario = drawing.with_bids(scenario, bidding)
    if crashes is not None:
        scenario = with_crashes(scenario, _random(seed, "crashes"), crashes)
    return Drawn(
        scenario,
        DrawnLots(random, rates, bidding if bids else None),
        RecordedOrder(order) if record else Random(order),  # noqa: S311 - reproducible
    )


def _random(seed: int, what: str) -> Random:
    """Of each matter its own, so that one more draw in one changes nothing in the others."""
    return Random(f"{seed}/{what}")  # noqa: S311 - reproducible
