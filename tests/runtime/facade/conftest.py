"""An orchestrator for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from callboard.runtime.facade import DistributedOrchestrator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def orchestrator() -> Iterator[DistributedOrchestrator]:
    with DistributedOrchestrator() as orchestrator:
        yield orchestrator
