"""The prover is proved: bugs that are put back are found, each within a few seeds."""

from __future__ import annotations

import pytest

from callboard.runtime.simulation.trial import trial
from tests.runtime.simulation.bugs import BUGS

pytestmark = pytest.mark.no_cover  # the same code thousands of times

LIMIT = 1000


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_that_is_put_back_is_found(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BUGS[bug](monkeypatch)
    found = next((seed for seed in range(LIMIT) if trial(seed).violations), None)
    assert found is not None
