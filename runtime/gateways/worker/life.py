"""One life of an agent of a worker: its handlers, what runs them, and its tenure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, cast

from callboard.actors.logic.effects import RunHook, StartWork
from callboard.messages.errors.base import error_of
from callboard.messages.execution import HookDone, HookFailed, WorkFailed, WorkKilled
from callboard.messages.unions import AgentMessage
from callboard.messages.values import unpack
from callboard.runtime.clock import RandomIds
from callboard.runtime.executors.problems import problem_from
from callboard.runtime.executors.processes.outside import Questions, RemoteLog, RemoteServices
from callboard.runtime.executors.processes.wire import Called, Frame, Logged
from callboard.runtime.gateways.link import frames
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
)
from callboard.runtime.gateways.worker.post import Post
from callboard.runtime.gateways.worker.tenure import Tenure
from callboard.runtime.logs import log

if TYPE_CHECKING:
    import structlog

    from callboard.messages.values import Problem
    from callboard.runtime.executors.definition import AgentDefinition
    from callboard.runtime.executors.executor import LocalExecutor
    from callboard.runtime.executors.processes.isolated import ProcessExecutor
    from callboard.runtime.gateways.worker.news import News
    from callboard.runtime.gateways.worker.workshop import Workshop


class Lies(Frame):
    """A letter lies in the inbox by now."""

    letter: int


_Posted: TypeAlias = AgentMessage | Frame
"""What an agent's code has to say: a report, or a frame as it is."""


class Life:
    """Carries out what its tenure decides, on one event loop.

    Args:
        definition: The agent.
        server: As people know it.
        workshop: What its code runs on.
        say: Says a frame to the server, soon.
        tell: Tells who watches.
        succeeds: There was another life of it before, in this program.

    Attributes:
        tenure: What decides.
        over: Set when this life is to end.
        again: Why another one is to begin then; "" where none is.
        reason: Why it has left.
    """

    def __init__(  # noqa: PLR0913 - a value object would only rename them
        self,
        definition: AgentDefinition,
        server: str,
        workshop: Workshop,
        *,
        say: Callable[[Frame], None],
        tell: Callable[[News], None],
        succeeds: bool,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.tenure = Tenure(definition.agent, RandomIds().new(), server, succeeds=succeeds)
        self.over = asyncio.Event()
        self.again = ""
        self.reason = ""
        self._agent = definition.agent
        self._say = say
        self._tell = tell
        self._now = loop.time
        self._post: Post[_Posted] = Post(loop, self._hear)
        self._questions = Questions(self._post.put)
        self._hook: asyncio.Future[None] | None = None
        self._executor: LocalExecutor | ProcessExecutor = workshop.hire(
            definition,
            self._post.put,
            RemoteServices(self._questions),
            cast("structlog.stdlib.BoundLogger", RemoteLog(self._post.put)),
        )

    async def begin(self) -> None:
        """Run `on_start`.

        Raises:
            CallboardError: It raised, or took too long.
        """
        await self._run_hook("on_start")

    async def finish(self) -> None:
        """Run `on_stop`.

        Raises:
            CallboardError: It raised, or took too long.
        """
        await self._run_hook("on_stop")

    async def close(self, seconds: float) -> None:
        """Stop whatever still runs, and hear nothing of it any more."""
        await asyncio.to_thread(self._executor.close, seconds)

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
                self._tell(action.news)
            case Answer():
                self._questions.answered(action.answered)
            case Settle():
                self._post.put(Lies(letter=action.letter))
            case LookAt():
                self._look(action)
            case Renew():
                self.again = action.why
                self.over.set()
            case Leave():
                self.reason = action.why
                self.over.set()

    def _perform(self, action: Do) -> None:
        effect = action.effect
        try:
            self._executor.perform(effect)
        except Exception as error:  # noqa: BLE001 - of one attempt, and the others go on
            log.exception("worker_effect_failed", agent=self._agent.id, what=type(effect).__name__)
            if isinstance(effect, StartWork):
                problem = problem_from(error)
                self._post.put(WorkFailed(token=effect.lease.token, problem=problem, seconds=0.0))

    def _look(self, action: LookAt) -> None:
        def answer(quiet: float | None) -> None:
            self._post.put(frames.Looked(look=action.look, quiet=quiet))

        self._executor.look(action.token, answer)

    def _hear(self, posted: _Posted) -> None:
        try:
            self._heard(posted)
        except Exception:  # noqa: BLE001 - a bug of ours, and all else goes on
            log.exception("worker_report_failed", agent=self._agent.id, what=type(posted).__name__)

    def _heard(self, posted: _Posted) -> None:
        match posted:
            case HookDone():
                self._hook_ended(None)
            case HookFailed():
                self._hook_ended(posted.problem)
            case Called():
                self.do_all(self.tenure.call(posted))
            case Logged():
                self._log_line(posted)
            case Lies():
                self.do_all(self.tenure.letter_lies(posted.letter))
            case Frame():
                self._say(posted)
            case _:
                if isinstance(posted, WorkKilled) and posted.token is None:
                    log.warning("process_lost", agent=self._agent.id, problem=posted.problem.text)
                self.do_all(self.tenure.report(posted, self._now()))

    def _log_line(self, line: Logged) -> None:
        """Here for who looks at the worker, and there for who looks at the goal."""
        getattr(log, line.level)(line.event, **unpack(line.fields))
        if line.level != "debug":
            self._say(line)

    # Hooks

    async def _run_hook(self, hook: str) -> None:
        if not self._agent.hooks:
            return
        self._hook = asyncio.get_running_loop().create_future()
        self._executor.perform(RunHook(hook))
        await self._hook

    def _hook_ended(self, problem: Problem | None) -> None:
        hook, self._hook = self._hook, None
        if hook is None or hook.done():
            return
        if problem is None:
            hook.set_result(None)
        else:
            hook.set_exception(error_of(problem))
