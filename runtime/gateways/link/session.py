"""What a server and one agent elsewhere have agreed on, whichever way it is carried.

A session outlives links and incarnations of the agent's actor. It is

    away      no link, or one on which the worker has not yet said what it has
    ready     linked, and both sides know what the worker has

A link that is lost leaves it away; after the grace the agent is down, and whatever it had
goes elsewhere. A new incarnation of the actor (`hire`) knows of nothing: the worker is
asked what it has, and told to stop all that. An agent counts as started once its session
is ready, so nothing is given to one that is not there.

>>> from callboard.messages.values import Agent
>>> from callboard.runtime.gateways.link.codec import JSON
>>> said, reports = [], []
>>> session = Session(Agent(id="ann"), JSON, Outlets(said.append, reports.append))
>>> session.hire(1, now=0.0)
>>> session.start()
>>> session.linked("life", (), now=1.0)
()
>>> reports
[HookDone(hook='on_start')]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, assert_never

from callboard.messages.errors.base import problem_of
from callboard.messages.errors.data import MalformedMessage
from callboard.messages.errors.endings import AgentLost
from callboard.messages.execution import HookDone, WorkCrashed
from callboard.messages.supervision import AgentStuck
from callboard.runtime.executors.processes import wire
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.calls import Calls
from callboard.runtime.gateways.link.jobs import Jobs
from callboard.runtime.gateways.link.letters import Letters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.messages.base import SubtaskId
    from callboard.messages.execution import Deliver
    from callboard.messages.unions import AgentMessage
    from callboard.messages.values import Agent, Lease, Problem, Ready, Token
    from callboard.runtime.gateways.link.codec import Codec


def _nothing(_: object) -> None:
    """Nobody wants to know."""


def _never(_subtask: SubtaskId, _token: str) -> bool:
    return False


class Outlets(NamedTuple):
    """Where a session says what; each only enqueues.

    Attributes:
        say: Tells the worker, where there is a link.
        report: Tells the agent's actor.
        stuck: Tells the supervisor that the agent is down while nothing of its runs.
        call: Carries out what a handler wants; its answer comes by `Session.answered`.
        looked: Hears how quiet a handler is.
        bid: Hears of a bid.
        log: Writes a line for the worker.
        recorded: Whether that attempt's completion of the subtask is in the journal.
    """

    say: Callable[[wire.Frame], None]
    report: Callable[[AgentMessage], None]
    stuck: Callable[[AgentStuck], None] = _nothing
    call: Callable[[wire.Called], None] = _nothing
    looked: Callable[[frames.Looked], None] = _nothing
    bid: Callable[[wire.BidMade], None] = _nothing
    log: Callable[[wire.Logged], None] = _nothing
    recorded: Callable[[SubtaskId, str], bool] = _never


class Session:
    """One agent elsewhere; pure, and time is an argument.

    Args:
        agent: What is known of it.
        codec: In which it is spoken to.
        outlets: Where is said what follows.

    Attributes:
        agent: The same.
        codec: The same; a new life may speak another one.
        life: Of the worker whose attempts these are; "" where it is down.
        epoch: Counts the times that the worker was asked what it has.
        is_linked: There is a link.
        ready: Both sides know what the worker has.
        seen: When the worker was last heard, seconds since the epoch.
        dismissed: Somebody has let the agent go: when it ends, that is for good.
        left: Its worker was told so.
        jobs: Its attempts.
    """

    def __init__(self, agent: Agent, codec: Codec, outlets: Outlets) -> None:
        self.agent = agent
        self.codec = codec
        self.life = ""
        self.epoch = 0
        self.is_linked = False
        self.ready = False
        self.seen = 0.0
        self.dismissed = False
        self.left = False
        self._outlets = outlets
        self._incarnation = 0
        self._hook = ""
        self.jobs = Jobs(self._say, outlets.report, outlets.recorded)
        self._letters = Letters(self._say, outlets.report)
        self._calls = Calls(self._say)

    # The actor's side

    def hire(self, incarnation: int, *, now: float) -> None:
        """An incarnation of the agent's actor begins: it knows of nothing."""
        self._void("the agent was started anew")
        self._incarnation = incarnation
        self._hook = ""
        self.ready = False
        if self.is_linked:
            self.epoch += 1
            self.seen = now
            self._say(frames.Reconcile(epoch=self.epoch))

    def start(self) -> None:
        """The agent is to start: it has as soon as its worker is there."""
        self._hook = "on_start"
        self._started()

    def finish(self, reason: str) -> None:
        """The agent is to end: it has when all that it has ended is known to be kept."""
        self._hook = "on_stop"
        self._leave(reason)

    def close(self, why: str) -> None:
        """The actor has ended, perhaps without a word."""
        self._void(why)
        self._hook, self.ready = "", False

    def assign(self, lease: Lease, ready: Ready, *, now: float) -> None:
        """Give the worker an attempt."""
        self.jobs.assign(self.agent, lease, ready, self.codec, now)

    def stop(self, token: Token, reason: str) -> None:
        """Tell the worker to stop one."""
        self.jobs.stop(token, reason, heard=self.is_linked)

    def give_up(self, token: Token, why: str) -> None:
        """Nothing was heard of that."""
        self.jobs.give_up(token, why)

    def grant(self, token: Token) -> None:
        """An attempt has its slot again."""
        self.jobs.grant(token)

    def forget(self, tokens: Sequence[Token], refused: str = "") -> None:
        """It is kept how these ended, or does not count for that reason."""
        self.jobs.forget(tokens, refused)
        if self._hook == "on_stop":
            self._leave("")

    def deliver(self, delivery: Deliver) -> None:
        """Give the worker a message."""
        self._letters.send(self.agent, delivery)

    def answered(self, answer: wire.Answered) -> None:
        """A call has come to that."""
        self._calls.answered(answer)

    def say_bye(self, reason: str) -> None:
        """Tell the worker, once, that it is not expected again."""
        if not self.left:
            self.left = True
            self._say(frames.Bye(reason=reason))

    def say(self, frame: wire.Frame) -> None:
        """Ask the worker something that is asked once."""
        self._say(frame)

    # The worker's side

    def linked(self, life: str, held: Sequence[frames.Held], *, now: float) -> tuple[str, ...]:
        """There is a link, and the worker has said what it has.

        Everything else is said after the `Welcome` that has the answer.

        Returns:
            Tokens of ends that it may forget.
        """
        if life != self.life:
            self._calls.void()
        self.life, self.is_linked = life, True
        self.epoch += 1
        return self._reconciled(held, now)

    def lost(self) -> None:
        """The link is gone."""
        self.is_linked = self.ready = False
        if self.dismissed:  # it does not come back
            for job in self.jobs.running:
                self.jobs.give_up(job.lease.token, "its worker has gone")

    def down(self, why: str) -> None:
        """The worker has not come back in time, or has gone down."""
        self.fallen(problem_of(AgentLost(self.agent.id, why)))
        self.life = ""
        self._void(why)

    def fallen(self, problem: Problem) -> None:
        """The agent goes down with what it runs."""
        self.ready = False
        running = self.jobs.running
        if self._hook == "on_start":  # it has not started yet, and waits for its worker
            return
        if running:
            self._outlets.report(WorkCrashed(token=running[0].lease.token, problem=problem))
        elif self._hook != "on_stop" and self._incarnation:
            us, number = self.agent.id, self._incarnation
            self._outlets.stuck(AgentStuck(agent=us, problem=problem, incarnation=number))

    def take(self, frame: frames.FromWorker, *, now: float) -> None:
        """The worker says that.

        Raises:
            MalformedMessage: It makes no sense, or not here.
        """
        self.seen = now
        match frame:
            case frames.Done() | frames.Failed() | frames.Crashed() | frames.Stopped():
                self.jobs.ended(frame, self.codec, now)
            case frames.Heartbeat():
                pass  # that it was said is all
            case frames.Progress():
                self.jobs.progress(frame, self.codec, now)
            case frames.Waiting():
                self.jobs.waiting(frame, now)
            case frames.WaitOver():
                self.jobs.wait_over(frame, now)
            case frames.Handled():
                self._letters.handled(self.agent, frame, self.codec)
            case wire.Called():
                if self._calls.take(frame):
                    self._outlets.call(frame)
            case frames.Looked():
                self._outlets.looked(frame)
            case wire.BidMade():
                self._outlets.bid(frame)
            case wire.Logged():
                self._outlets.log(frame)
            case frames.Running():
                if frame.epoch == self.epoch and not self.ready:
                    self._answer_running(frame, now)
            case frames.Fallen():
                self.fallen(frame.problem)
            case frames.Hello():
                raise MalformedMessage("$.type", "'hello' is said once, and first")
            case frames.Drain() | frames.Bye():
                pass  # whoever keeps the sessions sees to that
            case _:
                assert_never(frame)

    # Within

    def _say(self, frame: wire.Frame) -> None:
        if self.is_linked:
            self._outlets.say(frame)

    def _answer_running(self, running: frames.Running, now: float) -> None:
        for token in self._reconciled(running.held, now):
            self._say(frames.Ack(token=token))

    def _reconciled(self, held: Sequence[frames.Held], now: float) -> tuple[str, ...]:
        self.seen, self.ready = now, True
        acknowledged = self.jobs.reconcile(self.agent, held, self.codec, now)
        self._letters.again()
        self._started()
        return acknowledged

    def _started(self) -> None:
        if self._hook == "on_start" and self.ready:
            self._hook = ""
            self._outlets.report(HookDone(hook="on_start"))

    def _leave(self, reason: str) -> None:
        if self.jobs.unacknowledged:  # the worker would not know whether they count
            return
        self._hook = ""
        if self.dismissed:  # else the runtime is closed, and may be opened again
            self.say_bye(reason)
        self._outlets.report(HookDone(hook="on_stop"))

    def _void(self, why: str) -> None:
        self.jobs.void(why)
        self._letters.void()
