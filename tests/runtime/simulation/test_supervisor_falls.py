"""The supervisor falls at every instant of a small story, and nothing comes of it."""

from __future__ import annotations

import contextlib
from collections import Counter

import pytest

from callboard import Config
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.messages import facts, notices
from callboard.messages.errors import UnknownAgent
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from callboard.messages.values import Agent, Skill
from callboard.runtime.simulation.simulation import Simulation

GENERAL = (Skill(name="general"),)
PATIENT = Config(supervision=SupervisionOptions(intensity=20, first=0.5, jitter=0.0))


def story(falls: range, *, with_company: bool = False) -> tuple[list[Fact | Notice], int]:
    """Agents come, one dies at work, one drains and goes; the supervisor falls at these turns.

    Args:
        falls: Turns of any actor after which the supervisor falls.
        with_company: An agent falls in the same instant.
    """
    events: list[Fact | Notice] = []
    with Simulation(seed=falls.start, config=PATIENT, witness=events.append) as simulation:
        stepper, runtime = simulation.stepper, simulation.runtime
        turn = stepper.step

        def step(until: float = float("inf")) -> bool:
            if stepper.deliveries in falls:
                fell(simulation, "supervisor")
                if with_company:
                    fell(simulation, "agent/a")
            return turn(until)

        stepper.step = step  # type: ignore[method-assign]
        for name in ("a", "b", "c"):
            simulation.register(Agent(id=name, skills=GENERAL))
        goal = runtime.submit("write a report")
        simulation.advance(60.0)
        fell(simulation, "agent/b")
        runtime.unregister("c", drain=True, timeout=7200.0)
        goal.result(timeout=48 * 3600.0)
        assert set(runtime.agents()) == {"a", "b"}
        deliveries = stepper.deliveries
    return events, deliveries


def fell(simulation: Simulation, address: str) -> None:
    """Unless it lies there already."""
    with contextlib.suppress(UnknownAgent):
        simulation.crash(address)


def completed(events: list[Fact | Notice]) -> Counter[str]:
    return Counter(e.subtask for e in events if isinstance(e, facts.SubtaskCompleted))


@pytest.mark.parametrize("with_company", [False, True])
def test_it_falls_at_any_instant_and_nothing_is_lost_or_doubled(*, with_company: bool) -> None:
    quiet, turns = story(range(0))
    for first in range(turns):
        events, _ = story(range(first, first + 1), with_company=with_company)

        assert set(completed(events).values()) == {1}
        assert len(completed(events)) == len(completed(quiet))
        assert not [e for e in events if isinstance(e, notices.RuntimeFailed)]
        started = Counter(e.agent for e in events if isinstance(e, facts.AgentStarted))
        died = Counter(e.agent for e in events if isinstance(e, facts.AgentCrashed))
        if not with_company:  # else one may die before it has started
            assert started == died + Counter("abc")


def test_it_falls_again_and_again() -> None:
    events, _ = story(range(0, 200, 9))

    assert set(completed(events).values()) == {1}
    restarted = [e for e in events if isinstance(e, facts.ActorRestarted)]
    own = [e.incarnation for e in restarted if e.address == "supervisor"]
    assert own == list(range(2, len(own) + 2))
    assert len(own) > 3
    # It fell before it had begun the others, and again before it heard that they live: its
    # successors begin them, and nobody says that they have died.
    died = [e.address for e in events if isinstance(e, facts.RestartScheduled)]
    again = {*died, *(e.address for e in restarted)}
    assert not again & {"orchestrator", "scheduler", "decomposer"}
