"""Work is held up, let go on, and let run out."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from callboard.messages.base import SUPERVISOR, AgentId, GoalId, SubtaskId
from callboard.messages.commands import (
    DrainRuntime,
    DrainSubtask,
    PauseAgent,
    PauseRuntime,
    PauseSubtask,
    ResumeAgent,
    ResumeRuntime,
    ResumeSubtask,
)
from callboard.messages.errors.running import CallTimedOut
from callboard.runtime.core import Core
from callboard.runtime.executors.waiting import not_negative, text_of

if TYPE_CHECKING:
    from callboard.runtime.calls import Call


class ControlCalls(Core):
    """Pausing, resuming and draining: an agent, a subtask, or everything."""

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

    # How

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
