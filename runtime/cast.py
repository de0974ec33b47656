"""Who is on stage: builds, starts and ends the actors of one runtime.

The supervisor decides who lives; this carries it out. A supervisor that dies is built
again from the facts and from who is on stage; one that dies too often is the end of the
runtime, which says so to everybody who waits.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING

from callboard.actors.agent import Agent
from callboard.actors.decomposer import Decomposer
from callboard.actors.logic.ahead_options import beside
from callboard.actors.logic.effects import After, Record, Show
from callboard.actors.logic.guarding import Guard
from callboard.actors.logic.learning import Learning
from callboard.actors.logic.legacy import Begun, Legacy
from callboard.actors.logic.limits import Limits
from callboard.actors.logic.paces import Learnt
from callboard.actors.logic.scheduling import SchedulingLogic
from callboard.actors.logic.supervision import SupervisionLogic
from callboard.actors.orchestrator import Orchestrator
from callboard.actors.scheduler import Scheduler
from callboard.actors.shell import Shell, Stage
from callboard.actors.supervisor import Supervisor
from callboard.messages import values
from callboard.messages.base import DECOMPOSER, ORCHESTRATOR, SCHEDULER, SUPERVISOR, agent_address
from callboard.messages.errors.base import described, problem_of
from callboard.messages.errors.endings import ActorDied
from callboard.messages.errors.lookups import UnknownAgent
from callboard.messages.notices import RuntimeFailed
from callboard.messages.supervision import ActorExited, Shutdown
from callboard.messages.values import Problem
from callboard.messages.work import AgentDraining
from callboard.runtime.standin import StandIn
from callboard.runtime.trades import Trades

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.actors.logic.children import Departure
    from callboard.actors.logic.effects import Effect
    from callboard.actors.logic.membership import Addressed
    from callboard.actors.logic.paces import Paces
    from callboard.actors.logic.skills import Equivalences
    from callboard.actors.ports import Archive, Executor, Planner, Signs, Watcher
    from callboard.actors.post import Post
    from callboard.messages.base import Address, AgentId, SubtaskId
    from callboard.messages.resources import Allowance
    from callboard.runtime.config import Config
    from callboard.runtime.world import World


class Cast:
    """The actors of one runtime.

    Args:
        hire: Makes what runs an agent's code; it is given the agent and its incarnation.
        background: Runs a planner beside the decomposer's mailbox.
        signs: Shows the signs of life of what agents run.
        left: Tells what is left of a goal's budget; any thread may ask.

    Attributes:
        learning: What the scheduler has learnt; read-only for others.
        paces: Who is faster than others, as the scheduler sees it; likewise.
        archive: What plans are corrected by.
        idling: See `SchedulingLogic.idling`; for simulations.
    """

    def __init__(  # noqa: PLR0913 - a value object would only rename them
        self,
        *,
        config: Config,
        world: World,
        post: Post,
        watcher: Watcher,
        planner: Planner,
        equivalences: Equivalences,
        hire: Callable[[values.Agent, int], Executor],
        background: Callable[[Callable[[], None]], None],
        signs: Signs,
        left: Callable[[values.Goal], tuple[Allowance, ...]],
    ) -> None:
        self._config = config
        self._world = world
        self._post = post
        self._watcher = watcher
        self._planner = planner
        self._equivalences = equivalences
        self._hire = hire
        self._background = background
        self._signs = signs
        self._left_of = left
        self._stage = Stage(post, world.clock, world.dispatcher, self._ended)
        self._shells: dict[Address, Shell | StandIn] = {}
        self._latest: dict[Address, Begun] = {}
        self._guard = Guard(config.supervision)
        self._departures: dict[AgentId, Departure] = {}
        self._asked: dict[AgentId, values.Agent] = {}
        self._unheard: list[Addressed] = []
        self._company: dict[AgentId, values.Agent] = {}
        self._entering = self._enter  # bound once: each stand-in keeps it
        self._lock = threading.RLock()
        self._closing = False
        self._leaving: set[Address] = set()
        self._left: Future[None] = Future()
        self._fallen: deque[Shell] = deque()
        self.learning = Learning()
        self.paces: Paces = Learnt(self.learning)
        self.archive: Archive = Trades(self._company, equivalences, lambda: self.learning)
        self.idling: Callable[[float], list[SubtaskId]] = lambda _: []

    def open(self) -> None:
        """Start the supervisor, which starts the others."""
        for address in (ORCHESTRATOR, SCHEDULER, DECOMPOSER, SUPERVISOR):
            self._post.open_box(address)
        self._begin(self._supervisor())

    def engage(self, agent: values.Agent, *, replace: bool = False) -> bool:
        """An agent is about to be registered; False where its id is taken.

        Args:
            agent: What is known of it.
            replace: It may take the place of another one.
        """
        with self._lock:
            known = agent.id in self._company
            if known and not replace:
                return False
            self._take_in(agent, known=known)
            return True

    def enrol(self, agent: values.Agent) -> values.Agent | None:
        """As `engage`, in the place of one in pull mode too, whose `max_load` stays.

        Returns:
            The agent as it is now; None where its id is that of one who runs its work.
        """
        with self._lock:
            known = self._company.get(agent.id)
            if known is not None:
                if not known.pull:
                    return None
                agent = values.replace(agent, max_load=known.max_load)
            self.engage(agent, replace=True)
            return agent

    def engage_all(self, agents: Sequence[values.Agent]) -> AgentId | None:
        """As `engage` of all or of none; the first id that is taken, if there is one."""
        with self._lock:
            ids: set[AgentId] = set()
            for agent in agents:
                if agent.id in self._company or agent.id in ids:
                    return agent.id
                ids.add(agent.id)
            for agent in agents:
                self._take_in(agent, known=False)
        return None

    def _take_in(self, agent: values.Agent, *, known: bool) -> None:
        address = agent_address(agent.id)
        leaver = None if known else self._shells.get(address)
        if leaver is not None:  # it still says good-bye, and its mail is its own
            self._end(leaver)
        self._company[agent.id] = agent
        if not agent.pull:
            self._post.open_box(address)

    def member(self, given: AgentId) -> values.Agent:
        """The agent with that id: as it is written, else the only one that differs in case.

        Raises:
            UnknownAgent: There is none, or there are several that differ in case.
        """
        with self._lock:
            found = self._company.get(given)
            if found is not None:
                return found
            folded = given.casefold()
            alike = [a for name, a in self._company.items() if name.casefold() == folded]
        if len(alike) != 1:
            raise UnknownAgent(given)
        return alike[0]

    def resize(self, agent: AgentId, max_load: int) -> None:
        """Whoever stands for that agent next may run so many subtasks at once."""
        with self._lock:
            known = self._company.get(agent)
            if known is not None:
                self._company[agent] = values.replace(known, max_load=max_load)

    def dismiss(self, agent: AgentId) -> None:
        """An agent has gone for good; its mailbox goes with its actor."""
        with self._lock:
            self._company.pop(agent, None)
            if agent_address(agent) not in self._shells:
                self._post.close_box(agent_address(agent))

    def crash(self, address: Address, why: str) -> None:
        """End that actor as an error of its own would; for simulations and drills.

        Raises:
            UnknownAgent: No actor lives there.
        """
        shell = self._shells.get(address)
        if isinstance(shell, StandIn):
            shell = self._enter(shell)
        if shell is None:
            raise UnknownAgent(address)
        shell.crash(RuntimeError(why))

    def dissolve(self) -> Future[None]:
        """Ask all agents to end and start nobody any more; the future is done when they have."""
        with self._lock:
            self._closing = True
            agents = [s for s in self._shells.values() if isinstance(s, (Agent, StandIn))]
            self._leaving = {agent.address for agent in agents}
        self._clear_fallen()
        for agent in agents:
            self._post.tell(SCHEDULER, AgentDraining(agent=agent.agent_id))
            if isinstance(agent, StandIn):
                self._end(agent)
            else:
                self._post.tell(agent.address, Shutdown())
        self._note_left("")
        return self._left

    def close(self) -> None:
        """End whoever is left, at once."""
        for shell in list(self._shells.values()):
            self._end(shell)

    # What the supervisor wants

    def _start_actor(self, address: Address, incarnation: int) -> None:
        if self._closing:
            return
        if self._may_wait(address):
            box = self._post.open_box(address)
            self._begin(StandIn(address, incarnation, box, self._entering))
            return
        shell = self._made(address, incarnation)
        if shell is not None:
            self._begin(shell)

    def _may_wait(self, address: Address) -> bool:
        """Whether the actor has nothing to do until somebody speaks to it.

        Where agents are simulated they are made at once, and take their part from the start.
        """
        agent = self._company.get(address.partition("/")[2])
        return agent is not None and not agent.hooks and self._world.hire is None

    def _enter(self, standin: StandIn) -> Shell | None:
        """The actor takes the place of its stand-in; None where that is not its any more."""
        with self._lock:
            if self._closing or self._shells.get(standin.address) is not standin:
                return None
            shell = self._made(standin.address, standin.incarnation)
            if shell is not None:
                standin.end()
                self._begin(shell)
            return shell

    def _made(self, address: Address, incarnation: int) -> Shell | None:
        try:
            return self._make(address, incarnation)
        except Exception as error:  # noqa: BLE001 - an agent's class may raise when it is made
            died = ActorDied(address, described(error))
            died.__cause__ = error
            problem = problem_of(died, with_traceback=True)
            exited = ActorExited(address=address, incarnation=incarnation, problem=problem)
            self._post.tell(SUPERVISOR, exited)
            return None

    def _stop_actor(self, address: Address) -> None:
        shell = self._shells.get(address)
        if shell is not None:
            self._end(shell)

    def _make(self, address: Address, incarnation: int) -> Shell | None:
        config = self._config
        match address:
            case "orchestrator":
                history = self._world.journal.replay()
                # A planner that mends nothing need not be asked.
                repairs = config.repairs if hasattr(self._planner, "repair_at") else 0
                return Orchestrator(
                    self._stage, incarnation, history, config.keep_goals, repairs=repairs
                )
            case "scheduler":
                return Scheduler(
                    self._stage,
                    incarnation,
                    self._scheduling(incarnation),
                    signs=self._signs,
                    teller=self._post,
                )
            case "decomposer":
                return Decomposer(
                    self._stage,
                    incarnation,
                    largest_plan=config.largest_plan,
                    planner=self._planner,
                    archive=self.archive,
                    correct=config.correct_plans,
                    background=self._background,
                    teller=self._post,
                    left=self._left_of,
                )
            case _:
                return self._agent(address.partition("/")[2], incarnation)

    def _agent(self, agent_id: AgentId, incarnation: int) -> Agent | None:
        agent = self._company.get(agent_id)
        if agent is None:  # it has left meanwhile
            return None
        executor = self._hire(agent, incarnation)
        return Agent(self._stage, agent, incarnation, executor, self._config.audit)

    def _scheduling(self, incarnation: int) -> SchedulingLogic:
        config = self._config
        self._signs.forget()  # a new scheduler knows of nobody's heartbeats
        logic = SchedulingLogic(
            boot=self._world.journal.boot,
            incarnation=incarnation,
            equivalences=self._equivalences,
            limits=Limits(config.timeouts, config.retry),
            heartbeat_timeout=config.heartbeat_timeout,
            tau=config.ageing,
            poison=config.poison,
            breaker=config.breaker,
            speculation=config.speculation,
            resources=config.resource_options,
            overload=config.overload,
            audit=config.audit,
            recorded=self._world.journal.replay(),
            unheard=self._unheard,
            negotiate=config.negotiate,
            negotiation=config.negotiation,
            ahead=beside(config.ahead, lasting=self._world.journal.lasting),
        )
        self.learning, self.paces = logic.learning, logic.paces
        self.idling = logic.idling
        return logic

    def _supervisor(self, legacy: Legacy | None = None) -> Supervisor:
        incarnation = self._guard.incarnation
        logic = SupervisionLogic(
            self._config.supervision,
            legacy=legacy,
            incarnation=incarnation,
            audit=self._config.audit,
            departures=self._departures,
            asked=self._asked,
            standins=self._world.hire is None,
        )
        return Supervisor(self._stage, incarnation, logic, self._start_actor, self._stop_actor)

    # Lives

    def _begin(self, shell: Shell | StandIn) -> None:
        with self._lock:
            if not self._closing:  # else nobody would end it
                self._shells[shell.address] = shell
                begun = Begun(shell.incarnation, self._world.clock.now())
                self._latest[shell.address] = begun
                shell.begin()

    def _end(self, shell: Shell | StandIn) -> None:
        """End an actor from outside: nobody is told, for whoever did it knows."""
        shell.end()
        self._leave_stage(shell)
        self._clear_up(shell)

    def _leave_stage(self, shell: Shell | StandIn) -> None:
        with self._lock:
            if self._shells.get(shell.address) is shell:
                del self._shells[shell.address]
            if isinstance(shell, (Agent, StandIn)) and shell.agent_id not in self._company:
                # Within the lock: whoever comes back under that name keeps its own one.
                self._post.close_box(shell.address)

    def _clear_up(self, shell: Shell | StandIn) -> None:
        if isinstance(shell, Agent):
            shell.executor.close(0.0)
        self._note_left(shell.address)

    def _note_left(self, address: Address) -> None:
        with self._lock:
            self._leaving.discard(address)
            if self._closing and not self._leaving and not self._left.done():
                self._left.set_result(None)

    def _ended(self, shell: Shell, problem: Problem | None) -> None:
        """An actor has ended by itself."""
        self._leave_stage(shell)
        self._fallen.append(shell)
        if not self._closing:
            # First: its work waits for another agent, and what is left of it for nobody.
            self._tell_end(shell, problem)
            self._world.dispatcher.later(self._clear_fallen)
        if self._closing:  # perhaps only since we looked
            self._clear_fallen()

    def _clear_fallen(self) -> None:
        """Clear up behind those who have ended by themselves."""
        while self._fallen:
            try:
                shell = self._fallen.popleft()
            except IndexError:  # another thread was faster
                return
            self._clear_up(shell)

    def _tell_end(self, shell: Shell, problem: Problem | None) -> None:
        if shell.address == SUPERVISOR:
            self._supervisor_fell(problem or Problem(error="Exit", text="it has ended"))
            return
        exited = ActorExited(address=shell.address, incarnation=shell.incarnation, problem=problem)
        self._post.tell(SUPERVISOR, exited)

    # The supervisor's own life

    def _supervisor_fell(self, problem: Problem) -> None:
        now = self._world.clock.now()
        try:
            for effect in self._guard.fell(problem, now):
                self._carry_out(effect)
        except Exception as error:  # noqa: BLE001 - nobody else would ever tell
            failed = problem_of(error, with_traceback=True)
            self._watcher.see(RuntimeFailed(at=now, problem=failed))

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Record():
                self._world.journal.append((effect.fact,), None)
                self._watcher.see(effect.fact)
            case Show():
                self._watcher.see(effect.notice)
            case After():
                self._world.timers.after(effect.seconds, self._rebuild_supervisor)
            case _:
                raise TypeError(effect)

    def _rebuild_supervisor(self) -> None:
        """What came meanwhile waits in its mailbox; who dies from now on writes there too."""
        try:
            supervisor = self._supervisor(self._legacy())
        except Exception as error:  # noqa: BLE001 - it counts as another death
            self._supervisor_fell(problem_of(error, with_traceback=True))
            return
        self._guard.runs(self._world.clock.now())
        self._begin(supervisor)

    def _legacy(self) -> Legacy:
        with self._lock:
            return Legacy(
                history=self._world.journal.replay(),
                company=frozenset(self._company),
                alive={shell.address: shell.incarnation for shell in self._shells.values()},
                latest=dict(self._latest),
            )
