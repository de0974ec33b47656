"""What tests of planners that ask a model share."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.runtime.planners.llm.scripted import KEY, Server, serving


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Generator[Server]:
    """An endpoint that says what a test has written down, and whose key is set."""
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CALLBOARD_LLM_KEY", KEY)
    with serving() as made:
        yield made
