"""The Orchestrator: owns the truth about goals, plans and results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.orchestration import OrchestrationLogic
from callboard.actors.shell import Shell, Stage
from callboard.messages.base import ORCHESTRATOR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.messages.facts import Fact


class Orchestrator(Shell):
    """An orchestrator, rebuilt from *history* where there is one.

    Args:
        repairs: How often the plan of a goal may be mended that does not say.
    """

    def __init__(
        self,
        stage: Stage,
        incarnation: int,
        history: Iterable[Fact],
        keep_goals: int | None,
        *,
        repairs: int = 0,
    ) -> None:
        logic = OrchestrationLogic(incarnation, history, keep_goals, repairs)
        super().__init__(stage, ORCHESTRATOR, incarnation, logic)
