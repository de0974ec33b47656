"""A scene as a project: agents as slots, subtasks as tasks, and the way back to turns.

>>> from callboard.actors.logic.skills import Equivalences
>>> from callboard.messages.values import Agent
>>> from callboard.runtime.timetables.scene import Task, scene
>>> tasks = [Task("u1", "g", "dig", frozenset(), 60.0, agent="ann", since=10.0)]
>>> tasks.append(Task("u2", "g", "sow", frozenset(), 30.0, before=("u1",)))
>>> seen = scene(tasks, [Agent(id="ann"), Agent(id="bob")], 20.0, Equivalences())
>>> found = lay_out(seen, as_estimated)
>>> found.project.options, found.project.begun
(({0: 50.0}, {0: 30.0, 1: 30.0}), (0,))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias

from callboard.messages.base import AgentId
from callboard.messages.work import Turn
from callboard.runtime.timetables.project import Project
from callboard.runtime.timetables.scene import Scene, Task
from callboard.runtime.timetables.timetable import Timetable

LARGEST = 2_000_000
"""Pairs of a task and a slot for it, of which more would take too much memory and time."""


class Span(Protocol):
    """How long an attempt should take, seconds."""

    @property
    def seconds(self) -> float:
        """The mean."""
        ...

    @property
    def low(self) -> float:
        """One attempt in twenty takes less."""
        ...

    @property
    def high(self) -> float:
        """One in twenty takes more."""
        ...


Expect: TypeAlias = Callable[[Task, AgentId], Span]
"""What is known of an attempt at a task by an agent."""


class Plain(NamedTuple):
    """A duration that nobody doubts."""

    seconds: float
    low: float
    high: float


def as_estimated(task: Task, agent: AgentId) -> Plain:
    """What the plan says."""
    del agent
    return Plain(task.seconds, task.seconds, task.seconds)


class TooLarge(Exception):
    """There is more to plan than can be planned in reasonable time."""


class Layout(NamedTuple):
    """A project, and what its numbers mean.

    Attributes:
        scene: What it was made of; its tasks are the project's, in their order.
        project: With the seconds that are expected.
        slots: Whose slot each of the project's agents is.
    """

    scene: Scene
    project: Project
    slots: tuple[AgentId, ...]

    def turns(self, table: Timetable) -> tuple[Turn, ...]:
        """Who should do what when, by that timetable; what has begun has no turn."""
        at = self.scene.at
        return tuple(
            Turn(
                subtask=task.uuid,
                agent=self.slots[table.agents[number]],
                start=at + table.starts[number],
                seconds=table.ends[number] - table.starts[number],
            )
            for number, task in enumerate(self.scene.tasks)
            if not task.agent
        )


def lay_out(scene: Scene, expect: Expect) -> Layout:
    """The project of a scene.

    Raises:
        TooLarge: It would be too large.
    """
    numbers, slots = _slots(scene)
    size = {needs: sum(len(numbers[a]) for a in agents) for needs, agents in scene.able.items()}
    if sum(size[task.needs] for task in scene.tasks) > LARGEST:
        raise TooLarge
    places = {task.uuid: number for number, task in enumerate(scene.tasks)}
    free = {agent: list(reversed(own)) for agent, own in numbers.items()}
    known: dict[tuple[object, ...], dict[int, float]] = {}
    options: list[dict[int, float]] = []
    for task in scene.tasks:
        if task.agent:
            left = scene.seconds_left(task, expect(task, task.agent).seconds)
            options.append({free[task.agent].pop(): left})
            continue
        key = (task.kind, task.needs, task.seconds, task.stated)
        own = known.get(key)
        if own is None:
            own = known[key] = _options(task, scene, numbers, expect)
        options.append(own)
    project = Project(
        options,
        [[places[one] for one in task.before] for task in scene.tasks],
        len(slots),
        begun=[number for number, task in enumerate(scene.tasks) if task.agent],
        classes=[task.urgency for task in scene.tasks],
    )
    return Layout(scene, project, slots)


def _options(
    task: Task, scene: Scene, numbers: dict[AgentId, list[int]], expect: Expect
) -> dict[int, float]:
    found: dict[int, float] = {}
    for agent in scene.able[task.needs]:
        found.update(dict.fromkeys(numbers[agent], expect(task, agent).seconds))
    return found


def _slots(scene: Scene) -> tuple[dict[AgentId, list[int]], tuple[AgentId, ...]]:
    """The numbers of each agent's slots, and whose each of them is.

    No more than there are tasks; and as many as it runs, where that is more than it should.
    """
    running: dict[AgentId, int] = {}
    for task in scene.tasks:
        if task.agent:
            running[task.agent] = running.get(task.agent, 0) + 1
    numbers: dict[AgentId, list[int]] = {}
    slots: list[AgentId] = []
    for agent in scene.agents.values():
        count = max(running.get(agent.id, 0), min(agent.max_load, len(scene.tasks)))
        numbers[agent.id] = list(range(len(slots), len(slots) + count))
        slots += [agent.id] * count
    return numbers, tuple(slots)
