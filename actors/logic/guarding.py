"""Who watches the watchman: whether a supervisor that died is built again, and when.

>>> guard = Guard(SupervisionOptions(intensity=1, first=2.0, jitter=0.0))
>>> died = Problem(error="ActorDied", text="supervisor died: KeyError: 'q4'")
>>> [type(effect).__name__ for effect in guard.fell(died, now=0.0)]
['Record', 'After']
>>> [type(effect).__name__ for effect in guard.fell(died, now=1.0)]
['Record', 'Show']
"""

from __future__ import annotations

from callboard.actors.logic.announcements import broken, given_up
from callboard.actors.logic.budget import RestartBudget
from callboard.actors.logic.effects import After, Effect, Record, Show
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.actors.logic.waits import Waits
from callboard.messages.base import SUPERVISOR
from callboard.messages.facts import RestartScheduled
from callboard.messages.supervision import Wake
from callboard.messages.values import Problem


class Guard:
    """The budget and the waits of a supervisor's own restarts.

    It stands outside of all actors, because something has to be the last to stand; so
    it does as little as can be.

    Attributes:
        incarnation: Of the supervisor that lives or is about to.
    """

    def __init__(self, options: SupervisionOptions) -> None:
        self._budget = RestartBudget(options.intensity, options.period)
        self._waits = Waits(options)
        self.incarnation = 1

    def fell(self, problem: Problem, now: float) -> list[Effect]:
        """The supervisor has died; what follows, at the `After`'s time another one."""
        if not self._budget.spend(now):
            escalated = given_up(SUPERVISOR, self._budget, problem, now)
            return [Record(escalated), Show(broken(escalated))]
        delay = self._waits.failed(now, f"{SUPERVISOR} {self.incarnation}")
        self.incarnation += 1
        fact = RestartScheduled(
            at=now,
            address=SUPERVISOR,
            attempt=self._budget.used(now),
            delay=delay,
            problem=problem,
        )
        return [Record(fact), After(delay, Wake())]

    def runs(self, now: float) -> None:
        """Another one runs."""
        self._waits.runs(now)
