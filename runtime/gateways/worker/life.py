"""An agent of a worker: its code, which may have to begin anew, and its tenure."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, cast

from callboard.actors.logic.effects import RunHook, StartWork
from callboard.messages.errors.base import CallboardError, error_of
from callboard.messages.execution import HookDone, HookFailed, WorkFailed, WorkKilled
from callboard.messages.unions import AgentMessage
from callboard.messages.values import unpack
from callboard.runtime.clock import RandomIds
from callboard.runtime.executors.problems import problem_from
from callboard.runtime.executors.processes.outside import Questions, RemoteLog, RemoteServices
from callboard.runtime.executors.processes.wire import Called, Frame, Logged
from callboard.runtime.gateways.link import frames
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
from callboard.runtime.gateways.worker.post import Post
from callboard.runtime.gateways.worker.retrying import Retrying
from callboard.runtime.gateways.worker.tenure import Tenure
from callboard.runtime.logs import log

if TYPE_CHECKING:
    import structlog

    from callboard.messages.values import Problem
    from callboard.runtime.executors.definition import AgentDefinition
    from callboard.runtime.executors.executor import LocalExecutor
    from callboard.runtime.executors.processes.isolated import ProcessExecutor
    from callboard.runtime.gateways.worker.around import Surroundings


class Lies(Frame):
    """A letter lies in the inbox by now."""

    letter: int


_Said: TypeAlias = AgentMessage | Frame
"""What an agent's code has to say: a report, or a frame as it is."""

_Posted: TypeAlias = tuple[int, _Said]
"""The same, with the number of the code that says it."""


