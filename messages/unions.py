"""Which messages each actor takes, and which facts and notices there are.

Each `handle` matches its union exhaustively, so the type checker finds a forgotten
message.
"""

from __future__ import annotations

from typing import TypeAlias

from callboard.messages import (
    bids,
    commands,
    execution,
    facts,
    notices,
    planning,
    supervision,
    work,
)

RareOrchestratorMessage: TypeAlias = (
    commands.SubmitGoal
    | commands.Approve
    | commands.Reject
    | commands.ProposePlan
    | commands.CancelGoal
    | commands.CancelSubtask
    | commands.PauseGoal
    | commands.ResumeGoal
    | commands.DrainGoal
    | commands.PauseSubtask
    | commands.ResumeSubtask
    | commands.DrainSubtask
    | commands.PauseRuntime
    | commands.DrainRuntime
    | commands.ResumeRuntime
    | commands.EditSubtask
    | commands.RequeueSubtask
    | commands.Explain
    | commands.Ping
    | commands.ResetLearning
    | commands.GrantBudget
    | planning.PlanReady
    | planning.PlanRefused
    | planning.PlanGrows
    | planning.ChangeReady
    | planning.ChangeRefused
    | work.SubtaskGivenUp
    | work.SubtaskIdle
    | work.SaveCheckpoint
    | work.SchedulerStarted
    | planning.DecomposerStarted
    | supervision.Wake
)
"""All but what comes for every subtask."""

OrchestratorMessage: TypeAlias = work.SubtaskDone | RareOrchestratorMessage

SchedulerMessage: TypeAlias = (
    commands.CompleteSubtask
    | commands.FailSubtask
    | commands.GrantBudget
    | commands.RequeueSubtask
    | commands.EditSubtask
    | commands.Explain
    | commands.AssignNow
    | commands.Heartbeat
    | commands.ResizeAgent
    | commands.PauseAgent
    | commands.ResumeAgent
    | commands.Ping
    | work.SubtasksReady
    | work.ResultTaken
    | work.ResultReturned
    | work.ForgetLearnt
    | commands.ShowLearning
    | work.Advise
    | work.Hold
    | work.Release
    | work.Amended
    | work.Withdraw
    | work.Withdrawn
    | work.Resync
    | work.Settled
    | work.Accepted
    | work.Declined
    | work.Started
    | work.HadStarted
    | work.Progress
    | work.CheckLease
    | work.CheckpointLeft
    | work.Running
    | work.GivenBack
    | work.NotHeld
    | work.Completed
    | work.Failed
    | work.Cancelled
    | work.Waiting
    | work.WaitOver
    | bids.BidSent
    | bids.BidDeclined
    | commands.ForgetHonesty
    | work.AgentJoined
    | work.AgentsJoined
    | work.AgentUp
    | work.AgentDown
    | work.AgentDraining
    | work.Introduced
    | work.AgentLeft
    | work.LoadSeen
    | supervision.SignsSeen
    | supervision.AllSignsSeen
    | supervision.Wake
)

DecomposerMessage: TypeAlias = (
    planning.Decompose
    | planning.DropPlanning
    | planning.PlanMade
    | planning.PlanningFailed
    | planning.PlanningStumbled
    | planning.PlanPart
    | planning.PlanAwaited
    | planning.Repair
    | planning.ChangeMade
    | planning.RepairFailed
    | commands.Ping
    | supervision.Wake
)

SupervisorMessage: TypeAlias = (
    commands.RegisterAgent
    | commands.RegisterAgents
    | commands.UnregisterAgent
    | commands.ResizeAgent
    | commands.PauseAgent
    | commands.ResumeAgent
    | commands.Ping
    | supervision.ActorStarted
    | supervision.ActorExited
    | supervision.AgentSilent
    | supervision.AgentStuck
    | supervision.AgentGone
    | supervision.Wake
)

AgentMessage: TypeAlias = (
    work.Assign
    | work.Recall
    | work.Revoke
    | work.Reconcile
    | work.Resume
    | work.WaitNoted
    | work.Acknowledged
    | execution.WorkProgressed
    | execution.WorkBegan
    | execution.WorkTakenBack
    | execution.WorkDone
    | execution.WorkFailed
    | execution.WorkCrashed
    | execution.WorkStopped
    | execution.WorkAbandoned
    | execution.WorkKilled
    | execution.WorkReturned
    | execution.WorkWaiting
    | execution.WorkWaitOver
    | execution.HookDone
    | execution.HookFailed
    | bids.CallForBids
    | bids.BidSent
    | bids.BidDeclined
    | execution.Deliver
    | execution.Handled
    | commands.ResizeAgent
    | commands.Ping
    | supervision.CheckStarted
    | supervision.Shutdown
    | supervision.Wake
)

