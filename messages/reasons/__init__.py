"""Why a subtask stands as it does: reasons as data, each with a sentence for people.

To add one: a class in the file that it belongs to, its line in `AnyReason`, and a look in
`callboard.actors.logic.explaining` that finds it.

>>> explanation = Explanation(
...     subtask="s", name="Testing", goal="g", status="ready", at=10.0,
...     reasons=(SkillRests(skill="qa", until=22.0),),
... )
>>> print(explanation.text)
'Testing' is ready
- attempts that need 'qa' only fail, so it is given a rest; one is tried in 12 s
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from callboard.messages.base import GoalId, SubtaskId, Value
from callboard.messages.reasons.agents import (
    AboutToGo,
    AgentsTaken,
    AgentState,
    HasTurn,
    NobodyCan,
    NotAskedFor,
    WaitsForFaster,
)
from callboard.messages.reasons.base import Reason
from callboard.messages.reasons.bids import AwaitsBids, WonByBid
from callboard.messages.reasons.ending import (
    Attempt,
    EarlierAttempts,
    HasCompleted,
    HasFailed,
    WasCancelled,
)
from callboard.messages.reasons.plans import WasCorrected
from callboard.messages.reasons.resources import AgentsCrowded, TooMuch, WaitsForResource
from callboard.messages.reasons.running import Candidate, Chosen, Runs
from callboard.messages.reasons.turns import Ahead, InQueue, Standing
from callboard.messages.reasons.waiting import (
    BackingOff,
    BeingMended,
    BeingRecorded,
    BeingVerified,
    Dependency,
    Draining,
    KeptAside,
    OnItsWay,
    Paused,
    SchedulerRecovers,
    SkillRests,
    ToBeApproved,
    WaitsForOthers,
    WaitsForSubGoals,
)

__all__ = [
    "AboutToGo",
    "AgentState",
    "AgentsCrowded",
    "AgentsTaken",
    "Ahead",
    "AnyReason",
    "Attempt",
    "AwaitsBids",
    "BackingOff",
    "BeingMended",
    "BeingRecorded",
    "BeingVerified",
    "Candidate",
    "Chosen",
    "Dependency",
    "Draining",
    "EarlierAttempts",
    "Explanation",
    "HasCompleted",
    "HasFailed",
    "HasTurn",
    "InQueue",
    "KeptAside",
    "NobodyCan",
    "NotAskedFor",
    "OnItsWay",
    "Paused",
    "Reason",
    "Runs",
    "SchedulerRecovers",
    "SkillRests",
    "Standing",
    "ToBeApproved",
    "TooMuch",
    "WaitsForFaster",
    "WaitsForOthers",
    "WaitsForResource",
    "WaitsForSubGoals",
    "WasCancelled",
    "WasCorrected",
    "WonByBid",
]

AnyReason: TypeAlias = (
    WaitsForOthers
    | OnItsWay
    | SchedulerRecovers
    | BeingRecorded
    | Paused
    | Draining
    | WaitsForSubGoals
    | BeingMended
    | BeingVerified
    | ToBeApproved
    | BackingOff
    | KeptAside
    | SkillRests
    | NobodyCan
    | AwaitsBids
    | WonByBid
    | TooMuch
    | WaitsForResource
    | AgentsCrowded
    | AgentsTaken
    | NotAskedFor
    | HasTurn
    | WaitsForFaster
    | AboutToGo
    | InQueue
    | Runs
    | Chosen
    | HasCompleted
    | HasFailed
    | WasCancelled
    | EarlierAttempts
    | WasCorrected
)
"""Every reason that there is."""


class Explanation(Value):
    """Why a subtask does not run, why this agent has it, or how it ended.

    Attributes:
        name: Of the subtask, for people.
        status: "pending", "ready", "running" and so on, as `SubtaskStatus`.
        at: The moment that is explained, seconds since the epoch.
        reasons: What weighs most comes first.
    """

    subtask: SubtaskId
    name: str
    goal: GoalId
    status: str
    at: float
    reasons: tuple[AnyReason, ...]

    @property
    def headline(self) -> str:
        """What it is about, and how that stands."""
        return f"{self.name!r} is {self.status}"

    @property
    def sentences(self) -> tuple[str, ...]:
        """Each reason in words."""
        return tuple(reason.said(self.at) for reason in self.reasons)

    @property
    def text(self) -> str:
        """All of it for people: a line of what it is about, and one for each reason."""
        return "\n".join([self.headline, *(f"- {s}" for s in self.sentences)])

    def data(self) -> dict[str, Any]:
        """All of it as data for JSON: each reason with its `kind`, fields and `text`."""
        told: dict[str, Any] = msgspec.to_builtins(self)
        for reason, sentence in zip(told["reasons"], self.sentences, strict=True):
            reason["text"] = sentence
        return told

    def __str__(self) -> str:
        """As `text`."""
        return self.text
