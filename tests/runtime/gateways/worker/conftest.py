"""What tests of workers share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.runtime.gateways.worker.board import Board


@pytest.fixture
def board() -> Iterator[Board]:
    with Board() as board:
        yield board
