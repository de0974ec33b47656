"""Other libraries that can take part in `speed.py`; none of them need be installed for this."""

from __future__ import annotations

import pytest

from tests.benchmarks.scripts import run

pytestmark = [pytest.mark.no_cover, pytest.mark.timeout(120)]
pytest.importorskip("resource", reason="the benchmarks read the system's figures with it")

WITHOUT_PEERS = """
import sys
sys.modules["distributed"] = None
sys.argv = ["speed.py", "--quick", "--only", "W2", "--peers", "dask"]
import speed
try:
    speed.main()
except SystemExit as said:
    print(str(said).partition(": ")[2])
"""


def test_a_peer_that_is_not_there_says_what_to_install() -> None:
    assert run("-c", WITHOUT_PEERS) == "python -m pip install 'dask[distributed]'\n"


WITHOUT_ANY_PEER = """
import sys
names = "distributed xoscar dramatiq autogen_core ray langgraph celery dbos prefect"
sys.modules |= dict.fromkeys(names.split())
from peers import PEERS, peer
for name in PEERS:
    try:
        peer(name)
    except SystemExit as said:
        print(str(said).partition(" (")[0], str(said).partition(": ")[2])
"""


def test_every_peer_has_a_file_that_says_what_it_needs() -> None:
    install = "is not here python -m pip install"
    assert run("-c", WITHOUT_ANY_PEER).splitlines() == [
        f"dask {install} 'dask[distributed]'",
        f"xoscar {install} 'xoscar'",
        f"dramatiq {install} 'dramatiq'",
        f"autogen-core {install} 'autogen-core'",
        f"ray {install} 'ray'",
        f"ray-tasks {install} 'ray'",
        f"langgraph {install} 'langgraph'",
        f"celery {install} 'celery'",
        f"dbos {install} 'dbos'",
        f"prefect {install} 'prefect' 'fastapi<0.146'",
    ]


STRANGE_PEER = """
import contextlib, io, sys
sys.argv = ["speed.py", "--peers", "dask,airflow"]
import speed
said = io.StringIO()
with contextlib.redirect_stderr(said), contextlib.suppress(SystemExit):
    speed.main()
print(said.getvalue().splitlines()[-1])
"""


def test_a_peer_that_nobody_knows_is_refused_with_those_that_are_known() -> None:
    assert run("-c", STRANGE_PEER) == (
        "speed.py: error: argument --peers: no airflow here: dask, xoscar, dramatiq, "
        "autogen-core, ray, ray-tasks, langgraph, celery, dbos, prefect\n"
    )


AHEAD = """
from peers.ahead import Ahead
class Numbers(Ahead):
    def submitted(self, *after):
        self.after.append(after)
        return len(self.after) - 1
    def results(self, futures):
        assert list(futures) == list(range(len(self.after)))
        return self.after
one = Numbers()
for work, count in ((one.independent, 3), (one.chain, 3), (one.layers, 9), (one.fan, 5)):
    one.after = []
    print(*work(count))
"""


def test_a_peer_that_sees_to_the_order_is_told_who_comes_after_whom() -> None:
    assert run("-c", AHEAD).splitlines() == [
        "() () ()",
        "() (0,) (1,)",
        "() () () (0, 1, 2) (1, 2, 0) (2, 0, 1) (3, 4, 5) (4, 5, 3) (5, 3, 4)",
        "() (0,) (0,) (0,) (1, 2, 3)",
    ]
