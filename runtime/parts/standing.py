"""How things stand, stood and change; nearly all of it without asking any actor."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from callboard.actors.logic.status import status
from callboard.messages.base import (
    DECOMPOSER,
    ORCHESTRATOR,
    SCHEDULER,
    SUPERVISOR,
    AgentId,
    SubtaskId,
    agent_address,
)
from callboard.messages.commands import Ping, Pong
from callboard.messages.learnt import held
from callboard.runtime.core import Core
from callboard.runtime.executors.waiting import text_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from callboard.actors.logic.board import Board
    from callboard.actors.logic.learning import Learning
    from callboard.actors.logic.records import AgentRecord
    from callboard.actors.logic.tensor import Keeper, Tensor
    from callboard.actors.ports import Journal
    from callboard.messages.unions import Event
    from callboard.runtime.calls import Call
    from callboard.runtime.moment import Moment
    from callboard.runtime.subscription import Subscription
    from callboard.runtime.timetables.prospect import Prospect

_OURS = (ORCHESTRATOR, SCHEDULER, DECOMPOSER, SUPERVISOR)


class StandingCalls(Core):
    """What a runtime can be seen to do."""

    _keeper: Keeper | None = None

    def status(self) -> dict[str, Any]:
        """Figures about subtasks, agents and what can be foreseen, as data for JSON.

        `bounds` says how soon all that is open could be done at best, what is short, and
        how far what is expected is above that, over all and for each goal; None where
        there is too much for a quick answer (see `prospect`). `etas` says whether goals
        have ended within the interval that `GoalHandle.eta` had told of them, `learning`
        how many attempts were learnt from, and what part of them was within its own.
        """
        self._beats.take_in(self._crew.seen())
        return self._figures(self._cast.learning)

    def _figures(self, learnt: Learning) -> dict[str, Any]:
        """The same, of what is known by now."""
        kept, (judged, missed) = self._forecaster.kept(), learnt.judged
        return {
            **self.hub.read(status),
            "bounds": self._forecaster.bounds(),
            "etas": {**kept._asdict(), "part": kept.part},
            "learning": {
                "attempts": learnt.attempts,
                "judged": judged,
                "held": held(judged, missed),
            },
        }

    def prospect(self) -> Prospect:
        """How soon all that is open could be done at best, and what decides that."""
        return self._forecaster.prospect()

    def tensor(self) -> Tensor:
        """T_task as it stands, with the labels of its axes: dense or sparse, as you ask.

        Kept from the first call on: a later one costs what has changed since then, and its
        `values` are made when they are asked for (up to `Config.tensor_limit` bytes). See
        `save_tensor` of `callboard.runtime.tensors` for files.
        """
        return self.hub.read(self._look_at_tensor)

    def _look_at_tensor(self, board: Board) -> Tensor:
        if self._keeper is None:
            from callboard.actors.logic.tensor import Keeper  # noqa: PLC0415 - loads numpy

            self._keeper = Keeper(board, self._equivalences, lambda: self._cast.paces)
        return self._keeper.look(self.config.tensor_limit)

    def agents(self) -> Mapping[AgentId, AgentRecord]:
        """All registered agents, in the order of their registration, as they stand now.

        Signs of life are timestamps that nobody tells of; this takes in the latest ones.
        """
        self._beats.take_in(self._crew.seen())
        return self.hub.read(lambda board: dict(board.agents))

    def story(self, subtask: SubtaskId) -> tuple[Event, ...]:
        """All that happened to a subtask, in order."""
        return self.hub.story(text_of("subtask", subtask))

    def at(self, instant: float | dt.datetime) -> Moment:
        """Goals, subtasks, agents and the tensor as they stood at an instant of the past.

        Args:
            instant: Seconds since the epoch, or a point in time; a naive one is local.

        Raises:
            InvalidCall: It is no instant.
        """
        from callboard.runtime.moment import moment  # noqa: PLC0415 - for who looks back

        return moment(self.journal.history(), instant, self._equivalences, self.config)

    async def aat(self, instant: float | dt.datetime) -> Moment:
        """The twin of `at`: a journal in a file may take a while to read."""
        return await asyncio.to_thread(self.at, instant)

    def events(self) -> Subscription:
        """Everything that happens from now on, to be iterated plainly or asynchronously."""
        return self.hub.subscribe()

    def health(self, timeout: float = 5.0) -> dict[str, dict[str, int]]:
        """Figures of each of the runtime's own actors, asked over its control lane.

        Args:
            timeout: Seconds for each of them.

        Raises:
            CallTimedOut: One did not answer; its name is in the error.
        """
        return {address: ping.now() for address, ping in self._pinging(timeout).items()}

    async def ahealth(self, timeout: float = 5.0) -> dict[str, dict[str, int]]:  # noqa: ASYNC109 - as `health`
        """The twin of `health`."""
        return {address: await ping for address, ping in self._pinging(timeout).items()}

    def waiting(self) -> dict[str, int]:
        """How many messages wait for each of the runtime's own actors, and for all agents."""
        ours = {name: self._post.waiting(name) for name in _OURS}
        agents = self.hub.read(lambda board: list(board.agents))
        return {**ours, "agents": sum(self._post.waiting(agent_address(a)) for a in agents)}

    def crash(self, address: str, why: str) -> None:
        """Have an actor end in its next turn, as by an error of its own; for drills.

        Args:
            address: "scheduler", "agent/analyst" and so on.
            why: The error's text.

        Raises:
            UnknownAgent: No actor lives at that address.
        """
        self._cast.crash(text_of("address", address), why)

    @property
    def journal(self) -> Journal:
        """What keeps the facts; to be read only."""
        return self._world.journal

    # How

    def _pinging(self, timeout: float) -> dict[str, Call[dict[str, int]]]:
        seconds = self._calls.limit(timeout)
        self._check_open()
        return {
            address: self._calls.ask(
                f"ping {address}",
                address,
                lambda here: Ping(reply_to=here),
                Pong,
                lambda pong: pong.state,
                seconds,
            )
            for address in _OURS
        }
