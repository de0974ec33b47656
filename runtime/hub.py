"""Where all events meet: the board, the logs, the counters, the stories, the waiters.

The runtime shows every fact and notice to its hub. From then on the hub answers
everybody who asks how things stand, without asking any actor.

>>> from callboard.messages.facts import GoalAccepted, GoalCompleted
>>> from callboard.messages.values import Goal
>>> hub = Hub()
>>> hub.see(GoalAccepted(at=1.0, goal=Goal(id="g1", text="analyze sales")))
>>> outcome = hub.outcome("g1")
>>> hub.see(GoalCompleted(at=2.0, goal="g1"))
>>> outcome.done(), [type(event).__name__ for event in hub.subscribe("g1")]
(True, ['GoalAccepted', 'GoalCompleted'])
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from callboard.actors.logic.board import Board
from callboard.actors.ports import Watcher
from callboard.messages import facts, notices
from callboard.messages.errors import (
    UnknownAgent,
    UnknownGoal,
    UnknownSubtask,
)
from callboard.messages.facts import goal_of, subtask_of
from callboard.messages.facts.base import goals_of
from callboard.runtime.followers import Followers
from callboard.runtime.logs import audible, log, log_event
from callboard.runtime.outcomes import Settled, resolve
from callboard.runtime.subscription import BUFFER, Backlog, Subscription
from callboard.runtime.waits import Waits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Future

    from callboard.actors.logic.records import AgentRecord, GoalRecord, SubtaskRecord
    from callboard.messages.base import AgentId, GoalId, SubtaskId
    from callboard.messages.unions import Event
    from callboard.runtime.past import Past

T = TypeVar("T")
Faults: TypeAlias = "list[tuple[facts.Fact | notices.Notice, Exception]]"

STORY = 10_000
"""Events of a goal that are remembered, or 20 a subtask where that is more."""

_EACH = 20
_ENDINGS = frozenset({facts.GoalCompleted, facts.GoalFailed, facts.GoalCancelled})
_PLANS = frozenset({facts.PlanAdopted, facts.PlanGrown})
_BEGINNINGS = _PLANS | {facts.GoalAccepted}
_SETTLING = _ENDINGS | _PLANS | {facts.PlanProposed, facts.GoalForgotten, notices.RuntimeFailed}
_TURNS = _BEGINNINGS | _SETTLING


class Hub(Watcher):
    """Sees everything and tells whoever asks; safe to use from any thread.

    The records that it hands out are live: read them, never write. Who keeps a
    `GoalRecord` keeps the goal's subtasks and results, also after the hub forgot it.

    Attributes:
        board: The state of now; look at it within `read`.
        faults: How many events could not be dealt with as they should; 0 unless
            something is wrong with the hub itself.
    """

    def __init__(
        self,
        *,
        keep_goals: int | None = None,
        story: int = STORY,
        past: Past | None = None,
    ) -> None:
        """A hub that has seen nothing.

        Args:
            keep_goals: Ended goals that are remembered with their subtasks and
                stories, the latest ones. None forgets only what a `GoalForgotten`
                tells it to: the orchestrator has a bound of its own.
            story: Events of a goal that are remembered, or 20 a subtask where that
                is more; beyond that progress is dropped first, then what is oldest.
            past: Knows goals that the hub has forgotten, and the stories of earlier runs.
        """
        self.board = Board()
        self.faults = 0
        self._keep = keep_goals
        self._past = past
        self._length = story
        self._lock = threading.RLock()
        self._counts: dict[type, int] = {}
        self._stories: dict[GoalId, Backlog] = {}
        self._ended: OrderedDict[GoalId, None] = OrderedDict()
        self._followers = Followers()
        self._waits = Waits(self.board)

    # What it is told

    def see(self, event: facts.Fact | notices.Notice) -> None:
        """As `see_all` of one."""
        self.see_all((event,))

    def see_all(self, events: Sequence[facts.Fact | notices.Notice]) -> None:
        """Take note of *events* in their order; never waits for anybody, never raises."""
        settled: Settled = []
        faults: Faults = []
        with self._lock:
            self._count(events)
            if _TURNS.isdisjoint(map(type, events)):  # as nearly always
                self._see_plain(events, faults)
            else:
                self._see_turns(events, settled, faults)
        for future, refused in settled:
            resolve(future, refused)
        for event, fault in faults:
            self._fault(event, fault)
        for event in audible(events):
            self._log(event)

    def load(self, history: Iterable[facts.Fact]) -> None:
        """Take over what a journal holds, without logging and counting it again.

        Where the journal can tell stories, those are not kept here a second time.
        """
        for fact in history:
            settled: Settled = []
            with self._lock:
                self._note_again(cast("Event", fact), settled)
            for future, error in settled:
                resolve(future, error)

    def forget(self, goal: GoalId) -> None:
        """Remove a goal that has ended, with its subtasks and story; leave an open one."""
        with self._lock:
            self._forget(goal)

    def close(self) -> None:
        """End every subscription; who still waits for a goal gets `RuntimeClosed`."""
        with self._lock:
            self._waits.closed = True
            settled = self._waits.refuse()
            self._followers.end_all()
        for future, error in settled:
            resolve(future, error)

    # What it answers

    def read(self, look: Callable[[Board], T]) -> T:
        """What *look* makes of the board, while nothing changes; let it be quick."""
        with self._lock:
            return look(self.board)

    def goal(self, goal: GoalId) -> GoalRecord:
        """The live record of a goal.

        Raises:
            UnknownGoal: It is not there, or is forgotten.
        """
        record = self.board.goals.get(goal)
        if record is None and self._past is not None:
            record = self._past.goal(goal)
        if record is None:
            raise UnknownGoal(goal)
        return record

    def keyed(self, key: str) -> GoalId | None:
        """The goal with that idempotency key; None where none is remembered."""
        with self._lock:
            return self.board.keys.get(key)

    def subtask(self, subtask: SubtaskId) -> SubtaskRecord:
        """The live record of a subtask.

        Raises:
            UnknownSubtask: It is not there, or is forgotten.
        """
        record = self.board.subtasks.get(subtask)
        if record is None:
            raise UnknownSubtask(subtask)
        return record

    def agent(self, agent: AgentId) -> AgentRecord:
        """The live record of an agent.

        Raises:
            UnknownAgent: It is not registered.
        """
        record = self.board.agents.get(agent)
        if record is None:
            raise UnknownAgent(agent)
        return record

    def counts(self) -> dict[str, int]:
        """How many events of each kind were seen, by the name of the kind."""
        with self._lock:
            return {kind.__name__: count for kind, count in self._counts.items()}

    def goal_story(self, goal: GoalId) -> tuple[Event, ...]:
        """All that is remembered of a goal and its subtasks, in order; () if nothing is."""
        with self._lock:
            story = self._stories.get(goal)
        if story is not None:
            return story.told()
        return (
            () if self._past is None else cast("tuple[Event, ...]", tuple(self._past.story(goal)))
        )

    def story(self, subtask: SubtaskId) -> tuple[Event, ...]:
        """All that is remembered of a subtask, in order; () if nothing is."""
        record = self.board.subtasks.get(subtask)
        if record is None and self._past is not None:
            return cast("tuple[Event, ...]", tuple(self._past.subtask_story(subtask)))
        events = () if record is None else self.goal_story(record.goal)
        return tuple(event for event in events if subtask_of(event) == subtask)

    def outcome(self, goal: GoalId) -> Future[None]:
        """Resolved when the goal ends; all who ask share one, and none can cancel it.

        Its errors: `GoalFailed`, `GoalCancelled`, `RuntimeBroken`, `RuntimeClosed`.

        Raises:
            UnknownGoal: It was not accepted yet, or is forgotten.
        """
        return self.outcome_of(self.goal(goal))

    def outcome_of(self, record: GoalRecord) -> Future[None]:
        """As `outcome`, of a goal whose record is at hand: it may be forgotten by now."""
        with self._lock:
            return self._waits.for_end(record)

    def planned(self, goal: GoalId) -> Future[None]:
        """Resolved when the goal has a plan, be it one that somebody has to approve.

        With the errors of `outcome` if it gets none.

        Raises:
            UnknownGoal: It was not accepted yet, or is forgotten.
        """
        with self._lock:
            return self._waits.for_plan(self.goal(goal))

    def idle(self) -> Future[None]:
        """Resolved when no goal is open; all who ask meanwhile share one.

        Its errors: `RuntimeBroken`, `RuntimeClosed`.
        """
        with self._lock:
            return self._waits.for_idle()

    def subscribe(self, goal: GoalId | None = None, *, buffer: int = BUFFER) -> Subscription:
        """Follow a goal from its first event to its last, or everything from now on.

        Args:
            goal: None follows everything, until the hub or the subscription is closed.
            buffer: Unread events that are kept at the most.

        Raises:
            UnknownGoal: It was not accepted yet, or is forgotten.
        """
        with self._lock:
            story = () if goal is None else self._story_of(goal)
            over = goal is not None and self.goal(goal).ended_at is not None
            subscription = Subscription(story, buffer=buffer, leave=self._leave)
            if over or self._waits.closed:
                subscription.end()
            else:
                self._followers.add(subscription, goal)
            return subscription

    # How

    def _count(self, events: Sequence[facts.Fact | notices.Notice]) -> None:
        counts = self._counts
        for kind in map(type, events):
            counts[kind] = counts.get(kind, 0) + 1

    def _see_plain(self, events: Sequence[Any], faults: Faults) -> None:
        """Neither a story nor a wait begins or ends with any of these."""
        faults += self.board.apply_all(events)
        if len(events) == 1:
            self._tell_story(goal_of(events[0]), events)
        elif len(goals := goals_of(events)) == 1:  # a turn mostly brings things about one goal
            self._tell_story(goals.pop(), events)
        else:
            for event in events:
                self._tell_story(goal_of(event), (event,))
        if self._followers.of_all:
            self._followers.tell_all(events)

    def _see_turns(
        self, events: Sequence[facts.Fact | notices.Notice], settled: Settled, faults: Faults
    ) -> None:
        """Each that does by itself, and together what is between two of them."""
        between: list[facts.Fact | notices.Notice] = []
        for event in events:
            if type(event) not in _TURNS:
                between.append(event)
                continue
            if between:
                self._see_plain(between, faults)
                between = []
            self._turn(event, settled, faults)
        if between:
            self._see_plain(between, faults)

    def _turn(self, event: Any, settled: Settled, faults: Faults) -> None:  # noqa: ANN401 - a fact or a notice
        try:
            self.board.apply(event)
            self._note(event, settled)
        except Exception as error:  # noqa: BLE001 -- who shows us this must go on
            faults.append((event, error))

    def _note(self, event: Event, settled: Settled) -> None:
        """Of something that may begin or end a story, or a wait."""
        goal = goal_of(event)
        if type(event) in _BEGINNINGS:
            self._make_room(goal, event)
        self._tell_story(goal, (event,))
        if self._followers.of_all:
            self._followers.tell_all((event,))
        if type(event) in _SETTLING:
            settled += self._settle(goal, event)

    def _note_again(self, event: Event, settled: Settled) -> None:
        self.board.apply(event)
        if self._past is None:
            self._note(event, settled)
        elif type(event) in _SETTLING:
            settled += self._settle(goal_of(event), event)

    def _tell_story(self, goal: GoalId, events: Sequence[Any]) -> None:
        story = self._stories.get(goal)
        if story is not None:
            story.extend(events)
        if self._followers.of:
            self._followers.tell(goal, events)

    def _make_room(self, goal: GoalId, event: Event) -> None:
        """For the goal's story: it begins, or its subtasks are known."""
        if type(event) is facts.GoalAccepted:
            self._stories.setdefault(goal, Backlog(self._length))
        elif type(event) is facts.PlanAdopted and goal in self._stories:
            room = max(self._length, _EACH * len(event.plan.subtasks))
            self._stories[goal].limit = room
        elif type(event) is facts.PlanGrown and goal in self._stories:
            known = event.first + len(event.plan.subtasks)
            self._stories[goal].limit = max(self._length, _EACH * known)
        elif type(event) is facts.PlanChanged and goal in self._stories:
            self._stories[goal].limit += _EACH * len(event.change.add)

    def _break(self, event: Event) -> Settled:
        self._followers.end_goals((event,))
        return self._waits.refuse()

    def _settle(self, goal: GoalId, event: Event) -> Settled:
        if type(event) is notices.RuntimeFailed:
            return self._break(event)
        if type(event) is facts.GoalForgotten:
            self._forget(event.goal)
            return []
        record = self.board.goals.get(goal)
        if record is None:
            return []
        if type(event) is facts.PlanGrown and not event.last:
            return []
        if type(event) in _PLANS or type(event) is facts.PlanProposed:
            return self._waits.planned(record)
        self._retire(record.goal.id)
        return self._waits.ended(record)

    def _retire(self, goal: GoalId) -> None:
        self._followers.end(goal)
        self._ended[goal] = None
        if self._keep is not None and len(self._ended) > self._keep:
            self._forget(next(iter(self._ended)))

    def _story_of(self, goal: GoalId) -> tuple[Event, ...]:
        self.goal(goal)
        events = self.goal_story(goal)
        last = next((n for n, event in enumerate(events) if type(event) in _ENDINGS), len(events))
        return events[: last + 1]

    def _forget(self, goal: GoalId) -> None:
        self.board.forget(goal)
        if goal not in self.board.goals:
            self._stories.pop(goal, None)
            self._ended.pop(goal, None)

    def _leave(self, subscription: Subscription) -> None:
        with self._lock:
            self._followers.leave(subscription)

    def _log(self, event: facts.Fact | notices.Notice) -> None:
        try:
            log_event(event)
        except Exception as error:  # noqa: BLE001 -- a handler's, and no business of who shows it
            self._fault(event, error)

    def _fault(self, event: object, error: Exception) -> None:
        self.faults += 1
        # A log handler that raises is its owner's fault, and perhaps what brought us here.
        with contextlib.suppress(Exception):
            log.error("hub_fault", kind=type(event).__name__, problem=repr(error), exc_info=error)
