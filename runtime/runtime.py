"""The runtime: goals in, work done. What an application embeds.

>>> from callboard.runtime.runtime import Runtime
>>> with Runtime() as runtime:
...     agent = runtime.register(lambda task: 42, id="answerer", skills=["general"])
...     runtime.submit("find the answer").result(timeout=10)["Goal Execution"]
42
"""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from callboard.actors.logic.quarantine import quarantine
from callboard.actors.logic.status import status
from callboard.messages.errors.running import CallTimedOut
from callboard.runtime.core import Closed, Core, settings_of
from callboard.runtime.executors.waiting import settled, text_of
from callboard.runtime.handle import GoalHandle
from callboard.runtime.world import durable_world

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self, Unpack

    from callboard.actors.logic.records import AgentRecord, Quarantined
    from callboard.actors.logic.skills import Equivalences
    from callboard.actors.logic.tensor import Tensor
    from callboard.actors.ports import Journal, Planner
    from callboard.messages import values
    from callboard.messages.base import AgentId, GoalId, SubtaskId
    from callboard.messages.unions import Event
    from callboard.messages.user import UserMessage
    from callboard.messages.values import Lease
    from callboard.runtime.config import Config
    from callboard.runtime.editing import SubtaskChanges
    from callboard.runtime.executors.definition import AgentOptions
    from callboard.runtime.moment import Moment
    from callboard.runtime.submission import GivenGoal, GoalOptions
    from callboard.runtime.subscription import Subscription

__all__ = ["Closed", "Runtime"]


