"""What tests with a whole runtime share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import Literal

import pytest

from callboard import Config, Runtime
from callboard.runtime.hub import Hub
from tests.live import our_threads
from tests.runtime.settings import QUICK, with_settings


@pytest.fixture
def strays() -> Callable[[], set[threading.Thread]]:
    """Threads of ours that run now and did not before the test."""
    before = our_threads()
    return lambda: our_threads() - before


@pytest.fixture(params=["pool", "threads"])
def config(request: pytest.FixtureRequest) -> Config:
    """Settings under which failures are mended fast; once with each dispatcher."""
    dispatcher: Literal["pool", "threads"] = request.param
    return with_settings(QUICK, dispatcher=dispatcher)


@pytest.fixture
def runtime(config: Config) -> Generator[Runtime]:
    """A runtime; once with each dispatcher."""
    with Runtime(config) as made:
        yield made
    assert made.hub.faults == 0


@pytest.fixture
def hub() -> Generator[Hub]:
    """A hub that stumbles over nothing."""
    hub = Hub()
    yield hub
    hub.close()
    assert hub.faults == 0
