"""What tests of the simulator share."""

from __future__ import annotations

import logging
from collections.abc import Generator

import pytest

from callboard.runtime.logs import NAME


@pytest.fixture(autouse=True)
def _quiet() -> Generator[None]:
    """Faults are what we want here: they need not be logged."""
    logger = logging.getLogger(NAME)
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    yield
    logger.setLevel(level)
