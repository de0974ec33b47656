"""An agent elsewhere, as its runtime sees it: a session, its lock, and who carries it.

Actors tell it what to do on threads of theirs, workers say what they have done on the
event loop of a server: here both meet. Nothing in here blocks. What is for the worker
waits in a list until its carrier takes it, all at once; the carrier is woken once for it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

import msgspec

from callboard.messages.base import SUPERVISOR, agent_address
from callboard.messages.errors.base import CallboardError, problem_of
from callboard.messages.errors.data import MalformedMessage
from callboard.messages.errors.running import InvalidCall
from callboard.messages.execution import Deliver
from callboard.messages.values import replace, unpack
from callboard.runtime.executors.inbox import Inbox
from callboard.runtime.executors.processes import wire
from callboard.runtime.executors.processes.serving import Serving
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.executor import RemoteExecutor
from callboard.runtime.gateways.link.session import Outlets, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.actors.ports import Teller
    from callboard.messages.base import SubtaskId
    from callboard.messages.supervision import AgentStuck
    from callboard.messages.unions import AgentMessage
    from callboard.messages.values import Agent, Parent
    from callboard.runtime.executors.processes.wire import Frame
    from callboard.runtime.executors.services import Equipment
    from callboard.runtime.gateways.link.codec import Codec
    from callboard.runtime.gateways.link.options import LinkOptions

_LEVELS = frozenset({"debug", "info", "warning", "error", "critical", "exception"})


class Carrier(Protocol):
    """Brings frames to a worker: a WebSocket, or answers to its questions."""

    def wake(self) -> None:
        """There are frames for it; called on any thread, never blocks."""
        ...

    def end(self) -> None:
        """Close it once all that waits has been said."""
        ...

    def cut(self, why: str) -> None:
        """Close it: the worker does not read, or another link has taken its place."""
        ...


class Station:
    """One agent elsewhere.

    Args:
        agent: What is known of it.
        codec: In which it is spoken to.
        options: How patient the server is.
        clock: Seconds since the epoch.
        recorded: Whether an attempt's completion of a subtask is in the journal.
        dismissed: Told that the agent was let go; only enqueues.

    Attributes:
        lock: Held by whoever touches the session.
        session: What is agreed.
        id: Of the agent.
        grace: Seconds within which its worker may come back.
    """

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        agent: Agent,
        codec: Codec,
        options: LinkOptions,
        *,
        clock: Callable[[], float],
        recorded: Callable[[SubtaskId, str], bool],
        dismissed: Callable[[Station], None],
    ) -> None:
        self.lock = threading.RLock()
        self.grace = options.grace
        self._options = options
        self._clock = clock
        self._dismissed = dismissed
        self._out: list[Frame] = []
        self._carrier: Carrier | None = None
        self._links = 0
        self._calls: list[wire.Called] = []
        self._report: Callable[[AgentMessage], None] = _drop
        self._teller: Teller | None = None
        self._equipment: Equipment | None = None
        self._serving: Serving | None = None
        self._executor: RemoteExecutor | None = None
        outlets = Outlets(
            say=self._put,
            report=self._tell,
            stuck=self._tell_supervisor,
            call=self._calls.append,
            looked=self._looked,
            bid=self._bid_made,
            log=self._log_line,
            recorded=recorded,
        )
        self.session = Session(agent, codec, outlets)
        self.id = agent.id

    @property
    def agent(self) -> Agent:
        """What is known of it."""
        return self.session.agent

    @property
    def carrier(self) -> Carrier | None:
        """Who brings it frames now."""
        return self._carrier

    # The runtime's side

    def hire(
        self, agent: Agent, incarnation: int, teller: Teller, equipment: Equipment
    ) -> RemoteExecutor:
        """What runs the work of one incarnation of the agent."""
        with self.lock:
            self._teller, self._equipment = teller, equipment
            address = agent_address(agent.id)
            self.session.jobs.grace = equipment.grace
            self.session.agent = agent
            self._report = lambda message: teller.tell(address, message)
            self._serving = Serving(equipment.services, Inbox(), self._answered)
            self._executor = RemoteExecutor(self, agent, self._report, equipment)  # pyright: ignore[reportArgumentType]
            self.session.hire(incarnation, now=self._clock())
            return self._executor

    def ended(self, executor: RemoteExecutor) -> None:
        """That incarnation has ended."""
        with self.lock:
            if self._executor is executor:
                self.session.close("its agent has ended")
                self._executor, self._report = None, _drop
                self._retire()

    def dismiss(self) -> None:
        """The agent was let go; it may still be saying good-bye."""
        self._dismissed(self)
        with self.lock:
            self.session.dismissed = True
            self._retire()

    def is_current(self, executor: RemoteExecutor) -> bool:
        """Whether that incarnation is the one whose attempts the worker has."""
        return self._executor is executor

    # The carrier's side

    def link(self, carrier: Carrier, hello: frames.Hello, codec: Codec) -> None:
        """A worker is there; what it must know waits for it, `Welcome` first."""
        with self.lock:
            former, self._carrier = self._carrier, carrier
            self._links += 1
            self._out.clear()
            resumed = hello.life == self.session.life
            self.session.codec = codec
            acknowledged = self.session.linked(hello.life, hello.held, now=self._clock())
            asked = self._options.grace if hello.grace is None else hello.grace
            self.grace = min(max(0.0, asked), self._options.longest_grace)
            self._out.insert(0, self._welcome(resumed=resumed, acknowledged=acknowledged))
            carrier.wake()
        if former is not None and former is not carrier:
            former.cut("another link has taken its place")

    def unlink(self, carrier: Carrier) -> None:
        """The link is gone: its worker has so long to come back."""
        with self.lock:
            if self._carrier is not carrier:
                return
            self._carrier = None
            self._out.clear()
            self.session.lost()
            links, equipment = self._links, self._equipment
        if equipment is not None:
            equipment.timers.after(self.grace, lambda: self._grace_over(links))

    def give_up(self, why: str) -> None:
        """The worker is not waited for any longer."""
        with self.lock:
            carrier, self._carrier = self._carrier, None
            self._out.clear()
            self._links += 1
            self.session.lost()
            if self.session.life:
                self.session.down(why)
        if carrier is not None:
            carrier.cut(why)

    def take(self, said: Sequence[frames.FromWorker]) -> None:
        """The worker says all that.

        Raises:
            MalformedMessage: Something of it makes no sense; what came before it counts.
        """
        now = self._clock()
        with self.lock:
            try:
                for frame in said:
                    self.session.take(frame, now=now)
            finally:
                calls, serving = self._calls[:], self._serving
                self._calls.clear()
        for called in calls:
            if serving is not None:
                self._carry_out(serving, called)

    def outgoing(self) -> list[Frame]:
        """All that waits for the worker; it is forgotten here."""
        with self.lock:
            out, self._out = self._out, []
            return out

    # Within

    def _retire(self) -> None:
        """Tell the worker that it was let go, once nobody stands for it any more."""
        if self.session.dismissed and self._executor is None:
            self.session.say_bye("it was let go")
            if self._carrier is not None:
                self._carrier.end()

    def _welcome(self, *, resumed: bool, acknowledged: tuple[str, ...]) -> frames.Welcome:
        return frames.Welcome(
            epoch=self.session.epoch,
            now=self._clock(),
            heartbeat=self._options.heartbeat,
            grace=self.grace,
            protocol=frames.PROTOCOL,
            resumed=resumed,
            acknowledged=acknowledged,
            longest=self._options.longest,
        )

    def _put(self, frame: Frame) -> None:
        carrier = self._carrier
        if carrier is None:
            return
        self._out.append(frame)
        if len(self._out) == 1:
            carrier.wake()
        elif len(self._out) > self._options.queued:
            self._out.clear()
            carrier.cut(f"it has left {self._options.queued:,} frames unread")

    def _tell(self, message: AgentMessage) -> None:
        self._report(message)

    def _tell_supervisor(self, stuck: AgentStuck) -> None:
        if self._teller is not None:
            self._teller.tell(SUPERVISOR, stuck)

    def _grace_over(self, links: int) -> None:
        with self.lock:
            if self._links == links and self._carrier is None and self.session.life:
                self.session.down("lost its link")

    def _looked(self, looked: frames.Looked) -> None:
        if self._executor is not None:
            self._executor.looked(looked)

    def _bid_made(self, made: wire.BidMade) -> None:
        if self._executor is not None:
            self._executor.bid_made(made)

    def _log_line(self, line: wire.Logged) -> None:
        if self._equipment is None or line.level not in _LEVELS:
            return
        try:
            fields: object = unpack(line.fields)
        except msgspec.DecodeError as error:
            raise MalformedMessage("fields", str(error)) from None
        plain: dict[object, object] = {**fields} if isinstance(fields, dict) else {"fields": fields}
        named = {f"{name}": value for name, value in plain.items() if name != "event"}
        log = self._equipment.log.bind(agent=self.agent.id)
        log.log(_number(line.level), line.event, **named)

    # What handlers want

    def _answered(self, frame: Frame) -> None:
        if isinstance(frame, wire.Answered):
            with self.lock:
                self.session.answered(frame)

    def _carry_out(self, serving: Serving, called: wire.Called) -> None:
        try:
            wish = self._checked(called.wish)
        except CallboardError as error:
            self._answered(wire.Answered(call=called.call, problem=problem_of(error)))
        else:
            serving.take(called.call, wish)

    def _checked(self, wish: wire.Wish) -> wire.Wish:
        """The wish, as somebody may have it who speaks for this agent only."""
        match wish:
            case wire.SendOut() | wire.AskOut():
                return replace(wish, delivery=self._from_us(wish.delivery))
            case wire.HandIn():
                self._check_parent(wish.parent)
                return wish
            case wire.Check():
                self._check_agent(wish.lease.agent)
                return wish
            case wire.Await():
                return wish
            case _:
                raise InvalidCall("wish", type(wish).__name__, "one that a server carries out")

    def _from_us(self, delivery: Deliver) -> Deliver:
        return replace(delivery, sender=self.agent.id, reply_to="")

    def _check_parent(self, parent: Parent | None) -> None:
        if parent is None:
            return
        with self.lock:
            ours = [job.lease for job in self.session.jobs.running]
        if not any((one.goal, one.subtask) == (parent.goal, parent.subtask) for one in ours):
            raise InvalidCall("parent", parent.subtask, "a subtask that the agent works on")

    def _check_agent(self, agent: str) -> None:
        if agent != self.agent.id:
            raise InvalidCall("lease", agent, "one of the agent's own")


def _drop(_: object) -> None:
    """No actor stands for the agent just now."""


def _number(level: str) -> int:
    import logging  # noqa: PLC0415 - loaded by now

    return int(getattr(logging, "ERROR" if level == "exception" else level.upper()))
