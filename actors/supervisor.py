"""The Supervisor: owns the life and death of all other actors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import StartActor, StopActor
from callboard.actors.shell import Shell, Stage
from callboard.messages.base import SUPERVISOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.logic.effects import Effect
    from callboard.actors.logic.supervision import SupervisionLogic
    from callboard.messages.base import Address


class Supervisor(Shell):
    """A supervisor, and what starts and stops actors for it."""

    def __init__(
        self,
        stage: Stage,
        incarnation: int,
        logic: SupervisionLogic,
        start_actor: Callable[[Address, int], None],
        stop_actor: Callable[[Address], None],
    ) -> None:
        super().__init__(stage, SUPERVISOR, incarnation, logic)
        self._start_actor = start_actor
        self._stop_actor = stop_actor

    def special(self, effect: Effect) -> None:
        """Start or stop an actor."""
        match effect:
            case StartActor():
                self._start_actor(effect.address, effect.incarnation)
            case StopActor():
                self._stop_actor(effect.address)
            case _:
                super().special(effect)
