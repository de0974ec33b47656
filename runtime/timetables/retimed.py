"""What an order that is followed comes to by now: the same agents, the same sequence.

>>> from callboard.actors.logic.skills import Equivalences
>>> from callboard.messages.values import Agent
>>> from callboard.messages.work import Turn
>>> from callboard.runtime.timetables.layout import as_estimated, lay_out
>>> from callboard.runtime.timetables.scene import Task, scene
>>> tasks = [Task(f"u{n}", "g", "dig", frozenset(), 60.0) for n in range(3)]
>>> layout = lay_out(scene(tasks, [Agent(id="ann")], 0.0, Equivalences()), as_estimated)
>>> def turn(n: int) -> Turn:
...     return Turn(subtask=f"u{n}", agent="ann", start=9.0 - n, seconds=60.0)
>>> turns = {f"u{n}": turn(n) for n in range(3)}
>>> retimed(layout, turns).starts, retimed(layout, {})
((120.0, 60.0, 0.0), None)
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping

from callboard.messages.base import AgentId, SubtaskId
from callboard.messages.work import Turn
from callboard.runtime.timetables.layout import Layout
from callboard.runtime.timetables.timetable import Timetable


def retimed(layout: Layout, turns: Mapping[SubtaskId, Turn]) -> Timetable | None:
    """The timetable of these turns, with what is expected now.

    None where something is open that has no turn, or that its agent cannot do any more.
    """
    project, tasks = layout.project, layout.scene.tasks
    count = len(tasks)
    agents, starts, ends = [0] * count, [0.0] * count, [0.0] * count
    free: dict[AgentId, list[tuple[float, int]]] = {}
    for slot, agent in enumerate(layout.slots):
        free.setdefault(agent, []).append((0.0, slot))
    for task in project.begun:
        [(slot, seconds)] = project.options[task].items()
        agents[task], ends[task] = slot, seconds
        slots = free[layout.slots[slot]]
        slots.remove((0.0, slot))
        slots.append((seconds, slot))
    for slots in free.values():
        heapq.heapify(slots)
    begun = frozenset(project.begun)
    for task in _in_turn(layout, turns):
        if task in begun:
            continue
        turn = turns.get(tasks[task].uuid)
        if turn is None or not free.get(turn.agent):
            return None
        since, slot = heapq.heappop(free[turn.agent])
        takes = project.options[task].get(slot)
        if takes is None:
            return None
        start = max([since, *(ends[other] for other in project.before[task])])
        agents[task], starts[task], ends[task] = slot, start, start + takes
        heapq.heappush(free[turn.agent], (ends[task], slot))
    return Timetable(tuple(agents), tuple(starts), tuple(ends))


def _in_turn(layout: Layout, turns: Mapping[SubtaskId, Turn]) -> list[int]:
    """By when they are due, each after all that it waits for."""
    project = layout.project
    due = [
        turn.start if (turn := turns.get(task.uuid)) is not None else 0.0
        for task in layout.scene.tasks
    ]
    missing = list(map(len, project.before))
    ready = [(due[task], task) for task, needed in enumerate(missing) if not needed]
    heapq.heapify(ready)
    order: list[int] = []
    while ready:
        _, task = heapq.heappop(ready)
        order.append(task)
        for other in project.after[task]:
            missing[other] -= 1
            if not missing[other]:
                heapq.heappush(ready, (due[other], other))
    return order
