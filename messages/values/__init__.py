"""The nouns that messages are made of: skills, subtasks, plans, leases, results."""

import msgspec

from callboard.messages.values.agents import Agent
from callboard.messages.values.changes import Damage, Failure, PlanChange, Rewire, Stage, Stands
from callboard.messages.values.data import NULL, Payload, V, replace, unpack
from callboard.messages.values.leases import Lease, Problem, Saved, Setback, Token
from callboard.messages.values.limits import Errors, OnError, Retry, Timeouts
from callboard.messages.values.plans import (
    DAY,
    MINUTE,
    Approval,
    Compound,
    Correction,
    Goal,
    LearntDuration,
    LearntSkill,
    Parent,
    Plan,
    Planning,
    Priority,
    Skill,
    Subtask,
    Verification,
)
from callboard.messages.values.ready import Follower, Input, Ready

__all__ = [
    "DAY",
    "MINUTE",
    "NULL",
    "Agent",
    "Approval",
    "Compound",
    "Correction",
    "Damage",
    "Errors",
    "Failure",
    "Follower",
    "Goal",
    "Input",
    "LearntDuration",
    "LearntSkill",
    "Lease",
    "OnError",
    "Parent",
    "Payload",
    "Plan",
    "PlanChange",
    "Planning",
    "Priority",
    "Problem",
    "Ready",
    "Retry",
    "Rewire",
    "Saved",
    "Setback",
    "Skill",
    "Stage",
    "Stands",
    "Subtask",
    "Timeouts",
    "Token",
    "V",
    "Verification",
    "replace",
    "unpack",
]

# What a type is made of msgspec finds out when it first reads one, and a second thread that
# reads one just then brings the process down (0.22). So that is done here, before anybody can.
msgspec.msgpack.Decoder(tuple[Plan, PlanChange, Problem, Input, Timeouts, Retry, Verification])
