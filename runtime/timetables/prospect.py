"""How soon what is open could be done at best, what decides that, and what would help.

>>> from callboard.actors.logic.skills import Equivalences
>>> from callboard.messages.values import Agent, Skill
>>> from callboard.runtime.timetables.layout import as_estimated
>>> from callboard.runtime.timetables.scene import Task, scene
>>> law, sql = (Skill(name=name) for name in ("law", "sql"))
>>> agents = [Agent(id="eve", skills=(law,)), Agent(id="ann", skills=(sql,))]
>>> suits = [Task(f"u{n}", "g", "sue", frozenset({law}), 60.0) for n in range(4)]
>>> asks = [Task("u4", "g", "ask", frozenset({sql}), 60.0)]
>>> found = prospect(scene([*suits, *asks], agents, 0.0, Equivalences()), as_estimated)
>>> found.bound, found.reason, found.skill, found.agents, found.saving
(240.0, 'group', 'law', ('eve',), 120.0)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from callboard.actors.logic.bounds import Bounds, Group, Reason, Work, bounds, gap
from callboard.actors.logic.outlook import Needs
from callboard.actors.logic.skills import stated
from callboard.messages.base import AgentId, SubtaskId
from callboard.runtime.timetables.layout import Expect, TooLarge, lay_out
from callboard.runtime.timetables.play import by_load, play
from callboard.runtime.timetables.scene import Scene, Task

SMALL = 50_000
"""Pairs of a task and an agent up to which it is played through what the rule comes to."""

ASKED = 200_000
"""Pairs up to which each agent's own speed is looked at; beyond, estimates are believed."""

NEW = "one more"


class Prospect(msgspec.Struct, frozen=True, kw_only=True):
    """How soon all that is open could be done.

    Attributes:
        at: When this was worked out, seconds since the epoch.
        subtasks: That are open and can be done.
        left_out: That are open and cannot be done for now, with the reason.
        work: Seconds of work that are left, if the fastest agent does each.
        bound: Seconds in which it cannot be done, whoever decides: it takes at least that.
        reason: What decides that: "path", the longest chain; "work", all of it, shared by
            all; "group", the work that only one group of agents can do.
        chain: The longest chain.
        skill: What only that group can do: where there are too few. "" for "path".
        agents: The group.
        saving: Seconds by which the bound would be lower if it had one agent more.
        expected: Seconds that it should take as things stand; None where there is too
            much to tell.
    """

    at: float
    subtasks: int
    left_out: dict[SubtaskId, str]
    work: float
    bound: float
    reason: Reason
    chain: tuple[SubtaskId, ...] = ()
    skill: str = ""
    agents: tuple[AgentId, ...] = ()
    saving: float = 0.0
    expected: float | None = None

    @property
    def gap(self) -> float | None:
        """How far above the bound that is, as a part of it: 0.1 is ten per cent."""
        return None if self.expected is None else max(0.0, gap(self.expected, self.bound))

    def data(self) -> dict[str, Any]:
        """The same as data for JSON, without lists of subtasks."""
        return {
            "subtasks": self.subtasks,
            "left_out": len(self.left_out),
            "work": self.work,
            "bound": self.bound,
            "reason": self.reason,
            "bottleneck": self.skill,
            "bottleneck_agents": list(self.agents),
            "saving": self.saving,
            "expected": self.expected,
            "gap": self.gap,
        }


def prospect(scene: Scene, expect: Expect) -> Prospect:
    """The bounds of all that is in *scene*, and what would lower them."""
    seconds = _seconds(scene, expect)
    able = {needs: frozenset(agents) for needs, agents in scene.able.items()}
    works = [Work(t.uuid, seconds(t), t.needs, t.before) for t in scene.tasks]
    slots = {agent.id: agent.max_load for agent in scene.agents.values()}
    found = bounds(works, slots, able)
    group = found.narrowest if found.reason != "path" else Group()
    return Prospect(
        at=scene.at,
        subtasks=len(scene.tasks),
        left_out=scene.left_out,
        work=sum(work.seconds for work in works),
        bound=found.seconds,
        reason=found.reason,
        chain=found.chain,
        skill=_skill(group, works, able),
        agents=tuple(agent for agent in scene.agents if agent in group),
        saving=_saving(found, group, works, slots, able),
        expected=_expected(scene, expect),
    )


def _saving(
    found: Bounds,
    group: Group,
    works: list[Work[Needs]],
    slots: Mapping[AgentId, int],
    able: Mapping[Needs, Group],
) -> float:
    """Seconds that one agent more would save, who is as good as any of the group."""
    if not group:
        return 0.0
    eased = {
        needs: own | {NEW} if group >= own or group <= own else own for needs, own in able.items()
    }
    return found.seconds - bounds(works, {**slots, NEW: 1}, eased).seconds


def _skill(group: Group, works: list[Work[Needs]], able: Mapping[Needs, Group]) -> str:
    """What most of the work needs that only the group can do; "anything" where it is nothing."""
    if not group:
        return ""
    total: dict[Needs, float] = {}
    for work in works:
        if able[work.needs] <= group:
            total[work.needs] = total.get(work.needs, 0.0) + work.seconds
    most = max(total, key=lambda needs: total[needs], default=Needs())
    return ", ".join(sorted(map(stated, most))) or "anything"


def _seconds(scene: Scene, expect: Expect) -> Callable[[Task], float]:
    """What is left of each, if the fastest agent does it."""
    kinds = {(task.kind, task.needs, task.seconds, task.stated) for task in scene.tasks}
    if sum(len(scene.able[needs]) for _, needs, *_ in kinds) > ASKED:
        return lambda task: scene.seconds_left(task, task.seconds)
    known: dict[tuple[str, Needs, float, float | None], float] = {}

    def seconds(task: Task) -> float:
        if task.agent:
            return scene.seconds_left(task, expect(task, task.agent).seconds)
        key = (task.kind, task.needs, task.seconds, task.stated)
        if key not in known:
            known[key] = min(expect(task, agent).seconds for agent in scene.able[task.needs])
        return known[key]

    return seconds


def _expected(scene: Scene, expect: Expect) -> float | None:
    """What the rule comes to in the event model."""
    if sum(len(scene.able[task.needs]) for task in scene.tasks) > SMALL:
        return None
    try:
        project = lay_out(scene, expect).project
    except TooLarge:
        return None
    return play(project, by_load(project)).makespan
