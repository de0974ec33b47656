from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.runtime.executors.lab import Lab, laboratory


@pytest.fixture
def lab() -> Iterator[Lab]:
    with laboratory() as lab:
        yield lab
