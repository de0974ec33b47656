"""What is behind the calls of a runtime: its opening, what they share, and its end."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, NamedTuple, Protocol
from weakref import WeakSet

from callboard.actors.logic.supplied import left_of
from callboard.actors.post import Post
from callboard.messages.base import ORCHESTRATOR, SCHEDULER
from callboard.messages.commands import Done
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.running import InvalidCall, RuntimeClosed
from callboard.messages.facts import AgentRemoved, AgentResized, GoalAccepted
from callboard.messages.notices import RuntimeFailed
from callboard.runtime.beats import Beats
from callboard.runtime.calls import Calls
from callboard.runtime.cast import Cast
from callboard.runtime.config import Config
from callboard.runtime.crew import Crew
from callboard.runtime.doors import ENDS, Doors, Limits
from callboard.runtime.forecaster import Forecaster
from callboard.runtime.hub import Hub
from callboard.runtime.improver import Improver
from callboard.runtime.keeping import Keeping
from callboard.runtime.logs import log
from callboard.runtime.outcomes import error_of_failure
from callboard.runtime.planners.rules import RulesPlanner
from callboard.runtime.planners.skills import load_equivalences
from callboard.runtime.sampling import Sampling
from callboard.runtime.switching import switching
from callboard.runtime.timetables.process import SearchProcess
from callboard.runtime.world import real_world

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.actors.logic.skills import Equivalences
    from callboard.actors.ports import Planner
    from callboard.messages.base import Address, AgentId, GoalId, Message
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice
    from callboard.messages.resources import Allowance
    from callboard.messages.values import Goal, Problem
    from callboard.runtime.calls import Call
    from callboard.runtime.errands import Errands
    from callboard.runtime.world import World

_NOTED = frozenset({AgentRemoved, AgentResized, RuntimeFailed})
_FOLLOWED = frozenset({GoalAccepted, RuntimeFailed})
"""What changes something outside of the board, before or after that shows it."""

WRITING = 1.0
"""Seconds that a journal has to write what is left, at least: less is no sign of anything."""


class Closed(NamedTuple):
    """What `close` had to leave behind.

    Attributes:
        threads: Names of threads whose handlers would not stop, with what they ran.
        goals: Goals that had not ended; their waiters got `RuntimeClosed`.
        unwritten: Facts that the journal could not write any more, for want of room or of
            a disk that answers. Whoever waited for them got an error; what had been
            acknowledged is safe.
    """

    threads: tuple[str, ...]
    goals: tuple[GoalId, ...]
    unwritten: int = 0


class Ends(Protocol):
    """What has to end before a runtime does."""

    def stop(self) -> bool:
        """End; whether all of it has."""
        ...


class Core:
    """A runtime without its calls, which are in `callboard.runtime.parts`.

    `callboard.runtime.runtime.Runtime` puts both together.

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
        self._servers: WeakSet[Ends] = WeakSet()
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
        self._beats = Beats(self.hub.board.agents, world.clock)
        self._crew = Crew(config, world, self._post, self._errands(), self._beats)
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
            left=self._left_of,
        )
        self._forecaster = Forecaster(
            self.hub, world.clock, self._equivalences, lambda: self._cast.learning
        )
        self._improver = self._make_improver(world)
        self._keeping = Keeping(world, self.hub, self, config.retention)
        self._keeping.open()
        self._cast.open()
        every = None if config.overload is None or world.hire is not None else config.overload.every
        self._sampling = Sampling(self._crew.loads, self._post, world.timers, every)
        self._sampling.open()
        self._wake_improver()
        if config.switch_interval is not None:
            switching.ask(self, config.switch_interval)

    def _left_of(self, goal: Goal) -> tuple[Allowance, ...]:
        return self.hub.read(lambda board: left_of(goal, board.ledger))

    def _errands(self) -> Errands:
        """What handlers may ask for; the calls that carry it out are not here."""
        raise NotImplementedError

    def _make_improver(self, world: World) -> Improver:
        process = None if world.search is not None else SearchProcess()
        return Improver(
            config=self.config,
            hub=self.hub,
            forecaster=self._forecaster,
            timers=world.timers,
            teller=self._post,
            background=self._crew.background,
            search=world.search or process or SearchProcess(),
            end=_nothing if process is None else process.end,
        )

    def _wake_improver(self) -> None:
        """For goals of an earlier run that go on."""
        goals = self.hub.read(lambda board: list(board.goals.values()))
        for record in goals:
            if record.ended_at is None:
                self._improver.wake(record.goal.planning)

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

    def now(self) -> float:
        """The runtime's clock, seconds since the epoch; it never goes back."""
        return self._world.clock.now()

    def see(self, event: Fact | Notice) -> None:
        """As `see_all` of one."""
        self.see_all((event,))

    def see_all(self, events: Sequence[Fact | Notice]) -> None:
        """Take note of what happens; the post shows it (see `BatchWatcher`)."""
        kinds = set(map(type, events))
        if not _NOTED.isdisjoint(kinds):
            # The hub tells everybody, so what they may ask next must be true before.
            for event in events:
                self._take_note(event)
        self.hub.see_all(events)
        if not ENDS.isdisjoint(kinds):
            self._doors.relieve()
        if not _FOLLOWED.isdisjoint(kinds):
            for event in events:
                self._follow_up(event)

    def _follow_up(self, event: Fact | Notice) -> None:
        """What would be too early before the board shows it."""
        if isinstance(event, GoalAccepted):
            self._improver.wake(event.goal.planning)
        elif isinstance(event, RuntimeFailed):
            self._post.close(problem_of(error_of_failure(event.problem)))
            self._doors.close(error_of_failure(event.problem))

    def _take_note(self, event: Fact | Notice) -> None:
        if isinstance(event, AgentRemoved):
            self._dismiss(event.agent)
        elif isinstance(event, AgentResized):
            self._cast.resize(event.agent, event.max_load)
        elif isinstance(event, RuntimeFailed):
            self._broken = event.problem

    def _dismiss(self, agent: AgentId) -> None:
        # In the reverse order of `JoiningCalls._registering`, which may come in between.
        self._crew.dismiss(agent)
        self._cast.dismiss(agent)

    # What the calls share

    def _check_open(self) -> None:
        if self._broken is not None:
            raise error_of_failure(self._broken)
        if self._leaving:
            raise RuntimeClosed

    def _ordering(self, what: str, make: Callable[[Address], Message]) -> Call[None]:
        """Tell the orchestrator."""
        self._check_open()
        return self._calls.command(what, ORCHESTRATOR, make)

    def _scheduling(self, what: str, make: Callable[[Address], Message]) -> Call[None]:
        """Tell the scheduler, through its door: more than it can take must wait."""
        door = self._doors.scheduler
        return self._calls.visit(what, SCHEDULER, make, Done, lambda _: None, door=door)

    def _open_goals(self) -> tuple[GoalId, ...]:
        return self.hub.read(
            lambda board: tuple(g for g, r in board.goals.items() if r.ended_at is None)
        )

    # The end

    def close(self) -> Closed:
        """End everything within `close_timeout`; the answer says what was left behind.

        Harmless where it was closed before.
        """
        with self._closing:
            if self._closed is None:
                self._leaving = True
                for server in list(self._servers):
                    server.stop()
                self._closed = self._close()
                switching.let_go(self)
            return self._closed

    def _close(self) -> Closed:
        seconds, dispatcher = self.config.close_timeout, self._world.dispatcher
        late = time.monotonic() + 3 * seconds / 4
        if self._broken is None:
            with contextlib.suppress(TimeoutError):  # then what is left is ended as it is
                dispatcher.wait(self._cast.dissolve(), seconds / 2)
        self._improver.close()
        self._cast.close()
        goals = self._open_goals()
        self._doors.close(RuntimeClosed())
        self._post.close(problem_of(RuntimeClosed()))
        self.hub.close()
        self._world.timers.close()
        threads = self._crew.close(seconds / 8)
        # What the agents did not need: a starved thread is not a stuck one.
        stuck = dispatcher.close(max(seconds / 8, late - time.monotonic()))
        self._sampling.close()
        unwritten = self._keeping.close(max(WRITING, seconds / 4))
        closed = Closed((*threads, *stuck), goals, unwritten)
        if any(closed):
            self._tell_what_is_left(closed)
        return closed

    def _tell_what_is_left(self, closed: Closed) -> None:
        trouble = self._world.journal.trouble
        log.warning(
            "left_behind",
            threads=list(closed.threads),
            goals=len(closed.goals),
            unwritten=closed.unwritten,
            **({} if trouble is None else {"journal": str(trouble)}),
        )


def _nothing() -> None:
    """There is nothing to be ended."""


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
