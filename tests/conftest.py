"""What holds for all tests."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes, or the drawing of it, says how busy the machine is.
settings.register_profile("callboard", deadline=None, suppress_health_check=[HealthCheck.too_slow])


def pytest_configure() -> None:
    """Take Ctrl-C as at a terminal.

    Whoever starts the tests in the background has it ignored, and what the tests start
    inherits that; then no test of Ctrl-C means anything.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    settings.load_profile("callboard")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """What a test that is marked `no_cover` starts is not measured either."""
    if item.get_closest_marker("no_cover") is None:
        return (yield)
    names = [name for name in os.environ if name.startswith("COVERAGE_")]
    kept = {name: os.environ.pop(name) for name in names}
    try:
        return (yield)
    finally:
        os.environ.update(kept)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test that is marked `no_cover` is not measured where tests run side by side either.

    There pytest-cov pauses only the last of its measurements, which starts the one before.
    """
    if item.get_closest_marker("no_cover") is None:
        return (yield)
    traces = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(traces[0])
        threading.settrace(traces[1])
