"""One ready subtask as the scheduler holds it: where it is between ready and done.

    from      to        when
    --------  --------  -----------------------------------------------
    queued    leased    an agent is chosen
    leased    settling  it was completed, or no attempt is left
    leased    queued    the agent died, left or stopped it (to the front)
    leased    delayed   the attempt failed, timed out or was declined
    leased    parked    it took down too many agents, or its retry policy says so
    delayed   queued    its backoff is over
    queued    settling  it waited too long
    delayed   settling  it took too long over all attempts
    parked    queued    somebody requeued it
    parked    settling  nobody did in time
    settling  delayed   its result was not found good
    settling  parked    so it was, and its retry policy says so, or it was parked before

Somebody may also say from outside that it is done: then it settles from any state.
From every state it goes when the orchestrator has recorded its end or withdraws it.

Behind a gate (`gates`) it is in the same states and makes the same changes but one: it
is not leased, unless a restarted scheduler finds that its agent runs it.
"""

from __future__ import annotations

import enum
import math
from typing import TYPE_CHECKING

from callboard.actors.logic.evidence import Evidence
from callboard.actors.logic.lengths import edited
from callboard.actors.logic.outlook import needs_of
from callboard.actors.logic.places import Entry
from callboard.actors.logic.retries import Charges
from callboard.messages.values import MINUTE, replace

if TYPE_CHECKING:
    from callboard.actors.logic.gates import Gate
    from callboard.actors.logic.ready_queue import ReadyQueue
    from callboard.messages.base import GoalId
    from callboard.messages.resources import Claim
    from callboard.messages.values import Lease, Problem, Ready
    from callboard.messages.work import SubtaskDone, SubtaskGivenUp


class State(enum.Enum):
    """Where a subtask is."""

    __hash__ = object.__hash__  # that of `Enum` is a function of Python

    QUEUED = "queued"
    LEASED = "leased"
    DELAYED = "delayed"
    PARKED = "parked"
    SETTLING = "settling"


QUEUED, LEASED, SETTLING = State.QUEUED, State.LEASED, State.SETTLING
"""Asked for with every subtask: as an attribute of the enum each takes five times as long."""


TRANSITIONS: frozenset[tuple[State, State]] = frozenset(
    {
        (State.QUEUED, State.LEASED),
        (State.LEASED, State.SETTLING),
        (State.LEASED, State.QUEUED),
        (State.LEASED, State.DELAYED),
        (State.LEASED, State.PARKED),
        (State.DELAYED, State.QUEUED),
        (State.QUEUED, State.SETTLING),
        (State.DELAYED, State.SETTLING),
        (State.PARKED, State.QUEUED),
        (State.PARKED, State.SETTLING),
        (State.SETTLING, State.DELAYED),
        (State.SETTLING, State.PARKED),
    }
)
"""Every change of state that there is; the table above, as data."""


NO_LIMITS: dict[str, float] = {}
"""Of what has none; never written to."""

_NO_GATES: frozenset[Gate] = frozenset()


