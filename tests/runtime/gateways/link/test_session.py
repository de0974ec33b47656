"""Sessions under links that break, workers that die and actors that start anew."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from callboard.actors.logic.distance import DistantAgencyLogic
from callboard.actors.logic.effects import (
    Effect,
    Exit,
    ForgetWork,
    ResumeWork,
    RunHook,
    StartWork,
    StopWork,
    Tell,
)
from callboard.messages.base import SCHEDULER
from callboard.messages.supervision import AgentStuck, Wake
from callboard.messages.values import Agent, Lease, Priority, Ready, Subtask, Token
from callboard.messages.work import (
    Acknowledged,
    Assign,
    Cancelled,
    Completed,
    Declined,
    Failed,
    NotHeld,
    Resume,
    Revoke,
    Waiting,
    WaitOver,
)
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.codec import MSGPACK
from callboard.runtime.gateways.link.session import Outlets, Session
from tests.runtime.gateways.link.program import Program

if TYPE_CHECKING:
    from callboard.messages.unions import AgentMessage
    from callboard.runtime.executors.processes.wire import Frame

ANN = Agent(id="ann", max_load=3, hooks=True, elsewhere=True)


def ready(number: int) -> Ready:
    uuid = f"s{number}"
    subtask = Subtask(uuid=uuid, name=uuid)
    return Ready(
        goal="g", goal_text="g", subtask=subtask, urgency=Priority.LOW, rank=0.0, since=0.0
    )


def token(number: int) -> Token:
    return Token(boot=1, incarnation=1, counter=number)


class Links(RuleBasedStateMachine):
    """Anything may break at any time; what was acknowledged is never lost."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.numbers = itertools.count(1)
        self.lives = itertools.count(1)
        self.program = Program("life 0")
        self.programs = [self.program]
        self.to_worker: list[Frame] = []
        self.reports: list[AgentMessage] = []
        self.stuck: list[AgentStuck] = []
        self.open: set[str] = set()  # leases that the scheduler counts as current
        self.done: dict[str, int] = {}  # completions that it accepted
        self.unacknowledged: list[Token] = []
        self.session = Session(
            ANN,
            MSGPACK,
            Outlets(say=self.to_worker.append, report=self.reports.append, stuck=self.stuck.append),
        )
        self.calm = False
        self.incarnation = 0
        self.hire()
        self.link()
        self.all_is_heard()

    # The actor, and what it tells

    def hire(self) -> None:
        self.open.clear()  # its agent was down: they are somebody else's
        self.session.close("its agent has ended")
        self.incarnation += 1
        self.logic = DistantAgencyLogic(ANN, self.incarnation)
        self.session.hire(self.incarnation, now=self.now)
        self.perform(self.logic.start(self.now))

    def tell(self, message: AgentMessage) -> None:
        self.perform(self.logic.handle(message, self.now))

    def perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case StartWork():
                    self.session.assign(effect.lease, effect.ready, now=self.now)
                case StopWork():
                    self.session.stop(effect.token, effect.reason)
                case ResumeWork():
                    self.session.grant(effect.token)
                case ForgetWork():
                    self.session.forget(effect.tokens, effect.refused)
                case RunHook(hook="on_start"):
                    self.session.start()
                case Tell(to=to, message=message) if to == SCHEDULER:
                    self.hear(message)
                case Exit():
                    self.hire()
                    return
                case _:
                    pass

    def hear(self, message: object) -> None:
        match message:
            case Completed():
                name = str(message.lease.token)
                if name in self.open:
                    self.open.discard(name)
                    self.done[name] = self.done.get(name, 0) + 1
                    self.unacknowledged.append(message.lease.token)
                elif name in self.done:
                    self.unacknowledged.append(message.lease.token)
                else:
                    self.reports.append(Revoke(token=message.lease.token, reason="stale"))
            case Failed() | Declined() | Cancelled():
                self.open.discard(str(message.lease.token))
            case NotHeld():
                self.open.discard(str(message.token))
            case WaitOver():
                self.reports.append(Resume(token=message.lease.token, number=message.number))
            case Waiting():
                pass
            case _:
                pass

    def settle(self) -> None:
        while self.reports or self.stuck:
            while self.reports:
                self.tell(self.reports.pop(0))
            if self.stuck and self.stuck.pop(0).incarnation == self.incarnation:
                self.hire()

    # What may happen

    @rule()
    def assign(self) -> None:
        number = next(self.numbers)
        lease = Lease(goal="g", subtask=f"s{number}", agent="ann", token=token(number))
        self.open.add(str(lease.token))
        self.calm = True
        self.tell(Assign(lease=lease, ready=ready(number), incarnation=self.incarnation))
        self.settle()

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.open)))
        self.open.discard(name)
        self.tell(Revoke(token=token(int(name.rpartition(".")[2])), reason="revoked"))
        self.settle()

    @precondition(lambda self: self.unacknowledged)
    @rule()
    def acknowledge(self) -> None:
        self.tell(Acknowledged(tokens=(self.unacknowledged.pop(0),)))
        self.settle()

    @precondition(lambda self: self.program.running)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        self.program.finish(data.draw(st.sampled_from(sorted(self.program.running))))

    @precondition(lambda self: self.program.running)
    @rule(data=st.data())
    def wait(self, data: st.DataObject) -> None:
        free = sorted(set(self.program.running) - self.program.wants - self.program.waits)
        if not free:
            return
        name = data.draw(st.sampled_from(free))
        self.program.running[name] += 1
        self.program.waits.add(name)
        number = self.program.running[name]
        self.program.outbox.append(frames.Waiting(token=name, number=number))

    @precondition(lambda self: self.program.waits)
    @rule()
    def want_slot(self) -> None:
        name = min(self.program.waits)
        self.program.waits.discard(name)
        self.program.wants.add(name)
        number = self.program.running[name]
        self.program.outbox.append(frames.WaitOver(token=name, number=number))

    @precondition(lambda self: self.to_worker)
    @rule()
    def worker_hears(self) -> None:
        self.program.hear(self.to_worker.pop(0))

    @precondition(lambda self: self.session.is_linked and self.program.outbox)
    @rule()
    def server_hears(self) -> None:
        self.session.take(self.program.outbox.pop(0), now=self.now)
        self.settle()

    @precondition(lambda self: self.program.outbox)
    @rule()
    def said_twice(self) -> None:
        self.program.outbox.append(self.program.outbox[0])

    @precondition(lambda self: len(self.program.outbox) > 1)
    @rule()
    def said_in_another_order(self) -> None:
        """As posts over several connections may arrive."""
        first, second, *rest = self.program.outbox
        if not isinstance(first, frames.Running | frames.Waiting | frames.WaitOver):
            self.program.outbox = [second, first, *rest]

    @precondition(lambda self: self.calm)
    @rule(trouble=st.sampled_from(["link", "link", "link", "grace", "worker", "actor"]))
    def trouble(self, trouble: str) -> None:
        """One of these at a time: where there is nothing but trouble, nothing is tried."""
        self.calm = False
        if trouble != "actor":
            self.lose_link()
        if trouble == "grace":
            self.grace_is_over()
        elif trouble == "worker":
            self.worker_dies()
        elif trouble == "actor":
            self.actor_starts_anew()

    def lose_link(self) -> None:
        if self.session.is_linked:
            self.session.lost()
        self.to_worker.clear()
        self.program.outbox.clear()
        self.settle()

    @precondition(lambda self: not self.session.is_linked)
    @rule()
    def link(self) -> None:
        if self.session.life and self.session.life != self.program.life:
            self.session.down("its program was started anew")
            self.settle()
        self.program.outbox.clear()
        acknowledged = self.session.linked(self.program.life, self.program.held, now=self.now)
        welcome = frames.Welcome(
            epoch=self.session.epoch,
            now=self.now,
            heartbeat=1.0,
            grace=1.0,
            protocol=1,
            acknowledged=acknowledged,
        )
        self.to_worker.insert(0, welcome)
        self.program.connected()
        self.settle()

    def grace_is_over(self) -> None:
        if self.session.life:
            self.session.down("lost its link")
        self.settle()

    def worker_dies(self) -> None:
        self.program = Program(f"life {next(self.lives)}")
        self.programs.append(self.program)

    def actor_starts_anew(self) -> None:
        self.hire()
        self.settle()

    @rule()
    def all_is_heard(self) -> None:
        while self.to_worker or (self.session.is_linked and self.program.outbox):
            if self.to_worker:
                self.worker_hears()
            else:
                self.server_hears()

    @rule()
    def time_passes(self) -> None:
        self.now += 1.0
        self.tell(Wake())
        self.settle()

    # What holds

    @invariant()
    def nothing_is_accepted_twice(self) -> None:
        assert all(count == 1 for count in self.done.values())

    @invariant()
    def nothing_is_begun_twice(self) -> None:
        for program in self.programs:
            assert len(program.begun) == len(set(program.begun))
        begun = [name for program in self.programs for name in program.begun]
        assert len(begun) == len(set(begun))

    @invariant()
    def what_was_acknowledged_counts(self) -> None:
        for program in self.programs:
            assert program.counted <= set(self.done)

    def teardown(self) -> None:
        """Once all goes well again, nothing is left over on either side."""
        if not self.session.is_linked:
            self.link()
        for _ in range(200):
            while self.to_worker:
                self.worker_hears()
            while self.program.outbox:
                self.server_hears()
            while self.unacknowledged:
                self.acknowledge()
            for name in sorted(self.program.waits):
                self.program.waits.discard(name)
                self.program.wants.add(name)
                number = self.program.running[name]
                self.program.outbox.append(frames.WaitOver(token=name, number=number))
            for name in sorted(set(self.program.running) - self.program.wants):
                self.program.finish(name)
            self.time_passes()
        assert not self.open
        assert not self.program.running
        assert not self.program.ended
        assert len(self.session.jobs) == 0
        assert self.session.ready


Links.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLinks = Links.TestCase
