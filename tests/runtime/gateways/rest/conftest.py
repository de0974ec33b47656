"""What tests of REST share: a runtime, and its application."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from callboard import Config, Runtime
from tests.asked import Asked
from tests.runtime.settings import QUICK


@pytest.fixture
def config() -> Config:
    """One dispatcher is enough: the door knows nothing of them."""
    return QUICK


@pytest.fixture
def door(runtime: Runtime) -> Iterator[Asked]:
    with Asked(runtime) as door:
        yield door
