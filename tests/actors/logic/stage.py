"""A supervisor for tests, and what it says in the commonest cases."""

from __future__ import annotations

import msgspec

from callboard.actors.logic.effects import After, Effect, Record, StartActor, Tell
from callboard.actors.logic.supervision import SupervisionLogic, SupervisionOptions
from callboard.messages.commands import Ping, Pong, RegisterAgent
from callboard.messages.errors import (
    RestartsExhausted,
    problem_of,
)
from callboard.messages.facts import (
    AgentCrashed,
    AgentRemoved,
    RestartScheduled,
)
from callboard.messages.supervision import (
    ActorExited,
    ActorStarted,
    Wake,
)
from callboard.messages.unions import SupervisorMessage
from callboard.messages.values import Agent, Problem
from callboard.messages.work import AgentDown, AgentLeft

A = Agent(id="a")
B = Agent(id="b")
PULL = Agent(id="p", pull=True)
BOOM = Problem(error="KeyError", text="KeyError: 'q4'", traceback="here")
OPTIONS = SupervisionOptions(
    intensity=2,
    runtime_intensity=3,
    period=60.0,
    first=1.0,
    longest=30.0,
    jitter=0.0,
    reset_after=100.0,
    start_seconds=20.0,
    stop_seconds=5.0,
)


class Stage:
    """A supervisor and a clock that a test sets."""

    def __init__(
        self, *agents: Agent, options: SupervisionOptions = OPTIONS, runtime: tuple[str, ...] = ()
    ) -> None:
        self.logic = SupervisionLogic(options, runtime=runtime)
        self.logic.start(0.0)
        for agent in agents:
            self.say(0.0, RegisterAgent(agent=agent))
            self.up(0.0, agent)

    def say(self, now: float, message: SupervisorMessage) -> list[Effect]:
        """What follows, without the alarm clock."""
        return [e for e in self.logic.handle(message, now) if not isinstance(e, After)]

    def up(self, now: float, agent: Agent = A, incarnation: int = 1) -> list[Effect]:
        return self.say(now, ActorStarted(address=f"agent/{agent.id}", incarnation=incarnation))

    def crash(self, now: float, agent: Agent = A, incarnation: int = 1) -> list[Effect]:
        address = f"agent/{agent.id}"
        return self.say(now, ActorExited(address=address, incarnation=incarnation, problem=BOOM))

    def restart(self, now: float, incarnation: int) -> None:
        assert self.say(now, Wake()) == [StartActor("agent/a", incarnation)]
        self.up(now, A, incarnation)

    def states(self) -> dict[str, int]:
        [effect] = self.say(0.0, Ping(reply_to="caller/1"))
        assert isinstance(effect, Tell)
        assert isinstance(effect.message, Pong)
        return {name: count for name, count in effect.message.state.items() if count}


def gone(agent: str, reason: str, now: float, reply_to: str = "") -> list[Effect]:
    return [
        Record(AgentRemoved(at=now, agent=agent, reason=reason)),
        Tell("scheduler", AgentLeft(agent=agent, reason=reason, reply_to=reply_to)),
    ]


def fallen(problem: Problem, now: float, incarnation: int = 1, agent: str = "a") -> list[Effect]:
    return [
        Record(AgentCrashed(at=now, agent=agent, incarnation=incarnation, problem=problem)),
        Tell("scheduler", AgentDown(agent=agent, incarnation=incarnation, problem=problem)),
    ]


def planned(
    problem: Problem, now: float, attempt: int, delay: float, address: str = "agent/a"
) -> Record:
    return Record(
        RestartScheduled(at=now, address=address, attempt=attempt, delay=delay, problem=problem)
    )


def exhausted(
    address: str, restarts: int, text: str = BOOM.text, traceback: str = "here"
) -> Problem:
    problem = problem_of(RestartsExhausted(address, restarts, 60.0, text))
    return msgspec.structs.replace(problem, traceback=traceback)
