"""A circuit breaker for each skill: what only fails is given a rest.

When attempts that need a skill fail one after the other, at many different subtasks,
then not the subtasks are ill but what the skill stands on: a service, a model, a disk.
No attempt is made for a while; then one, as a probe. Any success ends the rest.

The documentation's diagram is drawn from `TRANSITIONS`. What is not in it does not
happen: an attempt that was begun before the rest and fails within it changes nothing.

Source: Nygard, Release It!, 2007, chapter 5 (Circuit Breaker).

>>> from callboard.messages.values import Skill
>>> options = BreakerOptions(failures=2, subtasks=2, first=8.0, jitter=0.0)
>>> breakers, needs = Breakers(options, Alarms()), frozenset({Skill(name="sql")})
>>> wrong = Problem(error="ValueError", text="ValueError: no data")
>>> for name in ("s1", "s2"):
...     shown = breakers.failed(needs, name, Token(boot=1, incarnation=1, counter=1), wrong, 5.0)
>>> type(shown[0]).__name__, breakers.bar(needs)
('BreakerOpened', Bar(skill='sql', until=13.0))
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from callboard.actors.logic.alarms import Alarms
from callboard.actors.logic.backoff import backoff, jittered
from callboard.actors.logic.breaker_options import BreakerOptions
from callboard.actors.logic.demands import is_resource
from callboard.messages.notices import BreakerClosed, BreakerHalfOpen, BreakerOpened
from callboard.messages.values import Problem, Token

if TYPE_CHECKING:
    from callboard.actors.logic.outlook import Needs
    from callboard.messages.base import SubtaskId
    from callboard.messages.notices import Notice


class Circuit(StrEnum):
    """What a breaker lets through: all, nothing, one attempt, or no second one."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"
    PROBING = "probing"


class Turn(StrEnum):
    """What happens to a breaker."""

    TOO_MANY = "too many attempts have failed in a row"
    RESTED = "the rest is over"
    PROBE = "an attempt is made as a probe"
    FAILED = "the probe has failed"
    UNDECIDED = "the probe has ended, and shows nothing"
    SUCCEEDED = "an attempt has succeeded"


TRANSITIONS: Mapping[tuple[Circuit, Turn], Circuit] = {
    (Circuit.CLOSED, Turn.TOO_MANY): Circuit.OPEN,
    (Circuit.OPEN, Turn.RESTED): Circuit.HALF_OPEN,
    (Circuit.OPEN, Turn.SUCCEEDED): Circuit.CLOSED,
    (Circuit.HALF_OPEN, Turn.PROBE): Circuit.PROBING,
    (Circuit.HALF_OPEN, Turn.SUCCEEDED): Circuit.CLOSED,
    (Circuit.PROBING, Turn.FAILED): Circuit.OPEN,
    (Circuit.PROBING, Turn.UNDECIDED): Circuit.HALF_OPEN,
    (Circuit.PROBING, Turn.SUCCEEDED): Circuit.CLOSED,
}
"""From where, by what, to where. A breaker begins in `Circuit.CLOSED`."""


class Bar(NamedTuple):
    """Why nothing is done now that needs a skill.

    Attributes:
        until: When a probe may be made, seconds since the epoch; None while one is.
    """

    skill: str
    until: float | None


class Breaker:
    """The breaker of one skill.

    Attributes:
        state: What it lets through.
        failures: Attempts that failed since the latest success.
        rests: How many there were since then.
        until: When the latest rest is over, seconds since the epoch.
        probe: The attempt that is made as one.
    """

    __slots__ = ("failures", "probe", "rests", "skill", "state", "subtasks", "until")

    def __init__(self, skill: str) -> None:
        self.skill = skill
        self.state = Circuit.CLOSED
        self.failures = 0
        self.subtasks: set[SubtaskId] = set()
        self.rests = 0
        self.until = 0.0
        self.probe: Token | None = None

    def take(self, turn: Turn) -> None:
        """Change the state.

        Raises:
            KeyError: The table has no such change.
        """
        self.state = TRANSITIONS[self.state, turn]
        if self.state is not Circuit.PROBING:
            self.probe = None


