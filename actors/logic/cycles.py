"""Finding a cycle that a person can read: a short one."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

_STEPS = 400_000
"""Edges that are followed in search of a shorter cycle, beside twice all edges."""


def short_cycle(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """A cycle, each element needing the next one and the last one the first.

    It is the shortest one there is, unless the graph is so large that looking at all
    would take more than linear time; then it is the shortest one found.

    Args:
        needs: What each node needs; at least one thing each, all of them keys.

    >>> short_cycle({"a": ["b"], "b": ["c"], "c": ["a", "b"]})
    ['b', 'c']
    """
    best = _some_cycle(needs)
    budget = 2 * sum(len(found) for found in needs.values()) + _STEPS
    for start in needs:
        if len(best) == 1 or budget <= 0:
            break
        shorter, steps = _cycle_through(start, needs, len(best) - 1, budget)
        best = shorter or best
        budget -= steps
    place = {node: n for n, node in enumerate(needs)}
    first = best.index(min(best, key=place.__getitem__))
    return best[first:] + best[:first]


def _some_cycle(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Go on until somebody is met again."""
    node = next(iter(needs))
    path: dict[str, None] = {}
    while node not in path:
        path[node] = None
        node = needs[node][0]
    way = list(path)
    return way[way.index(node) :]


def _cycle_through(
    start: str, needs: Mapping[str, Sequence[str]], longest: int, budget: int
) -> tuple[list[str], int]:
    """The shortest cycle through *start*, or [], and the number of edges looked at."""
    came_from: dict[str, str] = {}
    queue = deque([(start, 1)])
    steps = 0
    while queue and steps < budget:
        node, depth = queue.popleft()
        if depth > longest:
            break
        for need in needs[node]:
            steps += 1
            if need == start:
                return _way(start, node, came_from), steps
            if need not in came_from:
                came_from[need] = node
                queue.append((need, depth + 1))
    return [], steps


def _way(start: str, end: str, came_from: Mapping[str, str]) -> list[str]:
    way = [end]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return way[::-1]
