"""What hypothesis draws: the one file for it."""

from __future__ import annotations

from hypothesis import strategies as st

from callboard.messages.values import Plan, Priority, Subtask


@st.composite
def plans(draw: st.DrawFn, largest: int = 12, *, acyclic: bool = True) -> Plan:
    """A plan in any order; each subtask's name is its uuid in capitals.

    Args:
        draw: Given by hypothesis.
        largest: Subtasks at the most.
        acyclic: Whether it has no cycles for sure; if not, it may have.
    """
    count = draw(st.integers(1, largest))
    subtasks: list[Subtask] = []
    for n in range(count):
        others = [f"s{m}" for m in range(n if acyclic else count)]
        needs = draw(st.lists(st.sampled_from(others), max_size=4)) if others else []
        subtasks.append(
            Subtask(
                uuid=f"s{n}",
                name=f"S{n}",
                dependencies=tuple(needs),
                estimated_duration=float(draw(st.integers(0, 100))),
                priority=draw(st.sampled_from(Priority)),
            )
        )
    return Plan(subtasks=tuple(draw(st.permutations(subtasks))))
