"""What tests of dispatchers share."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from callboard.runtime.dispatchers.pool import PoolDispatcher
from tests.live import LONG


@pytest.fixture
def pool() -> Generator[PoolDispatcher]:
    """A dispatcher with threads of its own, which end with the test."""
    made = PoolDispatcher()
    yield made
    made.close(LONG)
