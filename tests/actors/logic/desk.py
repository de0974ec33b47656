"""A scheduler for tests, and what is said to it and by it in the commonest cases."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from callboard.actors.logic.ahead_options import AheadOptions
from callboard.actors.logic.breaker_options import BreakerOptions
from callboard.actors.logic.effects import After, Effect, ExpectBeats, LookAt, Record, Show, Tell
from callboard.actors.logic.learning import Learning
from callboard.actors.logic.limits import Limits
from callboard.actors.logic.membership import Addressed
from callboard.actors.logic.negotiation_options import Manner, NegotiationOptions
from callboard.actors.logic.overload_options import OverloadOptions
from callboard.actors.logic.paces import Paces
from callboard.actors.logic.resource_options import ResourceOptions
from callboard.actors.logic.scheduling import SchedulingLogic
from callboard.actors.logic.skills import Equivalences
from callboard.actors.logic.speculation_options import SpeculationOptions
from callboard.messages import facts
from callboard.messages.commands import Ping, Pong
from callboard.messages.errors import ActorDied, AttemptTimedOut, problem_of
from callboard.messages.facts import Fact
from callboard.messages.notices import AgentSlow, AttemptOver, StaleRefused
from callboard.messages.supervision import SignsSeen
from callboard.messages.unions import SchedulerMessage
from callboard.messages.values import (
    Agent,
    Lease,
    Payload,
    Priority,
    Problem,
    Ready,
    Retry,
    Saved,
    Skill,
    Subtask,
    Timeouts,
    Token,
    replace,
)
from callboard.messages.work import (
    Acknowledged,
    AgentDown,
    AgentJoined,
    AgentUp,
    Assign,
    Completed,
    Failed,
    Introduced,
    Revoke,
    Started,
    SubtaskDone,
    SubtaskGivenUp,
    SubtasksReady,
)

RESULT = Payload(data=b"\x2a")
OTHER = Payload(data=b"\x2b")
WRONG = Problem(error="ValueError", text="ValueError: no data")
LASTING = Problem(error="NoSuchTable", text="NoSuchTable: q4", lasting=True)
CRASHED = problem_of(ActorDied("agent/a", "MemoryError: all gone"))
RETRY = Retry(attempts=3, first=10.0, longest=15.0, jitter=0.0)
EQUIVALENT = Equivalences.of({"coding": ["development"]})
TAU = 600.0
ETERNITY = 9e9
"""Seconds for which nobody who is looked at has given a sign, unless a test says so."""


_OF_SUBTASKS = (
    "timeouts",
    "retry",
    "kind",
    "speculate",
    "demands",
    "keys",
    "negotiate",
    "result_schema",
)


def agent(name: str, *skills: str, **more: Any) -> Agent:
    return Agent(id=name, skills=tuple(Skill(name=skill) for skill in skills), **more)


def saved(work: Ready, by: Lease, number: int = 1, checkpoint: Payload | None = None) -> Ready:
    """The subtask with what that attempt has saved."""
    which = Saved(token=by.token, number=number)
    return replace(work, checkpoint=checkpoint or OTHER, saved=which)


def ready(uuid: str, *skills: str, **more: Any) -> Ready:
    """A ready subtask; what `Ready` has no field for goes to its `Subtask`."""
    own = {name: more.pop(name) for name in _OF_SUBTASKS if name in more}
    required = tuple(Skill(name=skill) for skill in skills)
    subtask = Subtask(uuid=uuid, name=uuid.upper(), required_skills=required, **own)
    stated: dict[str, Any] = {"urgency": Priority.MEDIUM, "rank": 60.0, "since": 0.0, **more}
    return Ready(goal="g", goal_text="a goal", subtask=subtask, **stated)


def lease(
    uuid: str,
    holder: str,
    number: int = 1,
    *,
    attempt: int = 1,
    incarnation: int = 1,
    copy: int = 0,
) -> Lease:
    token = Token(boot=1, incarnation=incarnation, counter=number)
    return Lease(goal="g", subtask=uuid, agent=holder, token=token, attempt=attempt, copy=copy)


class Desk:
    """A scheduler whose agents are up, and a clock that a test sets."""

    def __init__(
        self,
        *agents: Agent,
        incarnation: int = 1,
        timeouts: Timeouts | None = None,
        retry: Retry = RETRY,
        poison: int = 3,
        tau: float = TAU,
        breaker: BreakerOptions | None = None,
        speculation: SpeculationOptions | None = None,
        audit: float = math.inf,
        recorded: Iterable[Fact] = (),
        unheard: list[Addressed] | None = None,
        resources: ResourceOptions | None = None,
        overload: OverloadOptions | None = None,
        introduced: bool = True,
        paces: Paces | None = None,
        negotiate: Manner = "asked",
        negotiation: NegotiationOptions | None = None,
        ahead: AheadOptions | None = None,
    ) -> None:
        self.logic = SchedulingLogic(
            boot=1,
            incarnation=incarnation,
            equivalences=EQUIVALENT,
            limits=Limits(timeouts, retry),
            heartbeat_timeout=30.0,
            tau=tau,
            poison=poison,
            audit=audit,
            recorded=recorded,
            breaker=breaker,
            speculation=speculation,
            unheard=unheard,
            resources=resources,
            overload=overload,
            paces=paces,
            negotiate=negotiate,
            negotiation=negotiation,
            ahead=ahead,
        )
        self.logic.start(0.0)
        if introduced and incarnation > 1:
            self.say(0.0, Introduced(incarnation=incarnation))
        for member in agents:
            self.join(member)

    def join(self, member: Agent, now: float = 0.0, incarnation: int = 1) -> list[Effect]:
        joined = self.say(now, AgentJoined(agent=member))
        return [*joined, *self.say(now, AgentUp(agent=member.id, incarnation=incarnation))]

    def say(self, now: float, message: SchedulerMessage) -> list[Effect]:
        """What follows, without alarm clock, receipts and attention; a look is answered at once."""
        effects: list[Effect] = []
        for effect in self.hear(now, message):
            effects += [effect] if not isinstance(effect, LookAt) else self.show(now, effect)
        return effects

    def hear(self, now: float, message: SchedulerMessage) -> list[Effect]:
        """What follows, without clock and receipts; a look is left open."""
        return [e for e in self.logic.handle(message, now) if not _is_aside(e)]

    def show(self, now: float, look: LookAt, quiet: float | None = ETERNITY) -> list[Effect]:
        """What follows from what was seen."""
        seen = SignsSeen(agent=look.agent, limit=look.limit, lease=look.lease, quiet=quiet)
        return self.hear(now, seen)

    def queue(self, *readies: Ready, now: float = 0.0) -> list[Effect]:
        return self.say(now, SubtasksReady(subtasks=readies))

    def start(self, held: Lease, now: float = 0.0) -> None:
        """An agent has begun with it."""
        self.say(now, Started(lease=held))

    def state(self) -> dict[str, int]:
        """What is not zero in its figures, without those of agents."""
        [effect] = self.say(0.0, Ping(reply_to="caller/1"))
        assert isinstance(effect, Tell)
        assert isinstance(effect.message, Pong)
        figures = effect.message.state
        return {name: n for name, n in figures.items() if n and not name.startswith("agents")}

    @property
    def learning(self) -> Learning:
        return self.logic._leasing.learning  # pyright: ignore[reportPrivateUsage]

    @property
    def thirsty(self) -> list[str]:
        """Who may be given something ahead."""
        leasing = self.logic._leasing  # pyright: ignore[reportPrivateUsage]
        return [member.agent.id for member in leasing.thirsty]

    def load(self, name: str) -> int:
        member = self.logic._leasing.slots.member(name)  # pyright: ignore[reportPrivateUsage]
        assert member is not None
        return member.load


def _is_aside(effect: Effect) -> bool:
    receipt = isinstance(effect, Tell) and isinstance(effect.message, Acknowledged)
    return receipt or isinstance(effect, After | ExpectBeats)


# What is said to it


def down(name: str = "a", incarnation: int = 1, problem: Problem = CRASHED) -> AgentDown:
    return AgentDown(agent=name, incarnation=incarnation, problem=problem)


def completed(held: Lease, result: Payload = RESULT) -> Completed:
    return Completed(lease=held, result=result, seconds=2.0)


def failed(held: Lease, problem: Problem = WRONG) -> Failed:
    return Failed(lease=held, problem=problem, seconds=2.0)


# What it says


def leases_in(effects: Iterable[Effect]) -> list[Lease]:
    """What agents were given, in its order."""
    words = [e.message for e in effects if isinstance(e, Tell)]
    return [word.lease for word in words if isinstance(word, Assign)]


def given(effects: Iterable[Effect]) -> list[tuple[str, str]]:
    """Which subtasks were handed out, and to whom."""
    return [(held.subtask, held.agent) for held in leases_in(effects)]


def assigned(held: Lease, work: Ready, now: float = 0.0, *, incarnation: int = 1) -> list[Effect]:
    return [
        Record(facts.SubtaskAssigned(at=now, lease=held)),
        Tell(f"agent/{held.agent}", Assign(lease=held, ready=work, incarnation=incarnation)),
    ]


def done(held: Lease, now: float, result: Payload = RESULT) -> list[Effect]:
    outcome = SubtaskDone(subtask=held.subtask, lease=held, result=result, seconds=2.0)
    return [over(held, now), Tell("orchestrator", outcome)]


def over(held: Lease, now: float) -> Effect:
    return Show(AttemptOver(at=now, lease=held))


def given_up(uuid: str, problem: Problem, last: Lease | None = None) -> Effect:
    """The *last* attempt has failed, if that is why."""
    return Tell("orchestrator", SubtaskGivenUp(subtask=uuid, problem=problem, lease=last))


def retried(
    held: Lease, delay: float, now: float, problem: Problem = WRONG, rule: tuple[str, ...] = ()
) -> Effect:
    return Record(facts.RetryScheduled(at=now, lease=held, problem=problem, delay=delay, rule=rule))


def revoked(held: Lease, reason: str, now: float, *, blamed: bool = False) -> Effect:
    return Record(facts.LeaseRevoked(at=now, lease=held, reason=reason, blamed=blamed))


def told(held: Lease, reason: str) -> Effect:
    return Tell(f"agent/{held.agent}", Revoke(token=held.token, reason=reason))


def slow(held: Lease, limit: str, seconds: float, now: float) -> Effect:
    return Show(AgentSlow(at=now, lease=held, limit=limit, seconds=seconds))


def requeued(uuid: str, reason: str, now: float) -> Effect:
    return Record(facts.SubtaskRequeued(at=now, goal="g", subtask=uuid, reason=reason))


def queued(uuid: str, now: float) -> Effect:
    return Record(facts.SubtaskQueued(at=now, goal="g", subtask=uuid))


def refused(held: Lease, what: str, now: float) -> list[Effect]:
    stale = Show(StaleRefused(at=now, lease=held, what=what))
    return [stale, told(held, "the lease is not current")]


def too_late(limit: str, seconds: float) -> Problem:
    """What a subtask fails with that took longer than its limit."""
    return problem_of(AttemptTimedOut("S1", limit, seconds))
