"""An agent and its line, of which each hears late of the other: they always agree in the end."""

from __future__ import annotations

import itertools
from collections import Counter, deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from callboard.actors.logic.agency import AgencyLogic
from callboard.actors.logic.effects import Effect, Show, StartWork, StopWork, TakeBack, Tell
from callboard.messages.commands import Ping, Pong
from callboard.messages.errors import problem_of
from callboard.messages.execution import (
    WorkBegan,
    WorkDone,
    WorkFailed,
    WorkStopped,
    WorkTakenBack,
)
from callboard.messages.notices import DeadLetter
from callboard.messages.unions import AgentMessage
from callboard.messages.values import Agent, Follower, Payload, Token
from callboard.messages.work import (
    Acknowledged,
    Assign,
    Cancelled,
    Completed,
    Failed,
    GivenBack,
    NotHeld,
    Recall,
    Reconcile,
    Revoke,
    Started,
)
from callboard.runtime.executors.standby import Standby
from tests.runtime.executors.lab import start, token

pytestmark = pytest.mark.no_cover  # the same code thousands of times

PROBLEM = problem_of(ValueError("broken"))
ENDS = (Cancelled, Completed, Failed)


class Walk(RuleBasedStateMachine):
    """Plays the scheduler, and what carries words between an agent's actor and its line."""

    @initialize(max_load=st.integers(1, 2))
    def begin(self, max_load: int) -> None:
        self.logic = AgencyLogic(Agent(id="a1", max_load=max_load), 1)
        self.logic.start(0.0)
        self.standby = Standby(self.take)
        self.count = 0
        self.before: dict[Token, Token] = {}
        self.asked: deque[Effect] = deque()
        self.said: deque[AgentMessage] = deque()
        self.begun: Counter[Token] = Counter()
        self.running: dict[Token, None] = {}
        self.done: set[Token] = set()
        self.started: set[Token] = set()
        self.ended: set[Token] = set()
        self.free: set[Token] = set()
        self.state: dict[str, int] = {}

    def take(self, work: StartWork) -> None:
        """It begins: once, and only where what it follows has succeeded."""
        held = work.lease.token
        self.begun[held] += 1
        self.running[held] = None
        assert self.begun[held] == 1
        assert held not in self.free, "it was said that it does not run"
        assert held not in self.before or self.before[held] in self.done

    def tell(self, message: AgentMessage) -> None:
        for effect in self.logic.handle(message, 0.0):
            self.see(effect)

    def see(self, effect: Effect) -> None:
        match effect:
            case StartWork() | StopWork() | TakeBack():
                self.asked.append(effect)
            case Tell(message=Started() as message):
                self.started.add(message.lease.token)
            case Tell(message=NotHeld() as message):
                self.free.add(message.token)
            case Tell(message=GivenBack() as message):
                self.free.update(message.tokens)
            case Tell(message=message) if isinstance(message, ENDS):
                self.ended.add(message.lease.token)
                self.free.add(message.lease.token)
            case Tell(message=Pong() as message):
                self.state = dict(message.state)
            case Show(notice=notice):
                assert not isinstance(notice, DeadLetter), "it knows all that it has handed on"
            case _:
                pass

    # The scheduler

    @rule(more=st.integers(0, 3), ahead=st.booleans())
    def assign(self, more: int, *, ahead: bool) -> None:
        works = [start(self.count + number) for number in range(1, more + 2)]
        self.count += len(works)
        if not ahead:
            pairs = itertools.pairwise(works)
            self.before.update({after.lease.token: one.lease.token for one, after in pairs})
        first, *others = works
        then = () if ahead else tuple(Follower(lease=w.lease, ready=w.ready) for w in others)
        self.tell(Assign(lease=first.lease, ready=first.ready, ahead=ahead, then=then))

    @precondition(lambda self: self.count)
    @rule(data=st.data(), kind=st.sampled_from(["revoke", "recall", "acknowledge"]))
    def ask(self, data: st.DataObject, kind: str) -> None:
        asked = token(data.draw(st.integers(1, self.count + 2)))
        messages: dict[str, AgentMessage] = {
            "revoke": Revoke(token=asked, reason="not wanted"),
            "recall": Recall(tokens=(asked,)),
            "acknowledge": Acknowledged(tokens=(asked,)),
        }
        self.tell(messages[kind])

    @rule()
    def reconcile(self) -> None:
        self.tell(Reconcile())

    # What runs the work

    @precondition(lambda self: self.running)
    @rule(data=st.data(), well=st.booleans())
    def end(self, data: st.DataObject, *, well: bool) -> None:
        self.over(data.draw(st.sampled_from(list(self.running))), "done" if well else "failed")

    def over(self, held: Token, how: str) -> None:
        del self.running[held]
        self.done |= {held} if how == "done" else set()
        result = Payload() if how == "done" else None
        work = self.standby.ended(held, result, goes_on=True)
        began = None if work is None else work.lease.token
        ends: dict[str, AgentMessage] = {
            "done": WorkDone(token=held, result=Payload(), seconds=1.0, began=began),
            "failed": WorkFailed(token=held, problem=PROBLEM, seconds=1.0, began=began),
            "stopped": WorkStopped(token=held, began=began),
        }
        self.said.append(ends[how])

    @precondition(lambda self: self.asked)
    @rule()
    def perform(self) -> None:
        match self.asked.popleft():
            case StartWork() as work:
                if self.standby.begin(work) and work.room:
                    self.said.append(WorkBegan(token=work.lease.token))
            case StopWork() as stop:
                if self.standby.leave(stop.token):
                    self.said.append(WorkStopped(token=stop.token))
                elif stop.token in self.running:
                    self.over(stop.token, "stopped")
            case _:
                self.said.append(WorkTakenBack(tokens=self.standby.clear()))

    @precondition(lambda self: self.said)
    @rule()
    def report(self) -> None:
        self.tell(self.said.popleft())

    def teardown(self) -> None:
        """All that has begun ends and is told, and nothing is thought to be there that is not."""
        for _ in range(9 * self.count + 9):
            while self.asked:
                self.perform()
            while self.said:
                self.report()
            for held in list(self.running)[:1]:
                self.over(held, "done")
        assert not self.running
        assert set(self.begun) <= self.ended
        self.tell(Acknowledged(tokens=tuple(self.begun)))
        self.tell(Ping(reply_to="caller/1"))
        assert set(self.state.values()) == {0}


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=150, stateful_step_count=40)
