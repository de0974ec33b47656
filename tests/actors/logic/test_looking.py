"""A look at what has changed finds what a look at everything would find."""

from __future__ import annotations

from random import Random

import pytest

from callboard.actors.logic.dispatching import Dispatching
from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.paces import Paces, Stated
from callboard.messages.commands import PauseAgent, ResumeAgent
from callboard.messages.supervision import Wake
from callboard.messages.unions import SchedulerMessage
from callboard.messages.values import Lease, Priority, Ready, replace
from callboard.messages.work import (
    AgentDown,
    AgentDraining,
    AgentJoined,
    AgentLeft,
    AgentUp,
    Assign,
    Cancelled,
    Failed,
    NotHeld,
    Settled,
    Started,
    SubtasksReady,
    Withdraw,
    Withdrawn,
)
from tests.actors.logic.desk import WRONG, Desk, agent, completed, ready

pytestmark = pytest.mark.no_cover  # the same code thousands of times

SKILLS = ("coding", "law", "sql", "maths")
AGENTS = tuple(
    agent(f"a{number}", *{SKILLS[number % 4], SKILLS[number * 3 % 4], SKILLS[number // 3]})
    for number in range(7)
)

SPEEDS = {
    "alike": {who.id: 4.0 for who in AGENTS},
    "short": {who.id: 1.0 + number for number, who in enumerate(AGENTS)},
    "long": {who.id: 5.0 * (1.0 + number % 3) for number, who in enumerate(AGENTS)},
}
"""Seconds of each kind of work, for each agent."""


class Walk:
    """One random history, told as it goes on."""

    def __init__(self, seed: int, paces: Paces | None) -> None:
        self._random = Random(seed)  # noqa: S311 - only numbers
        self._desk = Desk(paces=paces)
        self._held: list[Lease] = []
        self._numbers = 0
        self._open: list[str] = []
        self.told: list[list[Effect]] = []

    def go(self, steps: int) -> list[list[Effect]]:
        for step in range(steps):
            for message in (Wake(), *self._next()):
                self._say(float(step), message)
        return self.told

    def _say(self, now: float, message: SchedulerMessage) -> None:
        effects = self._desk.hear(now, message)
        self.told.append(effects)
        for effect in effects:
            if isinstance(effect, Tell) and isinstance(effect.message, Assign):
                self._held.append(effect.message.lease)

    def _next(self) -> list[SchedulerMessage]:
        random = self._random
        who = random.choice(AGENTS)
        what = random.choice(["ready"] * 3 + ["plan", "end", "end", "end", "end", "change"])
        if what == "ready":
            return [SubtasksReady(subtasks=(self._ready(),))]
        if what == "plan":
            return [self._plan()]
        if what == "end" and self._held:
            return self._end(self._held.pop(random.randrange(len(self._held))))
        return self._change(random.choice(["up", "up", "up", "down", "pause", "resume", "leave",
                                           "drain", "withdraw"]), who.id)  # fmt: skip

    def _ready(self, *needs: str) -> Ready:
        self._numbers += 1
        uuid, random = f"s{self._numbers}", self._random
        self._open.append(uuid)
        skills = random.sample(SKILLS, random.choice([1, 1, 2]))
        urgency, rank = Priority(random.randrange(4)), float(random.randrange(9))
        kind = random.choice(list(SPEEDS))
        found = ready(uuid, *skills, urgency=urgency, rank=rank, kind=kind)
        return replace(found, subtask=replace(found.subtask, dependencies=needs))

    def _plan(self) -> SubtasksReady:
        first = self._ready()
        ahead = tuple(self._ready(first.subtask.uuid) for _ in range(2))
        return SubtasksReady(subtasks=(first,), ahead=ahead)

    def _end(self, lease: Lease) -> list[SchedulerMessage]:
        how = self._random.choice(["done", "done", "done", "failed", "stopped"])
        started = Started(lease=lease)
        if how == "failed":
            return [started, Failed(lease=lease, problem=WRONG, seconds=1.0)]
        if how == "stopped":
            ended = NotHeld(agent=lease.agent, token=lease.token)
            return [started, Cancelled(lease=lease), ended]
        return [started, completed(lease), Settled(subtasks=(lease.subtask,))]

    def _change(self, what: str, who: str) -> list[SchedulerMessage]:
        match what:
            case "up":
                one = next(agent for agent in AGENTS if agent.id == who)
                return [AgentJoined(agent=one), AgentUp(agent=who, incarnation=1)]
            case "down":
                return [AgentDown(agent=who, incarnation=1, problem=WRONG)]
            case "pause":
                return [PauseAgent(agent=who, reply_to="caller")]
            case "resume":
                return [ResumeAgent(agent=who, reply_to="caller")]
            case "drain":
                return [AgentDraining(agent=who)]
            case "withdraw" if self._open:
                gone = (self._random.choice(self._open),)
                return [Withdraw(subtasks=gone, reason="cancelled"), Withdrawn(subtasks=gone)]
            case _:
                return [AgentLeft(agent=who, reason="gone")]


@pytest.mark.parametrize("paces", [None, Stated(SPEEDS)], ids=["even", "uneven"])
@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_the_same_is_handed_out(
    seed: int, paces: Paces | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = Walk(seed, paces).go(300)

    def everybody(*_: object) -> None:
        """Nobody is left out."""

    monkeypatch.setattr(Dispatching, "_among", everybody)
    wide = Walk(seed, paces).go(300)
    assert any(isinstance(e, Tell) and isinstance(e.message, Assign) for es in wide for e in es)
    assert narrow == wide
