"""What the runtime itself says, in between and in the end, compared with the facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.calibration import report
from callboard.actors.logic.correcting import without_stale
from callboard.actors.logic.goals import Goals
from callboard.actors.logic.lessons import Lessons
from callboard.actors.logic.remembering import learnt as kept_of
from callboard.messages.base import DECOMPOSER, ORCHESTRATOR, SCHEDULER, SUPERVISOR, agent_address

if TYPE_CHECKING:
    from callboard.messages.base import Address
    from callboard.runtime.simulation.oracle import Oracle
    from callboard.runtime.simulation.simulation import Simulation

_EXACT = 1e-9
_MEMBERS = frozenset({"agents", "agents_up", "running", "ended_goals"})
"""Figures that are not 0 when all is over: who is there, and what is remembered.

`running` is the supervisor's word for children that live; agents are asked for theirs
apart.
"""


def audit(simulation: Simulation, oracle: Oracle) -> None:
    """Check that nothing is left anywhere, and that all say the same."""
    runtime = simulation.runtime
    agents = list(runtime.agents())
    for address in (ORCHESTRATOR, SCHEDULER, DECOMPOSER, SUPERVISOR):
        _nothing_left(simulation, oracle, address, _MEMBERS)
    for agent in (name for name in agents if not runtime.agents()[name].agent.pull):
        _nothing_left(simulation, oracle, agent_address(agent), frozenset())
    runs = {agent: len(executor) for agent, executor in simulation.executors.items()}
    oracle.check(not any(runs.values()), lambda: f"attempts that still run: {runs}")
    loads = {agent: len(record.held) for agent, record in runtime.agents().items() if record.held}
    oracle.check(not loads, lambda: f"loads without work: {loads}")
    faults = runtime.hub.faults
    oracle.check(faults == 0, lambda: f"faults in the hub: {faults}")
    oracle.check(simulation.stepper.idle, lambda: "timers are left")
    compare_tensor(simulation, oracle)
    _replay(simulation, oracle)
    _lessons(simulation, oracle)
    _corrections(simulation, oracle)


def compare_tensor(simulation: Simulation, oracle: Oracle) -> None:
    """The tensor says of every subtask and agent what the facts say."""
    tensor, paces = simulation.runtime.tensor(), simulation.runtime.paces
    for uuid, shown in zip(tensor.subtasks, tensor.values.sum(axis=2).tolist(), strict=True):
        expected = oracle.row(uuid, tensor.agents, paces)
        if expected == shown:
            continue
        same = len(expected) == len(shown) and all(
            abs(one - other) < _EXACT for one, other in zip(expected, shown, strict=True)
        )
        oracle.check(same, lambda: f"{uuid}: the tensor says {shown}, the facts {expected}")  # noqa: B023


def _nothing_left(
    simulation: Simulation, oracle: Oracle, address: Address, but: frozenset[str]
) -> None:
    answer = simulation.runtime.pinging(address)
    simulation.advance(1.0)
    if not answer.done() or answer.exception() is not None:
        oracle.violations.append(f"{address} does not answer")
        return
    left = {name: n for name, n in answer.result().items() if n and name not in but}
    oracle.check(not left, lambda: f"left in the {address}: {left}")


def _lessons(simulation: Simulation, oracle: Oracle) -> None:
    """The facts teach what the scheduler has learnt, figure by figure."""
    runtime = simulation.runtime
    if runtime.hub.board.actor_restarts or runtime.journal.boot > 1:
        return  # word of an end is lost with who was to learn from it
    asked = runtime._showing_learning().future  # noqa: SLF001 - its answer, without waiting  # pyright: ignore[reportPrivateUsage]
    simulation.advance(1.0)
    if not asked.done():
        oracle.violations.append("what was learnt: no answer")
        return
    lessons = Lessons()
    for fact in runtime.journal.history():
        lessons.apply(fact)
    learnt, taught = asked.result(), report(lessons.learning)
    oracle.check(learnt == taught, lambda: f"learnt was {learnt}, the facts teach {taught}")
    kept, told = kept_of(runtime.experience), kept_of(lessons.learning)
    oracle.check(kept == told, lambda: f"what is kept of it is {kept}, by the facts {told}")


def _corrections(simulation: Simulation, oracle: Oracle) -> None:
    """Subtasks are as their corrections say."""
    for record in simulation.runtime.hub.board.subtasks.values():
        subtask = record.subtask
        stale = without_stale(subtask) != subtask
        oracle.check(not stale, lambda: f"{subtask.uuid} is not as {subtask.correction}")  # noqa: B023


def _replay(simulation: Simulation, oracle: Oracle) -> None:
    """The journal, replayed, says of every subtask what the board says."""
    runtime = simulation.runtime
    goals, seen = Goals(), runtime.hub.board.subtasks
    for fact in runtime.journal.replay():
        goals.apply(fact)
    for uuid, state in goals.subtasks.items():
        kept, shown = state.status.value, seen[uuid].status.value
        oracle.check(kept == shown, lambda: f"{uuid}: the journal says {kept}, the board {shown}")  # noqa: B023
