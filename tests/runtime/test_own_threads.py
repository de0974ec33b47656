"""Actors that somebody named have threads of their own, beside the pool of the others."""

from __future__ import annotations

import threading

import pytest

from callboard import Config, Runtime
from callboard.messages.errors import InvalidCall
from tests.live import LONG, eventually
from tests.runtime.settings import QUICK, helper, with_settings


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_named_actors_have_threads_of_their_own_as_long_as_they_live() -> None:
    config = with_settings(QUICK, own_threads=["scheduler", "agent/help*"])
    with Runtime(config) as runtime:
        runtime.register(helper)
        assert runtime.submit("one thing").result(LONG)
        names = threads()
        assert {"callboard-scheduler", "callboard-agent/helper", "callboard-pool-0"} <= names
        assert "callboard-orchestrator" not in names
        runtime.crash("scheduler", "drill")
        assert runtime.submit("another").result(LONG)
        runtime.unregister("helper")
        eventually(lambda: "callboard-agent/helper" not in threads())

    assert runtime.close().threads == ()
    assert "callboard-scheduler" not in threads()


@pytest.mark.parametrize("given", ["scheduler", [1], None], ids=repr)
def test_what_names_no_actors_is_refused(given: object) -> None:
    with pytest.raises(InvalidCall, match="own_threads must be a list of addresses"):
        Config(own_threads=given)  # type: ignore[arg-type]
