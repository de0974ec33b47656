"""The simulated disk: what a crash leaves, and what it is like when there is no room."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from callboard.actors.logic.effects import StartWork
from callboard.messages.errors.journal import JournalError, JournalFull
from callboard.messages.facts import Fact, SubtaskStarted
from callboard.messages.notices import JournalBlocked, Notice
from callboard.messages.values import Agent, Plan, Skill, Subtask
from callboard.runtime.config import Config
from callboard.runtime.editing import SubtaskChanges
from callboard.runtime.simulation.disk import Disk, DiskJournal
from callboard.runtime.simulation.executor import Fate
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


class Poisoned:
    """One agent, a subtask that took it down until it was parked, and ten that wait."""

    def __init__(self) -> None:
        self.disk, self.seen = Disk(), list[Fact | Notice]()
        self._deadly = True
        config = Config(retention=None)
        self.simulation = simulation = Simulation(
            config=config, disk=self.disk, decide=self._decide, witness=self.seen.append
        )
        simulation.register(ANN)
        deadly = Plan(subtasks=(Subtask(uuid="deadly", name="deadly"),))
        self.goals = [simulation.runtime.submit("deadly", plan=deadly)]
        simulation.advance(600.0)
        assert [parked.subtask.uuid for parked in simulation.runtime.quarantine()] == ["deadly"]
        self._deadly = False
        plan = Plan(subtasks=tuple(Subtask(uuid=name, name=name) for name in "abcdefghij"))
        self.goals.append(simulation.runtime.submit("ten", plan=plan))

    def _decide(self, _: Agent, effect: StartWork) -> Fate:
        poisons = self._deadly and effect.ready.subtask.uuid == "deadly"
        return Fate(seconds=60.0, ends="crashed" if poisons else "done")

    @property
    def begun(self) -> int:
        return sum(isinstance(fact, SubtaskStarted) for fact in self.seen)

    def make_room(self) -> None:
        """Then all of it ends."""
        self.disk.full = False
        for goal in self.goals:
            goal.result(timeout=3600.0)


@pytest.mark.parametrize("changes", [{}, {"description": "carefully"}])
def test_a_requeue_is_refused_while_the_disk_is_full_and_all_else_goes_on(
    changes: SubtaskChanges,
) -> None:
    poisoned = Poisoned()
    with poisoned.simulation as simulation:
        poisoned.disk.full = True
        simulation.advance(90.0)  # a completion is there to be written
        begun = poisoned.begun
        with pytest.raises(JournalFull):
            simulation.runtime.requeue("deadly", **changes)
        simulation.advance(900.0)
        assert poisoned.begun == begun + 8
        poisoned.disk.full = False
        simulation.advance(60.0)
        simulation.runtime.requeue("deadly", **changes)
        poisoned.make_room()


def test_a_grant_is_refused_while_the_disk_is_full() -> None:
    poisoned = Poisoned()
    with poisoned.simulation as simulation:
        poisoned.disk.full = True
        simulation.advance(90.0)
        with pytest.raises(JournalFull):
            simulation.runtime.grant("money", 1.0)


def test_a_requeue_that_is_the_first_to_find_no_room_is_done_when_there_is_some() -> None:
    poisoned = Poisoned()
    with poisoned.simulation as simulation:
        poisoned.disk.full = True
        with pytest.raises(TimeoutError):  # what was asked may still happen
            simulation.runtime.requeue("deadly")
        simulation.advance(3600.0)
        assert any(isinstance(notice, JournalBlocked) for notice in poisoned.seen)
        poisoned.make_room()


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
