"""The Scheduler: owns who does what and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.shell import Shell, Stage
from callboard.messages.base import SCHEDULER

if TYPE_CHECKING:
    from callboard.actors.logic.scheduling import SchedulingLogic


class Scheduler(Shell):
    """A scheduler; its logic carries the incarnation into every token."""

    def __init__(self, stage: Stage, incarnation: int, logic: SchedulingLogic) -> None:
        super().__init__(stage, SCHEDULER, incarnation, logic)
