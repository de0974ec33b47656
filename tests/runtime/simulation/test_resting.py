"""A service is down for an hour, and the skill that stands on it is given rests."""

from __future__ import annotations

from typing import Any

from callboard import subtask
from callboard.actors.logic.breaker_options import BreakerOptions
from callboard.actors.logic.effects import StartWork
from callboard.messages.facts import Fact
from callboard.messages.notices import (
    BreakerClosed,
    BreakerHalfOpen,
    BreakerOpened,
    HeldBack,
    Notice,
)
from callboard.messages.values import Agent, Retry, Skill
from callboard.runtime.config import Config
from callboard.runtime.simulation.executor import Fate
from callboard.runtime.simulation.simulation import Simulation

HOUR = 3600.0
COUNT = 20


class Outage:
    """Attempts with the skill "mail" fail within the first hour."""

    def __init__(self) -> None:
        self.simulation: Simulation | None = None
        self.attempts = 0

    def __call__(self, agent: Agent, effect: StartWork) -> Fate:  # noqa: ARG002 - as any fate
        assert self.simulation is not None
        down = "mail" in agent.id and self.simulation.elapsed < HOUR
        self.attempts += down
        return Fate(seconds=1.0, ends="failed" if down else "done")


def run(breaker: BreakerOptions | None) -> tuple[Outage, list[Fact | Notice], dict[str, Any]]:
    outage, seen = Outage(), list[Fact | Notice]()
    retry = Retry(attempts=1000, first=10.0, longest=60.0)
    config = Config(breaker=breaker, retry=retry)
    with Simulation(decide=outage, config=config, witness=seen.append) as simulation:
        outage.simulation = simulation
        for name in ("mail 1", "mail 2"):
            simulation.register(Agent(id=name, skills=(Skill(name="mail"),), max_load=5))
        simulation.register(Agent(id="clerk", skills=(Skill(name="filing"),)))
        letters = [subtask(f"letter {n}", required_skills=["mail"]) for n in range(COUNT)]
        files = [subtask(f"file {n}", required_skills=["filing"]) for n in range(COUNT)]
        goal = simulation.runtime.submit("write and file", plan=[*letters, *files])
        simulation.advance(HOUR / 2)
        figures = {**simulation.runtime.status(), **simulation.runtime.health()}
        goal.result(timeout=2 * HOUR)
        assert simulation.runtime.status()["resting_skills"] == {}
    return outage, seen, figures


def test_a_service_that_is_down_is_asked_now_and_then_and_all_is_done_when_it_is_back() -> None:
    options = BreakerOptions(failures=20, subtasks=10)
    outage, seen, figures = run(options)
    without, unseen, _ = run(None)

    assert outage.attempts < 100
    assert without.attempts > 1000
    assert not [e for e in unseen if isinstance(e, BreakerOpened)]
    rests = [e for e in seen if isinstance(e, BreakerOpened)]
    assert len([e for e in seen if isinstance(e, BreakerHalfOpen)]) == len(rests) > 40
    [closed] = [e for e in seen if isinstance(e, BreakerClosed)]
    assert HOUR <= closed.at - seen[0].at <= HOUR + options.longest + 3.0
    assert len({e.subtask for e in seen if isinstance(e, HeldBack)}) == COUNT
    assert figures["completed_subtasks"] == COUNT  # the filing went on
    assert (len(figures["resting_skills"]), figures["scheduler"]["resting_skills"]) == (1, 1)
