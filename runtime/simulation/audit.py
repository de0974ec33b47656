"""What the runtime itself says in the end, compared with the facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.goals import Goals

if TYPE_CHECKING:
    from callboard.runtime.runtime import Runtime
    from callboard.runtime.simulation.oracle import Oracle


def audit(runtime: Runtime, oracle: Oracle) -> None:
    """Check that nothing is left anywhere, and that all say the same."""
    figures = runtime.health()["scheduler"]
    left = {name: n for name, n in figures.items() if n and not name.startswith("agents")}
    oracle.check(not left, lambda: f"left in the scheduler: {left}")
    loads = {agent: len(record.held) for agent, record in runtime.agents().items() if record.held}
    oracle.check(not loads, lambda: f"loads without work: {loads}")
    faults = runtime.hub.faults
    oracle.check(faults == 0, lambda: f"faults in the hub: {faults}")
    _replay(runtime, oracle)


def _replay(runtime: Runtime, oracle: Oracle) -> None:
    """The journal, replayed, says of every subtask what the board says."""
    goals, seen = Goals(), runtime.hub.board.subtasks
    for fact in runtime.journal.replay():
        goals.apply(fact)
    for uuid, state in goals.subtasks.items():
        kept, shown = state.status.value, seen[uuid].status.value
        oracle.check(kept == shown, lambda: f"{uuid}: the journal says {kept}, the board {shown}")  # noqa: B023
