"""Scenarios that break a promise and are not understood yet.

Whoever mends one moves its file to the corpus; until then it must go on failing here, so
that none is mended, or made toothless, unseen.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard.runtime.simulation.scenario import read
from callboard.runtime.simulation.trial import replay

OPEN = sorted((Path(__file__).parent / "open").glob("*.json"))


@pytest.mark.xfail(strict=True, reason="known to break a promise")
@pytest.mark.parametrize("path", OPEN, ids=lambda path: path.stem)
def test_it_breaks_no_promise(path: Path) -> None:
    assert replay(read(path)).violations == ()
