"""Makes the corpus's scenarios of classic bugs anew, where a change has made some toothless.

    python -m tests.runtime.simulation.make_corpus [bug ...]

Each bug is put back, the first seed that finds it is cut down, and what is left is kept
if it breaks nothing without the bug.
"""

from __future__ import annotations

import itertools
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callboard.runtime.logs import NAME
from callboard.runtime.simulation.crashing import Crashes
from callboard.runtime.simulation.scenario import Scenario, write
from callboard.runtime.simulation.shrinking import shrink
from callboard.runtime.simulation.trial import Trial, replay, trial
from tests.runtime.simulation import bugs, chain_bugs, crash_bugs

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = Path(__file__).parent / "corpus"
BUGS = {**bugs.BUGS, **chain_bugs.BUGS, **crash_bugs.BUGS}
FIRST = {**chain_bugs.FIRST, **crash_bugs.FIRST}


def found(bug: str, seed: int) -> Scenario | None:
    """What finds the bug, cut down; None where the seed does not."""
    crashes = Crashes() if bug in crash_bugs.BUGS else None
    with pytest.MonkeyPatch.context() as patch:
        BUGS[bug](patch)
        if not trial(seed, crashes=crashes).violations:
            return None
        whole = Trial.of_seed(seed, crashes=crashes, record=True)
        whole.play()
        return shrink(whole.noted())


def seeds_for(bug: str) -> Iterator[int]:
    """Those that are tried, in order."""
    return itertools.count(FIRST.get(bug, 0))


def main() -> None:
    """Make those that are named, or all."""
    logging.getLogger(NAME).setLevel(logging.CRITICAL + 1)
    for bug in sys.argv[1:] or BUGS:
        scenarios = (s for seed in seeds_for(bug) if (s := found(bug, seed)) is not None)
        small = next(scenario for scenario in scenarios if not replay(scenario).violations)
        write(small, CORPUS / f"{bug}.json")
        print(bug, f"{len(small.jobs)} subtasks, {len(small.blows)} blows:", small.broke)


if __name__ == "__main__":
    main()
