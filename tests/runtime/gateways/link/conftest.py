"""A runtime with a server, and workers of a few lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from callboard.runtime.config import Config
from callboard.runtime.gateways.link.options import LinkOptions
from callboard.runtime.gateways.rest.app import build
from callboard.runtime.gateways.rest.server import Server
from callboard.runtime.runtime import Runtime
from tests.runtime.gateways.link.peer import Peer

PATIENT = LinkOptions(grace=60.0)
"""Nobody's link is given up by a test that was slow to come back."""


@pytest.fixture
def config() -> Config:
    return Config()


@pytest.fixture
def runtime(config: Config) -> Iterator[Runtime]:
    with Runtime(config) as runtime:
        yield runtime


@pytest.fixture
def options() -> LinkOptions:
    return PATIENT


@pytest.fixture
def url(runtime: Runtime, options: LinkOptions) -> Iterator[str]:
    with Server(runtime, port=0, app=build(runtime, link=options)) as server:
        yield server.url


@pytest.fixture
def peer(url: str) -> Iterator[Callable[..., Peer]]:
    """Makes workers, whose links are closed at the end."""
    made: list[Peer] = []

    def make(*args: object, **options: object) -> Peer:
        made.append(Peer(url, *args, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.__exit__(None, None, None)
