"""Supervisors for actors of your own; `docs/how-to/supervision.md` shows how.

>>> import pykka
>>> class Counter(pykka.ThreadingActor):
...     count = 0
...     def add(self, number: int) -> int:
...         self.count += number
...         return self.count
>>> with Supervisor([ChildSpec("counter", Counter)]) as tree:
...     tree.ref("counter").proxy().add(2).get(timeout=5)
2
"""

from callboard.actors.logic.family.exits import Exit, Restart
from callboard.actors.logic.family.phases import Phase
from callboard.actors.logic.family.specs import Budget, ChildSpec, FamilyOptions
from callboard.actors.logic.family.strategies import AutoShutdown, Strategy
from callboard.actors.logic.family.words import ChildInfo, Counts
from callboard.actors.logic.waits import Pace
from callboard.runtime.supervision.actor import Ended, SupervisorSpec
from callboard.runtime.supervision.supervisor import Branch, Supervisor

__all__ = [
    "AutoShutdown",
    "Branch",
    "Budget",
    "ChildInfo",
    "ChildSpec",
    "Counts",
    "Ended",
    "Exit",
    "FamilyOptions",
    "Pace",
    "Phase",
    "Restart",
    "Strategy",
    "Supervisor",
    "SupervisorSpec",
]
