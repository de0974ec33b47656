"""The runtime: goals in, work done. What an application embeds.

>>> from callboard.runtime.runtime import Runtime
>>> with Runtime() as runtime:
...     agent = runtime.register(lambda task: 42, id="answerer", skills=["general"])
...     runtime.submit("find the answer").result(timeout=10)["Goal Execution"]
42
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from callboard.runtime.core import Closed, settings_of
from callboard.runtime.errands import Errands
from callboard.runtime.executors.waiting import settled
from callboard.runtime.parts.agents import AgentCalls
from callboard.runtime.parts.control import ControlCalls
from callboard.runtime.parts.explaining import ExplainCalls
from callboard.runtime.parts.goals import GoalCalls
from callboard.runtime.parts.learning import LearningCalls
from callboard.runtime.parts.listing import ListingCalls
from callboard.runtime.parts.messages import MessageCalls
from callboard.runtime.parts.quarantine import QuarantineCalls
from callboard.runtime.parts.resources import ResourceCalls
from callboard.runtime.parts.serving import ServingCalls
from callboard.runtime.parts.subtasks import SubtaskCalls
from callboard.runtime.world import durable_world

if TYPE_CHECKING:
    import os
    from types import TracebackType
    from typing import Self

    from callboard.actors.logic.skills import Equivalences
    from callboard.actors.ports import Planner
    from callboard.runtime.config import Config

__all__ = ["Closed", "Runtime"]


class Runtime(
    AgentCalls,
    GoalCalls,
    ListingCalls,
    SubtaskCalls,
    ControlCalls,
    QuarantineCalls,
    LearningCalls,
    MessageCalls,
    ResourceCalls,
    ExplainCalls,
    ServingCalls,
):
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
            world.journal.close(settings_of(config).close_timeout)
            raise

    def _errands(self) -> Errands:
        return Errands(self._delivering, self._answering, self._submitting, self._checking)

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
