"""Who may do what, by the skills that agents have and subtasks require."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from callboard.actors.logic.skills import all_of, can_do

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from callboard.actors.logic.skills import Equivalences
    from callboard.messages.base import AgentId, SubtaskId
    from callboard.messages.values import Agent, Skill, Subtask


class _Former(NamedTuple):
    """What a subtask required until it was edited."""

    needs: Sequence[Skill]
    until: float


class Abilities:
    """What the agents of a simulation are able to do.

    Args:
        equivalences: Which skills stand in for which.
    """

    def __init__(self, equivalences: Equivalences) -> None:
        self._equivalences = equivalences
        self._skills: dict[AgentId, Sequence[Skill]] = {}
        self._able: dict[AgentId, dict[SubtaskId, bool]] = {}  # worked out so far
        self._needs: dict[SubtaskId, Sequence[Skill]] = {}
        self._former: dict[SubtaskId, _Former] = {}
        self._places: dict[tuple[Sequence[AgentId], Sequence[Skill]], tuple[int, ...]] = {}

    def registered(self, agent: Agent) -> None:
        """An agent has come, or has come again."""
        self._skills[agent.id] = all_of(agent)
        self._able[agent.id] = {}
        self._places.clear()

    def planned(self, subtasks: Iterable[Subtask]) -> None:
        """These are to be done."""
        self._needs.update((subtask.uuid, subtask.required_skills) for subtask in subtasks)

    def edited(self, subtask: SubtaskId, spec: Subtask, at: float) -> None:
        """It is to be done otherwise."""
        self._former[subtask] = _Former(self._needs[subtask], at)
        self._needs[subtask] = spec.required_skills
        for able in self._able.values():
            able.pop(subtask, None)

    def needs(self, subtask: SubtaskId) -> Sequence[Skill]:
        """The skills that it requires."""
        return self._needs[subtask]

    def may(self, agent: AgentId, subtask: SubtaskId) -> bool:
        """Whether its skills allow it; worked out once for each agent that registers."""
        known = self._able[agent]
        may = known.get(subtask)
        if may is None:
            may = known[subtask] = self._covers(agent, self._needs[subtask])
        return may

    def among(self, agents: tuple[AgentId, ...], subtask: SubtaskId) -> tuple[int, ...]:
        """Where those stand among *agents* who may do it; worked out once for all alike."""
        needs = self._needs[subtask]
        places = self._places.get((agents, needs))
        if places is None:
            able = (n for n, agent in enumerate(agents) if self._covers(agent, needs))
            places = self._places[agents, needs] = tuple(able)
        return places

    def might(self, agent: AgentId, subtask: SubtaskId, since: float) -> bool:
        """Whether they allowed it before an edit that came at that time or later."""
        former = self._former.get(subtask)
        return former is not None and former.until >= since and self._covers(agent, former.needs)

    def _covers(self, agent: AgentId, needs: Sequence[Skill]) -> bool:
        return can_do(self._skills[agent], needs, self._equivalences)
