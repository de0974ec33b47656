"""One plan in the making: a question, perhaps a second one, and the draft meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callboard.actors.logic.drafting import Draft
from callboard.actors.logic.elements import Elements
from callboard.actors.logic.proposals import Answer, read_proposal, read_proposals
from callboard.messages.errors.goals import InvalidPlan, PlanTooLarge
from callboard.messages.errors.planning import AnswerUnusable
from callboard.messages.values import Plan, replace
from callboard.runtime.planners.llm.prompt import question, repair
from callboard.runtime.planners.llm.schema import form_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.actors.logic.drafting import Frame
    from callboard.actors.logic.proposals import Proposal
    from callboard.actors.ports import Desk
    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Goal, Subtask
    from callboard.runtime.planners.llm.prompt import Message
    from callboard.runtime.planners.llm.talk import Talk
    from callboard.runtime.planners.llm.wire import Pieces


class Session:
    """What is said about one goal.

    Args:
        goal: That is planned.
        desk: Who gets what is handed in.
        talk: With the model.
        frame: What the plan must fit into.
        new: Names subtasks.
        source: Of the plan.
        stream: Subtasks are handed in as soon as they have come, and can begin.
    """

    def __init__(  # noqa: PLR0913 - a value object would only rename them
        self,
        goal: Goal,
        desk: Desk,
        talk: Talk,
        frame: Frame,
        *,
        new: Callable[[], SubtaskId],
        source: str,
        stream: bool,
    ) -> None:
        self._goal = goal
        self._desk = desk
        self._talk = talk
        self._frame = frame
        self._new = new
        self._draft = Draft(frame, new)
        self._stream = stream
        self._source = source
        self._put = 0
        self._taken = 0
        self._elements = Elements()
        self._known = frozenset[str]()

    async def plan(self) -> Plan:
        """Ask, and once more where the answer cannot be used.

        Raises:
            InvalidPlan: The second one proposes no plan that can be.
            PlanningError: The model cannot be asked, or what it says is no proposal.
        """
        asked = self._question()
        try:
            return await self._ask(asked)
        except (InvalidPlan, AnswerUnusable) as error:
            self._talk.stumbled(error, "asks the model once more")
            again = repair(asked, self._talk.said, str(error), self._begun())
        if not self._put:
            self._draft = Draft(self._frame, self._new)
        self._draft.forget_waiting()
        # Models like to say them again; they are as they are.
        self._known = frozenset(one.name for one in self._begun())
        return await self._ask(again)

    def _question(self) -> Sequence[Message]:
        """Without what is usual where there is no room for it: the goal is what matters."""
        left = self._talk.minutes_left()
        asked = question(self._goal, self._frame, left)
        if not self._frame.usual or self._talk.fits(asked):
            return asked
        return question(self._goal, msgspec.structs.replace(self._frame, usual=()), left)

    def _begun(self) -> list[Subtask]:
        return self._draft.settled[: self._put]

    async def _ask(self, messages: Sequence[Message]) -> Plan:
        self._elements, self._taken = Elements(), 0
        return self._read(await self._talk.ask(messages, _FORM, self._hear))

    def _read(self, said: str) -> Plan:
        """The whole plan, once the whole answer is there: what was taken already fits it."""
        proposals, caps = read_proposals(said), self._frame.caps
        if len(proposals) > caps.subtasks:
            raise PlanTooLarge(len(proposals), caps.subtasks)
        for proposal in proposals[self._taken :]:
            self._add(proposal)
        return replace(self._draft.end(), source=self._source)

    def _hear(self, pieces: Pieces) -> None:
        if self._stream:
            for element in self._elements.feed(pieces.new()):
                self._take(element)

    def _take(self, element: str) -> None:
        """Hand in what may begin now."""
        path = f"$.subtasks[{self._taken}]"
        proposal = read_proposal(self._talk.shown(element), path)
        self._taken += 1
        try:
            self._add(proposal)
        finally:
            new = tuple(self._draft.settled[self._put :])
            if new:
                self._put += len(new)
                self._desk.put(Plan(subtasks=new, source=self._source))

    def _add(self, proposal: Proposal) -> None:
        if proposal.name.strip() not in self._known:
            self._draft.take(proposal)


_FORM = form_of("plan", Answer)
