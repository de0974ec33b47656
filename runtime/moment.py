"""The state of a runtime at an instant of its past, as its journal tells it.

>>> from callboard.messages.facts import GoalAccepted
>>> from callboard.messages.values import Goal
>>> told = [GoalAccepted(at=1.0, goal=Goal(id="g1", text="analyze sales"))]
>>> sorted(moment(told, 2.0).goals), sorted(moment(told, 0.5).goals)
(['g1'], [])
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

from callboard.actors.logic.board import Board
from callboard.actors.logic.lessons import taught
from callboard.actors.logic.limits import Limits
from callboard.actors.logic.paces import Learnt
from callboard.actors.logic.planned import why_not_begun
from callboard.actors.logic.retelling import Rules, retold
from callboard.actors.logic.skills import Equivalences
from callboard.actors.logic.status import status
from callboard.messages.errors.running import InvalidCall
from callboard.runtime.planners.skills import load_equivalences
from callboard.runtime.timetables.layout import as_estimated
from callboard.runtime.timetables.prospect import Prospect, prospect
from callboard.runtime.timetables.scene import agents_of, scene, tasks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from callboard.actors.logic.records import AgentRecord, GoalRecord, SubtaskRecord
    from callboard.actors.logic.tensor import Tensor
    from callboard.messages.base import AgentId, GoalId, SubtaskId
    from callboard.messages.facts import Fact
    from callboard.messages.reasons import Explanation
    from callboard.runtime.config import Config


class Moment:
    """What there was, and how it stood.

    What was compacted since, or was never a fact (progress, heartbeats), is not there.

    Attributes:
        at: The instant, seconds since the epoch.
    """

    def __init__(self, at: float, board: Board, told: Sequence[Fact], rules: Rules) -> None:
        self.at = at
        self._board = board
        self._told = told
        self._rules = rules

    @property
    def goals(self) -> Mapping[GoalId, GoalRecord]:
        """All goals, in the order in which they were accepted."""
        return self._board.goals

    @property
    def subtasks(self) -> Mapping[SubtaskId, SubtaskRecord]:
        """All subtasks, in the order in which they were accepted."""
        return self._board.subtasks

    @property
    def agents(self) -> Mapping[AgentId, AgentRecord]:
        """Who was registered, in the order of their registration."""
        return self._board.agents

    def explain(self, subtask: SubtaskId) -> Explanation:
        """Why a subtask stood as it did, as `Runtime.explain`, as far as facts tell.

        Raises:
            UnknownSubtask: There was none with that uuid.
        """
        waits = why_not_begun(self.goals.values(), subtask, self.at)
        return waits or retold(self._told, subtask, self.at, self._rules)

    def status(self) -> dict[str, Any]:
        """Figures, as `Runtime.status` has them."""
        return status(self._board)

    def prospect(self) -> Prospect:
        """How soon all that was open could have been done, as estimated."""
        seen = scene(
            tasks_of(goal for goal in self.goals.values() if goal.ended_at is None),
            agents_of(self.agents.values()),
            self.at,
            self._rules.equivalences,
        )
        return prospect(seen, as_estimated)

    def tensor(self) -> Tensor:
        """T_task, float64[n_tasks, n_agents, 4], with the labels of its axes.

        Chances are by what had been learnt until then.
        """
        from callboard.actors.logic.tensor import task_tensor  # noqa: PLC0415 - loads numpy

        paces = Learnt(taught(self._told))
        return task_tensor(self._board, self._rules.equivalences, paces=lambda: paces)


def moment(
    facts: Iterable[Fact],
    at: float | dt.datetime,
    equivalences: Equivalences | None = None,
    config: Config | None = None,
) -> Moment:
    """The state at that instant.

    Args:
        facts: Of a journal, in order.
        at: Seconds since the epoch, or a point in time; a naive one is local.
        equivalences: Which skills stand in for which; None for the packaged table.
        config: The runtime's settings; None for the defaults.

    Raises:
        InvalidCall: *at* is no instant.
    """
    instant = instant_of(at)
    board, told = Board(), [fact for fact in facts if fact.at <= instant]
    for fact in told:
        board.apply(fact)
    return Moment(instant, board, told, _rules(equivalences or load_equivalences(), config))


def _rules(equivalences: Equivalences, config: Config | None) -> Rules:
    if config is None:
        return Rules(equivalences)
    limits = Limits(config.timeouts, config.retry)
    return Rules(equivalences, limits, config.ageing, config.resource_options)


def instant_of(given: object) -> float:
    """Seconds since the epoch.

    Raises:
        InvalidCall: It is neither a number of them nor a point in time.
    """
    if isinstance(given, dt.datetime):
        return given.timestamp()
    if isinstance(given, (int, float)) and not isinstance(given, bool) and math.isfinite(given):
        return float(given)
    raise InvalidCall("at", given, "seconds since the epoch, or a datetime")
