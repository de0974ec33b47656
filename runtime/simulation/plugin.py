"""The pytest plugin: the fixture `simulated_runtime`, and nothing else.

pytest finds it by itself once Callboard is installed. It loads the runtime only where a
test asks for the fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from callboard.runtime.simulation.simulated import SimulatedRuntime


@pytest.fixture(name="simulated_runtime")
def simulated_runtime_fixture() -> Generator[SimulatedRuntime]:
    """A Callboard runtime in virtual time, closed when the test is over.

    `simulated_runtime.advance(hours=2)` lets two hours pass; its other methods are those
    of `callboard.Runtime`.
    """
    from callboard.runtime.simulation.simulation import simulated_runtime  # noqa: PLC0415

    with simulated_runtime() as runtime:
        yield runtime
