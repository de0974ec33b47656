"""What may not be begun for now: paused or draining goals and subtasks, or everything.

A gate stands before whatever it covers, also before what comes later. Work behind one
waits outside the queues, so it costs no search, and its limits of waiting (queue,
total) stand still. What runs goes on, unless the gate interrupts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.copies import single
from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.gates import Gate, gates_of
from callboard.actors.logic.lifecycle import State
from callboard.messages.base import ORCHESTRATOR
from callboard.messages.commands import Done
from callboard.messages.work import SubtaskIdle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.ahead import Ahead
    from callboard.actors.logic.chaining import Chaining
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.setbacks import Setbacks
    from callboard.messages.work import Hold, Release


class Holding:
    """Puts up gates and takes them away, as the orchestrator says.

    Args:
        leasing: The subtasks and their leases.
        setbacks: Told what is interrupted.
        ahead: Takes back what has not begun.
        chaining: Breaks off what follows what runs.
    """

    def __init__(
        self, leasing: Leasing, setbacks: Setbacks, ahead: Ahead, chaining: Chaining
    ) -> None:
        self._leasing = leasing
        self._chaining = chaining
        self._ahead = ahead
        self._setbacks = setbacks

    def hold(self, message: Hold, now: float) -> list[Effect]:
        """Begin none of these any more."""
        gates = self._leasing.gates
        for gate in gates_of(message):
            gates.put_up(gate, reason=message.reason, interrupt=message.interrupt)
        covered = list(self._covered(message))
        for work in covered:
            self._leasing.set_aside(work, gates.admit(work), now)
        effects = [*self._ahead.held(covered), *self._chaining.held(message, now)]
        return [*effects, Tell(message.reply_to, Done())] if message.reply_to else effects

    def release(self, message: Release, now: float) -> list[Effect]:
        """These go on, unless another gate covers them."""
        gates, effects = self._leasing.gates, list[Effect]()
        for gate in gates_of(message):
            gates.take_away(gate)
        if message.ended:
            for goal in message.goals:
                self._leasing.reserving.forget(goal)
        for work in self._covered(message):
            effects += self._leasing.let_in(work, gates.admit(work), now)
        return effects

    def _covered(self, message: Hold | Release) -> Iterable[Work]:
        works = self._leasing.works
        if message.runtime:
            return list(works.values())
        found = (works.get(uuid) for uuid in message.ready)
        return [work for work in found if work is not None]

    def settle(self, now: float) -> list[Effect]:
        """After a batch: take back what is interrupted, tell what nobody runs any more.

        Not before a restarted scheduler knows what its agents run.
        """
        gates = self._leasing.gates
        if self._leasing.recovering or not gates.unsettled:
            return []
        effects: list[Effect] = []
        for uuid in list(gates.unsettled):
            work = self._leasing.works.get(uuid)
            if work is None or work.state is State.SETTLING:
                del gates.unsettled[uuid]
            else:
                effects += self._settle(work, gates.over(work), now)
        return effects

    def _settle(self, work: Work, over: frozenset[Gate], now: float) -> list[Effect]:
        """It is behind a gate that wants more than that it does not begin."""
        gates, effects = self._leasing.gates, list[Effect]()
        ending = any(gate.last for gate in over)
        reason = gates.interruption(over)
        if reason is not None:
            effects += self._interrupt(work, reason, now)
        if not ending or work.lease is None:
            gates.unsettled.pop(work.uuid, None)
        if ending and work.lease is None:
            effects.append(Tell(ORCHESTRATOR, SubtaskIdle(subtask=work.uuid)))
        return effects

    def _interrupt(self, work: Work, reason: str, now: float) -> list[Effect]:
        if work.lease is None:
            return []
        why = f"paused: {reason}" if reason else "paused"
        copies = single(self._leasing, work, why, now)
        told = self._leasing.tell_agent(work.lease, why, now)
        return [*copies, *told, *self._setbacks.lose(work.lease, why, now)]
