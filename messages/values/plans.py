"""What is to be done: goals, and the plans that they become."""

from __future__ import annotations

import enum
from typing import Literal, TypeAlias

from callboard.messages.base import AgentId, GoalId, SubtaskId, Value
from callboard.messages.resources import Allowance, Amount
from callboard.messages.values.data import Payload
from callboard.messages.values.limits import Retry, Timeouts

Planning: TypeAlias = Literal["online", "rollout", "optimal"]
"""How it is decided what goes first: by the rule, by trying orders, by the best that there is."""

Approval: TypeAlias = Literal["plan", "changes", "all"]
"""What somebody has to approve before it is carried out: the plan, changes that mend it while
it is carried out, or both."""

MINUTE = 60.0

DAY = 24 * 60 * MINUTE


class Priority(enum.IntEnum):
    """How urgent a subtask is; the value is its index on the tensor's third axis."""

    CRITICAL = 0
    HIGH = 1
    MEDIUM = 2
    LOW = 3


class Skill(Value):
    """Something an agent can do, or a subtask needs.

    Attributes:
        name: Compared without regard to case and to `_`, `-` and blanks.
        level: How well, on the user's own scale; None where levels do not matter.
    """

    name: str
    level: float | None = None


class Verification(Value):
    """Somebody else than who made it has to find a result good before it counts.

    Whoever verifies it has the skill `verification` by that very name: `general` and what
    else stands in for skills does not.

    Attributes:
        by: The agent that does it, as a checker; "" for any other than the one that made it.
        skills: What who does it has to be able to do besides.
        instructions: What it has to look at; "" says only that it is to be verified.
        estimated_duration: Minutes.
        timeouts: Limits of it; without a verdict within them the subtask fails.
        retry: Attempts to get a verdict; None takes the verifier's, else the runtime's.
    """

    by: AgentId = ""
    skills: tuple[Skill, ...] = ()
    instructions: str = ""
    estimated_duration: float = 5.0
    timeouts: Timeouts = Timeouts()
    retry: Retry | None = None


class LearntDuration(Value):
    """What attempts have taken, in place of what a planner said.

    Attributes:
        stated: Minutes that the planner said.
        minutes: That such work takes, the mean; the subtask's `estimated_duration`.
        attempts: Of that kind from which it was learnt.
        low: Minutes; one attempt in twenty takes less.
        high: Minutes; one in twenty takes more.
    """

    stated: float
    minutes: float
    attempts: int
    low: float
    high: float

    def __str__(self) -> str:
        """As "60 min said by the planner, 22 min learnt from 41 attempts (15 to 30)"."""
        learnt = f"{self.minutes:g} min learnt from {self.attempts} attempts"
        return f"{self.stated:g} min said by the planner, {learnt} ({self.low:g} to {self.high:g})"


class LearntSkill(Value):
    """A skill without which agents do not manage such work, though a planner did not say so.

    Attributes:
        skill: That is required now; of one that the planner named, a higher level.
        having: Agents that have it and have tried such work.
        managing: Of these, how many manage it.
        lacking: Agents that the planner would have taken, have tried it, and have no such skill.
        failing: Of these, how many do not manage it.
    """

    skill: Skill
    having: int
    managing: int
    lacking: int
    failing: int

    def __str__(self) -> str:
        """What is required, and which agents have shown it."""
        level = "" if self.skill.level is None else f" >= {self.skill.level:g}"
        others = f"{self.lacking - self.failing} of {self.lacking} others"
        shown = f"{self.managing} of {self.having} agents with it manage such work, {others}"
        return f"requires {self.skill.name}{level}, which the planner did not say: {shown}"


class Correction(Value):
    """What history has corrected of what a planner said of a subtask.

    Attributes:
        duration: None where what was said stands.
        skill: None where those that were said are enough.
    """

    duration: LearntDuration | None = None
    skill: LearntSkill | None = None

    def __str__(self) -> str:
        """All of it, in words."""
        return "; ".join(str(part) for part in (self.duration, self.skill) if part is not None)


