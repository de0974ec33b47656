"""Gates: what holds work back, and what stands behind each of them.

>>> gates = Gates()
>>> gates.put_up(Gate("goal", "g1"), reason="lunch", interrupt=True)
>>> bool(gates), gates.interruption(frozenset({Gate("goal", "g1")}))
(True, 'lunch')
>>> gates.take_away(Gate("goal", "g1"))
>>> bool(gates)
False
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from callboard.messages.work import Hold

if TYPE_CHECKING:
    from callboard.actors.logic.lifecycle import Work
    from callboard.messages.base import SubtaskId
    from callboard.messages.work import Release


class Gate(NamedTuple):
    """Something that holds work back.

    Attributes:
        kind: "goal", "subtask" or "runtime".
        name: The id of the goal or the subtask; "" for the runtime.
        last: What runs behind it is not tried again.
    """

    kind: str
    name: str
    last: bool = False


_KINDS = ("goal", "subtask", "runtime")
_NONE: frozenset[Gate] = frozenset()


class _Manner(NamedTuple):
    reason: str
    interrupt: bool


class Gates:
    """Every gate that stands; a later one of the same kind and name takes its place.

    Attributes:
        standing: The gates that there are, and how each holds.
        unsettled: Subtasks behind a gate that wants more than that they do not begin:
            it interrupts them, or waits for their last attempt.
    """

    def __init__(self) -> None:
        self.standing: dict[Gate, _Manner] = {}
        self._names: dict[str, dict[str, frozenset[Gate]]] = {kind: {} for kind in _KINDS}
        self._restless: set[Gate] = set()
        # A dictionary, not a set: whoever repeats a run meets them in the same order.
        self.unsettled: dict[SubtaskId, None] = {}

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.standing)

    def put_up(self, gate: Gate, *, reason: str, interrupt: bool) -> None:
        """It stands from now on."""
        self.standing[gate] = _Manner(reason, interrupt)
        names = self._names[gate.kind]
        names[gate.name] = names.get(gate.name, _NONE) | {gate}
        if gate.last or interrupt:
            self._restless.add(gate)
        else:
            self._restless.discard(gate)

    def take_away(self, gate: Gate) -> None:
        """It stands no longer, if it did."""
        if self.standing.pop(gate, None) is None:
            return
        self._restless.discard(gate)
        names = self._names[gate.kind]
        left = names.pop(gate.name) - {gate}
        if left:
            names[gate.name] = left

    def admit(self, work: Work) -> frozenset[Gate]:
        """The gates that *work* is behind; what else they want of it is seen to later."""
        over = self.over(work)
        if not self._restless.isdisjoint(over):
            self.unsettled[work.uuid] = None
        return over

    def over(self, work: Work) -> frozenset[Gate]:
        """The gates that *work* is behind."""
        names, found = self._names, _NONE
        for kind, name in (("goal", work.goal), ("subtask", work.uuid), ("runtime", "")):
            gates = names[kind].get(name)
            if gates is not None:
                found = gates | found if found else gates
        return found

    def interruption(self, over: frozenset[Gate]) -> str | None:
        """Why what runs behind these is taken back; None where it is not."""
        manners = (self.standing[gate] for gate in sorted(over))
        return next((m.reason for m in manners if m.interrupt), None)


def gates_of(message: Hold | Release) -> list[Gate]:
    """The gates that a message speaks of."""
    named = [("goal", name) for name in message.goals]
    named += [("subtask", name) for name in message.subtasks]
    if message.runtime:
        named.append(("runtime", ""))
    lasts = [False, True]
    if isinstance(message, Hold):
        lasts = [message.last]
    elif not message.ended:
        lasts = [False]
    return [Gate(kind, name, last) for kind, name in named for last in lasts]
