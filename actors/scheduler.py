"""The Scheduler: owns who does what and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import ExpectBeats, LookAt
from callboard.actors.shell import Shell, Stage
from callboard.messages.base import SCHEDULER
from callboard.messages.supervision import SignsSeen

if TYPE_CHECKING:
    from callboard.actors.logic.effects import Effect
    from callboard.actors.logic.scheduling import SchedulingLogic
    from callboard.actors.ports import Signs, Teller


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
