"""What has happened and is kept: the journal's vocabulary.

*Durable* facts are awaited before the effects that depend on them; the others stand
in the same stream without anybody waiting. Folding all of them in order gives the
state of the runtime at any instant.
"""

from callboard.messages.facts.agents import (
    AgentCrashed,
    AgentPaused,
    AgentRegistered,
    AgentRemoved,
    AgentResized,
    AgentResumed,
    AgentStarted,
)
from callboard.messages.facts.attempts import (
    CheckpointSaved,
    CopyFailed,
    CopyStarted,
    LeaseAdopted,
    LeaseRevoked,
    RetryScheduled,
    SubtaskAssigned,
    SubtaskStarted,
)
from callboard.messages.facts.base import (
    Fact,
    goal_of,
    subtask_of,
)
from callboard.messages.facts.bids import BidAwarded, HonestyLearnt, Offer
from callboard.messages.facts.goals import (
    GoalAccepted,
    GoalCancelled,
    GoalCompleted,
    GoalDraining,
    GoalFailed,
    GoalForgotten,
    GoalPaused,
    GoalResumed,
    PlanAdopted,
)
from callboard.messages.facts.learning import LearningKept, LearningReset
from callboard.messages.facts.resources import (
    BudgetCharged,
    BudgetGranted,
    ResourcesReserved,
    ResourcesReturned,
    ResourcesSpent,
    ResourcesSupplied,
)
from callboard.messages.facts.runtime import (
    ActorRestarted,
    Escalated,
    RestartScheduled,
    RuntimeDraining,
    RuntimePaused,
    RuntimeResumed,
    RuntimeStarted,
)
from callboard.messages.facts.subtasks import (
    SubtaskCancelled,
    SubtaskCompleted,
    SubtaskDraining,
    SubtaskEdited,
    SubtaskFailed,
    SubtaskParked,
    SubtaskPaused,
    SubtaskQueued,
    SubtaskRequeued,
    SubtaskResumed,
    SubtaskUnparked,
)

__all__ = [
    "ActorRestarted",
    "AgentCrashed",
    "AgentPaused",
    "AgentRegistered",
    "AgentRemoved",
    "AgentResized",
    "AgentResumed",
    "AgentStarted",
    "BidAwarded",
    "BudgetCharged",
    "BudgetGranted",
    "CheckpointSaved",
    "CopyFailed",
    "CopyStarted",
    "Escalated",
    "Fact",
    "GoalAccepted",
    "GoalCancelled",
    "GoalCompleted",
    "GoalDraining",
    "GoalFailed",
    "GoalForgotten",
    "GoalPaused",
    "GoalResumed",
    "HonestyLearnt",
    "LearningKept",
    "LearningReset",
    "LeaseAdopted",
    "LeaseRevoked",
    "Offer",
    "PlanAdopted",
    "ResourcesReserved",
    "ResourcesReturned",
    "ResourcesSpent",
    "ResourcesSupplied",
    "RestartScheduled",
    "RetryScheduled",
    "RuntimeDraining",
    "RuntimePaused",
    "RuntimeResumed",
    "RuntimeStarted",
    "SubtaskAssigned",
    "SubtaskCancelled",
    "SubtaskCompleted",
    "SubtaskDraining",
    "SubtaskEdited",
    "SubtaskFailed",
    "SubtaskParked",
    "SubtaskPaused",
    "SubtaskQueued",
    "SubtaskRequeued",
    "SubtaskResumed",
    "SubtaskStarted",
    "SubtaskUnparked",
    "goal_of",
    "subtask_of",
]
