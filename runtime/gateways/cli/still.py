"""A runtime that stands still: what a journal tells, behind the calls that only look.

Operations that look at a runtime can be asked of it just as of one that runs, so the
command line answers from a file what a server would answer.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NoReturn, cast

from callboard.actors.logic.lessons import taught
from callboard.actors.logic.pages import Page, goal_page
from callboard.actors.logic.retelling import Rules
from callboard.messages.errors.lookups import UnknownGoal, UnknownSubtask
from callboard.messages.errors.running import InvalidCall
from callboard.runtime.calls import Calls
from callboard.runtime.config import Config
from callboard.runtime.forecaster import Forecaster
from callboard.runtime.hub import Hub
from callboard.runtime.journal.past import record_of
from callboard.runtime.journal.store import Store
from callboard.runtime.moment import Moment, instant_of
from callboard.runtime.parts.listing import PAGE, wanted_of
from callboard.runtime.planners.skills import load_equivalences
from callboard.runtime.runtime import Runtime

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from callboard.actors.logic.records import AgentRecord, GoalRecord, GoalStatus
    from callboard.actors.logic.tensor import Tensor
    from callboard.actors.ports import Dispatcher
    from callboard.actors.post import Post
    from callboard.messages.base import AgentId, GoalId, SubtaskId
    from callboard.messages.facts import Fact
    from callboard.messages.reasons import Explanation
    from callboard.runtime.handle import GoalHandle
    from callboard.runtime.journal.ledger import Entry


def still(
    path: str | os.PathLike[str],
    at: float | dt.datetime | None = None,
    *,
    goal: str = "",
    subtask: str = "",
) -> Still:
    """How things stand, or stood, by a journal; another process may write it meanwhile.

    Args:
        path: Of its file.
        at: Then; None for after the latest fact.
        goal: The one that is asked about; "" for any.
        subtask: The one that is asked about, its name will do; "" for any.

    Raises:
        UnknownGoal: The journal has never heard of it; nothing else was read.
        UnknownSubtask: Likewise.
        JournalError: The file is none, or cannot be read.
        InvalidCall: *at* is no instant.
    """
    until = None if at is None else instant_of(at)
    with contextlib.closing(Store(path, reading=True)) as store:
        if goal and store.ledger.by_id(goal) is None:
            raise UnknownGoal(goal)
        if subtask and not store.mentions(subtask):
            raise UnknownSubtask(subtask)
        told = [fact for fact in store.facts() if until is None or fact.at <= until]
        entries = store.ledger.all()
    latest = max((fact.at for fact in told), default=0.0)
    return Still(told, latest if until is None else until, entries)


class Still(Runtime):
    """What stands in a journal, for whoever looks; there is nobody who could do anything.

    Args:
        told: All facts, in order.
        at: When they were all there were, seconds since the epoch.
        entries: What the journal remembers of goals, also of those that were compacted.
    """

    def __init__(self, told: Sequence[Fact], at: float, entries: Sequence[Entry]) -> None:
        # Nothing of a runtime that runs is made: neither actors nor threads.
        self.config = Config(keep_goals=None)
        self._equivalences = load_equivalences()
        self._now, self._told = at, told
        self._learnt = taught(told)
        self._past = _Past(told, [entry for entry in entries if entry.accepted <= at])
        self.hub = Hub(past=self._past)
        self.hub.load(told)
        self._then = Moment(at, self.hub.board, told, Rules(self._equivalences))
        self._forecaster = Forecaster(self.hub, self, self._equivalences, lambda: self._learnt)
        nobody = cast("Post", None), cast("Dispatcher", None)
        self._calls = Calls(*nobody, self.config.call_timeout)

    def now(self) -> float:
        """When it stands so, seconds since the epoch."""
        return self._now

    # What is told otherwise than by a runtime that runs

    def status(self) -> dict[str, Any]:
        """As `Runtime.status`."""
        return self._figures(self._learnt)

    def agents(self) -> Mapping[AgentId, AgentRecord]:
        """As `Runtime.agents`."""
        return self._then.agents

    def tensor(self) -> Tensor:
        """As `Runtime.tensor`."""
        return self._then.tensor()

    def explain(self, subtask: SubtaskId) -> Explanation:
        """As `Runtime.explain`, as far as facts tell."""
        return self._then.explain(subtask)

    async def aexplain(self, subtask: SubtaskId) -> Explanation:
        """The twin of `explain`."""
        return self.explain(subtask)

    def goals(
        self,
        states: Iterable[GoalStatus | str] = (),
        *,
        text: str = "",
        key: str = "",
        limit: int = PAGE,
        after: str = "",
    ) -> Page:
        """As `Runtime.goals`; also those that the runtime does not remember any more."""
        wanted = wanted_of(states, text, key)
        return goal_page(self._past.goals(self.hub), wanted, limit=limit, after=after)

    def goal(self, goal: GoalId = "", *, key: str = "") -> GoalHandle:
        """As `Runtime.goal`."""
        return self._handle(self._past.keyed(key) if key else goal)

    def _submitting(self, *_: object, **__: object) -> NoReturn:
        self._check_open()

    def _check_open(self) -> NoReturn:
        raise InvalidCall("journal", "one that is only looked at", "one that is open for writing")


class _Past:
    """What the hub asks for that is not on its board."""

    def __init__(self, told: Sequence[Fact], entries: Sequence[Entry]) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._stories: dict[GoalId, list[Fact]] = {}
        for fact in told:
            if fact.goal_id:
                self._stories.setdefault(fact.goal_id, []).append(fact)

    def goals(self, hub: Hub) -> Iterator[GoalRecord]:
        """All that there were, the first one first."""
        return (hub.goal(goal) for goal in list(self._entries))

    def goal(self, goal: GoalId) -> GoalRecord | None:
        """A goal, as it stands."""
        entry = self._entries.get(goal)
        return None if entry is None else record_of(entry, self.story(goal))

    def story(self, goal: GoalId) -> Sequence[Fact]:
        """All facts about a goal, in order."""
        return self._stories.get(goal, ())

    def subtask_story(self, subtask: SubtaskId) -> Sequence[Fact]:
        """All facts about a subtask, in order."""
        stories = self._stories.values()
        return [fact for story in stories for fact in story if fact.subtask_id == subtask]

    def keyed(self, key: str) -> GoalId:
        """The goal with that idempotency key."""
        for entry in self._entries.values():
            if entry.key == key:
                return entry.id
        raise UnknownGoal(key)
