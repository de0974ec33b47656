"""A journal of production, taken up in a test: the same goals, under a virtual clock.

>>> from callboard.messages.facts import AgentRegistered, GoalAccepted, PlanAdopted
>>> from callboard.messages.values import Agent, Goal, Plan, Subtask
>>> told = [
...     AgentRegistered(at=5.0, agent=Agent(id="ann")),
...     GoalAccepted(at=6.0, goal=Goal(id="g1", text="dig")),
...     PlanAdopted(at=6.0, goal="g1", plan=Plan(subtasks=(Subtask(uuid="s1", name="dig"),))),
... ]
>>> with replayed(told) as simulation:
...     results = simulation.runtime.goal("g1").result(timeout=7200)
...     simulation.elapsed
3600.0
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from callboard.messages.values import replace
from callboard.runtime.moment import instant_of, moment
from callboard.runtime.simulation.simulation import Simulation, as_estimated

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Generator, Iterable
    from typing import TypeAlias

    from callboard.actors.logic.effects import StartWork
    from callboard.actors.ports import Planner
    from callboard.messages.facts import Fact
    from callboard.messages.values import Agent
    from callboard.runtime.config import Config
    from callboard.runtime.simulation.executor import Fate

    Told: TypeAlias = str | Path | Iterable[Fact]


def facts_of(journal: Told) -> list[Fact]:
    """The facts of a journal, in order; a file is only read, also while a runtime writes it.

    Raises:
        JournalError: The file is none, or cannot be read.
    """
    if not isinstance(journal, (str, Path)):
        return list(journal)
    from callboard.runtime.journal.store import Store  # noqa: PLC0415 - loads sqlite

    with contextlib.closing(Store(journal, reading=True)) as store:
        return list(store.facts())


@contextlib.contextmanager
def replayed(  # noqa: PLR0913 - each is optional
    journal: Told,
    *,
    at: float | dt.datetime | None = None,
    company: Iterable[Agent] | None = None,
    seed: int = 0,
    decide: Callable[[Agent, StartWork], Fate] = as_estimated,
    config: Config | None = None,
    planner: Planner | None = None,
) -> Generator[Simulation]:
    """A simulation that goes on where a journal ends, as a runtime does that opens it.

    Goals that were open are open, what ran is given out anew, what had ended is there
    with its results, and the clock stands where the journal ends.

    Args:
        journal: The path of its file, or its facts in order. It is not written to.
        at: The instant at which it is taken up, seconds since the epoch or a point in
            time; None for its end.
        company: Simulated agents that are there from the beginning; None for those that
            were registered then. With `()` register your own, with code of their own.
        seed: Decides every order.
        decide: The fate of an attempt of a simulated agent.
        config: Settings of the runtime; a journal does not tell those of then.
        planner: Makes plans of goals that come without one; None for the rules.

    Raises:
        JournalError: The file is none, or cannot be read.
        InvalidCall: *at* is no instant.
    """
    told = facts_of(journal)
    if at is not None:
        instant = instant_of(at)
        told = [fact for fact in told if fact.at <= instant]
    latest = max((fact.at for fact in told), default=0.0)
    begin = latest if at is None else max(latest, instant_of(at))
    with Simulation(
        seed, decide=decide, config=config, planner=planner, past=told, begin=begin or None
    ) as simulation:
        for agent in _company(told, begin) if company is None else company:
            simulation.register(agent)
        yield simulation


def _company(told: list[Fact], at: float) -> list[Agent]:
    """Who was there, as agents that are given work without asking for it."""
    return [stand_in(record.agent) for record in moment(told, at).agents.values()]


def stand_in(agent: Agent) -> Agent:
    """A simulated agent in its place: it has no code, and takes whatever it is given."""
    return replace(agent, pull=False, hooks=False, handles=())
