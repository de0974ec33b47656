"""The attempts of an agent of a worker: what runs, what has ended, and what is said of them.

A part of `tenure.py`, which knows of links and of the agent's code: pure, without a clock,
and answers with actions as well.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from callboard.actors.logic.effects import ResumeWork, StartWork, StopWork
from callboard.messages.errors.base import CallboardError, problem_of
from callboard.messages.execution import WorkProgressed, WorkStopped
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.assignments import lease_of, ready_of, token_of
from callboard.runtime.gateways.worker import news
from callboard.runtime.gateways.worker.actions import Action, Do, Say, Tell
from callboard.runtime.gateways.worker.translation import (
    CODEC,
    end_of,
    merged,
    progress_of,
    size_of,
)
from callboard.runtime.gateways.worker.work import Work, how_of, waits_of, why_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.messages.base import AgentId
    from callboard.messages.values import Token
    from callboard.runtime.executors.processes.wire import Frame
    from callboard.runtime.gateways.worker.ledger import Ledger
    from callboard.runtime.gateways.worker.room import Room
    from callboard.runtime.gateways.worker.translation import Ending


class Works:
    """What one life of an agent is at, and was.

    Args:
        agent: Its id.
        ledger: Its books.
        room: What the server takes in one message.
        heard: Leaves of some actions what the server hears now; all else it is told again.
    """

    def __init__(
        self,
        agent: AgentId,
        ledger: Ledger[frames.End],
        room: Room,
        heard: Callable[[list[Action]], list[Action]],
    ) -> None:
        self._agent = agent
        self._ledger = ledger
        self._room = room
        self._heard = heard
        self._work: dict[Token, Work] = {}
        self._later: deque[Token] = deque()  # which begin when more is acknowledged

    @property
    def running(self) -> tuple[str, ...]:
        """Names of the subtasks that it is at."""
        return tuple(work.ready.subtask.name for work in self._work.values())

    @property
    def busy(self) -> bool:
        """Whether it is at any."""
        return bool(self._work)

    # How it gets work

    def assigned(self, assign: frames.Assign, now: float) -> list[Action] | None:
        """What follows from an assignment of which no end is known; None if it has come before.

        Args:
            assign: It.
            now: By any clock that does not go back, in seconds.
        """
        token = token_of(assign.token)
        lease = lease_of(assign, self._agent)
        if not self._ledger.begin(lease):
            return None
        try:
            work = self._work[token] = Work(lease, ready_of(assign, CODEC))
        except (CallboardError, ValueError) as error:
            problem = problem_of(error)
            return self._say_end(token, frames.Failed(token=assign.token, problem=problem))
        if self._ledger.full:
            self._later.append(token)
            return []
        return self._begin(work, now)

    def _begin(self, work: Work, now: float) -> list[Action]:
        work.began = now
        subtask, lease = work.ready.subtask, work.lease
        begun = news.Begun(agent=self._agent, subtask=subtask.name, attempt=lease.attempt)
        return [Tell(begun), Do(StartWork(lease, work.ready))]

    def stop(self, stop: frames.Stop, now: float) -> list[Action]:
        """The server wants it to stop, or that word of it."""
        token = token_of(stop.token)
        work = self._work.get(token)
        if work is not None:
            return self._stop_work(work, stop.reason, now)
        told = self._ledger.known(token)
        return [Say(frames.Stopped(token=stop.token) if told is None else told)]

    def _stop_work(self, work: Work, reason: str, now: float) -> list[Action]:
        token = work.lease.token
        if work.began is not None:
            return [Do(StopWork(token, reason))]
        self._later.remove(token)
        return self.ended(token, WorkStopped(token=token), now)

    def granted(self, granted: frames.Granted) -> list[Action]:
        """It has its slot again."""
        token = token_of(granted.token)
        work = self._work.get(token)
        if work is None or not work.wants or granted.number != work.waits:
            return []
        work.wants = None
        return [Do(ResumeWork(token))]

    def stop_all(self, reason: str, now: float) -> list[Action]:
        """Whatever runs is to stop."""
        actions: list[Action] = []
        for work in list(self._work.values()):
            actions += self._stop_work(work, reason, now)
        return actions

    def drop(self) -> None:
        """All that runs has ended without a word."""
        for token in self._work:
            self._ledger.drop(token)
        self._work.clear()
        self._later.clear()

    # How it ends

    def ended(self, token: Token, ending: Ending, now: float) -> list[Action]:
        """An executor says so; nothing where that is known."""
        work = self._work.get(token)
        if work is None:
            return []
        began = now if work.began is None else work.began
        ended = news.Ended(
            agent=self._agent,
            subtask=work.ready.subtask.name,
            how=how_of(ending),
            seconds=now - began,
            why=why_of(ending),
        )
        return [Tell(ended), *self._say_end(token, end_of(ending, str(token)))]

    def _say_end(self, token: Token, end: frames.End) -> list[Action]:
        self._work.pop(token, None)
        fitting = self._room.fitting(end)
        self._ledger.end(token, fitting, size_of(fitting))
        return self._heard([Say(fitting)])

    def acknowledged(self, ack: frames.Ack, now: float) -> list[Action]:
        """The server has heard how it ended."""
        token = token_of(ack.token)
        end = self._ledger.known(token)
        self._ledger.acknowledged(token)
        actions: list[Action] = []
        if ack.refused and isinstance(end, frames.Done):
            why = f"in vain: {ack.refused}"
            actions.append(Tell(news.InVain(agent=self._agent, token=ack.token, why=why)))
        while self._later and not self._ledger.full:
            actions += self._begin(self._work[self._later.popleft()], now)
        return actions

    # What it says meanwhile

    def progressed(self, said: WorkProgressed) -> list[Action]:
        """A sign of life of a handler."""
        work = self._work.get(said.token)
        if work is None:
            return []
        progress, told = self._room.shortened(progress_of(said), work)
        work.progress = merged(work.progress, progress)  # for the next link, should this one break
        return [*told, *self._heard([Say(progress)])]

    def waits(self, token: Token, *, wants: bool) -> list[Action]:
        """It waits for a sub-goal, or wants to go on after that."""
        work = self._work.get(token)
        if work is None:
            return []
        if not wants:
            work.waits += 1
        work.wants = wants
        return self._heard([Say(waits_of(work)[-1])])

    # What is said on a new link

    def held(self) -> tuple[frames.Held, ...]:
        """What the server is told at once: all that is not forgotten."""
        running = (
            frames.Held(token=str(token), subtask=work.lease.subtask)
            for token, work in self._work.items()
        )
        ended = (
            frames.Held(token=end.token, subtask=lease.subtask, ended=True)
            for lease, end in self._ledger.ends
        )
        return (*running, *ended)

    def again(self) -> list[Action]:
        """All that the server may not have heard, in the order in which it matters."""
        works = list(self._work.values())
        said: list[Frame] = [end for _, end in self._ledger.ends]
        said += [work.progress for work in works if work.progress is not None]
        for work in works:
            if work.wants is not None:
                said += waits_of(work)
        return [Say(frame) for frame in said]

    def lines(self) -> list[Frame]:
        """Of that, what could be long."""
        ends = [end for _, end in self._ledger.ends]
        return [*ends, *(work.progress for work in self._work.values() if work.progress)]

    def leave_out(self) -> list[Action]:
        """Of that, all that the server would not take is said in another way."""
        actions: list[Action] = []
        for lease, end in self._ledger.ends:
            fitting = self._room.fitting(end)
            if fitting is not end:
                self._ledger.amend(lease.token, fitting, size_of(fitting))
        for work in self._work.values():
            if work.progress is not None:
                work.progress, told = self._room.shortened(work.progress, work)
                actions += told
        return actions
