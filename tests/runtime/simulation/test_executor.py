"""What runs no code: an attempt takes virtual time, and ends as its fate says."""

from __future__ import annotations

from random import Random

import pytest

from callboard.actors.logic.effects import Exit, ResumeWork, StartWork, StopWork
from callboard.messages.execution import (
    WorkAbandoned,
    WorkDone,
    WorkProgressed,
    WorkStopped,
    WorkWaiting,
    WorkWaitOver,
)
from callboard.messages.unions import AgentMessage
from callboard.messages.values import Agent, Token
from callboard.runtime.simulation.executor import Fate, SimulatedExecutor
from callboard.runtime.simulation.world import Stepper
from tests.actors.logic.desk import lease, ready

HELD = lease("s1", "a")
TOKEN = HELD.token
START = StartWork(HELD, ready("s1"))


class Lab:
    """An executor, and what it reported."""

    def __init__(self, fate: Fate) -> None:
        self.stepper = Stepper(Random(1))  # noqa: S311 - reproducible, not secret
        self.said: list[AgentMessage] = []
        self.lent: set[Token] = set()
        self.doomed: set[Token] = set()
        self.executor = SimulatedExecutor(
            self.stepper,
            Agent(id="a"),
            self.said.append,
            decide=lambda _agent, _effect: fate,
            grace=5.0,
            lent=self.lent,
            doomed=self.doomed,
        )
        self.executor.perform(START)

    def after(self, seconds: float) -> list[str]:
        """Kinds of what it says within so many seconds."""
        self.said.clear()
        self.stepper.run(seconds)
        return [type(message).__name__ for message in self.said]


def test_work_is_done_when_its_time_is_over() -> None:
    lab = Lab(Fate(seconds=10.0, signs=1))
    assert lab.after(9.0) == ["WorkProgressed"]
    assert lab.said == [WorkProgressed(token=TOKEN, fraction=0.5)]
    lab.after(1.0)
    assert lab.said == [WorkDone(token=TOKEN, result=Fate(seconds=1).result, seconds=10.0)]
    assert lab.after(99.0) == []


def test_work_that_is_told_to_stop_stops_at_once() -> None:
    lab = Lab(Fate(seconds=10.0))
    lab.executor.perform(StopWork(TOKEN, "not wanted"))
    assert lab.said == [WorkStopped(token=TOKEN)]
    lab.executor.perform(StopWork(TOKEN, "not wanted"))
    assert lab.after(99.0) == []


def test_work_that_hangs_is_given_up_after_its_grace() -> None:
    lab = Lab(Fate(seconds=10.0, ends="hangs"))
    assert lab.after(99.0) == []
    lab.executor.perform(StopWork(TOKEN, "too late"))
    assert lab.after(4.9) == []
    assert lab.after(0.1) == [WorkAbandoned.__name__]
    assert lab.executor.close(1.0) == 0


def test_work_that_waits_goes_on_when_it_gets_its_slot_back() -> None:
    lab = Lab(Fate(seconds=10.0, waits=20.0))
    lab.executor.perform(ResumeWork(TOKEN))  # it has one
    assert lab.after(5.0) == [WorkWaiting.__name__]
    assert lab.lent == {TOKEN}
    assert lab.after(20.0) == [WorkWaitOver.__name__]
    assert lab.after(99.0) == []
    lab.executor.perform(ResumeWork(TOKEN))
    assert lab.lent == set()
    assert lab.after(5.0) == [WorkDone.__name__]


def test_what_is_closed_says_nothing_any_more() -> None:
    lab = Lab(Fate(seconds=10.0))
    assert lab.executor.close(1.0) == 1
    assert lab.after(99.0) == []


def test_other_effects_are_none_of_its_business() -> None:
    with pytest.raises(TypeError):
        Lab(Fate(seconds=1.0)).executor.perform(Exit())