class Runtime(Core):
    """Orchestrator, scheduler, decomposer, supervisor and agents, in this process.

    It starts at once and is to be closed; `with` and `async with` see to that. It
    touches nothing of its host: no signals, no global logging, no other pykka actors.
    All methods are thread-safe. Each one that waits has a limit, and a twin for
    coroutines that does not block the event loop; its name begins with `a`.

    Every call raises `RuntimeClosed` once the runtime is being closed, `RuntimeBroken`
    where it has failed, and `CallTimedOut` where no answer came in time.
    """

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        config: Config | None = None,
        *,
        planner: Planner | None = None,
        equivalences: Equivalences | None = None,
    ) -> Self:
        """A runtime whose goals survive its process: its journal is that file.

        Where the file holds the journal of an earlier run, its goals go on: what is
        finished is not repeated, what ran is leased anew once its agents are registered
        again. One runtime at a time may have it open.

        Args:
            path: Of the file; it is made where there is none.
            config: Settings; None for the defaults.
            planner: Makes plans of goals that come without one; None for the rules.
            equivalences: Which skills stand in for which; None for the packaged table.

        Raises:
            JournalError: It cannot be opened, is damaged, or belongs to a newer version,
                to something else, or to another process; the error's class says which.
        """
        world = durable_world(settings_of(config), path)
        try:
            return cls(config, planner=planner, equivalences=equivalences, world=world)
        except BaseException:
            world.journal.close()
            raise

    # Agents

    def register(self, agent: object, **options: Unpack[AgentOptions]) -> AgentId:
        """Take an agent into the company; also while goals run.

        Args:
            agent: A function, coroutine function, bound method, class or instance, with
                the options of `callboard.agent` or decorated with them.
            options: What `callboard.agent` takes; they go before the decorator's.

        Returns:
            Its id.

        Raises:
            InvalidAgent: It cannot be registered as it is; AgentIdTaken among others.
        """
        return self._registering(agent, options).now()

    async def aregister(self, agent: object, **options: Unpack[AgentOptions]) -> AgentId:
        """The twin of `register`."""
        return await self._registering(agent, options)

    def register_remote(self, agent: values.Agent, *, replace: bool = False) -> AgentId:
        """Take in an agent that runs its work by itself and asks for it (pull mode).

        Args:
            agent: What is known of it.
            replace: It may take the place of another one with its id.

        Raises:
            AgentIdTaken: Another agent has that id, and *replace* is False.
        """
        return self._registering_remote(agent, replace=replace).now()

    async def aregister_remote(self, agent: values.Agent, *, replace: bool = False) -> AgentId:
        """The twin of `register_remote`."""
        return await self._registering_remote(agent, replace=replace)

    def unregister(
        self, agent: AgentId, *, drain: bool = False, timeout: float | None = None
    ) -> None:
        """Let an agent go.

        Args:
            agent: Its id.
            drain: It finishes what it runs, within *timeout*; otherwise that is
                requeued at once.
            timeout: Seconds; None for the runtime's `call_timeout`.

        Raises:
            UnknownAgent: There is none with that id.
        """
        self._letting_go(agent, drain=drain, timeout=timeout).now()

    async def aunregister(
        self,
        agent: AgentId,
        *,
        drain: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109 - as `unregister`
    ) -> None:
        """The twin of `unregister`."""
        await self._letting_go(agent, drain=drain, timeout=timeout)

    def heartbeat(self, agent: AgentId) -> None:
        """A sign of life of an agent that runs its work by itself.

        Raises:
            UnknownAgent: There is none with that id.
        """
        self._beating(agent).now()

    async def aheartbeat(self, agent: AgentId) -> None:
        """The twin of `heartbeat`."""
        await self._beating(agent)

    def resize(self, agent: AgentId, max_load: int) -> None:
        """Change how many subtasks an agent may run at once.

        Raises:
            InvalidOption: That is no whole number above 0.
            UnknownAgent: There is none with that id.
        """
        self._resizing(agent, max_load).now()

    async def aresize(self, agent: AgentId, max_load: int) -> None:
        """The twin of `resize`."""
        await self._resizing(agent, max_load)

    def pause_agent(self, agent: AgentId, reason: str = "", *, interrupt: bool = False) -> None:
        """Give an agent no new work until `resume_agent`; it stays registered.

        What it runs goes on to its end. Harmless where it is paused already.

        Args:
            agent: Its id.
            reason: For people.
            interrupt: What it runs is taken back at once and goes to others, with its
                checkpoint; no attempt is lost by that.

        Raises:
            UnknownAgent: There is none with that id.
        """
        self._pausing_agent(agent, reason, interrupt=interrupt).now()

    async def apause_agent(
        self, agent: AgentId, reason: str = "", *, interrupt: bool = False
    ) -> None:
        """The twin of `pause_agent`."""
        await self._pausing_agent(agent, reason, interrupt=interrupt)

    def resume_agent(self, agent: AgentId) -> None:
        """Give a paused agent work again; harmless where it is not paused.

        Raises:
            UnknownAgent: There is none with that id.
        """
        self._resuming_agent(agent).now()

    async def aresume_agent(self, agent: AgentId) -> None:
        """The twin of `resume_agent`."""
        await self._resuming_agent(agent)

    # Goals

    def submit(self, goal: GivenGoal, **options: Unpack[GoalOptions]) -> GoalHandle:
        """Hand in a goal; it is acknowledged when this returns.

        Args:
            goal: What is to be done, in words; or a plan.
            options: `context`, what else is known; `priority`, of all of its subtasks;
                `deadline`, seconds from now, after which it fails; `plan`, its subtasks
                where the planner is not to make them; `key`, an idempotency key: the
                same key gives the same goal. See `GoalOptions`.

        Raises:
            InvalidGoal: The text, the priority or the deadline cannot be taken.
            InvalidPlan: The plan cannot be adopted.
        """
        return self._submitting(goal, **options).now()

    async def asubmit(self, goal: GivenGoal, **options: Unpack[GoalOptions]) -> GoalHandle:
        """The twin of `submit`."""
        return await self._submitting(goal, **options)

    def goal(self, goal: GoalId = "", *, key: str = "") -> GoalHandle:
        """The handle of a goal that was accepted, in this run or an earlier one.

        Args:
            goal: Its id.
            key: Its idempotency key, in place of the id.

        Raises:
            UnknownGoal: There is none with that id or key, or it was forgotten.
        """
        wanted = self._keeping.keyed(text_of("key", key)) if key else text_of("goal", goal)
        return GoalHandle(wanted, self.hub, self._calls)

    # Subtasks

    def cancel_subtask(self, subtask: SubtaskId, reason: str = "") -> None:
        """End one subtask; what depends on it fails.

        Raises:
            UnknownSubtask: There is none with that uuid.
            AlreadyEnded: It has been completed or has failed.
        """
        self._cancelling_subtask(subtask, reason).now()

    async def acancel_subtask(self, subtask: SubtaskId, reason: str = "") -> None:
        """The twin of `cancel_subtask`."""
        await self._cancelling_subtask(subtask, reason)

    def pause_subtask(
        self, subtask: SubtaskId, reason: str = "", *, interrupt: bool = False
    ) -> None:
        """Start no new attempt at a subtask, nor at goals that serve it, until `resume_subtask`.

        Limits of waiting stand still meanwhile (`Timeouts.queue` and `total`), deadlines
        do not. Harmless where it is paused already.

        Args:
            subtask: Its uuid.
            reason: For people.
            interrupt: An attempt that runs is taken back at once; the subtask goes to the
                front, with its checkpoint, and loses no attempt by that.

        Raises:
            UnknownSubtask: There is none with that uuid.
            AlreadyEnded: It has ended.
        """
        self._pausing_subtask(subtask, reason, interrupt=interrupt).now()

    async def apause_subtask(
        self, subtask: SubtaskId, reason: str = "", *, interrupt: bool = False
    ) -> None:
        """The twin of `pause_subtask`."""
        await self._pausing_subtask(subtask, reason, interrupt=interrupt)

    def resume_subtask(self, subtask: SubtaskId) -> None:
        """Let a paused subtask go on, unless its goal or the runtime is paused too.

        Harmless where it is not paused.

        Raises:
            UnknownSubtask: There is none with that uuid.
        """
        self._resuming_subtask(subtask).now()

    async def aresume_subtask(self, subtask: SubtaskId) -> None:
        """The twin of `resume_subtask`."""
        await self._resuming_subtask(subtask)

    def drain_subtask(self, subtask: SubtaskId, reason: str = "") -> None:
        """Let an attempt that runs be the last one; without one, cancel the subtask.

        This does not wait for the attempt's end. Harmless where the subtask has ended.

        Raises:
            UnknownSubtask: There is none with that uuid.
        """
        self._draining_subtask(subtask, reason).now()

    async def adrain_subtask(self, subtask: SubtaskId, reason: str = "") -> None:
        """The twin of `drain_subtask`."""
        await self._draining_subtask(subtask, reason)

    def complete(self, subtask: SubtaskId, result: object = None) -> None:
        """Count a subtask as done on somebody's word, whoever holds it.

        Harmless where it was completed with the same result.

        Raises:
            UnknownSubtask: There is none with that uuid.
            Blocked: It waits for others, which are named.
            AlreadyEnded: It has ended already, and not like that.
            NotEncodable: The result is no data.
        """
        self._completing(subtask, result).now()

    async def acomplete(self, subtask: SubtaskId, result: object = None) -> None:
        """The twin of `complete`."""
        await self._completing(subtask, result)

    def quarantine(self) -> tuple[Quarantined, ...]:
        """All parked subtasks with what speaks against them, the first one first.

        Each of them waits until it is requeued, cancelled, or its time is over. This
        waits for nothing, so it needs no twin.
        """
        return self.hub.read(quarantine)

    def edit(self, subtask: SubtaskId, **changes: Unpack[SubtaskChanges]) -> None:
        """Change what is to be done, where nobody works on it.

        A parked subtask stays parked; `requeue` takes the same changes.

        Args:
            subtask: Its uuid.
            changes: What is new; see `SubtaskChanges`.

        Raises:
            UnknownSubtask: There is none with that uuid.
            AlreadyEnded: It has been completed, has failed or was cancelled.
            StillRunning: An agent works on it.
            InvalidOption: That cannot be changed, or not so.
            InvalidPlan: A value could not stand in a plan.
        """
        self._editing(subtask, changes).now()

    async def aedit(self, subtask: SubtaskId, **changes: Unpack[SubtaskChanges]) -> None:
        """The twin of `edit`."""
        await self._editing(subtask, changes)

    def requeue(self, subtask: SubtaskId, **changes: Unpack[SubtaskChanges]) -> None:
        """Try a parked subtask again, perhaps changed; what spoke against it is forgotten.

        Args:
            subtask: Its uuid.
            changes: As for `edit`.

        Raises:
            UnknownSubtask: No such subtask waits.
            NotParked: It is not parked.
            InvalidOption: What is changed cannot be, or not so.
            InvalidPlan: A value could not stand in a plan.
        """
        self._requeueing(subtask, changes).now()

    async def arequeue(self, subtask: SubtaskId, **changes: Unpack[SubtaskChanges]) -> None:
        """The twin of `requeue`."""
        await self._requeueing(subtask, changes)

    def assign(self) -> tuple[Lease, ...]:
        """Hand out all that agents in pull mode can have now."""
        return self._assigning().now()

    async def aassign(self) -> tuple[Lease, ...]:
        """The twin of `assign`."""
        return await self._assigning()

    # All work

    def pause(self, reason: str = "", *, interrupt: bool = False) -> None:
        """Give nobody anything new until `resume`; goals are still accepted, and planned.

        What runs goes on to its end. Limits of waiting stand still meanwhile
        (`Timeouts.queue` and `total`), deadlines do not.

        Args:
            reason: For people.
            interrupt: What runs is taken back at once and goes to the front, with its
                checkpoint; no attempt is lost by that.
        """
        self._pausing(reason, interrupt=interrupt).now()

    async def apause(self, reason: str = "", *, interrupt: bool = False) -> None:
        """The twin of `pause`."""
        await self._pausing(reason, interrupt=interrupt)

    def resume(self) -> None:
        """Undo `pause` and `drain`; goals and agents that were paused themselves stay so."""
        self._resuming().now()

    async def aresume(self) -> None:
        """The twin of `resume`."""
        await self._resuming()

    def drain(self, timeout: float | None = None, reason: str = "") -> tuple[GoalId, ...]:
        """Accept no goal any more, and wait until those that are there have ended.

        From now on `submit` raises `RuntimeDraining`; handlers may still submit sub-goals.
        `resume` undoes that.

        Args:
            timeout: Seconds; None waits until the last goal has ended, and every goal does.
            reason: For people.

        Returns:
            The goals that have not ended in time; they go on.
        """
        self._draining(reason).now()
        with contextlib.suppress(CallTimedOut):
            self._emptying(timeout).now()
        return self._open_goals()

    async def adrain(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 - as `drain`
        reason: str = "",
    ) -> tuple[GoalId, ...]:
        """The twin of `drain`."""
        await self._draining(reason)
        with contextlib.suppress(CallTimedOut):
            await self._emptying(timeout)
        return self._open_goals()

    # Messages to agents

    def send(self, agent: AgentId, message: UserMessage) -> None:
        """Send a message that wants no answer; this does not wait for anything.

        Args:
            agent: Its id; the case of its letters does not matter where that is clear.
            message: Of a type of your own.

        Raises:
            UnknownAgent: There is no such agent.
            UnregisteredMessage: Its type is not derived from `UserMessage`.
            NotEncodable: It holds what cannot be encoded.
            NoHandler: That agent runs its work by itself, and takes no messages.
        """
        self._delivering(self._letter(agent, message))

    def ask(self, agent: AgentId, message: UserMessage, timeout: float | None = None) -> Any:  # noqa: ANN401 - the answer
        """What the agent's handler answers.

        Args:
            agent: As for `send`.
            message: Of a type of your own.
            timeout: Seconds; None for the runtime's `call_timeout`.

        Raises:
            UnknownAgent: There is no such agent.
            UnregisteredMessage: The message's type is not derived from `UserMessage`.
            NotEncodable: The message holds what cannot be encoded.
            NoHandler: The agent has no handler for that type.
            HandlerRaised: Its handler raised.
            CallTimedOut: It did not answer in time.
        """
        return self._asking(agent, message, timeout).now()

    async def aask(
        self,
        agent: AgentId,
        message: UserMessage,
        timeout: float | None = None,  # noqa: ASYNC109 - as `ask`
    ) -> Any:  # noqa: ANN401 - as `ask`
        """The twin of `ask`."""
        return await self._asking(agent, message, timeout)

    # How things stand

    def status(self) -> dict[str, Any]:
        """Figures about subtasks and agents, as data for JSON."""
        return self.hub.read(status)

    def tensor(self) -> Tensor:
        """T_task, float64[n_tasks, n_agents, 4], with the labels of its axes."""
        from callboard.actors.logic.tensor import task_tensor  # noqa: PLC0415 - loads numpy

        return self.hub.read(lambda board: task_tensor(board, self._equivalences))

    def agents(self) -> Mapping[AgentId, AgentRecord]:
        """All registered agents, in the order of their registration, as they stand now."""
        return self.hub.read(lambda board: dict(board.agents))

    def story(self, subtask: SubtaskId) -> tuple[Event, ...]:
        """All that happened to a subtask, in order."""
        return self.hub.story(text_of("subtask", subtask))

    def at(self, instant: float | dt.datetime) -> Moment:
        """Goals, subtasks, agents and the tensor as they stood at an instant of the past.

        Args:
            instant: Seconds since the epoch, or a point in time; a naive one is local.

        Raises:
            InvalidCall: It is no instant.
        """
        from callboard.runtime.moment import moment  # noqa: PLC0415 - for who looks back

        return moment(self.journal.history(), instant, self._equivalences)

    def events(self) -> Subscription:
        """Everything that happens from now on, to be iterated plainly or asynchronously."""
        return self.hub.subscribe()

    def health(self, timeout: float = 5.0) -> dict[str, dict[str, int]]:
        """Figures of each of the runtime's own actors, asked over its control lane.

        Args:
            timeout: Seconds for each of them.

        Raises:
            CallTimedOut: One did not answer; its name is in the error.
        """
        return {address: ping.now() for address, ping in self._pinging(timeout).items()}

    async def ahealth(self, timeout: float = 5.0) -> dict[str, dict[str, int]]:  # noqa: ASYNC109 - as `health`
        """The twin of `health`."""
        return {address: await ping for address, ping in self._pinging(timeout).items()}

    def crash(self, address: str, why: str) -> None:
        """Have an actor end in its next turn, as by an error of its own; for drills.

        Args:
            address: "scheduler", "agent/analyst" and so on.
            why: The error's text.

        Raises:
            UnknownAgent: No actor lives at that address.
        """
        self._cast.crash(text_of("address", address), why)

    @property
    def journal(self) -> Journal:
        """What keeps the facts; to be read only."""
        return self._world.journal

    # The end

    async def aclose(self) -> Closed:
        """The twin of `close`, which goes on even where nobody waits for it any more."""
        closed: Future[Closed] = Future()

        def end() -> None:
            try:
                closed.set_result(self.close())
            except BaseException as error:  # noqa: BLE001 - for whoever awaits it
                closed.set_exception(error)

        threading.Thread(target=end, name="callboard-close", daemon=True).start()
        await settled(closed, None)
        return closed.result()

    def __enter__(self) -> Self:
        """It runs since it was made."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    async def __aenter__(self) -> Self:
        """It runs since it was made."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        await self.aclose()
