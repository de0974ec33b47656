"""Looks for better orders while work runs (`Config.planning`), beside everything else.

Every now and then it looks at all that is open, has an order searched for in a process of
its own, and tells the scheduler what came of it. That is advice: it is written nowhere,
and whatever goes wrong here, the scheduler goes by its rule.

It sleeps while no goal wants it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from callboard.messages.base import SCHEDULER
from callboard.messages.work import Advise
from callboard.runtime.logs import log
from callboard.runtime.timetables.job import job_of
from callboard.runtime.timetables.layout import TooLarge, lay_out
from callboard.runtime.timetables.retimed import retimed

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.logic.board import Board
    from callboard.actors.ports import Teller, Timers
    from callboard.messages.base import GoalId, SubtaskId
    from callboard.messages.values import Goal, Planning
    from callboard.messages.work import Turn
    from callboard.runtime.config import Config
    from callboard.runtime.forecaster import Forecaster
    from callboard.runtime.hub import Hub
    from callboard.runtime.timetables.job import Answer, Job
    from callboard.runtime.timetables.layout import Layout
    from callboard.runtime.timetables.timetable import Timetable

LARGEST = 5_000
"""Open subtasks of which more are not planned: a search would come too late."""

SLOWEST = 60.0
"""Seconds between looks while nothing changes."""

REFRESH = 1_200.0
"""Seconds after which what still holds is said again; the scheduler forgets it in an hour."""

WORTH = 1e-3
"""Part of the time by which an order must be better than the rule's for being told."""


class _Wanted(NamedTuple):
    """What is open, at a glance.

    Attributes:
        goals: That want to be planned.
        optimal: Whether any of them wants the best order that there is.
        sign: Is another one when anything that matters has changed.
    """

    goals: frozenset[GoalId]
    optimal: bool
    sign: tuple[object, ...]


class Improver:
    """Sees to better orders.

    Args:
        background: Runs something that may take its time; in a simulation at once.
        search: Does a job, and takes its time.
        end: Ends whatever searches.
    """

    def __init__(  # noqa: PLR0913 - what it stands between
        self,
        *,
        config: Config,
        hub: Hub,
        forecaster: Forecaster,
        timers: Timers,
        teller: Teller,
        background: Callable[[Callable[[], None]], None],
        search: Callable[[Job], Answer],
        end: Callable[[], None],
    ) -> None:
        self._config = config
        self._hub = hub
        self._forecaster = forecaster
        self._timers = timers
        self._teller = teller
        self._background = background
        self._search = search
        self._end = end
        self._lock = threading.Lock()
        self._awake = False
        self._closed = False
        self._pause = config.planning_seconds
        self._sign: tuple[object, ...] = ()
        self._told_at = 0.0
        self._turns: dict[SubtaskId, Turn] = {}
        self._weights: dict[SubtaskId, float] = {}
        self._complaint = ""
        self._rounds = 0

    def wake(self, planning: Planning | None = None) -> None:
        """A goal has come that wants to be planned so; None for as it is usual."""
        if (planning or self._config.planning) == "online":
            return
        with self._lock:
            if self._awake or self._closed:
                return
            self._awake = True
        self._pause = self._config.planning_seconds
        self._timers.after(0.0, self._look)

    def close(self) -> None:
        """Look no more."""
        with self._lock:
            self._closed = True
        self._end()

    # One look after the other

    def _look(self) -> None:
        self._background(self._round)

    def _round(self) -> None:
        try:
            goes_on = self._improved()
        except Exception as error:  # noqa: BLE001 - a bug here is no reason to stop working
            self._complain(f"{type(error).__name__}: {error}")
            goes_on = not self._closed
        if goes_on:
            self._timers.after(self._pause, self._look)

    def _improved(self) -> bool:
        """Whether there is anything to be looked at later."""
        wanted = self._hub.read(self._wanted)
        if not wanted.goals and self._asleep():
            return False
        if self._closed:
            return False
        now = self._forecaster.now
        if wanted.sign == self._sign and now - self._told_at < REFRESH:
            self._pause = min(SLOWEST, 2.0 * self._pause)
            return True
        self._sign, self._pause = wanted.sign, self._config.planning_seconds
        self._plan(wanted, now)
        return not self._closed

    def _asleep(self) -> bool:
        # First: whoever wakes it from now on begins anew, perhaps at this very moment.
        self._turns, self._weights, self._sign = {}, {}, ()
        self._end()
        with self._lock:
            self._awake = False
        if not self._hub.read(self._wanted).goals:
            return True
        with self._lock:  # one has come in this very moment
            again, self._awake = not self._awake, True
        return not again

    def _wanted(self, board: Board) -> _Wanted:
        found: dict[GoalId, Planning] = {}
        for record in board.goals.values() if board.open_goals else ():
            planning = self._planning(record.goal)
            if record.ended_at is None and planning != "online":
                found[record.goal.id] = planning
        agents = tuple((a.agent, a.status) for a in board.agents.values())
        restarts = board.actor_restarts.get(SCHEDULER, 0)
        sign = (tuple(board.counts.values()), len(board.subtasks), agents, restarts, *found)
        return _Wanted(frozenset(found), "optimal" in found.values(), sign)

    def _planning(self, goal: Goal) -> Planning:
        return goal.planning or self._config.planning

    # One search

    def _plan(self, wanted: _Wanted, now: float) -> None:
        try:
            layout = self._laid_out()
        except TooLarge:
            self._complain(f"more than {LARGEST:,} subtasks are open, or agents can do all of them")
            return
        tasks = [t for t in layout.scene.tasks if t.goal in wanted.goals and not t.agent]
        if not tasks:
            return
        answer = self._search(self._job(layout, optimal=wanted.optimal))
        if self._closed:
            self._end()  # it may have been started since
            return
        if answer.problem:
            self._complain(answer.problem)
            return
        self._weights = {
            task.uuid: weight
            for task, weight in zip(layout.scene.tasks, answer.weights, strict=False)
        }
        table = self._best(layout, answer)
        gain = max(0.0, answer.first - table.makespan)
        if gain <= WORTH * answer.first and not self._turns:
            return
        open_ = {task.uuid for task in tasks}
        turns = tuple(turn for turn in layout.turns(table) if turn.subtask in open_)
        self._turns = {turn.subtask: turn for turn in turns}
        self._told_at = now
        self._teller.tell(SCHEDULER, Advise(turns=turns, gain=gain))

    def _laid_out(self) -> Layout:
        if self._hub.read(lambda board: board.open_subtasks) > LARGEST:
            raise TooLarge
        return lay_out(self._forecaster.scene(held=True), self._forecaster.expect)

    def _job(self, layout: Layout, *, optimal: bool) -> Job:
        self._rounds += 1
        known = self._weights
        weights = [known.get(task.uuid, 1.0) for task in layout.scene.tasks] if known else []
        return job_of(
            layout.project,
            method="optimal" if optimal else "rollout",
            seconds=self._config.planning_seconds,
            seed=self._rounds,
            weights=weights,
        )

    def _best(self, layout: Layout, answer: Answer) -> Timetable:
        """What was found, or what is followed now where that is no worse."""
        current = retimed(layout, self._turns)
        if current is None or current.makespan > answer.table.makespan * (1.0 + 1e-9):
            return answer.table
        return current

    def _complain(self, problem: str) -> None:
        if problem != self._complaint:
            self._complaint = problem
            log.warning("order_search_failed", problem=problem)