Reply: TypeAlias = (
    commands.Done
    | commands.Forgotten
    | commands.GoalTaken
    | commands.Proposed
    | commands.Assignments
    | commands.LearningShown
    | commands.Explained
    | commands.Pong
    | commands.Refused
    | commands.Replied
    | work.LeaseStands
)

AnyFact: TypeAlias = (
    facts.GoalAccepted
    | facts.PlanAdopted
    | facts.PlanGrown
    | facts.PlanProposed
    | facts.ChangeProposed
    | facts.PlanningSetback
    | facts.RepairWanted
    | facts.PlanChanged
    | facts.RepairAbandoned
    | facts.CheckpointSaved
    | facts.SubtaskEdited
    | facts.SubtaskCompleted
    | facts.SubtaskFailed
    | facts.SubtaskCancelled
    | facts.GoalCompleted
    | facts.GoalFailed
    | facts.GoalCancelled
    | facts.GoalPaused
    | facts.GoalResumed
    | facts.GoalDraining
    | facts.SubtaskPaused
    | facts.SubtaskResumed
    | facts.SubtaskDraining
    | facts.RuntimePaused
    | facts.RuntimeResumed
    | facts.RuntimeDraining
    | facts.GoalForgotten
    | facts.RuntimeStarted
    | facts.AgentRegistered
    | facts.AgentResized
    | facts.AgentPaused
    | facts.AgentResumed
    | facts.AgentRemoved
    | facts.AgentStarted
    | facts.AgentCrashed
    | facts.RestartScheduled
    | facts.Escalated
    | facts.ActorRestarted
    | facts.SubtaskQueued
    | facts.SubtaskAssigned
    | facts.CopyStarted
    | facts.CopyFailed
    | facts.SubtaskStarted
    | facts.LeaseAdopted
    | facts.LeaseRevoked
    | facts.SubtaskRequeued
    | facts.RetryScheduled
    | facts.SubtaskParked
    | facts.ResultSubmitted
    | facts.ResultRejected
    | facts.SubtaskUnparked
    | facts.ResourcesSupplied
    | facts.ResourcesReserved
    | facts.ResourcesReturned
    | facts.ResourcesSpent
    | facts.BudgetCharged
    | facts.BudgetGranted
    | facts.BidAwarded
    | facts.HonestyLearnt
    | facts.LearningKept
    | facts.LearningReset
)

AnyNotice: TypeAlias = (
    notices.ProgressMade
    | notices.HeartbeatSeen
    | notices.AttemptOver
    | notices.StaleRefused
    | notices.Unschedulable
    | notices.BreakerOpened
    | notices.BreakerHalfOpen
    | notices.BreakerClosed
    | notices.HeldBack
    | notices.ResourceAwaited
    | notices.BudgetExhausted
    | notices.AttemptDeclined
    | notices.OrderAdvised
    | notices.BidsInvited
    | notices.BidSeen
    | notices.BidRefused
    | notices.NegotiationFellBack
    | notices.LoadReported
    | notices.AgentOverloaded
    | notices.AgentRelieved
    | notices.AgentDoubted
    | notices.AgentSlow
    | notices.AgentRecovered
    | notices.ThreadAbandoned
    | notices.ProcessLost
    | notices.ActorEnded
    | notices.ActorAbandoned
    | notices.HandlerFailed
    | notices.DeadLetter
    | notices.BackpressureBegan
    | notices.BackpressureEnded
    | notices.CallRefused
    | notices.JournalBlocked
    | notices.JournalWrites
    | notices.EventsLost
    | notices.RuntimeFailed
)

Event: TypeAlias = AnyFact | AnyNotice

AnyMessage: TypeAlias = (
    OrchestratorMessage
    | SchedulerMessage
    | DecomposerMessage
    | SupervisorMessage
    | AgentMessage
    | Reply
    | AnyFact
    | AnyNotice
)
