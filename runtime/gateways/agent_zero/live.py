"""Contexts as live agents: what is assigned to them runs, and its answer completes it.

An assignment is pulled as everywhere in the specification: nothing runs until somebody
asks for assignments through a door of Agent Zero, its tool or its API. What is open then
is carried to its end: whatever becomes ready is assigned and run as well.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from callboard.messages import facts
from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.lookups import UnknownAgent
from callboard.messages.errors.running import CallTimedOut, RuntimeClosed
from callboard.messages.facts import goal_of, subtask_of
from callboard.messages.notices import EventsLost
from callboard.runtime.gateways.agent_zero.beside import Beside
from callboard.runtime.gateways.agent_zero.host import Host
from callboard.runtime.gateways.agent_zero.run import Run
from callboard.runtime.gateways.agent_zero.settings import Settings
from callboard.runtime.gateways.agent_zero.ways import Claims, way_of
from callboard.runtime.gateways.operations.orchestration import HandOut
from callboard.runtime.gateways.tool.doing import FacadeDoer
from callboard.runtime.handover import instruction_of, takes_work
from callboard.runtime.logs import log
from callboard.runtime.subtask_view import AtomicSubtask

if TYPE_CHECKING:
    from callboard.actors.logic.board import Board
    from callboard.messages.base import AgentId, GoalId, SubtaskId
    from callboard.messages.unions import Event
    from callboard.messages.values import Lease
    from callboard.runtime.distributed import DistributedOrchestrator
    from callboard.runtime.gateways.operations.operation import AnyOperation

MINUTE = 60.0

AGAIN = 5.0
"""Seconds until what could not be handed out is tried again."""

_ENDINGS = (facts.GoalCompleted, facts.GoalFailed, facts.GoalCancelled, facts.GoalForgotten)
_NEWS = (
    facts.SubtaskQueued,
    facts.SubtaskRequeued,
    facts.SubtaskUnparked,
    facts.SubtaskResumed,
    facts.SubtaskCompleted,
    facts.SubtaskFailed,
    facts.SubtaskCancelled,
    facts.RetryScheduled,
    facts.LeaseRevoked,
)
"""After which somebody may be given something that nobody could be given before."""


class LiveContexts:
    """The agents of one orchestrator, and what they run.

    Args:
        orchestrator: Whose agents.
        host: The Agent Zero of this process; None where there is none.

    Attributes:
        threads: They end with the runtime.
    """

    def __init__(self, orchestrator: DistributedOrchestrator, host: Host | None) -> None:
        self.orchestrator = orchestrator
        self._host = host
        self._runtime = orchestrator.runtime
        self._contexts = orchestrator.registered_agents.contexts
        self._doer = FacadeDoer(orchestrator)
        self._beside = Beside()
        self._claims = Claims()
        self._lock = threading.Lock()
        self._runs: dict[SubtaskId, Run] = {}
        self._carried: set[GoalId] = set()
        self._beats: queue.SimpleQueue[AgentId] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._missed = False
        self._events = self._runtime.events()
        self.threads = tuple(
            threading.Thread(target=target, name=f"callboard-live-{name}", daemon=True)
            for name, target in (("watch", self._watch), ("beat", self._keep_alive))
        )
        for thread in self.threads:
            thread.start()

    # What is asked

    async def do(self, operation: AnyOperation, asked: Any, speaker: object) -> Any:  # noqa: ANN401 - see `Doer`
        """See `Doer`; what is assigned begins to run."""
        if not isinstance(asked, HandOut):
            return await self._doer.do(operation, asked, speaker)
        settings = await asyncio.to_thread(self._settings)  # first: they may make no sense
        answer = await self._doer.do(operation, asked, speaker)
        assigned = [(one.subtask_uuid, one.agent_id) for one in answer.assignments]
        await asyncio.to_thread(self._take_on, assigned, settings)
        return answer

    def beat(self, context_id: AgentId) -> None:
        """A sign of life of a context, which never blocks; of one that is no agent it is none."""
        if self.has(context_id):
            self._beats.put(context_id)

    def has(self, context_id: AgentId) -> bool:
        """Whether that is one of the agents; never blocks."""
        return context_id in self._contexts

    def leave(self, context_id: AgentId) -> None:
        """A context has ended: it is no agent any more, and what it ran is requeued."""
        if self.has(context_id):
            log.info("context_ended", agent=context_id)
            try:
                self.orchestrator.unregister_agent(context_id)
            except CallboardError as error:
                self._contexts.pop(context_id, None)
                log.warning("context_not_unregistered", agent=context_id, error=str(error))

    @property
    def running(self) -> tuple[SubtaskId, ...]:
        """Uuids of what runs now."""
        with self._lock:
            return tuple(self._runs)

    # Runs

    def _take_on(self, assigned: Iterable[tuple[SubtaskId, AgentId]], settings: Settings) -> None:
        """What is open now is carried to its end from here on."""
        goals = self._runtime.hub.read(_open_goals)
        with self._lock:
            self._carried |= goals
        self._begin(assigned, settings)

    def _begin(self, assigned: Iterable[tuple[SubtaskId, AgentId]], settings: Settings) -> None:
        """Start what can be run here; who is known by an id alone does it elsewhere."""
        for uuid, agent in assigned:
            if takes_work(self._contexts.get(agent)):
                make = partial(self._made, uuid=uuid, agent=agent, settings=settings)
                run = self._runtime.hub.read(make)
                if run is not None:
                    with self._lock:
                        self._runs[uuid] = run
                    run.start()
                    self._check(run)

    def _made(
        self, board: Board, uuid: SubtaskId, agent: AgentId, settings: Settings
    ) -> Run | None:
        record = board.subtasks.get(uuid)
        held = () if record is None else record.leases
        lease = next((lease for lease in held if lease.agent == agent), None)
        if record is None or lease is None:
            return None  # it was taken back in this very moment
        seconds, deadline = (
            settings.deadline_minutes * MINUTE,
            board.goals[record.goal].goal.deadline,
        )
        if deadline is not None:
            seconds = min(seconds, max(0.0, deadline - time.time()))
        view = AtomicSubtask(record, self._runtime.hub)
        target = self._contexts.get(agent)
        return Run(
            self._runtime,
            lease,
            view.name,
            make=partial(
                way_of,
                self._host,
                target,
                view,
                settings,
                beside=self._beside,
                claims=self._claims,
            ),
            instruction=instruction_of(record, board),
            seconds=seconds,
            over=self._over,
        )

    def _settings(self) -> Settings:
        return Settings() if self._host is None else self._host.settings()

    def _over(self, run: Run) -> None:
        with self._lock:
            if self._runs.get(run.lease.subtask) is run:
                del self._runs[run.lease.subtask]

    # What happens

    def _watch(self) -> None:
        """Stop what is not wanted any more, and hand out what has become ready."""
        try:
            while True:
                try:
                    event = self._events.next(AGAIN if self._missed else None)
                except CallTimedOut:
                    self._attempt(self._carry_on)
                    continue
                if event is None:
                    return
                self._attempt(partial(self._see, event))
        finally:
            self._close()

    def _attempt(self, what: Callable[[], None]) -> None:
        """Whatever goes wrong is told, and what could not be handed out is tried again."""
        try:
            self._missed = False
            what()
        except RuntimeClosed:
            return
        except Exception as error:  # noqa: BLE001 - the next event may be fine
            self._missed = True
            log.error("live_contexts_failed", error=repr(error))

    def _see(self, event: Event) -> None:
        goal, uuid = goal_of(event), subtask_of(event)
        with self._lock:
            runs = [self._runs[uuid]] if uuid in self._runs else []
            if isinstance(event, EventsLost):
                runs = list(self._runs.values())
            if isinstance(event, _ENDINGS):
                self._carried.discard(goal)
            news = isinstance(event, (*_NEWS, EventsLost)) and goal in {*self._carried, ""}
            joined = isinstance(event, facts.AgentRegistered) and bool(self._carried)
        for run in runs:
            self._check(run)
        if news or joined:
            self._carry_on()

    def _check(self, run: Run) -> None:
        """Stop it unless its lease is current."""
        if not self._runtime.hub.read(lambda board: _holds(board, run.lease)):
            run.stop()

    def _carry_on(self) -> None:
        """Hand out what is ready, as long as everybody who might get it runs here."""
        if not self._runtime.hub.read(self._all_here):
            return
        settings = self._settings()
        leases = self._runtime.assign()
        if leases:  # perhaps of a goal that came later: what is begun is carried to its end
            self._take_on([(lease.subtask, lease.agent) for lease in leases], settings)

    def _all_here(self, board: Board) -> bool:
        """Nobody gets unasked what nobody here could run."""
        pulling = [agent for agent, record in board.agents.items() if record.agent.pull]
        return all(takes_work(self._contexts.get(agent)) for agent in pulling)

    # Signs of life

    def _keep_alive(self) -> None:
        """Beat for the contexts that are there, and let those go that are not.

        They live in this process, so they need no more; what runs in them has a deadline.
        """
        interval = self._runtime.config.heartbeat_timeout / 3
        due = time.monotonic() + interval
        while not self._ended.is_set():
            try:
                self._heartbeat(self._beats.get(timeout=max(0.0, due - time.monotonic())))
            except queue.Empty:
                self.look_after_all()
                due = time.monotonic() + interval

    def look_after_all(self) -> None:
        """Beat for the contexts that are there, and let those go that are not."""
        for agent, context in list(self._contexts.items()):
            self._look_after(agent, context)

    def _look_after(self, agent: AgentId, context: object) -> None:
        if self._host is None or not self._host.is_context(context):
            return
        now = self._host.known(agent)
        if now is None:
            self.leave(agent)
        elif agent in self._contexts:  # and not unregistered in this very moment
            self._contexts[agent] = now  # one of the same id may have taken its place
            self._heartbeat(agent)

    def _heartbeat(self, agent: AgentId) -> None:
        if self._ended.is_set():
            return
        try:
            self._runtime.heartbeat(agent)
        except UnknownAgent:  # the runtime itself was told to let it go
            self._contexts.pop(agent, None)
        except CallboardError as error:
            log.warning("heartbeat_refused", agent=agent, error=str(error))

    # The end

    def _close(self) -> None:
        self._ended.set()
        self._beats.put("")  # so that who waits for the next one sees it
        with self._lock:
            runs = list(self._runs.values())
        for run in runs:
            run.stop()
        for run in runs:
            run.thread.join(1.0)
        self._beside.close()


class _Shared:
    """Where the process keeps its live contexts, one for each orchestrator.

    Who looks them up does not wait for whoever makes one, so what was found is replaced
    and never changed.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.found: dict[DistributedOrchestrator, LiveContexts] = {}


_shared = _Shared()


def live_contexts(orchestrator: DistributedOrchestrator) -> LiveContexts:
    """The live contexts of an orchestrator; made at first use."""
    with _shared.lock:
        found = _shared.found.get(orchestrator)
        if found is None:
            found = LiveContexts(orchestrator, _host())
            open_ = {o: live for o, live in _shared.found.items() if not o.closed}
            _shared.found = {**open_, orchestrator: found}
        return found


def all_live() -> list[LiveContexts]:
    """Those that there are; none is made, and none is waited for."""
    return [live for orchestrator, live in _shared.found.items() if not orchestrator.closed]


def _host() -> Host | None:
    try:
        return Host()
    except ImportError:
        return None  # somebody tries it out elsewhere: what takes work is handed it all the same


def _open_goals(board: Board) -> set[GoalId]:
    return {goal for goal, record in board.goals.items() if record.ended_at is None}


def _holds(board: Board, lease: Lease) -> bool:
    record = board.subtasks.get(lease.subtask)
    return record is not None and any(held.token == lease.token for held in record.leases)
