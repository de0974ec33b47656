"""A worker's side of a link against the server's, over links that break at any moment.

Both sides are pure, so there is no clock and no socket here: chance decides which frame
arrives next, when the link is cut and what is lost with it.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.effects import HandleMessage, ResumeWork, StartWork, StopWork
from callboard.messages.execution import (
    Deliver,
    Handled,
    WorkCrashed,
    WorkDone,
    WorkFailed,
    WorkProgressed,
    WorkStopped,
    WorkWaiting,
    WorkWaitOver,
)
from callboard.messages.user import pack
from callboard.messages.values import (
    Agent,
    Lease,
    Payload,
    Priority,
    Problem,
    Ready,
    Subtask,
    Token,
)
from callboard.runtime.executors.processes.wire import Answered, Called, Check
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.codec import MSGPACK
from callboard.runtime.gateways.link.session import Outlets, Session
from callboard.runtime.gateways.worker import news
from callboard.runtime.gateways.worker.actions import (
    Action,
    Answer,
    Do,
    Leave,
    LookAt,
    Renew,
    Say,
    Settle,
    Tell,
    Words,
)
from callboard.runtime.gateways.worker.ledger import Ledger
from callboard.runtime.gateways.worker.tenure import Tenure

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.messages.unions import AgentMessage
    from callboard.runtime.executors.processes.wire import Frame

ANN = Agent(id="ann", max_load=4, handles=("Ping",))
PING = Deliver(agent="ann", tag="Ping", body=Payload())


def token(number: int) -> Token:
    return Token(boot=1, incarnation=1, counter=number)


class Pair:
    """A server's session and a worker's tenure, and what lies between."""

    def __init__(self, ledger: Ledger[frames.End] | None = None) -> None:
        self.now = 0.0
        self.linked = False
        self.to_worker: deque[Frame] = deque()
        self.to_server: deque[Words] = deque()
        self.reports: list[AgentMessage] = []
        self.calls: list[Called] = []
        self.answers: Counter[int] = Counter()
        self.started: Counter[Token] = Counter()
        self.running: dict[Token, Lease] = {}
        self.wants: set[Token] = set()
        self.asked = 0
        self.letters = 0
        self.handling = 0
        self.renew = False
        self.left: str | None = None
        self.vain: list[str] = []
        self.session = Session(
            ANN, MSGPACK, Outlets(self._say, self.reports.append, call=self.calls.append)
        )
        self.session.hire(1, now=0.0)
        self.session.start()
        self.tenure = Tenure(ANN, "life", "board", ledger=ledger)
        self._counter = 0

    # What may happen

    def link(self) -> None:
        if self.linked or self.renew:
            return
        hello = self.tenure.greet()
        self.linked = True
        resumed = hello.life == self.session.life
        acknowledged = self.session.linked(hello.life, hello.held, now=self.now)
        self.to_worker.appendleft(
            frames.Welcome(
                epoch=self.session.epoch,
                now=self.now,
                heartbeat=1.0,
                grace=60.0,
                protocol=frames.PROTOCOL,
                resumed=resumed,
                acknowledged=acknowledged,
            )
        )

    def cut(self) -> None:
        if self.linked:
            self.linked = False
            self.to_server.clear()
            self.to_worker.clear()
            self.session.lost()
            self.tenure.lost()

    def hear(self) -> None:
        if self.to_worker:
            data = MSGPACK.write([self.to_worker.popleft()])
            for frame in MSGPACK.hear(data):
                self.do(self.tenure.hear(frame, self.now))

    def listen(self) -> None:
        if self.to_server:
            for frame in MSGPACK.read(MSGPACK.write([self.to_server.popleft()])):
                self.session.take(frame, now=self.now)

    def assign(self) -> None:
        self._counter += 1
        number = self._counter
        lease = Lease(goal="g", subtask=f"s{number}", agent="ann", token=token(number))
        subtask = Subtask(uuid=f"s{number}", name=f"S{number}")
        ready = Ready(
            goal="g",
            goal_text="",
            subtask=subtask,
            urgency=Priority.MEDIUM,
            rank=0.0,
            since=0.0,
        )
        self.session.assign(lease, ready, now=self.now)

    def record(self) -> None:
        """The runtime has kept all ends that it was told of."""
        ended = [r.token for r in self.reports if isinstance(r, WorkDone | WorkFailed)]
        self.session.forget(ended)

    def done(self) -> None:
        def done(token: Token) -> WorkDone:
            return WorkDone(token=token, result=pack(1, what="1"), seconds=1.0)

        self._end(done)

    def failed(self) -> None:
        def failed(token: Token) -> WorkFailed:
            problem = Problem(error="ValueError", text="no")
            return WorkFailed(token=token, problem=problem, seconds=1.0)

        self._end(failed)

    def progressed(self) -> None:
        for token in self.running:
            self.do(self.tenure.report(WorkProgressed(token=token, fraction=0.5), self.now))

    def waits(self) -> None:
        for token in list(self.running)[:1]:
            if token in self.wants:  # it still waits
                return
            self.wants.add(token)
            self.do(self.tenure.report(WorkWaiting(token=token), self.now))
            self.do(self.tenure.report(WorkWaitOver(token=token), self.now))

    def grant(self) -> None:
        for report in self.reports:
            if isinstance(report, WorkWaitOver) and self.session.jobs.get(str(report.token)):
                job = self.session.jobs.get(str(report.token))
                if job is not None and job.wants:
                    self.session.grant(report.token)

    def call(self) -> None:
        if self.running:
            lease = next(iter(self.running.values()))
            self._counter += 1
            called = Called(call=self._counter, wish=Check(lease=lease))
            self.asked += 1
            self.do(self.tenure.call(called))

    def answer(self) -> None:
        for called in self.calls:
            self.session.answered(Answered(call=called.call))

    def letter(self) -> None:
        self.session.deliver(PING)

    def handle(self) -> None:
        if self.handling:
            self.handling -= 1
            self.do(self.tenure.report(Handled(tag="Ping", reply=Payload()), self.now))

    # How it ends

    def settle(self) -> None:
        """A good link, until nothing is left to be said."""
        for _ in range(50):
            self.link()
            self.grant()
            self.done()
            self.handle()
            self.answer()
            self.record()
            while self.to_worker or self.to_server:
                self.hear()
                self.listen()

    def do(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Say():
                    if self.linked:
                        self.to_server.append(action.frame)
                case Do(effect=StartWork() as start):
                    self.started[start.lease.token] += 1
                    self.running[start.lease.token] = start.lease
                case Do(effect=StopWork() as stop):
                    self.wants.discard(stop.token)
                    if self.running.pop(stop.token, None):
                        self.do(self.tenure.report(WorkStopped(token=stop.token), self.now))
                case Do(effect=ResumeWork() as resume):
                    self.wants.remove(resume.token)
                case Do(effect=HandleMessage()):
                    self.letters += 1
                    self.handling += 1
                case Answer():
                    self.answers[action.answered.call] += 1
                case Renew():
                    self.renew = True
                case Leave():
                    self.left = action.why
                case Tell(news=news.InVain() as vain):
                    self.vain.append(vain.token)
                case Tell() | LookAt() | Settle() | Do():
                    pass

    def _say(self, frame: Frame) -> None:
        if self.linked:
            self.to_worker.append(frame)

    def _end(self, make: Callable[[Token], WorkDone | WorkFailed]) -> None:
        for token in list(self.running)[:1]:
            del self.running[token]
            self.wants.discard(token)
            self.do(self.tenure.report(make(token), self.now))


MOVES = (
    "link", "cut", "hear", "hear", "hear", "listen", "listen", "listen", "assign", "record",
    "done", "failed", "progressed", "waits", "grant", "call", "answer", "letter", "handle",
)  # fmt: skip


@given(st.lists(st.sampled_from(MOVES), max_size=60))
def test_whatever_a_link_loses_each_attempt_is_done_once_and_told_once(moves: list[str]) -> None:
    pair = Pair()
    for move in moves:
        getattr(pair, move)()
        pair.now += 1.0
    pair.settle()

    ends = Counter(r.token for r in pair.reports if isinstance(r, WorkDone | WorkFailed))
    assert set(ends.values()) <= {1}
    assert set(ends) == set(pair.started)
    assert set(pair.started.values()) <= {1}
    assert len(pair.session.jobs) == 0
    assert (pair.tenure.untold, pair.tenure.running, pair.vain) == (0, (), [])


@given(st.lists(st.sampled_from(MOVES), max_size=60))
def test_each_question_is_answered_once_and_each_letter_handled_once(moves: list[str]) -> None:
    pair = Pair()
    for move in moves:
        getattr(pair, move)()
        pair.now += 1.0
    pair.settle()

    assert set(pair.answers.values()) <= {1}
    assert len(pair.answers) == pair.asked
    handled = [r for r in pair.reports if isinstance(r, Handled)]
    assert len(handled) == pair.letters == moves.count("letter")


@given(st.lists(st.sampled_from(MOVES), max_size=60))
def test_whoever_wants_a_slot_back_gets_it(moves: list[str]) -> None:
    pair = Pair()
    pair.link()
    pair.assign()
    pair.hear()
    pair.hear()
    for move in moves:
        if move not in {"done", "failed"}:
            getattr(pair, move)()
    for _ in range(5):
        pair.link()
        while pair.to_worker or pair.to_server:
            pair.hear()
            pair.listen()
        pair.grant()

    assert pair.wants == set()


def test_what_a_handler_asks_is_written_once_however_often_it_is_said() -> None:
    pair = Pair()
    pair.link()
    pair.assign()
    pair.hear()
    pair.hear()
    pair.call()
    said = pair.to_server[-1]
    pair.cut()
    pair.link()
    pair.hear()

    assert said is pair.to_server[-1]
    [lease] = pair.running.values()
    assert MSGPACK.read(MSGPACK.write([said])) == [Called(call=2, wish=Check(lease=lease))]


def test_no_new_work_is_begun_while_too_much_waits_to_be_acknowledged() -> None:
    pair = Pair(ledger=Ledger(most=2))
    pair.link()
    for _ in range(4):
        pair.assign()
    for _ in range(5):
        pair.hear()
    for _ in range(4):
        pair.done()
    pair.assign()
    pair.hear()
    begun = len(pair.started)
    pair.settle()

    assert begun == 4
    assert len(pair.started) == 5


def test_what_waits_for_acknowledgements_can_be_stopped() -> None:
    pair = Pair(ledger=Ledger(most=1))
    pair.link()
    pair.assign()
    pair.hear()
    pair.hear()
    pair.done()
    pair.assign()
    pair.hear()
    pair.session.stop(token(2), "no longer wanted")
    pair.hear()
    while pair.to_server:
        pair.listen()

    assert pair.started == Counter({token(1): 1})
    assert pair.reports[-1] == WorkStopped(token=token(2))


def test_code_that_falls_takes_with_it_what_it_was_at() -> None:
    pair = Pair()
    pair.link()
    pair.assign()
    pair.assign()
    for _ in range(3):
        pair.hear()
    crashed = WorkCrashed(token=token(1), problem=Problem(error="", text="SystemExit: 1"))
    pair.do(pair.tenure.report(crashed, 0.0))
    assert pair.renew
    pair.do(pair.tenure.begin_anew())

    assert pair.tenure.running == ()
    assert pair.tenure.untold == 1
    pair.session.close("it crashed")
    pair.session.hire(2, now=1.0)
    while pair.to_server or pair.to_worker:
        pair.listen()
        pair.hear()
    assert not pair.session.ready
    pair.do(pair.tenure.renewed())
    pair.listen()
    assert pair.session.ready
