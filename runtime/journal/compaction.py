"""Old goals become summaries, and many small pages few large ones.

First a goal's row says that it is going: from then on its facts are passed over,
whoever reads. Then pages are rewritten without them, some at a time, each time in one
transaction; so it may stop anywhere and be taken up again. At last the rows say that
nothing but themselves is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from callboard.actors.logic.departed import OF_A_LIFE
from callboard.actors.logic.latest import OF_EVERYBODY, Latest
from callboard.actors.logic.lessons import Lessons
from callboard.messages import facts
from callboard.runtime.journal.ledger import Kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callboard.messages.facts import Fact
    from callboard.runtime.journal.store import Page, Store

LARGEST_PAGE = 1_000
"""Facts of a page that was put together from smaller ones."""
PORTION = 20_000
"""Facts that are looked at within one transaction: some 50 milliseconds."""

OF_THE_DAY = (
    *OF_A_LIFE,
    facts.RestartScheduled,
    facts.Escalated,
    facts.ActorRestarted,
)
"""What tells of a company that has gone, once the journal was opened again."""

_SAID_ANEW = (facts.LearningKept, *OF_EVERYBODY)
"""What is written once more at the end, before anything is dropped."""


class Compacted(NamedTuple):
    """What came of it.

    Attributes:
        goals: That were turned into summaries.
        facts: That were dropped.
        pages: How many there are less.
    """

    goals: int
    facts: int
    pages: int


class Compaction:
    """One pass over a journal, in portions.

    Args:
        store: The open file.
        before: Seconds since the epoch: goals that ended earlier become summaries.
    """

    def __init__(self, store: Store, before: float) -> None:
        self._store = store
        self._before = before
        self._dropped = 0
        self._pages = 0
        self._goals = 0
        self._since = 1
        self._taught = 0
        self._going: set[str] = set()

    def __iter__(self) -> Iterator[None]:
        """Do a portion at each step."""
        ledger = self._store.ledger
        if ledger.ended_before(self._before):
            yield from self._learn()
        with self._store.changing():
            old = [entry.id for entry in ledger.ended_before(self._before)]
            ledger.keep(old, Kept.GOING)
        self._goals, self._going = len(old), {entry.id for entry in ledger.going()}
        self._last_boot = self._store.last_boot()
        while self._portion():
            yield
        with self._store.changing():
            ledger.keep(self._going, Kept.SUMMARY)
        self._store.shrink()

    def _learn(self) -> Iterator[None]:
        """Write down what all facts so far have taught, before any of them goes."""
        lessons, latest, since = Lessons(), Latest(), 1
        while pages := self._store.portion(since, PORTION):
            for page in pages:
                for fact in latest.seeing(self._store.unpacked(page)):
                    lessons.apply(fact)
            since = pages[-1].last + 1
            yield
        # Nothing is written between the last look and this: it is the same thread's.
        taught = [*latest.facts, *lessons.kept(self._store.latest())]
        if taught:
            self._taught = self._store.count + 1
            self._store.write(taught)

    @property
    def done(self) -> Compacted:
        """What came of it so far."""
        return Compacted(self._goals, self._dropped, self._pages)

    def _portion(self) -> bool:
        pages = self._store.portion(self._since, PORTION)
        if not pages:
            return False
        with self._store.changing():
            self._rewrite(pages)
        self._since = pages[-1].last + 1
        return True

    def _rewrite(self, pages: list[Page]) -> None:
        kept: list[Fact] = []
        group: list[Page] = []
        for page in pages:
            staying = [fact for fact in self._store.unpacked(page) if self._stays(fact, page)]
            full = len(kept) + len(staying) > LARGEST_PAGE
            if group and (full or page.first == self._store.boundary):
                self._replace(group, kept)
                group, kept = [], []
            group.append(page)
            kept += staying
        self._replace(group, kept)

    def _replace(self, group: list[Page], kept: list[Fact]) -> None:
        before = sum(page.held for page in group)
        if len(group) == 1 and before == len(kept):
            return
        self._store.replace(group, kept)
        self._dropped += before - len(kept)
        self._pages += len(group) - 1

    def _stays(self, fact: Fact, page: Page) -> bool:
        if isinstance(fact, _SAID_ANEW) and not fact.goal_id:
            return page.last >= self._taught
        if isinstance(fact, OF_THE_DAY):
            return page.last > self._last_boot or fact.at >= self._before
        return fact.goal_id not in self._going
