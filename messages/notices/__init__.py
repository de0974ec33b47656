"""What is worth seeing and not worth keeping: events beside the facts.

Silence is a defect: every drop, refusal and doubt that leaves no fact leaves one of
these, as a log line, a counter and an event. A module for each of those they are about.
"""

from callboard.messages.notices.agents import (
    AgentDoubted,
    AgentOverloaded,
    AgentRelieved,
    HandlerFailed,
    HeartbeatSeen,
    LoadReported,
    ProcessLost,
)
from callboard.messages.notices.attempts import (
    AgentRecovered,
    AgentSlow,
    AttemptDeclined,
    AttemptOver,
    ProgressMade,
    StaleRefused,
    ThreadAbandoned,
)
from callboard.messages.notices.base import Notice
from callboard.messages.notices.bids import BidRefused, BidSeen, BidsInvited, NegotiationFellBack
from callboard.messages.notices.runtime import (
    ActorAbandoned,
    ActorEnded,
    BackpressureBegan,
    BackpressureEnded,
    CallRefused,
    DeadLetter,
    EventsLost,
    JournalBlocked,
    JournalWrites,
    RuntimeFailed,
)
from callboard.messages.notices.waiting import (
    BreakerClosed,
    BreakerHalfOpen,
    BreakerOpened,
    BudgetExhausted,
    HeldBack,
    OrderAdvised,
    ResourceAwaited,
    Unschedulable,
)

__all__ = [
    "ActorAbandoned",
    "ActorEnded",
    "AgentDoubted",
    "AgentOverloaded",
    "AgentRecovered",
    "AgentRelieved",
    "AgentSlow",
    "AttemptDeclined",
    "AttemptOver",
    "BackpressureBegan",
    "BackpressureEnded",
    "BidRefused",
    "BidSeen",
    "BidsInvited",
    "BreakerClosed",
    "BreakerHalfOpen",
    "BreakerOpened",
    "BudgetExhausted",
    "CallRefused",
    "DeadLetter",
    "EventsLost",
    "HandlerFailed",
    "HeartbeatSeen",
    "HeldBack",
    "JournalBlocked",
    "JournalWrites",
    "LoadReported",
    "NegotiationFellBack",
    "Notice",
    "OrderAdvised",
    "ProcessLost",
    "ProgressMade",
    "ResourceAwaited",
    "RuntimeFailed",
    "StaleRefused",
    "ThreadAbandoned",
    "Unschedulable",
]
