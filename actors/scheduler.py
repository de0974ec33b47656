"""The Scheduler: owns who does what and when."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from callboard.actors.logic.effects import ExpectBeats, LookAt, LookAtAll
from callboard.actors.shell import Shell, Stage
from callboard.messages.base import SCHEDULER
from callboard.messages.supervision import AllSignsSeen, SignsSeen

if TYPE_CHECKING:
    from callboard.actors.logic.effects import Effect
    from callboard.actors.logic.scheduling import SchedulingLogic
    from callboard.actors.ports import Signs, Teller
    from callboard.messages.base import AgentId


class Scheduler(Shell):
    """A scheduler; its logic carries the incarnation into every token.

    Args:
        signs: Where it looks before it judges.
        teller: Brings what was seen to its own mailbox.
    """

    def __init__(
        self,
        stage: Stage,
        incarnation: int,
        logic: SchedulingLogic,
        *,
        signs: Signs,
        teller: Teller,
    ) -> None:
        super().__init__(stage, SCHEDULER, incarnation, logic)
        self._signs = signs
        self._teller = teller

    def special(self, effect: Effect) -> None:
        """Look at signs of life, now or for some time; what is seen comes as a message."""
        match effect:
            case LookAt():
                self._look(effect)
            case LookAtAll():
                self._look_at_all(effect)
            case ExpectBeats():
                self._signs.expect(effect.agent, expected=effect.expected)
            case _:
                super().special(effect)

    def _look(self, effect: LookAt) -> None:
        agent, lease, limit = effect.agent, effect.lease, effect.limit

        def answer(quiet: float | None) -> None:
            seen = SignsSeen(agent=agent, limit=limit, lease=lease, quiet=quiet)
            self._teller.tell(SCHEDULER, seen)

        self._signs.look(agent, None if lease is None else lease.token, answer)

    def _look_at_all(self, effect: LookAtAll) -> None:
        round_ = Round(effect.limit, self._teller)
        for agent in effect.agents:
            self._signs.look(agent, None, partial(round_.answer, agent))
        round_.close()


class Round:
    """One look at many agents: what is seen at once is told together, all else by itself.

    Args:
        limit: For which it is made.
        teller: Brings what was seen to the scheduler.
    """

    def __init__(self, limit: str, teller: Teller) -> None:
        self._limit = limit
        self._teller = teller
        self._lock = threading.Lock()
        self._seen: list[tuple[AgentId, float | None]] | None = []

    def answer(self, agent: AgentId, quiet: float | None) -> None:
        """That was seen of an agent, on whatever thread."""
        with self._lock:
            if self._seen is not None:
                self._seen.append((agent, quiet))
                return
        self._teller.tell(SCHEDULER, SignsSeen(agent=agent, limit=self._limit, quiet=quiet))

    def close(self) -> None:
        """All were looked at; tell what was seen until now."""
        with self._lock:
            seen, self._seen = self._seen, None
        if seen:
            self._teller.tell(SCHEDULER, AllSignsSeen(limit=self._limit, seen=tuple(seen)))
