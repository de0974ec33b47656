"""The nouns that messages are made of: skills, subtasks, plans, leases, results."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, cast

import msgspec

from callboard.messages.base import AgentId, GoalId, SubtaskId, Value
from callboard.messages.resources import Allowance, Amount

V = TypeVar("V", bound=Value)

if TYPE_CHECKING:
    Errors: TypeAlias = tuple[str | type[BaseException], ...]
else:  # whoever writes them may write classes, whoever reads them finds names
    Errors = tuple[str, ...]

Planning: TypeAlias = Literal["online", "rollout", "optimal"]
"""How it is decided what goes first: by the rule, by trying orders, by the best that there is."""

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


class OnError(Value):
    """What follows errors of some classes; the rest is as the policy says it.

    Attributes:
        errors: Exception classes or their names; what is derived from them is meant too.
        attempts: How many may fail in this way, in all; 1 means no other attempt.
        first: Seconds before the next attempt after the first failure of this kind.
        longest: Seconds that no wait exceeds.
        jitter: Part of each wait, in [0, 1], that is drawn by lot.
    """

    errors: Errors
    attempts: int | None = None
    first: float | None = None
    longest: float | None = None
    jitter: float | None = None

    def __post_init__(self) -> None:
        """Keep names only."""
        msgspec.structs.force_setattr(self, "errors", _names(self.errors))


class Retry(Value):
    """When a failed attempt is tried again.

    Of several rules that fit an error that of the closest class holds, and of equals
    `never`, then the first one.

    Attributes:
        attempts: How many may fail in all, those apart for which `on` has a number of
            its own; 1 means no second one.
        first: Seconds before the second attempt; each further wait is twice as long.
        longest: Seconds that no wait exceeds.
        jitter: Part of each wait, in [0, 1], that is drawn by lot.
        never: Exception classes, or their names, that no further attempt would mend;
            what is derived from them is meant too.
        on: Other numbers for errors of some classes.
        then: What follows when no attempt is left, or none would help: "fail", or "park"
            to keep it aside until somebody decides.
    """

    attempts: int = 3
    first: float = 0.5
    longest: float = 60.0
    jitter: float = 0.5
    never: Errors = ()
    on: tuple[OnError, ...] = ()
    then: Literal["fail", "park"] = "fail"

    def __post_init__(self) -> None:
        """Keep names only."""
        msgspec.structs.force_setattr(self, "never", _names(self.never))


def _names(errors: object) -> object:
    """The names of the classes among them; what makes no sense is refused at the door."""
    if not isinstance(errors, tuple | list):
        return errors
    return tuple(_name(one) for one in cast("tuple[object, ...]", errors))


def _name(error: object) -> object:
    kind = cast("type[object]", error) if isinstance(error, type) else object
    return kind.__name__ if issubclass(kind, BaseException) else error


class Timeouts(Value):
    """Seconds that a subtask may spend; None takes the runtime's default.

    Attributes:
        queue: Waiting for an agent, each time it is queued.
        run: From start to finish of one attempt.
        total: From ready to done, over all attempts.
        silence: Without a sign of life from the attempt.
        stall: Without progress of the attempt: its fraction grew, or a checkpoint came.
            Signs of life alone do not count.
    """

    queue: float | None = None
    run: float | None = None
    total: float | None = None
    silence: float | None = None
    stall: float | None = None


class Payload(Value):
    """Data of a user, encoded once (msgpack); every reader decodes a copy of its own."""

    data: bytes = b"\xc0"


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

    @property
    def seconds(self) -> float:
        """The estimated duration in seconds."""
        return self.estimated_duration * MINUTE


class Plan(Value):
    """A goal's subtasks as a directed acyclic graph.

    Attributes:
        subtasks: In the order in which they were stated.
        source: Who made it: the rules' name, "caller", a planner.
    """

    subtasks: tuple[Subtask, ...]
    source: str = "caller"


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


class Token(Value, order=True):
    """Names one attempt; later ones compare greater, across crashes too.

    Attributes:
        boot: Of the runtime.
        incarnation: Of the scheduler within that boot.
        counter: Within that incarnation.
    """

    boot: int
    incarnation: int
    counter: int

    def __str__(self) -> str:
        """Short enough for a log line."""
        return f"{self.boot}.{self.incarnation}.{self.counter}"


class Lease(Value):
    """One attempt at one subtask by one agent.

    Attributes:
        attempt: Counts from 1 for each subtask.
        copy: 0, or more for a speculative copy.
    """

    goal: GoalId
    subtask: SubtaskId
    agent: AgentId
    token: Token
    attempt: int = 1
    copy: int = 0


class Problem(Value):
    """An error as data: what went wrong, and whose fault it is.

    Attributes:
        error: Name of the exception's class.
        text: What a person should read.
        details: The exception's arguments, where they are plain data.
        fault: "caller", "agent" or "callboard".
        traceback: Where it happened, for a fault of an agent or of ours.
        lasting: True where trying again would not help.
        subject: What it happened to, as people call it: the name of a subtask, or "".
        bases: Names of the classes that the exception's own is derived from, the closest
            first, below `Exception`; the closest ones where there are many.
        retry_after: Seconds before which another attempt makes no sense, or None.
    """

    error: str
    text: str
    details: tuple[Any, ...] = ()
    fault: str = "agent"
    traceback: str = ""
    lasting: bool = False
    subject: str = ""
    bases: tuple[str, ...] = ()
    retry_after: float | None = None

    def __str__(self) -> str:
        """What happened to what, in one line."""
        named = not self.subject or repr(self.subject) in self.text
        return self.text if named else f"{self.subject}: {self.text}"


class Setback(Value):
    """An attempt that ended badly.

    Attributes:
        at: When, seconds since the epoch.
        problem: What went wrong, with the traceback where there is one.
        down: The agent went down, and did not only fail.
    """

    agent: AgentId
    at: float
    problem: Problem
    down: bool = False


class Agent(Value):
    """What is known of an agent: what it can do and how it wants to be treated.

    Attributes:
        id: Unique in the runtime.
        skills: What it covers.
        max_load: How many subtasks it runs at once.
        pull: It runs nothing by itself; work is assigned when somebody asks for it.
        stateful: It holds state of its own, so an attempt that hangs taints it.
        concurrent_messages: Its message handlers may run beside its work.
        hooks: It has something to do at its start or at its end.
        handles: Tags of the messages that it has handlers for; others go to its inbox.
        timeouts: Defaults for its attempts.
        retry: Default for its attempts; None takes the runtime's.
        paused: It gets no new work for now.
        mailbox_limit: Messages of users that may wait for it; what comes then is refused.
        speculate: Whether its attempts may get copies, and whether it takes copies of
            others; None leaves that to the runtime.
        offers: Resources of its own; what its attempts demand is reserved of them.
        bids: It has a function that bids for subtasks.
    """

    id: AgentId
    skills: tuple[Skill, ...] = ()
    max_load: int = 1
    pull: bool = False
    stateful: bool = False
    concurrent_messages: bool = True
    hooks: bool = False
    handles: tuple[str, ...] = ()
    timeouts: Timeouts = Timeouts()
    retry: Retry | None = None
    paused: bool = False
    mailbox_limit: int = 1000
    speculate: bool | None = None
    offers: tuple[Amount, ...] = ()
    bids: bool = False


class Input(Value):
    """The result of a dependency; None where an optional one failed."""

    subtask: SubtaskId
    name: str
    result: Payload | None


class Saved(Value, order=True):
    """Which checkpoint that is; newer ones compare greater.

    Attributes:
        token: Of the attempt that saved it.
        number: Of the checkpoints of that attempt, from 1; 0 where nobody counted.
    """

    token: Token
    number: int = 0


class Ready(Value):
    """A subtask whose dependencies are done, with all that an attempt needs.

    Attributes:
        urgency: Its priority, or that of the most urgent subtask which waits for it.
        rank: Upward rank in seconds: its own duration and the longest way from it to
            the end of its plan.
        since: When it became ready.
        deadline: Of its goal, seconds since the epoch, or None.
        checkpoint: What an earlier attempt saved.
        saved: Which one that is; None where there is none.
        budget: Of its goal.
    """

    goal: GoalId
    goal_text: str
    subtask: Subtask
    urgency: Priority
    rank: float
    since: float
    context: str = ""
    deadline: float | None = None
    inputs: tuple[Input, ...] = ()
    checkpoint: Payload | None = None
    saved: Saved | None = None
    budget: tuple[Allowance, ...] = ()


def replace(value: V, **changes: object) -> V:
    """The same value or message with some fields changed."""
    return msgspec.structs.replace(value, **changes)


# What a type is made of msgspec finds out when it first reads one, and a second thread that
# reads one just then brings the process down (0.22). So that is done here, before anybody can.
msgspec.msgpack.Decoder(tuple[Plan, Problem, Input, Timeouts, Retry])

_decode = msgspec.msgpack.decode


def unpack(payload: Payload | None) -> Any:  # noqa: ANN401 - the user's
    """A copy of the data in *payload*; None for none."""
    return None if payload is None else _decode(payload.data)
