"""A tree of each layout with Callboard in it, imported in this process."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callboard.runtime.facade import get_orchestrator
from callboard.runtime.gateways.agent_zero.installer import install
from callboard.runtime.gateways.agent_zero.live import all_live
from tests.runtime.facade.facades import eventually
from tests.runtime.gateways.agent_zero.grounds import Ground
from tests.runtime.gateways.agent_zero.planting import Tree, plant

if TYPE_CHECKING:
    from callboard.runtime.facade import DistributedOrchestrator


@pytest.fixture(params=["legacy", "current"])
def layout(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def ground(layout: str, tmp_path: Path) -> Ground:
    plant(layout, tmp_path)
    return Ground(layout, tmp_path)


@pytest.fixture
def tree(layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tree]:
    for name in ("CALLBOARD_WAY", "CALLBOARD_DEADLINE_MINUTES", "CALLBOARD_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    plant(layout, tmp_path)
    install(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    importlib.invalidate_caches()
    tree = Tree(layout, tmp_path)
    yield tree
    threads = [thread for live in all_live() for thread in live.threads]
    get_orchestrator().close()
    eventually(lambda: not any(thread.is_alive() for thread in threads), 30)
    tree.forget()
    importlib.invalidate_caches()


@pytest.fixture
def orchestrator(tree: Tree) -> DistributedOrchestrator:
    del tree
    return get_orchestrator()
