"""The simulated disk: what a crash leaves, and what it is like when there is no room."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from callboard.messages.errors.journal import JournalError, JournalFull
from callboard.messages.facts import Fact
from callboard.messages.values import Agent, Skill
from callboard.runtime.config import Config
from callboard.runtime.simulation.disk import Disk, DiskJournal
from callboard.runtime.simulation.simulation import Simulation
from tests.runtime.journal.stories import story

ANN = Agent(id="ann", skills=(Skill(name="general"),))
TOLD = story("g", subtasks=5)


class Later:
    """Calls that wait until they are told to come."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def __call__(self, seconds: float, call: Callable[[], None]) -> None:
        assert seconds > 0
        self.calls.append(call)

    def come(self) -> None:
        calls, self.calls = self.calls, []
        for call in calls:
            call()


def opened(disk: Disk) -> tuple[DiskJournal, Later]:
    later = Later()
    return DiskJournal(disk, later), later


def test_what_is_kept_is_told_in_order_when_it_is_synced() -> None:
    kept: list[int] = []
    journal, later = opened(Disk(1.0))
    for number, fact in enumerate(TOLD):
        journal.append([fact], partial(kept.append, number))
    assert kept == []
    later.come()
    assert kept == [0]  # the others have formed a batch meanwhile
    later.come()
    assert kept == list(range(len(TOLD)))
    assert journal.settled


@pytest.mark.parametrize("percent", range(0, 101, 7))
def test_a_torn_commit_is_cut_off_and_those_before_it_are_there(percent: int) -> None:
    disk = Disk(1.0)
    journal, later = opened(disk)
    journal.append(TOLD[:3], None)
    later.come()
    journal.append(TOLD[3:], None)
    disk.crash(percent / 100)
    again, _ = opened(disk)
    assert list(again.found) == (TOLD if percent == 100 else TOLD[:3])
    assert again.boot == 2
    third, _ = opened(disk)
    assert third.found == again.found


def test_without_room_nothing_is_kept_until_there_is_some() -> None:
    disk, kept, said = Disk(), list[int](), list[JournalError | None]()
    journal, later = opened(disk)
    journal.watch(said.append, said.append)
    disk.full = True
    journal.append(TOLD, lambda: kept.append(1))
    assert isinstance(journal.trouble, JournalFull)
    later.come()
    assert kept == []
    disk.full = False
    later.come()
    assert kept == [1]
    assert [type(error) for error in said] == [JournalFull, type(None)]


def test_a_goal_goes_on_in_the_next_life() -> None:
    disk = Disk(0.01)
    with Simulation(config=Config(retention=None), disk=disk) as simulation:
        simulation.register(ANN)
        goal = simulation.runtime.submit("tidy up", key="tidy").id
        simulation.advance(600.0)
        simulation.kill()
        simulation.advance(60.0)
        simulation.reopen()
        simulation.register(ANN)
        again = simulation.runtime.goal(key="tidy")
        again.result(timeout=7200.0)
        assert again.id == goal
        assert 4260.0 <= simulation.elapsed < 4270.0


def test_a_goal_is_refused_while_the_disk_is_full() -> None:
    disk = Disk()
    with Simulation(config=Config(retention=None), disk=disk) as simulation:
        disk.full = True
        with pytest.raises(TimeoutError):
            simulation.runtime.submit("accepted when there is room")
        with pytest.raises(JournalFull):
            simulation.runtime.submit("refused")


def test_without_a_disk_no_process_dies() -> None:
    with Simulation() as simulation, pytest.raises(ValueError, match="nothing outlives"):
        simulation.kill()


def test_a_journal_that_is_closed_has_written_what_was_left() -> None:
    disk = Disk(1.0)
    journal, _ = opened(disk)
    half = len(TOLD) // 2
    journal.append(TOLD[:half], None)
    journal.append(TOLD[half:], None)
    journal.close()
    disk.crash()
    found: tuple[Fact, ...] = opened(disk)[0].found
    assert list(found) == TOLD