class Work(Entry):
    """A ready subtask and its attempts; its place in a queue, while it has one, is an `Entry`'s.

    Attributes:
        goal: That it serves.
        name: Of the subtask, for people.
        attempts: That were begun, without those that an agent's death ended.
        begun: When the current attempt was handed out, seconds since the epoch.
        before: The attempt that was under way when the scheduler was rebuilt, if any.
        why: It is parked for that reason.
        allowed: Seconds that each limit gave it when it was last set.
        due: When the time limits that count are reached, by kind; kept by `timing`.
        shared: Others have the same two tables of limits; only `timing` writes in them.
        held: It was said that a rest of a skill holds it back.
        knock: When it is to be looked at for its limits; infinity for never.
        lease: The current one.
        started: Whether the handler of that lease runs.
        fraction: How far the current attempt says it is, in [0, 1].
        front: Whether it was queued in front, as work that was taken from an agent.
        gates: What holds it back; while anything does it has no place in a queue.
        stopped: Seconds that are left of the limits which stand still meanwhile, if any do.
        patience: Until when it may wait for somebody faster who is busy; infinity where it
            has turned down nobody.
        rank: Seconds from its start to the end of its plan, as far as it is known (`lengths`).
        seconds: That it takes itself, likewise.
        outcome: What the orchestrator was told and has not confirmed yet.
        verifying: It has confirmed that there is a result, which is being verified.
        demanding: It demands resources, or has concurrency keys.
        claims: What it draws on besides its agent.
        awaits: What it waits for outside of the queues; None where it does not.
        line: Where it waits for a resource, outside of the queues; None where it does not.
        turn: Since when it waits for one, as a number; 0 where it does not.
    """

    __slots__ = (
        "_charges", "_evidence", "allowed", "attempts", "awaits", "before", "begun",
        "claims", "demanding", "due", "fraction", "front", "gates", "goal", "held", "knock",
        "lease", "line", "name", "outcome", "patience", "rank", "ready", "seconds", "shared",
        "started", "state", "stopped", "turn", "verifying", "why",
    )  # fmt: skip

    def __init__(self, ready: Ready) -> None:
        subtask = ready.subtask
        super().__init__(subtask.uuid, needs_of(subtask.required_skills))
        self.ready = ready
        self.rank = ready.rank
        seconds = subtask.estimated_duration * MINUTE  # as `Subtask.seconds`
        self.seconds = self.rank if self.rank == seconds else seconds  # the same object
        self.goal: GoalId = ready.goal
        self.name = subtask.name
        self.state = QUEUED
        self.attempts = 0
        self.begun = 0.0
        self.before: Lease | None = None
        self._charges: Charges | None = None
        self._evidence: Evidence | None = None
        self.why: Problem | None = None
        self.allowed = self.due = NO_LIMITS
        self.shared = True
        self.knock = math.inf
        self.held = False
        self.lease: Lease | None = None
        self.started = False
        self.fraction = 0.0
        self.front = False
        self.gates = _NO_GATES
        self.stopped: dict[str, float] | None = None
        self.patience = math.inf
        self.outcome: SubtaskDone | SubtaskGivenUp | None = None
        self.demanding = bool(subtask.demands or subtask.keys)
        self.claims: tuple[Claim, ...] = ()
        self.awaits: Claim | None = None
        self.line: ReadyQueue[Work] | None = None
        self.turn = 0
        self.verifying = False

    @property
    def whole(self) -> Work:
        """The subtask that this is an attempt at: itself, but for a copy (`copies`)."""
        return self

    @property
    def untried(self) -> bool:
        """Whether no attempt at it was ever begun that has not succeeded."""
        return not self.attempts and self._evidence is None and self._charges is None

    @property
    def told(self) -> Ready:
        """The subtask as its next attempt is told it: with what was wrong with the last one."""
        if self._evidence is None or not (reasons := self._evidence.rejection):
            return self.ready
        return replace(self.ready, rejected=reasons)

    # Most attempts succeed at once, so these are made when they are first asked for.

    @property
    def charges(self) -> Charges:
        """To which rules of its retry policy its failed attempts are charged."""
        if self._charges is None:
            self._charges = Charges()
        return self._charges

    @property
    def evidence(self) -> Evidence:
        """What speaks against it."""
        if self._evidence is None:
            self._evidence = Evidence()
        return self._evidence

    def inherit(self, evidence: Evidence, charges: Charges) -> None:
        """What befell it before this scheduler."""
        self._evidence, self._charges = evidence, charges

    def amend(self, ready: Ready) -> None:
        """It is to be done otherwise; of checkpoints the one that is known here is newer."""
        self.rank, self.seconds = edited((self.rank, self.seconds), ready, self.ready)
        newer = self.ready if self.ready.checkpoint else ready
        self.ready = replace(ready, checkpoint=newer.checkpoint, saved=newer.saved)
        self.name = ready.subtask.name
        self.needs = needs_of(ready.subtask.required_skills)
        self.demanding = bool(ready.subtask.demands or ready.subtask.keys)
        self.claims = ()

    def move(self, to: State) -> None:
        """Change the state.

        Raises:
            ValueError: The table has no such change.
        """
        if (self.state, to) not in TRANSITIONS:
            raise ValueError(self.state, to)
        self.state = to
