"""The journal of a runtime that was not asked to survive its process."""

from __future__ import annotations

import threading
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from callboard.actors.logic.annals import Annals
from callboard.actors.logic.departed import without_departed
from callboard.actors.logic.lessons import taught_by
from callboard.actors.logic.remains import Remains
from callboard.actors.logic.stretch import Stretch
from callboard.messages.facts import AgentRemoved, GoalForgotten, LearningKept, goal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.actors.logic.pages import Place, Wanted
    from callboard.actors.logic.records import GoalRecord
    from callboard.actors.ports import Follower
    from callboard.messages.base import GoalId, SubtaskId
    from callboard.messages.facts import Fact

PORTION = 1_000
"""Facts that are looked at together, at the most."""

RECENT = 10_000
"""Facts that stay, whoever has left: some megabytes, for whoever reads what has happened."""


class MemoryJournal:
    """Keeps facts in order, so that a restarted orchestrator can be rebuilt.

    A fact is kept as soon as `append` returns. Facts of forgotten goals go when they
    are half of all; what they have taught stays. What tells of the time here of agents that
    have left goes once it is long ago, or whoever comes and goes would fill the memory.
    """

    boot = 1
    lasting = False
    trouble = None
    commits = None

    def __init__(self) -> None:
        self._facts: Annals[Fact] = Annals()
        self._lock = threading.Lock()
        self._counts: dict[GoalId, int] = {}
        self._counted = 0
        self._forgotten: set[GoalId] = set()
        self._dead = 0
        self._look_at = 2 * RECENT  # so many facts, for who has left
        self._loose = 0  # facts whose positions are not known any more
        self._passed = 0  # position of the last one of those
        self._followers: tuple[Follower, ...] = ()

    def watch(self, blocked: object, lost: object) -> None:
        """Nothing ever goes wrong with it."""

    def append(self, facts: Sequence[Fact], kept: Callable[[], None] | None) -> None:
        """Keep *facts* in their order, then call *kept*."""
        with self._lock:
            for follower in self._followers:
                follower(self._position() + 1, facts)
            self._facts.extend(facts)
            if GoalForgotten in map(type, facts):
                self._forget_those_of(facts)
            if self._facts.count >= self._look_at and AgentRemoved in map(type, facts):
                self._forget_who_left()
        if kept is not None:
            kept()

    def history(self) -> Sequence[Fact]:
        """The same as `replay`."""
        return self.replay()

    def replay(self) -> Sequence[Fact]:
        """All facts that are kept, in order."""
        with self._lock:
            return tuple(self._facts)

    @property
    def count(self) -> int:
        """Position of the latest fact."""
        with self._lock:
            return self._position()

    def follow(self, follower: Follower) -> Callable[[], None]:
        """Show it all that comes from now on; the answer ends that."""
        with self._lock:
            self._followers += (follower,)

        def leave() -> None:
            with self._lock:
                self._followers = tuple(f for f in self._followers if f is not follower)

        return leave

    def stretch(self, since: int) -> Stretch | None:
        """Some facts from that position on; of those before some were forgotten, all."""
        with self._lock:
            if since > self._position():
                return None
            if since <= self._passed:
                return Stretch(1, self._passed, tuple(islice(self._facts, self._loose)))
            skipped = self._loose + since - self._passed - 1
            facts = tuple(islice(self._facts.since(skipped), PORTION))
        return Stretch(since, since + len(facts) - 1, facts)

    def _position(self) -> int:
        return self._passed + self._facts.count - self._loose

    def tidy(self, before: float) -> None:
        """It holds what the runtime remembers, and nothing else."""

    def goal_of(self, key: str) -> GoalId | None:  # noqa: ARG002 - as a file's
        """Whoever asks has looked where all is that is kept here."""
        return None

    def goal(self, goal: GoalId) -> GoalRecord | None:  # noqa: ARG002 - as a file's
        """The same."""
        return None

    def goals(self, wanted: Wanted, before: Place, limit: int) -> Sequence[GoalRecord]:  # noqa: ARG002 - as a file's
        """The same."""
        return ()

    def story(self, goal: GoalId) -> Sequence[Fact]:  # noqa: ARG002 - as a file's
        """The same."""
        return ()

    def subtask_story(self, subtask: SubtaskId) -> Sequence[Fact]:  # noqa: ARG002 - as a file's
        """The same."""
        return ()

    def mentions(self, subtask: SubtaskId) -> bool:  # noqa: ARG002 - as a file's
        """The same: to read them all is as quick as to look."""
        return True

    def close(self, timeout: float | None = None) -> int:  # noqa: ARG002 - as a file's
        """There is nothing left to write."""
        return 0

    def _forget_those_of(self, facts: Sequence[Fact]) -> None:
        self._count()
        for fact in facts:
            if isinstance(fact, GoalForgotten):
                self._forgotten.add(fact.goal)
                self._dead += self._counts.pop(fact.goal, 0)
        if self._dead * 2 > len(self._facts):
            taught = taught_by(self._facts)
            remains = Remains(self._forgotten.__contains__, facts[-1].at)
            staying = [f for f in remains.passing(self._facts) if type(f) is not LearningKept]
            self._keep_only((*staying, *remains.latest(), *taught))
            self._forgotten.clear()
            self._dead = 0

    def _forget_who_left(self) -> None:
        self._count()
        self._keep_only(without_departed(tuple(self._facts), RECENT))
        self._look_at = len(self._facts) + RECENT  # what stays is not looked at each time

    def _keep_only(self, facts: Sequence[Fact]) -> None:
        self._passed = self._position()
        self._facts = Annals(facts)
        self._counted = self._loose = len(self._facts)

    def _count(self) -> None:
        """What has come since the last time; most facts are never counted."""
        fresh = Counter(map(goal_of, self._facts.since(self._counted)))
        self._counted = len(self._facts)
        for goal, count in fresh.items():
            if goal in self._forgotten:
                self._dead += count  # last words, said when all was over
            else:
                self._counts[goal] = self._counts.get(goal, 0) + count
