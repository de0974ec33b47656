"""The plan of a running goal is mended: a question, and perhaps a second one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.redrafting import ChangeAnswer, drafted
from callboard.messages.errors.goals import InvalidPlan
from callboard.messages.errors.planning import AnswerUnusable
from callboard.runtime.planners.llm.damage_prompt import question
from callboard.runtime.planners.llm.prompt import repair
from callboard.runtime.planners.llm.schema import form_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.actors.logic.drafting import Frame
    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Damage, Goal, PlanChange
    from callboard.runtime.planners.llm.prompt import Message
    from callboard.runtime.planners.llm.talk import Talk


class Mending:
    """What is said about one plan that is broken.

    Args:
        goal: Whose plan it is.
        damage: What is broken.
        talk: With the model.
        frame: What is new must fit into.
        new: Names subtasks.
        source: Of the change.
    """

    def __init__(  # noqa: PLR0913 - a value object would only rename them
        self,
        goal: Goal,
        damage: Damage,
        talk: Talk,
        frame: Frame,
        new: Callable[[], SubtaskId],
        *,
        source: str,
    ) -> None:
        self._goal = goal
        self._damage = damage
        self._talk = talk
        self._frame = frame
        self._new = new
        self._source = source

    async def change(self) -> PlanChange:
        """Ask, and once more where the answer cannot be used.

        Raises:
            InvalidPlan: The second one proposes no change that can be.
            PlanningError: The model cannot be asked, or what it says is no proposal.
        """
        asked = question(self._goal, self._damage, self._frame, self._talk.minutes_left())
        try:
            return await self._ask(asked)
        except (InvalidPlan, AnswerUnusable) as error:
            self._talk.stumbled(error, "asks the model once more how the plan can be mended")
            again = repair(asked, self._talk.said, str(error), ())
        return await self._ask(again)

    async def _ask(self, messages: Sequence[Message]) -> PlanChange:
        said = await self._talk.ask(messages, _FORM)
        return drafted(said, self._damage, self._frame, self._new, source=self._source)


_FORM = form_of("change", ChangeAnswer)
