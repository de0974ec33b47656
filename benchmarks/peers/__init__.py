"""What else one could use, each in a file of its own, imported only when it is asked for.

They run in an environment of yours that has Callboard and the peer.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

from contestants import Contestant

PEERS: dict[str, tuple[str, ...]] = {
    "dask": ("peers.dask_distributed", "dask[distributed]"),
    "xoscar": ("peers.xoscar_actors", "xoscar"),
    "dramatiq": ("peers.dramatiq_stub", "dramatiq"),
    "autogen-core": ("peers.autogen_agents", "autogen-core"),
    "ray": ("peers.ray_actors", "ray"),
    "ray-tasks": ("peers.ray_tasks", "ray"),
    "langgraph": ("peers.langgraph_nodes", "langgraph"),
    "celery": ("peers.celery_memory", "celery"),
    "dbos": ("peers.dbos_sqlite", "dbos"),
    # 3.8.8 allows later versions of fastapi, and fails to be imported with 0.155 and 0.165
    "prefect": ("peers.prefect_flow", "prefect", "fastapi<0.146"),
}
"""Where each is, and what `pip install` needs for it."""


def peer(name: str) -> Callable[[], Contestant]:
    """Makes that peer afresh.

    Raises:
        SystemExit: It is not installed; the message says what to install.
    """
    module, *packages = PEERS[name]
    try:
        found: Any = importlib.import_module(module)
    except ImportError as error:
        needs = " ".join(f"'{package}'" for package in packages)
        sys.exit(f"{name} is not here ({error}): python -m pip install {needs}")
    made: Callable[[], Contestant] = found.Peer
    return made


def needed(module: str) -> Any:  # noqa: ANN401 - the checkers do not have it
    """A module of somebody else's, which need not be installed for this file to be checked."""
    return importlib.import_module(module)
