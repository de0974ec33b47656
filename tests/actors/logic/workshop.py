"""An agent for tests, and what it says in the commonest cases."""

from __future__ import annotations

import math

import msgspec

from callboard.actors.logic.agency import AgencyLogic
from callboard.actors.logic.effects import (
    After,
    Effect,
    Show,
    StartWork,
    Tell,
)
from callboard.messages.base import SCHEDULER, SUPERVISOR
from callboard.messages.errors import (
    problem_of,
)
from callboard.messages.execution import (
    Deliver,
    WorkDone,
)
from callboard.messages.notices import (
    DeadLetter,
)
from callboard.messages.supervision import ActorStarted, Wake
from callboard.messages.unions import AgentMessage
from callboard.messages.values import Agent, Lease, Payload, Priority, Ready, Subtask, Token
from callboard.messages.work import (
    Assign,
    NotHeld,
    Started,
)

NOW = 100.0
ADDRESS = "agent/a1"
PROBLEM = problem_of(ValueError("broken"))
RESULT = Payload(data=b"\x07")
LATER = Payload(data=b"\x08")
UP = Tell(SUPERVISOR, ActorStarted(address=ADDRESS, incarnation=3))


def token(number: int) -> Token:
    return Token(boot=1, incarnation=1, counter=number)


def lease(number: int) -> Lease:
    return Lease(goal="g", subtask=f"s{number}", agent="a1", token=token(number))


def ready(number: int) -> Ready:
    subtask = Subtask(uuid=f"s{number}", name=f"Step {number}")
    return Ready(
        goal="g", goal_text="go", subtask=subtask, urgency=Priority.MEDIUM, rank=1.0, since=0.0
    )


def assign(number: int) -> Assign:
    return Assign(lease=lease(number), ready=ready(number), incarnation=3)


def not_held(number: int) -> Effect:
    return said(NotHeld(agent="a1", token=token(number)))


def begun(number: int) -> list[Effect]:
    return [StartWork(lease(number), ready(number)), said(Started(lease=lease(number)))]


def done(number: int, began: int | None = None) -> WorkDone:
    """Its handler has come to an end, and the next one has begun, if one has."""
    follower = None if began is None else token(began)
    return WorkDone(token=token(number), result=RESULT, seconds=1.0, began=follower)


def said(message: object) -> Effect:
    assert isinstance(message, msgspec.Struct)
    return Tell(SCHEDULER, message)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def note(number: int, *, deadline: float | None = None, reply_to: str = "") -> Deliver:
    body = Payload(data=bytes([number]))
    return Deliver(agent="a1", tag="Note", body=body, deadline=deadline, reply_to=reply_to)


def dead(what: str, reason: str, at: float = NOW) -> Effect:
    return Show(DeadLetter(at=at, to=ADDRESS, what=what, reason=reason))


class Workshop:
    """A logic object that has started, and the hand that feeds it."""

    def __init__(self, audit: float = math.inf, **options: object) -> None:
        agent = msgspec.convert({"id": "a1", "handles": ["Note"], **options}, Agent)
        self.logic = AgencyLogic(agent, 3, audit)
        self.first = self.logic.start(NOW)

    def __call__(self, message: AgentMessage, now: float = NOW) -> list[Effect]:
        return self.logic.handle(message, now)

    def at_once(self, *messages: AgentMessage) -> list[Effect]:
        """What follows where they come in one batch."""
        taken = [effect for message in messages for effect in self.logic.take(message, NOW)]
        return [*taken, *self.logic.settle(NOW)]

    def looks(self, *seconds: float) -> list[list[Effect]]:
        """What it says when it looks at the clock so many seconds after `NOW`."""
        looked = [self(Wake(), NOW + number) for number in seconds]
        return [[e for e in effects if not isinstance(e, After)] for effects in looked]

    def all(self, *messages: AgentMessage) -> list[Effect]:
        return [effect for message in messages for effect in self(message)]
