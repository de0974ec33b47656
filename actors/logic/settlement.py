"""How a subtask's stay with the scheduler ends: done, given up, or no longer wanted.

What has ended is reported to the orchestrator and confirmed by `Settled`; then it is
learnt from, in the journal's order, and forgotten. Who ends it is decided elsewhere, see
`leasing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.learning import BRIEF, kind_of
from callboard.actors.logic.lengths import renew
from callboard.actors.logic.lifecycle import LEASED, SETTLING
from callboard.actors.logic.lineup import Lineup
from callboard.messages.base import ORCHESTRATOR
from callboard.messages.work import SubtaskDone, SubtaskGivenUp

if TYPE_CHECKING:
    from callboard.actors.logic.ahead_options import AheadOptions
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.speculating import Speculating
    from callboard.messages.base import AgentId
    from callboard.messages.values import Lease, Problem, Subtask


class Settlement(Lineup):
    """All that ends; what its attributes are is said in `Leasing`."""

    __slots__ = ("_brief",)

    speculating: Speculating
    ahead: AheadOptions
    news: dict[tuple[str, AgentId], tuple[Subtask, int]]
    _brief: bool

    def give_up(self, work: Work, problem: Problem, last: Lease | None = None) -> list[Effect]:
        """No further attempt will be made; the *last* one has failed, if that is why."""
        return self.report(work, SubtaskGivenUp(subtask=work.uuid, problem=problem, lease=last))

    def report(self, work: Work, outcome: SubtaskDone | SubtaskGivenUp) -> list[Effect]:
        """Tell the orchestrator how it ended; it confirms with `Settled`."""
        self.settle_down(work)
        return [self._reported(work, outcome)]

    def _reported(self, work: Work, outcome: SubtaskDone | SubtaskGivenUp) -> Tell:
        work.outcome = outcome
        counts = self.foresight.waiting and work.ready.subtask.verify is None
        if counts and type(outcome) is SubtaskDone:
            self.foresight.done(work.uuid)
        return Tell(ORCHESTRATOR, outcome)

    def settle_down(self, work: Work) -> None:
        """Nobody is to do anything with it before the orchestrator has said more of it."""
        self._let_go(work)
        subtask = work.ready.subtask
        if subtask.verify is None and subtask.result_schema is None:
            self.timing.forget(work)
        else:
            self.timing.rest(work)
        work.move(SETTLING)

    def settled(self, work: Work) -> None:
        """The orchestrator has recorded how it ended: learn from it, in the journal's order."""
        end = work.outcome
        if type(end) is SubtaskGivenUp:
            self.learning.given_up(work.ready.subtask)
        elif type(end) is SubtaskDone and end.lease is not None:
            self.learning.completed(work.ready.subtask, end.lease.agent, end.seconds)
            if self.speculating.began or self.speculating.overtook:
                self.speculating.learnt(work)
            if end.seconds >= BRIEF or self.paces.uneven:
                self._note(work.ready.subtask, end.lease.agent)
            if not self._brief and self.ahead.most and end.seconds <= self.ahead.brief:
                self._brief = True
        self.drop(work)

    def _note(self, subtask: Subtask, agent: AgentId) -> None:
        """Of those alike the longest stands for all: what matters to any matters to it."""
        key = kind_of(subtask), agent
        longest, times = self.news.get(key, (subtask, 0))
        if subtask.stated_seconds > longest.stated_seconds:
            longest = subtask
        self.news[key] = longest, times + 1

    def take_in(self) -> None:
        """See what is expected otherwise now, once for all that has just ended."""
        for (_, agent), (subtask, times) in self.news.items():
            self._hear(subtask, agent, times)
        self.news.clear()
        if self.lengths.stale and self.lengths.pays(len(self.works) + len(self.foresight)):
            renew(self)  # pyright: ignore[reportArgumentType]

    def drop(self, work: Work) -> None:
        """It is no business of ours any more."""
        if self.learning.misses:
            self.learning.dropped(work.uuid)
        if self.foresight.waiting:
            self.foresight.settled(work.uuid)
        if self.speculating.overtook:
            self.speculating.forget(work.uuid)
        if work.state is not SETTLING:  # what settles has let go
            self._let_go(work)
            self.timing.forget(work)
        elif work.due:  # it might have come back
            self.timing.forget(work)
        del self.works[work.uuid]

    def _let_go(self, work: Work) -> None:
        if work.state is not LEASED:  # what is leased does not wait any more
            self._stop_waiting(work)
            self._dequeue(work)
            self.outlook.close(work.uuid)
        if self.tenders.ruled:
            self.tenders.forget(work)
        if self.advice.turns:
            self.advice.forget(work.uuid)
