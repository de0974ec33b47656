"""What is behind the methods of a runtime: its opening, its end, and each of its calls."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, NamedTuple

from callboard.actors.post import Post
from callboard.messages import values
from callboard.messages.base import (
    DECOMPOSER,
    ORCHESTRATOR,
    SCHEDULER,
    SUPERVISOR,
    agent_address,
)
from callboard.messages.commands import (
    Assignments,
    AssignNow,
    CancelSubtask,
    CompleteSubtask,
    Done,
    DrainRuntime,
    DrainSubtask,
    GoalTaken,
    Heartbeat,
    PauseAgent,
    PauseRuntime,
    PauseSubtask,
    Ping,
    Pong,
    RegisterAgent,
    Replied,
    RequeueSubtask,
    ResizeAgent,
    ResumeAgent,
    ResumeRuntime,
    ResumeSubtask,
    UnregisterAgent,
)
from callboard.messages.errors.agents import AgentIdTaken
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.data import InboxFull, NoHandler
from callboard.messages.errors.running import InvalidCall, RuntimeClosed
from callboard.messages.execution import Deliver
from callboard.messages.facts import AgentRemoved, AgentResized
from callboard.messages.notices import DeadLetter, RuntimeFailed
from callboard.messages.user import pack, pack_message, tag_of
from callboard.messages.values import unpack
from callboard.messages.work import CheckLease, LeaseStands
from callboard.runtime.calls import Calls
from callboard.runtime.cast import Cast
from callboard.runtime.config import Config
from callboard.runtime.crew import Crew
from callboard.runtime.doors import Doors, Limits
from callboard.runtime.editing import edit_of
from callboard.runtime.errands import Errands
from callboard.runtime.executors.definition import definition_of
from callboard.runtime.executors.waiting import not_negative, text_of
from callboard.runtime.handle import GoalHandle
from callboard.runtime.hub import Hub
from callboard.runtime.keeping import Keeping
from callboard.runtime.logs import log
from callboard.runtime.outcomes import error_of_failure
from callboard.runtime.planners.rules import RulesPlanner
from callboard.runtime.planners.skills import load_equivalences
from callboard.runtime.submission import load_of, submission
from callboard.runtime.switching import switching
from callboard.runtime.world import real_world

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack

    from callboard.actors.logic.skills import Equivalences
    from callboard.actors.ports import Planner
    from callboard.messages.base import Address, AgentId, GoalId, Message, SubtaskId
    from callboard.messages.commands import SubmitGoal
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice
    from callboard.messages.user import UserMessage
    from callboard.messages.values import Lease, Parent, Problem
    from callboard.runtime.calls import Call
    from callboard.runtime.editing import SubtaskChanges
    from callboard.runtime.executors.definition import AgentOptions
    from callboard.runtime.submission import GoalOptions
    from callboard.runtime.world import World

_ANSWER = 1.0
"""Seconds that an answer has beyond the limit of what it answers."""

_OURS = frozenset({AgentRemoved, AgentResized, RuntimeFailed})
"""What changes something outside of the board; all else is only shown."""


class Closed(NamedTuple):
    """What `close` had to leave behind.

    Attributes:
        threads: Names of threads whose handlers would not stop, with what they ran.
        goals: Goals that had not ended; their waiters got `RuntimeClosed`.
    """

    threads: tuple[str, ...]
    goals: tuple[GoalId, ...]


class Core:
    """A runtime without its public face, which is `callboard.runtime.runtime.Runtime`.

    Args:
        config: Its settings; None for the defaults.
        planner: Makes plans of goals that come without one; None for the rules.
        equivalences: Which skills stand in for which; None for the packaged table.
        world: What it stands on; None for the real world.
    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        planner: Planner | None = None,
        equivalences: Equivalences | None = None,
        world: World | None = None,
    ) -> None:
        self.config = config = settings_of(config)
        self._equivalences = equivalences or load_equivalences()
        self._closing = threading.Lock()
        self._leaving = False
        self._closed: Closed | None = None
        self._broken: Problem | None = None
        self._world = world = world or real_world(config)
        self.hub = Hub(keep_goals=config.keep_goals, past=world.journal)
        self._post = Post(
            clock=world.clock,
            timers=world.timers,
            journal=world.journal,
            watcher=self,
            route=world.route,
        )
        self._calls = Calls(self._post, world.dispatcher, config.call_timeout)
        self._doors = self._make_doors()
        errands = Errands(self._delivering, self._answering, self._submitting, self._checking)
        self._crew = Crew(config, world, self._post, errands)
        self._cast = Cast(
            config=config,
            world=world,
            post=self._post,
            watcher=self,
            planner=planner or RulesPlanner(world.ids),
            equivalences=self._equivalences,
            hire=self._crew.hire,
            background=self._crew.background,
            signs=self._crew,
        )
        self._keeping = Keeping(world, self.hub, self, config.retention)
        self._keeping.open()
        self._cast.open()
        if config.switch_interval is not None:
            switching.ask(self, config.switch_interval)

    def _make_doors(self) -> Doors:
        config, post = self.config, self._post
        limits = Limits(
            messages=config.mailbox_limit,
            goals=config.open_goals,
            subtasks=config.open_subtasks,
            wait=config.overflow == "wait",
        )
        boxes = post.open_box(ORCHESTRATOR), post.open_box(SCHEDULER)
        return Doors(boxes, self.hub.board, limits, clock=self._world.clock, watcher=self)

    def see(self, event: Fact | Notice) -> None:
        """Take note of what happens; the post shows it (see `Watcher`)."""
        # The hub tells everybody, so what they may ask next must be true before.
        if type(event) in _OURS:
            self._take_note(event)
        self.hub.see(event)
        self._doors.see(event)
        if isinstance(event, RuntimeFailed):
            self._post.close(problem_of(error_of_failure(event.problem)))
            self._doors.close(error_of_failure(event.problem))

    def _take_note(self, event: Fact | Notice) -> None:
        if isinstance(event, AgentRemoved):
            self._dismiss(event.agent)
        elif isinstance(event, AgentResized):
            self._cast.resize(event.agent, event.max_load)
        elif isinstance(event, RuntimeFailed):
            self._broken = event.problem

    # Agents

    def _registering(self, agent: object, options: AgentOptions) -> Call[AgentId]:
        definition = definition_of(agent, **options)
        self._check_open()
        if not self._cast.engage(definition.agent):
            raise AgentIdTaken(definition.agent.id)
        self._crew.engage(definition)
        return self._joining(definition.agent, replace=False)

    def _registering_remote(self, agent: values.Agent, *, replace: bool) -> Call[AgentId]:
        text_of("agent.id", agent.id)
        self._check_open()
        if not self._cast.engage(agent, replace=replace):
            raise AgentIdTaken(agent.id)
        return self._joining(agent, replace=replace)

    def _joining(self, agent: values.Agent, *, replace: bool) -> Call[AgentId]:
        joining = self._calls.ask(
            "register",
            SUPERVISOR,
            lambda here: RegisterAgent(agent=agent, replace=replace, reply_to=here),
            Done,
            lambda _: agent.id,
        )
        if not replace:
            joining.future.add_done_callback(lambda done: self._joined(done, agent.id))
        return joining

    def _joined(self, done: Future[AgentId], agent: AgentId) -> None:
        """Who was refused must not look like a member; of who got no answer nobody knows."""
        if not done.cancelled() and done.exception() is not None:
            self._dismiss(agent)

    def _dismiss(self, agent: AgentId) -> None:
        # In the reverse order of `_registering`, which may come in between.
        self._crew.dismiss(agent)
        self._cast.dismiss(agent)

    def _letting_go(self, agent: AgentId, *, drain: bool, timeout: float | None) -> Call[None]:
        leaver, seconds = text_of("agent", agent), self._calls.limit(timeout)
        self._check_open()
        return self._calls.command(
            f"unregister {leaver}",
            SUPERVISOR,
            lambda here: UnregisterAgent(agent=leaver, drain=drain, seconds=seconds, reply_to=here),
            seconds + _ANSWER,
        )

    def _beating(self, agent: AgentId) -> Call[None]:
        alive = text_of("agent", agent)
        self._check_open()
        return self._scheduling("heartbeat", lambda here: Heartbeat(agent=alive, reply_to=here))

    def _resizing(self, agent: AgentId, max_load: int) -> Call[None]:
        resized, load = text_of("agent", agent), load_of(max_load)
        self._check_open()
        return self._calls.command(
            "resize",
            SUPERVISOR,
            lambda here: ResizeAgent(agent=resized, max_load=load, reply_to=here),
        )

    def _pausing_agent(self, agent: AgentId, reason: str, *, interrupt: bool) -> Call[None]:
        paused, why = text_of("agent", agent), text_of("reason", reason)
        self._check_open()
        return self._calls.command(
            f"pause {paused}",
            SUPERVISOR,
            lambda here: PauseAgent(agent=paused, reason=why, interrupt=interrupt, reply_to=here),
        )

    def _resuming_agent(self, agent: AgentId) -> Call[None]:
        resumed = text_of("agent", agent)
        self._check_open()
        return self._calls.command(
            f"resume {resumed}",
            SUPERVISOR,
            lambda here: ResumeAgent(agent=resumed, reply_to=here),
        )

    # Goals and subtasks

    def _submitting(
        self, goal: object, *, parent: Parent | None = None, **options: Unpack[GoalOptions]
    ) -> Call[GoalHandle]:
        command = submission(goal, world=self._world, config=self.config, parent=parent, **options)
        self._check_open()
        self._keeping.check()
        known = self._keeping.known(command.goal.key)
        if known is not None:
            return self._calls.answered(GoalHandle(known, self.hub, self._calls))
        return self._calls.visit(
            "submit",
            ORCHESTRATOR,
            lambda here: _answered_to(command, here),
            GoalTaken,
            lambda taken: GoalHandle(taken.goal, self.hub, self._calls),
            door=self._doors.submit if parent is None else self._doors.orchestrator,
            subtasks=1 if command.plan is None else len(command.plan.subtasks),
        )

    def _cancelling_subtask(self, subtask: SubtaskId, reason: str) -> Call[None]:
        uuid, why = text_of("subtask", subtask), text_of("reason", reason)
        self._check_open()
        return self._calls.command(
            "cancel_subtask",
            ORCHESTRATOR,
            lambda here: CancelSubtask(subtask=uuid, reason=why, reply_to=here),
        )

    def _pausing_subtask(self, subtask: SubtaskId, reason: str, *, interrupt: bool) -> Call[None]:
        uuid, why = text_of("subtask", subtask), text_of("reason", reason)
        return self._ordering(
            "pause_subtask",
            lambda here: PauseSubtask(subtask=uuid, reason=why, interrupt=interrupt, reply_to=here),
        )

    def _resuming_subtask(self, subtask: SubtaskId) -> Call[None]:
        uuid = text_of("subtask", subtask)
        return self._ordering(
            "resume_subtask", lambda here: ResumeSubtask(subtask=uuid, reply_to=here)
        )

    def _draining_subtask(self, subtask: SubtaskId, reason: str) -> Call[None]:
        uuid, why = text_of("subtask", subtask), text_of("reason", reason)
        return self._ordering(
            "drain_subtask",
            lambda here: DrainSubtask(subtask=uuid, reason=why, reply_to=here),
        )

    def _ordering(self, what: str, make: Callable[[Address], Message]) -> Call[None]:
        self._check_open()
        return self._calls.command(what, ORCHESTRATOR, make)

    # Everything

    def _pausing(self, reason: str, *, interrupt: bool) -> Call[None]:
        why = text_of("reason", reason)
        return self._ordering(
            "pause", lambda here: PauseRuntime(reason=why, interrupt=interrupt, reply_to=here)
        )

    def _resuming(self) -> Call[None]:
        return self._ordering("resume", lambda here: ResumeRuntime(reply_to=here))

    def _draining(self, reason: str) -> Call[None]:
        why = text_of("reason", reason)
        return self._ordering("drain", lambda here: DrainRuntime(reason=why, reply_to=here))

    def _emptying(self, timeout: float | None) -> Call[None]:
        seconds = None if timeout is None else not_negative("timeout", timeout)
        return self._calls.call(self.hub.idle(), "drain", seconds)

    def _open_goals(self) -> tuple[GoalId, ...]:
        return self.hub.read(
            lambda board: tuple(g for g, r in board.goals.items() if r.ended_at is None)
        )

    def _completing(self, subtask: SubtaskId, result: object) -> Call[None]:
        uuid = text_of("subtask", subtask)
        payload = pack(result, what=f"the result of subtask {uuid}")
        self._check_open()
        return self._scheduling(
            "complete",
            lambda here: CompleteSubtask(subtask=uuid, result=payload, reply_to=here),
        )

    def _requeueing(self, subtask: SubtaskId, changes: SubtaskChanges | None = None) -> Call[None]:
        if changes:
            return self._editing(subtask, changes, requeue=True)
        uuid = text_of("subtask", subtask)
        self._check_open()
        return self._calls.command(
            "requeue", SCHEDULER, lambda here: RequeueSubtask(subtask=uuid, reply_to=here)
        )

    def _editing(
        self, subtask: SubtaskId, changes: SubtaskChanges, *, requeue: bool = False
    ) -> Call[None]:
        command = edit_of(text_of("subtask", subtask), changes, requeue=requeue)
        self._check_open()
        return self._calls.command(
            "edit", SCHEDULER, lambda here: values.replace(command, reply_to=here)
        )

    def _assigning(self) -> Call[tuple[Lease, ...]]:
        self._check_open()
        return self._calls.visit(
            "assign",
            SCHEDULER,
            lambda here: AssignNow(reply_to=here),
            Assignments,
            lambda assigned: assigned.leases,
            door=self._doors.scheduler,
        )

    def _scheduling(self, what: str, make: Callable[[Address], Message]) -> Call[None]:
        door = self._doors.scheduler
        return self._calls.visit(what, SCHEDULER, make, Done, lambda _: None, door=door)

    # Messages to agents

    def _delivering(self, delivery: Deliver) -> None:
        agent = self._receiver(delivery)
        addressed = values.replace(delivery, agent=agent.id)
        full = self._crowd(agent, delivery.tag)
        if full is None:
            self._post.tell(agent_address(agent.id), addressed)

    def _answering(self, delivery: Deliver, seconds: float | None = None) -> Call[Any]:
        agent = self._receiver(delivery)
        receiver, full = agent.id, self._crowd(agent, delivery.tag)
        if full is not None:
            raise full
        return self._calls.ask(
            f"ask {receiver}",
            agent_address(receiver),
            lambda here: values.replace(delivery, agent=receiver, reply_to=here),
            Replied,
            lambda replied: unpack(replied.body),
            seconds,
        )

    def _letter(self, agent: AgentId, message: UserMessage) -> Deliver:
        to, tag = text_of("agent", agent), tag_of(message)
        return Deliver(agent=to, tag=tag, body=pack_message(message))

    def _asking(self, agent: AgentId, message: UserMessage, timeout: float | None) -> Call[Any]:
        seconds = self._calls.limit(timeout)
        letter = self._letter(agent, message)
        dated = values.replace(letter, deadline=self._world.clock.now() + seconds)
        return self._answering(dated, seconds)

    def _checking(self, lease: Lease) -> Call[None]:
        self._check_open()
        return self._calls.ask(
            "once",
            SCHEDULER,
            lambda here: CheckLease(lease=lease, reply_to=here),
            LeaseStands,
            lambda _: None,
        )

    def _crowd(self, agent: values.Agent, tag: str) -> InboxFull | None:
        """Why it gets no more messages now; shown as a dead letter.

        Its logic bounds what it has read; this bounds what it has not even come to.
        """
        to, limit = agent_address(agent.id), agent.mailbox_limit
        if self._post.waiting(to) < limit:
            return None
        full, at = InboxFull(agent.id, limit), self._world.clock.now()
        self.see(DeadLetter(at=at, to=to, what=tag, reason=str(full)))
        return full

    def _receiver(self, delivery: Deliver) -> values.Agent:
        """Whom it goes to.

        Raises:
            UnknownAgent: There is no such agent.
            NoHandler: It runs its work by itself, and takes no messages.
        """
        self._check_open()
        agent = self._cast.member(text_of("agent", delivery.agent))
        if agent.pull:
            raise NoHandler(agent.id, delivery.tag)
        return agent

    # How things stand

    def _pinging(self, timeout: float) -> dict[str, Call[dict[str, int]]]:
        seconds = self._calls.limit(timeout)
        self._check_open()
        return {
            address: self._calls.ask(
                f"ping {address}",
                address,
                lambda here: Ping(reply_to=here),
                Pong,
                lambda pong: pong.state,
                seconds,
            )
            for address in (ORCHESTRATOR, SCHEDULER, DECOMPOSER, SUPERVISOR)
        }

    def _check_open(self) -> None:
        if self._broken is not None:
            raise error_of_failure(self._broken)
        if self._leaving:
            raise RuntimeClosed

    # The end

    def close(self) -> Closed:
        """End everything within `close_timeout`; the answer says what was left behind.

        Harmless where it was closed before.
        """
        with self._closing:
            if self._closed is None:
                self._leaving = True
                self._closed = self._close()
                switching.let_go(self)
            return self._closed

    def _close(self) -> Closed:
        seconds, dispatcher = self.config.close_timeout, self._world.dispatcher
        if self._broken is None:
            with contextlib.suppress(TimeoutError):  # then what is left is ended as it is
                dispatcher.wait(self._cast.dissolve(), seconds / 2)
        self._cast.close()
        goals = self._open_goals()
        self._doors.close(RuntimeClosed())
        self._post.close(problem_of(RuntimeClosed()))
        self.hub.close()
        self._world.timers.close()
        threads = self._crew.close(seconds / 4)
        stuck = dispatcher.close(seconds / 4)
        self._keeping.close()
        if threads or stuck or goals:
            log.warning("left_behind", threads=[*threads, *stuck], goals=len(goals))
        return Closed((*threads, *stuck), goals)


def settings_of(config: object) -> Config:
    """The settings; the defaults for None.

    Raises:
        InvalidCall: It is something else.
    """
    if config is None:
        return Config()
    if not isinstance(config, Config):
        raise InvalidCall("config", config, "a Config, or None")
    return config


def _answered_to(command: SubmitGoal, here: str) -> SubmitGoal:
    return values.replace(command, reply_to=here)
