"""What was learnt of durations and successes is seen, and forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.base import ORCHESTRATOR, SCHEDULER
from callboard.messages.commands import Forgotten, LearningShown, ResetLearning, ShowLearning
from callboard.runtime.core import Core
from callboard.runtime.executors.waiting import text_of

if TYPE_CHECKING:
    from callboard.messages.base import AgentId
    from callboard.messages.learnt import LearningReport
    from callboard.runtime.calls import Call


class LearningCalls(Core):
    """What may be asked of a runtime about what it has learnt."""

    def learning(self) -> LearningReport:
        """What was learnt so far, for each kind of work; `print` shows it as a table.

        That is how far estimates are off, how often attempts succeed, and how many of the
        intervals held.
        """
        return self._showing_learning().now()

    async def alearning(self) -> LearningReport:
        """The twin of `learning`."""
        return await self._showing_learning()

    def reset_learning(self, kind: str = "", agent: AgentId = "") -> int:
        """Forget what was learnt, in this process and in the journal.

        Args:
            kind: Of that kind of work only.
            agent: Of that agent only, as after it was given another machine.

        Returns:
            Of how many pairs of a kind and an agent something was known; 0 is harmless, and
            may be a wrong name.
        """
        return self._resetting_learning(kind, agent).now()

    async def areset_learning(self, kind: str = "", agent: AgentId = "") -> int:
        """The twin of `reset_learning`."""
        return await self._resetting_learning(kind, agent)

    # How

    def _showing_learning(self) -> Call[LearningReport]:
        """What `learning` waits for."""
        self._check_open()
        return self._calls.ask(
            "learning",
            SCHEDULER,
            lambda here: ShowLearning(reply_to=here),
            LearningShown,
            lambda shown: shown.report,
        )

    def _resetting_learning(self, kind: str, agent: AgentId) -> Call[int]:
        work, who = text_of("kind", kind), text_of("agent", agent)
        self._check_open()
        return self._calls.ask(
            "reset_learning",
            ORCHESTRATOR,
            lambda here: ResetLearning(work=work, agent=who, reply_to=here),
            Forgotten,
            lambda forgotten: forgotten.count,
        )
