"""What a model has said becomes a plan: for planners that ask it in their own way.

>>> text = '{"subtasks": [{"name": "Dig", "description": "", "priority": "HIGH",'
>>> text += ' "minutes": 30, "skills": [], "after": [], "demands": []}]}'
>>> plan_of(text, source="a model").subtasks[0].name
'Dig'
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from callboard.actors.logic.drafting import Draft, Frame
from callboard.actors.logic.proposals import Caps, read_proposals
from callboard.messages.errors.goals import PlanTooLarge
from callboard.messages.values import replace
from callboard.runtime.planners.llm.alone import Alone

if TYPE_CHECKING:
    from callboard.actors.ports import Desk
    from callboard.messages.values import Goal, Plan

__all__ = ["Caps", "Frame", "frame_of", "plan_of"]


def frame_of(goal: Goal, desk: Desk | None = None, caps: Caps | None = None) -> Frame:
    """What a plan of that goal must fit into.

    Args:
        goal: That is planned.
        desk: Of the planner; None outside of a runtime, where nobody is registered.
        caps: How large the plan may be.
    """
    known = desk or Alone(0.0)
    return Frame(
        caps=caps or Caps(),
        trades=tuple(map(tuple, known.trades())),
        equivalences=known.equivalences,
        budget=goal.budget,
        usual=tuple(known.usual()),
    )


def plan_of(text: str | bytes, *, source: str, frame: Frame | None = None) -> Plan:
    """The plan that an answer states, checked.

    Args:
        text: As `answer_schema` wants it.
        source: Who has made it.
        frame: What it must fit into; None for one in which nobody is registered.

    Raises:
        InvalidPlan: It cannot be; it says why, so that a model can be told.
    """
    frame, proposals = frame or Frame(), read_proposals(text)
    if len(proposals) > frame.caps.subtasks:
        raise PlanTooLarge(len(proposals), frame.caps.subtasks)
    draft = Draft(frame, lambda: str(uuid.uuid4()))
    for proposal in proposals:
        draft.take(proposal)
    return replace(draft.end(), source=source)
