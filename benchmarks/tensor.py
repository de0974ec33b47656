"""What the task tensor costs: to keep while things happen, and to be had as an array.

keep       microseconds of an event (assigned, completed) on the board: without a tensor,
           and with one that is looked at after every thousand events, looks included
agents     microseconds for each set of required skills when an agent comes, look included
dense      the whole array from a look, beside `numpy.copyto` of as many bytes into a new
           array, and `numpy.zeros` whose pages are touched
sparse     the coordinates of all that is not 0

The tensor has 10,000 subtasks and 1,000 agents with two of ten skills each; of the
subtasks a third is done. Times are of the clock, a figure is the median of all rounds,
with the lowest and the highest one.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from measure import Spread, describe, machine, options, publish, spread_of, table

from callboard.actors.logic.board import Board
from callboard.actors.logic.skills import Equivalences
from callboard.actors.logic.tensor import Keeper, Tensor
from callboard.messages import facts
from callboard.messages.values import (
    Agent,
    Goal,
    Lease,
    Payload,
    Plan,
    Priority,
    Skill,
    Subtask,
    Token,
)

SKILLS = tuple(Skill(name=f"skill {number}") for number in range(10))
BATCH = 1000
"""Events between two looks."""


class Sizes(NamedTuple):
    """How much is measured."""

    subtasks: int
    agents: int
    rounds: int


FULL = Sizes(subtasks=10_000, agents=1_000, rounds=9)
QUICK = Sizes(subtasks=1_200, agents=30, rounds=3)


class Scene:
    """A board with goals under way, and somebody who may keep its tensor."""

    def __init__(self, sizes: Sizes) -> None:
        self.board = Board()
        self.keeper: Keeper | None = None
        self._sizes = sizes
        self._numbers = count()
        for _ in range(sizes.agents):
            self.hire()
        plan = tuple(_subtask(number) for number in range(sizes.subtasks))
        self.board.apply(facts.GoalAccepted(at=0.0, goal=Goal(id="g", text="all of it")))
        self.board.apply(facts.PlanAdopted(at=0.0, goal="g", plan=Plan(subtasks=plan)))
        self._events = [event for number in range(sizes.subtasks) for event in self._done(number)]
        self.happen(2 * sizes.subtasks // 3)

    def hire(self) -> None:
        """One agent more."""
        number = next(self._numbers)
        skills = (SKILLS[number % 10], SKILLS[(number + 1) % 10])
        agent = Agent(id=f"agent-{number}", skills=skills)
        self.board.apply(facts.AgentRegistered(at=0.0, agent=agent))

    def _done(self, number: int) -> tuple[facts.Fact, facts.Fact]:
        uuid, who = str(number), f"agent-{number % self._sizes.agents}"
        token = Token(boot=1, incarnation=1, counter=number)
        lease = Lease(goal="g", subtask=uuid, agent=who, token=token)
        ended = facts.SubtaskCompleted(
            at=2.0, goal="g", subtask=uuid, lease=lease, result=Payload(), seconds=1.0
        )
        return facts.SubtaskAssigned(at=1.0, lease=lease), ended

    def happen(self, events: int) -> float:
        """So many events more; the seconds that they took."""
        mine, self._events = self._events[:events], self._events[events:]
        apply = self.board.apply
        begin = time.perf_counter()
        for event in mine:
            apply(event)
        if self.keeper is not None:
            self.keeper.look()
        return time.perf_counter() - begin


def main() -> None:
    """Measure, and tell."""
    given = options(__doc__)
    sizes = QUICK if given.quick else FULL
    found = machine()
    figures = measure(sizes)
    report = {
        "benchmark": "tensor",
        "settings": {"quick": given.quick, **sizes._asdict()},
        "machine": found,
        "figures": {name: spread._asdict() for name, spread in figures.items()},
    }
    rows = [(name, *(f"{value:,.3g}" for value in spread)) for name, spread in figures.items()]
    lines = [describe(found), "", *table(("", "median", "low", "high"), rows)]
    publish(report, lines, [summary(sizes, figures)], given.json)


def measure(sizes: Sizes) -> dict[str, Spread]:
    """Every figure."""
    gc.collect()
    figures = {f"keep, us an event{how}": spread for how, spread in _keeping(sizes).items()}
    scene = Scene(sizes)
    keeper = Keeper(scene.board, Equivalences())
    keeper.look()
    figures["agents, us a class"] = spread_of([_hiring(scene, keeper) for _ in range(sizes.rounds)])
    return {**figures, **_exporting(keeper.look(), sizes.rounds)}


def _keeping(sizes: Sizes) -> dict[str, Spread]:
    """Microseconds an event: without a tensor, with one, and what the difference is."""
    alone, kept = Scene(sizes), Scene(sizes)
    kept.keeper = Keeper(kept.board, Equivalences())
    kept.keeper.look()
    batch = min(BATCH, sizes.subtasks // sizes.rounds)
    pairs = [(alone.happen(batch), kept.happen(batch)) for _ in range(sizes.rounds)]
    each = 1e6 / batch
    return {
        ", no tensor": spread_of([each * without for without, _ in pairs]),
        ", with a tensor": spread_of([each * with_ for _, with_ in pairs]),
        ", the difference": spread_of([each * (with_ - without) for without, with_ in pairs]),
    }


def _hiring(scene: Scene, keeper: Keeper) -> float:
    """Microseconds for each set of required skills when an agent comes."""
    before = _took(keeper.look)
    begin = time.perf_counter()
    scene.hire()
    keeper.look()
    return 1e6 * max(0.0, time.perf_counter() - begin - before) / len(SKILLS)


def _exporting(tensor: Tensor, rounds: int) -> dict[str, Spread]:
    source = np.ones(tensor.shape)
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, work in (
            ("copyto, ms", lambda: np.copyto(np.empty(tensor.shape), source)),
            ("zeros, touched, ms", lambda: np.zeros(tensor.shape).fill(0.0)),
            ("dense, ms", lambda: fresh(tensor).values),
            ("sparse, ms", tensor.sparse),
        ):
            times.setdefault(name, []).append(1e3 * _took(work))
    copied = times["copyto, ms"]
    times["dense / copyto"] = [a / b for a, b in zip(times["dense, ms"], copied, strict=True)]
    return {name: spread_of(values) for name, values in times.items()}


def fresh(tensor: Tensor) -> Tensor:
    """The same look, of which nobody has had the values yet."""
    tensor.__dict__.pop("values", None)
    return tensor


def summary(sizes: Sizes, figures: dict[str, Spread]) -> str:
    """One line about the whole."""
    size = 32e-6 * sizes.subtasks * sizes.agents
    ratio, event = figures["dense / copyto"], figures["keep, us an event, the difference"]
    return (
        f"{sizes.subtasks:,} subtasks x {sizes.agents:,} agents x 4, {size:,.0f} MB: an event "
        f"costs {event.median:.2g} us more, the dense array {ratio.median:.2g} times a copy."
    )


def _took(work: Callable[[], object]) -> float:
    gc.collect()
    begin = time.perf_counter()
    answer: Any = work()
    took = time.perf_counter() - begin
    del answer
    return took


def _subtask(number: int) -> Subtask:
    return Subtask(
        uuid=str(number),
        name="work",
        priority=Priority(number % 4),
        required_skills=(SKILLS[number % 10],),
    )


if __name__ == "__main__":
    main()
