"""Whatever is lost, doubled or late between scheduler and agents, every goal ends, once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import ClassVar

import pytest

from callboard import Task, agent
from callboard.actors.logic.effects import StartWork
from callboard.messages.base import SUPERVISOR, Address, Message
from callboard.messages.supervision import ActorStarted, AgentStuck, Shutdown
from callboard.messages.values import Agent, Retry, Subtask, Timeouts, unpack
from callboard.messages.work import (
    Accepted,
    Acknowledged,
    Assign,
    Completed,
    Failed,
    Progress,
    WaitOver,
)
from callboard.runtime.config import Config
from callboard.runtime.simulation.drawing import Rates
from callboard.runtime.simulation.executor import Fate
from callboard.runtime.simulation.simulation import Simulation
from callboard.runtime.simulation.trial import trial

HOUR = 3600.0


class Loses:
    """A route that loses the first so many messages of some types."""

    def __init__(self, count: int, *types: type[Message]) -> None:
        self.left = dict.fromkeys(types, count)

    def __call__(
        self,
        sender: Address,
        to: Address,
        messages: Sequence[Message],
        deliver: Callable[[Sequence[Message]], None],
    ) -> None:
        link = self._is_link(sender, to)
        arrive = [m for m in messages if not (link and self._loses(m))]
        if arrive:
            deliver(arrive)

    def _is_link(self, sender: Address, to: Address) -> bool:
        return SUPERVISOR not in (sender, to)

    def _loses(self, message: Message) -> bool:
        left = self.left.get(type(message), 0)
        self.left[type(message)] = left - 1
        return left > 0


def waits_once(agent: Agent, effect: StartWork) -> Fate:
    """The first attempt fails, the second one waits for something in between."""
    del agent
    again = effect.lease.attempt > 1
    return Fate(seconds=60.0, ends="done" if again else "failed", waits=60.0 if again else 0.0)


def play(route: Loses, audit: float = 5.0) -> str:
    """How a goal of three subtasks stands after a day, done by one agent."""
    config = Config(audit=audit, retry=Retry(attempts=2, jitter=0.0))
    plan = [Subtask(uuid=f"s{n}", name=f"Step {n}") for n in range(3)]
    with Simulation(config=config, decide=waits_once, route=route) as simulation:
        simulation.register(Agent(id="a"))
        goal = simulation.runtime.submit("it", plan=plan)
        simulation.advance(20 * HOUR)
        return goal.status.value


# Between the supervisor and an agent


class LosesAll(Loses):
    """Loses the first so many of some types between an agent and anybody."""

    def _is_link(self, sender: Address, to: Address) -> bool:
        return "agent/" in sender + to


def hangs_first(agent: Agent, effect: StartWork) -> Fate:
    """The first attempt hangs for good."""
    del agent
    return Fate(seconds=1.0, ends="done" if effect.lease.attempt > 1 else "hangs")


def company(route: LosesAll, audit: float = 5.0) -> tuple[str, int]:
    """How a goal stands after a while, and how often its agent was taken for dead."""
    config = Config(audit=audit, timeouts=Timeouts(run=60.0), retry=Retry(attempts=2, jitter=0.0))
    with Simulation(config=config, decide=hangs_first, route=route) as simulation:
        simulation.register(Agent(id="a", stateful=True))
        goal = simulation.runtime.submit("it", plan=[Subtask(uuid="s", name="Step")])
        simulation.advance(HOUR)
        return goal.status.value, simulation.runtime.hub.counts().get("AgentCrashed", 0)


@pytest.mark.parametrize("lost", [ActorStarted, AgentStuck])
def test_what_an_agent_says_of_its_life_is_heard_in_the_end(lost: type[Message]) -> None:
    """It is ended once, because it is stuck, and never because its word was lost."""
    assert company(LosesAll(3, lost)) == ("completed", 1)


def test_and_its_goal_would_fail_or_a_healthy_agent_be_ended_if_it_were_not() -> None:
    assert company(LosesAll(3, AgentStuck), audit=math.inf)[0] == "failed"
    assert company(LosesAll(1, ActorStarted), audit=math.inf)[1] == 2


@agent(skills=["politeness"])
class Polite:
    """Says good-bye."""

    said: ClassVar[list[str]] = []

    def work(self, task: Task) -> str:
        return task.name

    def on_stop(self) -> None:
        self.said.append("good-bye")


def test_who_shall_go_ends_by_itself_although_the_first_word_of_it_is_lost() -> None:
    with Simulation(route=LosesAll(2, Shutdown)) as simulation:
        simulation.runtime.register(Polite, id="a")
        simulation.advance(1.0)
        simulation.runtime.unregister("a", drain=False)
        simulation.advance(10.0)
        assert Polite.said == ["good-bye"]


class Swaps:
    """A route on which each second word of progress overtakes the one before it."""

    def __init__(self) -> None:
        self._held: list[Message] = []

    def __call__(
        self,
        sender: Address,
        to: Address,
        messages: Sequence[Message],
        deliver: Callable[[Sequence[Message]], None],
    ) -> None:
        del sender, to
        for message in messages:
            if isinstance(message, Progress) and not self._held:
                self._held.append(message)
            else:
                held, self._held = self._held, []
                deliver([message, *held])


def test_an_old_checkpoint_that_comes_late_is_not_what_the_next_attempt_finds() -> None:
    found: list[object] = []

    def decide(agent: Agent, effect: StartWork) -> Fate:
        del agent
        found.append(unpack(effect.ready.checkpoint))
        again = len(found) > 1
        return Fate(seconds=60.0, ends="done" if again else "failed", signs=2, saves=not again)

    with Simulation(decide=decide, route=Swaps()) as simulation:
        simulation.register(Agent(id="a"))
        goal = simulation.runtime.submit("it", plan=[Subtask(uuid="s", name="Step")])
        simulation.advance(HOUR)
        assert (goal.status.value, found) == ("completed", [None, 2 / 3])


LOST: list[type[Message]] = [Assign, Accepted, Completed, Failed, Acknowledged, WaitOver]


@pytest.mark.parametrize("lost", LOST)
def test_what_is_lost_is_said_again(lost: type[Message]) -> None:
    assert play(Loses(3, lost)) == "completed"


@pytest.mark.parametrize("lost", [Assign, Completed, Failed, WaitOver])
def test_and_would_hold_up_its_goal_if_it_were_not(lost: type[Message]) -> None:
    assert play(Loses(3, lost), audit=math.inf) == "running"


@pytest.mark.parametrize("seed", range(2000, 2012))
def test_no_promise_is_broken_on_a_bad_link(seed: int) -> None:
    rates = Rates(loses=0.1, doubles=0.1, delays=0.1)
    assert trial(seed, subtasks=30, rates=rates).violations == ()


@pytest.mark.parametrize("seed", [1003, 1021, 1044, 1169])
def test_what_once_broke_a_promise_does_so_no_more(seed: int) -> None:
    assert trial(seed, rates=Rates(loses=0.1, doubles=0.1, delays=0.1)).violations == ()