class Life:
    """Carries out what its tenure decides, on one event loop.

    Args:
        definition: The agent.
        around: What it shares with others.
        say: Says a frame to the server, soon.

    Attributes:
        tenure: What decides.
        ready: Set while its code can work.
        over: Set when it is to end.
        reason: Why it has left, as the server says it.
    """

    def __init__(
        self, definition: AgentDefinition, around: Surroundings, say: Callable[[Words], None]
    ) -> None:
        loop = asyncio.get_running_loop()
        self.tenure = Tenure(
            definition.agent, RandomIds().new(), around.server.url, grace=around.come_back
        )
        self.ready = asyncio.Event()
        self.over = asyncio.Event()
        self.reason = ""
        self._definition = definition
        self._agent = definition.agent
        self._around = around
        self._say = say
        self._now = loop.time
        self._post: Post[_Posted] = Post(loop, self._hear)
        self._number = 0  # of the code that runs
        self._questions = Questions(self._put_now)
        self._services = RemoteServices(self._questions)
        self._log = cast("structlog.stdlib.BoundLogger", RemoteLog(self._put_now))
        self._executor: LocalExecutor | ProcessExecutor | None = None
        self._hook: asyncio.Future[None] | None = None
        self._fallen = asyncio.Event()
        self._why = ""
        self._idle = asyncio.Event()
        self._waits = Retrying(f"the code of {self._agent.id}")

    async def begin(self) -> None:
        """Have the agent's code begin.

        Raises:
            CallboardError: Its `on_start` raised, or took too long.
        """
        self._number += 1
        self._executor = self._around.workshop.hire(
            self._definition, partial(self._put, self._number), self._services, self._log
        )
        await self._run_hook("on_start")
        self._waits.linked(self._now())
        self.ready.set()

    async def keep_up(self) -> None:
        """Whenever its code has fallen have new code begin, until this is cancelled."""
        while True:
            await self._fallen.wait()
            self._fallen.clear()
            await self._renew(self._why)

    async def stop(self, reason: str, seconds: float) -> None:
        """Have all that runs stop, and wait for it so long."""
        self._idle.clear()
        self.do_all(self.tenure.stop_all(reason, self._now()))
        if self.tenure.busy:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), seconds)

    async def finish(self) -> None:
        """Run `on_stop`.

        Raises:
            CallboardError: It raised, or took too long.
        """
        if self.ready.is_set():
            await self._run_hook("on_stop")

    async def close(self) -> None:
        """Give up whatever still runs, and hear nothing of it any more."""
        self.ready.clear()
        self._number += 1
        executor, self._executor = self._executor, None
        if executor is not None:
            await asyncio.to_thread(executor.close, 0.0)

    async def _renew(self, why: str) -> None:
        agent = self._agent.id
        await self.close()
        self.do_all(self.tenure.begin_anew())
        while True:
            seconds = self._waits.failed(self._now()) or 0.0
            self._around.tell(news.Renewed(agent=agent, why=why, seconds=seconds))
            await asyncio.sleep(seconds)
            try:
                await self.begin()
            except CallboardError as error:
                await self.close()
                why = str(error)
            else:
                self.do_all(self.tenure.renewed())
                return

    def do_all(self, actions: list[Action]) -> None:
        """Carry them out, in order."""
        for action in actions:
            self._do(action)

    def _do(self, action: Action) -> None:
        match action:
            case Say():
                self._say(action.frame)
            case Do():
                self._perform(action)
            case Tell():
                self._around.tell(action.news)
            case Answer():
                self._questions.answered(action.answered)
            case Settle():
                self._put_now(Lies(letter=action.letter))
            case LookAt():
                self._look(action)
            case Renew():
                self._why = action.why
                self.ready.clear()
                self._fallen.set()
            case Leave():
                self.reason = action.why
                self.over.set()

    def _perform(self, action: Do) -> None:
        effect, executor = action.effect, self._executor
        if executor is None or not self.ready.is_set():  # it has fallen, and all that with it
            return
        try:
            executor.perform(effect)
        except Exception as error:  # noqa: BLE001 - of one attempt, and the others go on
            log.exception("worker_effect_failed", agent=self._agent.id, what=type(effect).__name__)
            if isinstance(effect, StartWork):
                problem = problem_from(error)
                self._put_now(WorkFailed(token=effect.lease.token, problem=problem, seconds=0.0))

    def _look(self, action: LookAt) -> None:
        number = self._number

        def answer(quiet: float | None) -> None:
            self._put(number, frames.Looked(look=action.look, quiet=quiet))

        if self._executor is None:
            answer(None)
        else:
            self._executor.look(action.token, answer)

    # What the code says

    def _put(self, number: int, said: _Said) -> None:
        """On any thread."""
        self._post.put((number, said))

    def _put_now(self, said: _Said) -> None:
        self._put(self._number, said)

    def _hear(self, posted: _Posted) -> None:
        number, said = posted
        if number != self._number:  # of code that has been ended
            return
        try:
            self._heard(said)
        except Exception:  # noqa: BLE001 - a bug of ours, and all else goes on
            log.exception("worker_report_failed", agent=self._agent.id, what=type(said).__name__)
        if not self.tenure.busy:
            self._idle.set()

    def _heard(self, said: _Said) -> None:
        match said:
            case HookDone():
                self._hook_ended(None)
            case HookFailed():
                self._hook_ended(said.problem)
            case Called():
                self.do_all(self.tenure.call(said))
            case Logged():
                self._log_line(said)
            case Lies():
                self.do_all(self.tenure.letter_lies(said.letter))
            case Frame():
                self._say(said)
            case _:
                if isinstance(said, WorkKilled) and said.token is None:
                    log.warning("process_lost", agent=self._agent.id, problem=said.problem.text)
                self.do_all(self.tenure.report(said, self._now()))

    def _log_line(self, line: Logged) -> None:
        """Here for who looks at the worker, and there for who looks at the goal."""
        getattr(log, line.level)(line.event, **unpack(line.fields))
        if line.level != "debug":
            self._say(line)

    # Hooks

    async def _run_hook(self, hook: str) -> None:
        executor = self._executor
        if executor is None or not self._agent.hooks:
            return
        done = self._hook = asyncio.get_running_loop().create_future()
        executor.perform(RunHook(hook))
        await done

    def _hook_ended(self, problem: Problem | None) -> None:
        hook, self._hook = self._hook, None
        if hook is None or hook.done():
            return
        if problem is None:
            hook.set_result(None)
        else:
            hook.set_exception(error_of(problem))
