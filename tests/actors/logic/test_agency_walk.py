"""An agent that anything happens to, in any order: what always holds."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from callboard.actors.logic.agency import AgencyLogic
from callboard.actors.logic.effects import (
    Effect,
    Exit,
    HandleMessage,
    ResumeWork,
    StartWork,
    StopWork,
    Tell,
)
from callboard.messages.errors import problem_of
from callboard.messages.execution import (
    Deliver,
    Handled,
    WorkAbandoned,
    WorkDone,
    WorkFailed,
    WorkStopped,
    WorkWaiting,
    WorkWaitOver,
)
from callboard.messages.supervision import Shutdown, Wake
from callboard.messages.unions import AgentMessage
from callboard.messages.values import Agent, Lease, Payload, Priority, Ready, Subtask, Token
from callboard.messages.work import (
    Acknowledged,
    Assign,
    Cancelled,
    Completed,
    Declined,
    Failed,
    Reconcile,
    Resume,
    Revoke,
)

pytestmark = pytest.mark.no_cover  # the same code thousands of times

PROBLEM = problem_of(ValueError("broken"))
ENDS = (Cancelled, Completed, Declined, Failed)


class AgentWalk(RuleBasedStateMachine):
    """Plays the scheduler and the executor of one agent, both of them orderly."""

    @initialize(max_load=st.integers(1, 3), concurrent=st.booleans())
    def begin(self, max_load: int, *, concurrent: bool) -> None:
        self.max_load, self.concurrent = max_load, concurrent
        self.agent = Agent(
            id="a1", max_load=max_load, concurrent_messages=concurrent, handles=("Note",)
        )
        self.logic = AgencyLogic(self.agent, 1)
        self.logic.start(0.0)
        self.now = 0.0
        self.count = 0
        self.running: set[Token] = set()
        self.waiting: set[Token] = set()
        self.asking: set[Token] = set()
        self.stopping: set[Token] = set()
        self.sent: set[Token] = set()
        self.ended: list[Token] = []
        self.early: set[Token] = set()
        self.handling = 0
        self.letters = 0
        self.answers = 0
        self.left = False

    def say(self, message: AgentMessage) -> None:
        for effect in self.logic.handle(message, self.now):
            self.see(effect)

    def see(self, effect: Effect) -> None:
        match effect:
            case StartWork():
                self.running.add(effect.lease.token)
            case ResumeWork():
                self.waiting.discard(effect.token)
                self.running.add(effect.token)
            case StopWork():
                self.running.discard(effect.token)
                self.waiting.discard(effect.token)
                self.asking.discard(effect.token)
                self.stopping.add(effect.token)
            case HandleMessage():
                self.handling += 1
            case Exit():
                self.left = True
            case Tell(message=Cancelled() as message) if message.lease.token in self.ended:
                pass  # it had ended otherwise when it was revoked
            case Tell(message=message) if isinstance(message, ENDS):
                self.ended.append(message.lease.token)
            case Tell(to="caller/1"):
                self.answers += 1
            case _:
                pass

    def token(self, number: int) -> Token:
        return Token(boot=1, incarnation=1, counter=number)

    @rule()
    def assign(self) -> None:
        self.count += 1
        token = self.token(self.count)
        self.sent.add(token)
        self.say(self.assignment(self.count))
        assert not (token in self.early and token in self.running)

    def assignment(self, number: int) -> Assign:
        subtask = Subtask(uuid=f"s{number}", name="Step")
        ready = Ready(
            goal="g", goal_text="", subtask=subtask, urgency=Priority.LOW, rank=0.0, since=0.0
        )
        lease = Lease(goal="g", subtask=subtask.uuid, agent="a1", token=self.token(number))
        return Assign(lease=lease, ready=ready)

    @rule()
    def revoke_too_early(self) -> None:
        self.early.add(self.token(self.count + 1))
        self.say(Revoke(token=self.token(self.count + 1), reason=""))

    @precondition(lambda self: self.count > 0)
    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        self.say(Revoke(token=self.token(data.draw(st.integers(1, self.count))), reason=""))

    @precondition(lambda self: self.running or self.stopping)
    @rule(data=st.data(), end=st.sampled_from(["done", "failed", "stopped", "abandoned"]))
    def end(self, data: st.DataObject, end: str) -> None:
        token = data.draw(st.sampled_from(sorted(self.running | self.stopping)))
        self.running.discard(token)
        self.stopping.discard(token)
        ends: dict[str, AgentMessage] = {
            "done": WorkDone(token=token, result=Payload(), seconds=1.0),
            "failed": WorkFailed(token=token, problem=PROBLEM, seconds=1.0),
            "stopped": WorkStopped(token=token),
            "abandoned": WorkAbandoned(token=token, problem=PROBLEM),
        }
        self.say(ends[end])

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def wait(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(sorted(self.running)))
        self.running.discard(token)
        self.waiting.add(token)
        self.say(WorkWaiting(token=token))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(sorted(self.waiting)))
        self.say(WorkWaitOver(token=token))
        self.say(Resume(token=token))

    @rule(seconds=st.none() | st.integers(0, 5))
    def ask(self, seconds: int | None) -> None:
        self.letters += 1
        deadline = None if seconds is None else self.now + seconds
        self.say(
            Deliver(agent="a1", tag="Note", body=Payload(), deadline=deadline, reply_to="caller/1")
        )

    @precondition(lambda self: self.handling)
    @rule()
    def answer(self) -> None:
        self.handling -= 1
        self.say(Handled(tag="Note", reply=Payload()))

    @rule(seconds=st.integers(0, 5))
    def let_time_pass(self, seconds: int) -> None:
        self.now += seconds
        # A question whose time is over lets work begin that it had held back.
        self.nothing_new(Wake(), may_begin=not self.concurrent)

    @precondition(lambda self: self.count > 0)
    @rule(data=st.data())
    def assign_again(self, data: st.DataObject) -> None:
        """The link has doubled it, or the scheduler has heard nothing."""
        number = data.draw(st.integers(1, self.count))
        self.nothing_new(self.assignment(number), unheard_of=self.token(number))

    @precondition(lambda self: self.ended)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        self.say(Acknowledged(tokens=(data.draw(st.sampled_from(self.ended)),)))

    @rule()
    def reconcile(self) -> None:
        self.nothing_new(Reconcile())

    def nothing_new(
        self, message: AgentMessage, unheard_of: Token | None = None, *, may_begin: bool = False
    ) -> None:
        """Only what was said before is said again, and of the other token that it has ended."""
        ended, running = list(self.ended), set(self.running)
        self.say(message)
        assert set(self.ended[len(ended) :]) <= {*ended, unheard_of}
        assert self.running >= running if may_begin else self.running == running
        self.ended = ended

    def teardown(self) -> None:
        """Whatever happened, it can end, and every assignment and question has an end."""
        self.say(Shutdown())
        while self.handling:
            self.answer()
        for token in sorted(self.running | self.stopping):
            self.say(WorkStopped(token=token))
        assert self.left
        assert sorted(self.ended) == sorted(self.sent)
        assert self.answers == self.letters

    @invariant()
    def holds_no_more_slots_than_it_has(self) -> None:
        assert len(self.running) <= self.max_load

    @invariant()
    def handles_one_message_at_a_time(self) -> None:
        assert self.handling <= 1

    @invariant()
    def excludes_messages_and_work_from_each_other_where_it_must(self) -> None:
        assert self.concurrent or not (self.handling and self.running)

    @invariant()
    def forgets_revocations_of_what_was_assigned(self) -> None:
        remembered = self.logic._work._revoked_early  # pyright: ignore[reportPrivateUsage]
        assert all(token.counter > self.count for token in remembered)


TestAgentWalk = AgentWalk.TestCase
TestAgentWalk.settings = settings(max_examples=150, stateful_step_count=40)
