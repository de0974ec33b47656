"""One plan in the making: a question, perhaps a second one, and the draft meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec

from callboard.actors.logic.drafting import Draft
from callboard.actors.logic.elements import Elements
from callboard.actors.logic.proposals import read_proposal, read_proposals
from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.goals import InvalidPlan, PlanningError, PlanTooLarge
from callboard.messages.errors.planning import AnswerUnusable
from callboard.messages.values import Plan, replace
from callboard.runtime.planners.llm.prompt import question, repair
from callboard.runtime.planners.llm.schema import answer_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.actors.logic.drafting import Frame
    from callboard.actors.logic.proposals import Proposal
    from callboard.actors.ports import Desk
    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Goal, Subtask
    from callboard.runtime.planners.llm.endpoint import Endpoint
    from callboard.runtime.planners.llm.options import Limits
    from callboard.runtime.planners.llm.prompt import Message
    from callboard.runtime.planners.llm.wire import Pieces


class Session:
    """What is said about one goal.

    Args:
        goal: That is planned.
        desk: Who is told what goes wrong.
        frame: What the plan must fit into.
        endpoint: Where the model is.
        body: What every request says, beside its messages.
        limits: How much may be said.
        new: Names subtasks.
        end: When it must be done, seconds of `time.monotonic`.
        source: Of the plan.
        stream: Subtasks are handed in as soon as they have come, and can begin.
    """

    def __init__(  # noqa: PLR0913 - a value object would only rename them
        self,
        goal: Goal,
        desk: Desk,
        frame: Frame,
        endpoint: Endpoint,
        *,
        body: dict[str, Any],
        limits: Limits,
        new: Callable[[], SubtaskId],
        end: float,
        source: str,
        stream: bool,
    ) -> None:
        self._goal = goal
        self._desk = desk
        self._frame = frame
        self._endpoint = endpoint
        self._body = body
        self._limits = limits
        self._new = new
        self._end = end
        self._draft = Draft(frame, new)
        self._stream = stream
        self._source = source
        self._put = 0
        self._taken = 0
        self._elements = Elements()
        self._known = frozenset[str]()
        self._pieces: Pieces | None = None

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
            self._desk.stumbled(error, "asks the model once more")
            again = repair(asked, self._said(), str(error), self._begun())
        if not self._put:
            self._draft = Draft(self._frame, self._new)
        self._draft.forget_waiting()
        # Models like to say them again; they are as they are.
        self._known = frozenset(one.name for one in self._begun())
        return await self._ask(again)

    def _question(self) -> Sequence[Message]:
        """Without what is usual where there is no room for it: the goal is what matters."""
        left = self._minutes_left()
        asked = question(self._goal, self._frame, left)
        if not self._frame.usual or _size(asked) <= self._limits.prompt:
            return asked
        return question(self._goal, msgspec.structs.replace(self._frame, usual=()), left)

    def _said(self) -> str:
        return "" if self._pieces is None else self._endpoint.shown(self._pieces.text)

    def _begun(self) -> list[Subtask]:
        return self._draft.settled[: self._put]

    async def _ask(self, messages: Sequence[Message]) -> Plan:
        body = {**self._body, "messages": list(messages), "response_format": _FORMAT}
        size = _size(messages)
        if size > self._limits.prompt:
            limit = self._limits.prompt
            raise PlanningError(f"the question has {size:,} bytes, at most {limit:,} are asked")
        self._pieces, self._elements, self._taken = None, Elements(), 0
        said = await self._endpoint.ask(body, self._seconds, self._hear, self._failed)
        return self._read(self._endpoint.shown(said))

    def _read(self, said: str) -> Plan:
        """The whole plan, once the whole answer is there: what was taken already fits it."""
        proposals, caps = read_proposals(said), self._frame.caps
        if len(proposals) > caps.subtasks:
            raise PlanTooLarge(len(proposals), caps.subtasks)
        for proposal in proposals[self._taken :]:
            self._add(proposal)
        return replace(self._draft.end(), source=self._source)

    def _hear(self, pieces: Pieces) -> None:
        self._pieces = pieces
        if self._stream:
            for element in self._elements.feed(pieces.new()):
                self._take(element)

    def _take(self, element: str) -> None:
        """Hand in what may begin now."""
        path = f"$.subtasks[{self._taken}]"
        proposal = read_proposal(self._endpoint.shown(element), path)
        self._taken += 1
        try:
            self._add(proposal)
        finally:
            new = tuple(self._draft.settled[self._put :])
            if new:
                self._put += len(new)
                self._desk.put(Plan(subtasks=new, source=self._source))

    def _failed(self, error: CallboardError, wait: float) -> None:
        self._desk.stumbled(error, f"tries again in {wait:.2g} s")

    def _add(self, proposal: Proposal) -> None:
        if proposal.name.strip() not in self._known:
            self._draft.take(proposal)

    def _seconds(self) -> float:
        return self._end - time.monotonic()

    def _minutes_left(self) -> float | None:
        deadline = self._goal.deadline
        return None if deadline is None else round((deadline - time.time()) / 60, 1)


def _size(messages: Sequence[Message]) -> int:
    """Bytes."""
    return len(msgspec.json.encode(list(messages)))


_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "plan", "strict": True, "schema": answer_schema()},
}