class Breakers:
    """The breakers of all skills; those without a failure are not kept.

    Args:
        options: When they open; None never lets them.
        alarms: Where the end of each rest is set, as ("breaker", skill).

    Attributes:
        failing: Those that are kept, by skill; most often there is none.
        resting: Those of them that do not let everything through.
        changes: Grows whenever something may be let through that was not, or the reverse.
    """

    def __init__(self, options: BreakerOptions | None, alarms: Alarms[tuple[str, str]]) -> None:
        self._options = options
        self._alarms = alarms
        self.failing: dict[str, Breaker] = {}
        self.resting: dict[str, Breaker] = {}
        self.changes = 0

    @property
    def shut(self) -> int:
        """How many do not let everything through."""
        return len(self.resting)

    def bar(self, needs: Needs) -> Bar | None:
        """What stands in the way of work with these needs; None where nothing does."""
        if not self.resting:
            return None
        for skill in sorted(_names(needs)):
            breaker = self.resting.get(skill)
            if breaker is not None and breaker.state is Circuit.OPEN:
                return Bar(skill, breaker.until)
            if breaker is not None and breaker.state is Circuit.PROBING:
                return Bar(skill, None)
        return None

    def leased(self, needs: Needs, token: Token) -> None:
        """An attempt is made; where a rest is just over, it is the probe."""
        for breaker in self._of(needs) if self.resting else ():
            if breaker.state is Circuit.HALF_OPEN:
                breaker.take(Turn.PROBE)
                breaker.probe = token
                self.changes += 1

    def succeeded(self, needs: Needs, now: float) -> list[Notice]:
        """An attempt has succeeded: whatever it needs is well."""
        notices: list[Notice] = []
        for breaker in self._of(needs) if self.failing else ():
            del self.failing[breaker.skill]
            if self.resting.pop(breaker.skill, None) is not None:
                breaker.take(Turn.SUCCEEDED)
                self._alarms.clear(("breaker", breaker.skill))
                self.changes += 1
                notices.append(BreakerClosed(at=now, skill=breaker.skill))
        return notices

    def failed(
        self, needs: Needs, subtask: SubtaskId, token: Token, problem: Problem, now: float
    ) -> list[Notice]:
        """An attempt that had begun has failed, or its agent with it."""
        if self._options is None:
            return []
        notices: list[Notice] = []
        for skill in sorted(_names(needs)):
            breaker = self.failing.get(skill)
            if breaker is None:
                breaker = self.failing[skill] = Breaker(skill)
            turn = self._count(breaker, subtask, token, self._options)
            if turn is not None:
                breaker.take(turn)
                notices.append(self._rest(breaker, problem, now, self._options))
        return notices

    def freed(self, token: Token) -> None:
        """An attempt is over; if it was a probe and nothing was said of it, it shows nothing."""
        for breaker in self.resting.values():
            if breaker.probe == token:
                breaker.take(Turn.UNDECIDED)
                self.changes += 1

    def rested(self, skill: str, now: float) -> list[Notice]:
        """The rest is over: one attempt may be made."""
        breaker = self.resting.get(skill)
        if breaker is None or breaker.state is not Circuit.OPEN:
            return []
        breaker.take(Turn.RESTED)
        self.changes += 1
        return [BreakerHalfOpen(at=now, skill=skill)]

    @staticmethod
    def _count(
        breaker: Breaker, subtask: SubtaskId, token: Token, options: BreakerOptions
    ) -> Turn | None:
        """Take note of a failure; what it does to the breaker, if anything."""
        if breaker.state is not Circuit.CLOSED:
            return Turn.FAILED if breaker.probe == token else None
        breaker.failures += 1
        if len(breaker.subtasks) < options.subtasks:
            breaker.subtasks.add(subtask)
        enough = breaker.failures >= options.failures
        return Turn.TOO_MANY if enough and len(breaker.subtasks) >= options.subtasks else None

    def _rest(
        self, breaker: Breaker, problem: Problem, now: float, options: BreakerOptions
    ) -> Notice:
        self.resting[breaker.skill] = breaker
        self.changes += 1
        breaker.rests += 1
        wait = backoff(breaker.rests, first=options.first, longest=options.longest)
        seed = f"breaker/{breaker.skill}/{breaker.rests}/{now}"
        breaker.until = now + jittered(wait, options.jitter, seed)
        self._alarms.set(("breaker", breaker.skill), breaker.until)
        return BreakerOpened(
            at=now,
            skill=breaker.skill,
            failures=breaker.failures,
            until=breaker.until,
            problem=problem,
        )

    def _of(self, needs: Needs) -> list[Breaker]:
        found = (self.failing.get(skill) for skill in sorted(_names(needs)))
        return [breaker for breaker in found if breaker is not None]


def _names(needs: Needs) -> set[str]:
    """Of the skills, whatever the level; a resource is none, and needs no rest."""
    return {skill.name for skill in needs if not is_resource(skill.name)}
