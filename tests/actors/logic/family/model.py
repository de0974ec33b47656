"""OTP's supervisor as naively as can be: nothing takes time but the wait before a restart.

Written from OTP's documentation, to be compared with the real one after every step.
"""

from __future__ import annotations

from callboard.actors.logic.family.exits import Exit, Restart
from callboard.actors.logic.family.specs import ChildSpec, FamilyOptions
from callboard.actors.logic.family.strategies import AutoShutdown, Strategy


class Model:
    """Children that start and stop at once.

    Attributes:
        state: Of each child, in order: "running", "restarting" or "stopped".
        wished: Who does not run because somebody said so.
        broken: Who cannot start now.
    """

    def __init__(self, options: FamilyOptions, broken: set[str]) -> None:
        self.options, self.broken = options, broken
        self.specs: dict[str, ChildSpec] = {}
        self.state: dict[str, str] = {}
        self.wished: set[str] = set()
        self.due: dict[str, float] = {}
        self.failures: dict[str, int] = {}
        self.since: dict[str, float] = {}
        self.restarts: list[float] = []
        self.ended = False

    def add(self, spec: ChildSpec, now: float) -> None:
        if spec.id not in self.broken:
            self.specs[spec.id] = spec
            self.run(spec.id, now)

    def run(self, child: str, now: float) -> None:
        self.state[child] = "running"
        self.since[child] = now
        self.wished.discard(child)

    def exit(self, child: str, end: Exit, now: float) -> None:
        spec = self.specs[child]
        again = {Restart.PERMANENT: True, Restart.TEMPORARY: False}
        if again.get(spec.restart, end is Exit.FAILED):
            self.fail(child, now)
            return
        self.drop(child)
        if spec.significant:
            others = [c for c in self.state if self.specs[c].significant]
            left = any(self.state[c] != "stopped" for c in others)
            if self.options.auto_shutdown is AutoShutdown.ANY_SIGNIFICANT or not left:
                self.end()

    def drop(self, child: str) -> None:
        self.due.pop(child, None)
        if self.specs[child].restart is Restart.TEMPORARY:
            self.forget(child)
        else:
            self.state[child] = "stopped"

    def forget(self, child: str) -> None:
        for known in (self.specs, self.state, self.due, self.failures, self.since):
            known.pop(child, None)
        self.wished.discard(child)

    def fail(self, child: str, now: float) -> None:
        self.restarts = [t for t in self.restarts if now - t <= self.options.budget.seconds]
        if len(self.restarts) >= self.options.budget.restarts:
            self.state[child] = "stopped"
            self.end()
            return
        self.restarts.append(now)
        if child in self.since and now - self.since.pop(child) >= self.options.pace.reset_after:
            self.failures[child] = 0
        self.failures[child] = self.failures.get(child, 0) + 1
        self.state[child] = "restarting"
        self.take_along(child)
        wait = self.options.pace.first * 2 ** (self.failures[child] - 1)
        alone = self.options.strategy is Strategy.ONE_FOR_ONE
        self.due[child if alone else ""] = now + wait

    def take_along(self, child: str) -> None:
        order = list(self.state)
        start = {
            Strategy.ONE_FOR_ONE: len(order),
            Strategy.ONE_FOR_ALL: 0,
            Strategy.REST_FOR_ONE: order.index(child),
        }[self.options.strategy]
        for other in order[start:]:
            if other == child or other in self.wished:
                continue
            if self.specs[other].restart is Restart.TEMPORARY:
                self.forget(other)
            else:
                self.state[other] = "restarting"

    def end(self) -> None:
        self.ended = True
        for child in list(self.state):
            self.drop(child)

    def tick(self, now: float) -> None:
        """It is *now*, and every child whose wait is over is started, in order."""
        self.due = {child: when for child, when in self.due.items() if when > now}
        for child in list(self.state):
            if self.ended or self.state.get(child) != "restarting":
                continue
            if child in self.due or "" in self.due:
                continue
            if child in self.broken:
                self.fail(child, now)
            else:
                self.run(child, now)
