"""Orchestrator -> scheduler: what is to be done, and what no longer."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Address, AgentId, GoalId, Lane, Message, SubtaskId, Value
from callboard.messages.values import Lease, Problem, Ready


class SubtasksReady(Message):
    """Nothing stands before these any more (orchestrator -> scheduler).

    Attributes:
        ahead: What is not ready yet and was not told of, or has been edited since, without
            inputs: what there is to come for whom decides what goes first.
    """

    subtasks: tuple[Ready, ...]
    ahead: tuple[Ready, ...] = ()


class Amended(Message):
    """These are to be done otherwise than was said (orchestrator -> scheduler).

    Attributes:
        requeue: One of them that is parked and shall be tried again, or "".
        reply_to: Who waits for an answer to that.
    """

    subtasks: tuple[Ready, ...]
    requeue: SubtaskId = ""
    reply_to: Address = ""


class Turn(Value):
    """When a subtask should begin, and with whom.

    Attributes:
        start: Seconds since the epoch.
        seconds: That it should take there.
    """

    subtask: SubtaskId
    agent: AgentId
    start: float
    seconds: float


class Advise(Message):
    """A better order was found (planner of the runtime -> scheduler).

    It takes the place of any other one. What is not named goes by the rule.

    Attributes:
        gain: Seconds by which all would be done sooner than by the rule, as expected.
    """

    turns: tuple[Turn, ...]
    gain: float = 0.0


class Withdraw(Message):
    """Do these no longer (orchestrator -> scheduler); overtakes `SubtasksReady`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    subtasks: tuple[SubtaskId, ...]
    reason: str


class Withdrawn(Message):
    """Follows `Withdraw` in the lane of work: all that it overtook has arrived by now."""

    subtasks: tuple[SubtaskId, ...]


class Hold(Message):
    """Start no new attempt at these (orchestrator -> scheduler), until `Release`.

    It overtakes `SubtasksReady`, so goals and subtasks that are not known yet are held
    when they come.

    Attributes:
        goals: All subtasks of each.
        subtasks: Each by itself.
        runtime: Everything.
        ready: Those of them that are ready, so that nobody need look for them.
        reason: For people.
        interrupt: What runs is taken back too, to the front, and loses no attempt by it.
        last: What runs may end and is not tried again; of whatever else is held
            `SubtaskIdle` says that nobody runs it.
        reply_to: Somebody who waits until it is so.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    goals: tuple[GoalId, ...] = ()
    subtasks: tuple[SubtaskId, ...] = ()
    runtime: bool = False
    ready: tuple[SubtaskId, ...] = ()
    reason: str = ""
    interrupt: bool = False
    last: bool = False
    reply_to: Address = ""


class Release(Message):
    """Undo `Hold` (orchestrator -> scheduler), except where what runs was to be the last.

    Attributes:
        ready: Those of them that are ready, and go on.
        ended: They have ended, so that it is forgotten that they were held, however.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    goals: tuple[GoalId, ...] = ()
    subtasks: tuple[SubtaskId, ...] = ()
    runtime: bool = False
    ready: tuple[SubtaskId, ...] = ()
    ended: bool = False


class Resync(Message):
    """All that is open, from an orchestrator or to a scheduler that was restarted.

    Attributes:
        ahead: What is not ready yet, without inputs.
        incarnation: Of the scheduler that had asked; 0 where nobody had.
    """

    subtasks: tuple[Ready, ...]
    ahead: tuple[Ready, ...] = ()
    incarnation: int = 0


class ResultTaken(Message):
    """It has a result, which is being verified: no other attempt meanwhile.

    From the orchestrator to the scheduler.

    Attributes:
        problem: Why nobody has said whether it is good, so that its subtask has failed; None
            while somebody may.
    """

    subtask: SubtaskId
    problem: Problem | None = None


class ResultReturned(Message):
    """The result was not found good: that attempt has failed (orchestrator -> scheduler).

    Attributes:
        ready: What the next attempt is to do.
        lease: Of the attempt; None where nobody held it.
    """

    ready: Ready
    problem: Problem
    lease: Lease | None = None


class ForgetLearnt(Message):
    """What was learnt is not to count (orchestrator -> scheduler).

    It does not overtake word of what ended before.

    Attributes:
        work: Of that kind of work; "" for every kind.
        agent: Of that agent; "" for every agent.
        reply_to: Somebody who waits until it is so.
    """

    work: str = ""
    agent: AgentId = ""
    reply_to: Address = ""


class Settled(Message):
    """The orchestrator has recorded how these ended (orchestrator -> scheduler).

    Attributes:
        unready: They ended before they were ready: whatever was done of them does not count.
    """

    patient: ClassVar[bool] = True
    subtasks: tuple[SubtaskId, ...]
    unready: bool = False
