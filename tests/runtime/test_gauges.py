"""What the system tells of its load, and a runtime that goes by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.overload import Figures
from callboard.actors.logic.overload_options import OverloadOptions
from callboard.messages.notices import AgentOverloaded, LoadReported
from callboard.messages.values import Agent
from callboard.runtime.config import Config
from callboard.runtime.gauges import Gauge
from callboard.runtime.runtime import Runtime
from tests.live import eventually
from tests.runtime.settings import count, helper

if TYPE_CHECKING:
    from pathlib import Path

MEMORY = "MemTotal:       1000 kB\nMemFree:  1 kB\nMemAvailable:    250 kB\n"


def told(proc: Path, busy: int, idle: int) -> None:
    proc.joinpath("stat").write_text(f"cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\ncpu0 1 2 3\n")
    proc.joinpath("meminfo").write_text(MEMORY)


def test_the_processors_count_from_one_look_to_the_next(tmp_path: Path) -> None:
    told(tmp_path, 100, 900)
    gauge = Gauge(tmp_path)
    told(tmp_path, 160, 940)
    assert gauge.read() == Figures(cpu=0.6, memory=0.75)
    told(tmp_path, 160, 1040)
    assert gauge.read() == Figures(cpu=0.0, memory=0.75)


def test_of_a_process_it_tells_what_is_in_memory(tmp_path: Path) -> None:
    tmp_path.joinpath("7").mkdir()
    tmp_path.joinpath("7", "statm").write_text("900 3 1 1 0 1 0\n")
    gauge = Gauge(tmp_path)
    assert (gauge.memory_of(7) or 0) % 3 == 0
    assert gauge.memory_of(7)
    assert gauge.memory_of(8) is None


def test_where_the_system_tells_nothing_of_memory_that_is_not_known(tmp_path: Path) -> None:
    assert Gauge(tmp_path).read().memory is None


def test_a_runtime_reports_its_own_load_and_hears_that_of_others() -> None:
    limits = OverloadOptions(cpu=None, memory=0.0, every=0.01)
    with Runtime(Config(overload=limits)) as runtime:
        runtime.register(helper, id="here")
        eventually(lambda: runtime.agents()["here"].overloaded or not _has_memory())
        runtime.register_remote(Agent(id="there", pull=True))
        runtime.heartbeat("there", cpu=0.5, memory=0.25)
        eventually(lambda: runtime.agents()["there"].cpu == 0.5)
        assert count(runtime, LoadReported)
        assert count(runtime, AgentOverloaded)
        assert runtime.status()["agent_status"]["there"]["memory"] == 0.25


def _has_memory() -> bool:
    return Gauge().read().memory is not None
