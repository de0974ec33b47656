"""The prover is proved: bugs that are put back are found, each within a few seeds."""

from __future__ import annotations

import pytest

from callboard.runtime.simulation.trial import trial
from tests.runtime.simulation import bugs, chain_bugs

pytestmark = pytest.mark.no_cover  # the same code thousands of times

BUGS = {**bugs.BUGS, **chain_bugs.BUGS}
LIMIT = 300

RARE = {
    **chain_bugs.FIRST,
    "an_answer_from_before_is_heard_after_a_revocation": 1600,
    "nobody_has_to_approve_plans": 5,
    "whatever_is_proposed_is_approved": 10,
    "a_change_is_made_unasked": 24,
}
"""Where to begin with bugs that few seeds find: the first one 1686, none of those before it."""


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_that_is_put_back_is_found(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BUGS[bug](monkeypatch)
    first = RARE.get(bug, 0)
    found = next((seed for seed in range(first, first + LIMIT) if trial(seed).violations), None)
    assert found is not None
