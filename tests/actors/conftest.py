"""What the tests of the shell and the post stand on."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.actors.troupe import Troupe


@pytest.fixture
def troupe() -> Generator[Troupe]:
    made = Troupe()
    yield made
    made.close()
