"""A server does what its description says, whatever it is asked.

The whole of it, 300 examples of each operation:
`python -m tests.runtime.gateways.proof.schema --examples 300`.
"""

from __future__ import annotations

import pytest

from callboard.runtime.gateways.operations.table import TABLE
from tests.runtime.gateways.proof.schema import play

pytestmark = [pytest.mark.timeout(600)]

ASKED = frozenset({"submit_goal", "list_goals", "complete", "complete_lease"})
"""Here; those are the ones in which most can be said."""


def test_what_is_asked_by_chance_is_answered_as_it_is_described() -> None:
    found = play(8, 1, lambda name: name in ASKED)

    assert found.broken == []
    assert set(found.asked) == ASKED
    assert min(found.asked.values()) >= 8
    assert {o.name for o in TABLE} >= ASKED - {"complete_lease"}
