"""At the end of a trial: is what the runtime says what the naive model says of the same run?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.records import GoalRecord, SubtaskRecord
from callboard.messages.values import unpack
from callboard.runtime.simulation.approvals import as_edited
from callboard.runtime.simulation.reference import Ending, Reference
from callboard.runtime.simulation.repairs import LATEST, mended
from callboard.runtime.simulation.scenario import PROMISES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callboard.runtime.simulation.customer import Customer
    from callboard.runtime.simulation.reference import Deeds
    from callboard.runtime.simulation.scenario import Scenario


def disagreements(scenario: Scenario, customer: Customer, deeds: Deeds) -> Iterator[str]:
    """What is wrong with the ends of the goals.

    Args:
        scenario: What was asked for.
        customer: Finds the goals.
        deeds: What the agents really did.
    """
    asked = {blow.target for blow in scenario.blows if blow.what.startswith("cancel")}
    asked |= {c.name for c in scenario.commissions if c.under}  # by whom they serve
    late = any(lag > LATEST for lag in scenario.lags)
    reference = Reference(PROMISES, deeds, asked, late=late)
    for commission in scenario.commissions:
        record = customer.record(commission.name)
        if record is None and commission.under:
            continue
        if record is None:
            yield f"{commission.name} was never accepted"
            continue
        ends = {uuid: _end_of(subtask) for uuid, subtask in record.subtasks.items()}
        stated = as_edited(commission, ends)
        asked_for, spared = mended(stated, record), frozenset(record.superseded)
        yield from reference.disagreements(asked_for, _end_of(record), ends, spared)


def _end_of(record: GoalRecord | SubtaskRecord) -> Ending:
    if isinstance(record, GoalRecord):
        why = record.problems[0].error if record.problems else ""
        return Ending(record.status.value, why)
    why = "" if record.problem is None else record.problem.error
    return Ending(record.status.value, why, unpack(record.result))