class Subtask(Value):
    """The atomic unit of work, as a plan states it.

    Attributes:
        uuid: Names it everywhere; unique in the runtime.
        priority: Its own one; what waits for it may raise it.
        estimated_duration: Minutes.
        required_skills: An agent must cover every one.
        dependencies: Subtasks of the same plan whose results it receives.
        parent_task_uuid: The subtask that this one is a part of, or "".
        optional: When it fails for good, its dependents go on without its result.
        data: Arguments for the agent, beside the description.
        timeouts: Limits of its own.
        retry: A retry policy of its own; None takes the agent's, else the runtime's.
        kind: Of work, by which it is learnt how long it takes; "" takes the name without a
            number at its end.
        speculate: Whether an attempt that takes long may get a copy beside it; None leaves
            that to its agent, else to the runtime.
        demands: What an attempt takes of resources besides a slot.
        keys: Concurrency keys: of all that has one of them only so many run at once.
        negotiate: Agents are asked for bids before one of them gets it; None leaves that
            to the runtime's setting.
        result_schema: What its result has to be like, a JSON Schema (`schemas` says which
            part of it); a result that is not is a failed attempt. None takes any.
        verify: Who has to find its result good before it counts; None for nobody.
        correction: What of all this is learnt, and not what the planner said; None for
            nothing.
    """

    uuid: SubtaskId
    name: str
    description: str = ""
    priority: Priority = Priority.MEDIUM
    estimated_duration: float = 60.0
    required_skills: tuple[Skill, ...] = ()
    dependencies: tuple[SubtaskId, ...] = ()
    parent_task_uuid: SubtaskId = ""
    optional: bool = False
    data: Payload | None = None
    timeouts: Timeouts = Timeouts()
    retry: Retry | None = None
    kind: str = ""
    speculate: bool | None = None
    demands: tuple[Amount, ...] = ()
    keys: tuple[str, ...] = ()
    negotiate: bool | None = None
    result_schema: Payload | None = None
    verify: Verification | None = None
    correction: Correction | None = None

    @property
    def seconds(self) -> float:
        """The estimated duration in seconds."""
        return self.estimated_duration * MINUTE

    @property
    def stated_seconds(self) -> float:
        """As `seconds`, but what its planner said: what is learnt is relative to that.

        If it were relative to what was corrected, each correction would undo the one before.
        """
        correction = self.correction
        if correction is None or correction.duration is None:
            return self.estimated_duration * MINUTE
        return correction.duration.stated * MINUTE


class Compound(Value):
    """A subtask that was too large to be atomic: others do its work, and it never runs.

    Attributes:
        subtask: As it was; what it was decomposed into names it as its parent. What it
            depended on, these depend on.
        source: Who decomposed it: the rule's name, a planner.
    """

    subtask: Subtask
    source: str = "caller"


class Plan(Value):
    """A goal's subtasks as a directed acyclic graph.

    Attributes:
        subtasks: In the order in which they were stated.
        source: Who made it: the rules' name, "caller", a planner.
        compounds: Subtasks that were decomposed again; each before those of its parts.
    """

    subtasks: tuple[Subtask, ...]
    source: str = "caller"
    compounds: tuple[Compound, ...] = ()


class Parent(Value):
    """Whose sub-goal a goal is.

    Attributes:
        goal: The superior's goal.
        subtask: The subtask that submitted it, and with which it ends.
    """

    goal: GoalId
    subtask: SubtaskId


class Goal(Value):
    """What somebody wants done.

    Attributes:
        text: The goal in words.
        context: What else is known.
        priority: Of the goal; None leaves each subtask the one its plan gives it.
        deadline: Seconds since the epoch, or None.
        key: Idempotency key, or ""; the same key is the same goal.
        parent: The subtask that it serves, if an agent submitted it.
        budget: What its subtasks may use up of resources, all together.
        planning: How its order is found; None for as it is usual in the runtime.
        digest: Of what was handed in with the key, or ""; see `GoalOptions`.
        verifies: Which result of its parent's subtask it verifies, counted from 1; 0 for none.
        approve: What of it waits until somebody approves it; None for nothing.
        correct: Whether its plan is corrected by what is learnt; None for as it is usual in
            the runtime.
        repairs: How often its plan may be mended when a subtask has failed for good; None for
            as it is usual in the runtime.
    """

    id: GoalId
    text: str
    context: str = ""
    priority: Priority | None = None
    deadline: float | None = None
    key: str = ""
    parent: Parent | None = None
    budget: tuple[Allowance, ...] = ()
    planning: Planning | None = None
    digest: str = ""
    verifies: int = 0
    approve: Approval | None = None
    correct: bool | None = None
    repairs: int | None = None
