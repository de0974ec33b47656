"""Strikes what a scenario says, and puts things right when the faults stop."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from callboard.actors.logic.records import SubtaskStatus
from callboard.messages.errors.agents import AgentIdTaken
from callboard.messages.errors.approving import NothingProposed, ProposalChanged
from callboard.messages.errors.lookups import (
    AlreadyEnded,
    GoalAlreadyEnded,
    NotParked,
    StillRunning,
    UnknownAgent,
    UnknownGoal,
    UnknownSubtask,
)
from callboard.runtime.simulation.advice import advice
from callboard.runtime.simulation.disk import AGAIN
from callboard.runtime.simulation.scenario import Blow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from callboard.messages.base import SubtaskId
    from callboard.runtime.simulation.oracle import Oracle
    from callboard.runtime.simulation.scenario import Scenario, Worker
    from callboard.runtime.simulation.simulated import SimulatedRuntime
    from callboard.runtime.simulation.simulation import Simulation

REFUSALS = (
    AgentIdTaken,
    AlreadyEnded,
    GoalAlreadyEnded,
    NotParked,
    NothingProposed,
    ProposalChanged,
    StillRunning,
    UnknownAgent,
    UnknownGoal,
    UnknownSubtask,
)
"""Answers that whoever strikes in the middle of things must expect."""

_SOON = 3600.0
"""Seconds that the steps before a blow take at the most.

They are not only those of the present moment: most moments are quiet, and the middle of
things is where somebody has just begun to talk.
"""
_LONGEST_LEAVE = 7200.0
_BEAT = 20.0
_WAIT, _WAITS = 60.0, 60


class Blows:
    """What strikes one simulation.

    Args:
        scenario: Says who there is.
        simulation: What is struck.
        oracle: Is told of what would look like a fault of the runtime.

    Attributes:
        asked: What was asked for, with the futures of the answers.
        dies: Does what belongs to the death of the process.
        roomy: Called when there is room on the disk again.
    """

    def __init__(self, scenario: Scenario, simulation: Simulation, oracle: Oracle) -> None:
        self.asked: list[tuple[str, Future[Any]]] = []
        self.dies: Callable[[Blow], None] = _nothing
        self.roomy: Callable[[], None] = _nothing
        self._workers = {worker.id: worker for worker in scenario.workers}
        self._together = scenario.together
        self._simulation = simulation
        self._oracle = oracle

    @property
    def _runtime(self) -> SimulatedRuntime:
        """The one of now: processes come and go."""
        return self._simulation.runtime

    def strike(self, blow: Blow) -> None:
        """Let the world take some steps, and strike in the middle of things."""
        stepper = self._simulation.stepper
        end = stepper.now() + _SOON
        for _ in range(blow.steps):
            stepper.step(end)
        with contextlib.suppress(*REFUSALS):  # it is not there now, or does not live
            self._strikes[blow.what](self, blow)

    def settle(self) -> None:
        """The faults stop: timers are right again, and everybody comes back."""
        self._simulation.timers.lateness = 0.0
        self._mend_disk()
        self.join_all()
        self._resume_all()
        self._simulation.advance(_LONGEST_LEAVE)  # who was leaving has gone by now
        self.join_all()
        self._resume_all()  # one that came back may have come back paused

    def unanswered(self) -> list[str]:
        """What was asked for and has no answer, or a wrong one."""
        found = [f"{what}: no answer" for what, answer in self.asked if not answer.done()]
        for what, answer in self.asked:
            error = answer.exception() if answer.done() else None
            if error is not None and not isinstance(error, REFUSALS):
                found.append(f"{what}: {error!r}")
        return found

    def join(self, worker: Worker) -> None:
        """Register an agent."""
        self.note(f"join {worker.id}", self._runtime.registering(worker.agent()))

    def join_all(self) -> None:
        """Register all agents that are not there."""
        here = self._runtime.agents()
        missing = [worker for worker in self._workers.values() if worker.id not in here]
        if self._together and missing and self._join_together(missing):
            return
        for worker in missing:
            with contextlib.suppress(AgentIdTaken):  # it is leaving
                self.join(worker)

    def _join_together(self, workers: Sequence[Worker]) -> bool:
        """Register them with one call; nobody joins where one of them is leaving."""
        try:
            answer = self._runtime.registering_all([worker.agent() for worker in workers])
        except AgentIdTaken:
            return False
        self.note("join together", answer)
        return True

    def note(self, what: str, answer: Future[Any]) -> None:
        """Remember what was asked for: it must be answered."""
        self.asked.append((what, answer))

    def _crash(self, blow: Blow) -> None:
        self._simulation.crash(blow.target)

    def _cancel_goal(self, blow: Blow) -> None:
        for goal, record in list(self._runtime.hub.board.goals.items()):
            if record.goal.text == blow.target:
                self.note(f"cancel {blow.target}", self._runtime.cancelling(goal, "by a blow"))

    def _cancel_subtask(self, blow: Blow) -> None:
        answer = self._runtime.cancelling_subtask(blow.target, "by a blow")
        self.note(f"cancel {blow.target}", answer)

    def _let_go(self, blow: Blow) -> None:
        drain = blow.what == "drain"
        answer = self._runtime.unregistering(blow.target, drain=drain, timeout=blow.amount)
        self.note(f"{blow.what} {blow.target}", answer)

    def _rejoin(self, blow: Blow) -> None:
        worker = self._workers.get(blow.target)  # a scenario that was cut may have it no more
        if worker is not None and worker.id not in self._runtime.agents():
            self.join(worker)

    def _resize(self, blow: Blow) -> None:
        answer = self._runtime.resizing(blow.target, int(blow.amount))
        self._oracle.may_run(blow.target, int(blow.amount))
        self.note(f"resize {blow.target}", answer)

    def _requeue(self, _: Blow) -> None:
        for uuid in self._parked():
            self.note(f"requeue {uuid}", self._runtime.requeueing(uuid))

    def _edit(self, blow: Blow) -> None:
        needs = list(blow.needs)
        if blow.target:
            answer = self._runtime.editing(blow.target, required_skills=needs)
            self.note(f"edit {blow.target}", answer)
            return
        for uuid in self._parked():
            answer = self._runtime.requeueing(uuid, required_skills=needs)
            self.note(f"edit and requeue {uuid}", answer)

    def _parked(self) -> list[SubtaskId]:
        if self._runtime.journal.trouble is not None:  # a requeue is refused
            return []
        subtasks = self._runtime.hub.board.subtasks.items()
        return [uuid for uuid, record in subtasks if record.status is SubtaskStatus.PARKED]

    def _beat(self, blow: Blow) -> None:
        self.note(f"beat {blow.target}", self._runtime.beating(blow.target))
        later = msgspec.structs.replace(blow, amount=blow.amount - _BEAT)

        def again() -> None:
            with contextlib.suppress(*REFUSALS):
                self._beat(later)

        if later.amount > 0:
            self._simulation.stepper.after(_BEAT, again)

    def _pause(self, blow: Blow) -> None:
        interrupt = blow.what == "interrupt"
        for target in self._targets(blow):
            answer = self._runtime.pausing(target, interrupt=interrupt)
            self.note(f"{blow.what} {target}", answer)

    def _resume(self, blow: Blow) -> None:
        for target in self._targets(blow):
            self.note(f"resume {target}", self._runtime.resuming(target))

    def _targets(self, blow: Blow) -> list[str]:
        kind, _, name = blow.target.partition("/")
        if kind != "goal":
            return [blow.target]
        goals = self._runtime.hub.board.goals.items()
        return [f"goal/{goal}" for goal, record in goals if record.goal.text == name]

    def _resume_all(self) -> None:
        board = self._runtime.hub.board
        found = [f"goal/{goal}" for goal, record in board.goals.items() if record.paused]
        found += [f"subtask/{uuid}" for uuid, record in board.subtasks.items() if record.paused]
        found += [f"agent/{agent}" for agent, record in board.agents.items() if record.paused]
        for target in (*found, *(["runtime"] if board.paused else [])):
            self.note(f"resume {target}", self._runtime.resuming(target))

    def _jump(self, blow: Blow) -> None:
        self._oracle.leap(blow.amount, self._simulation.stepper.now())
        self._simulation.stepper.jump(blow.amount)

    def _late(self, blow: Blow) -> None:
        self._simulation.timers.lateness = blow.amount

    def _die(self, blow: Blow) -> None:
        if self._simulation.disk is not None:
            self.dies(blow)

    def _advise(self, blow: Blow) -> None:
        self._runtime.advise(advice(self._runtime, blow.amount))

    def _full(self, blow: Blow) -> None:
        disk = self._simulation.disk
        if disk is not None:
            disk.full = blow.amount > 0
            self._simulation.advance(0.0 if disk.full else 2 * AGAIN)
            self.roomy()

    def _slow(self, blow: Blow) -> None:
        if self._simulation.disk is not None:
            self._simulation.disk.slow = blow.amount

    def _mend_disk(self) -> None:
        """Whoever wants a goal accepted asks once more when the journal writes again."""
        self._slow(Blow(at=0.0, what="slow"))
        self._full(Blow(at=0.0, what="full"))
        for _ in range(_WAITS):  # a slow write that is under way takes its time
            if self._runtime.journal.trouble is None:
                break
            self._simulation.advance(_WAIT)
            self.roomy()

    _strikes: ClassVar[dict[str, Callable[[Blows, Blow], None]]] = {
        "crash": _crash,
        "cancel goal": _cancel_goal,
        "cancel subtask": _cancel_subtask,
        "drain": _let_go,
        "leave": _let_go,
        "join": _rejoin,
        "resize": _resize,
        "requeue": _requeue,
        "edit": _edit,
        "beat": _beat,
        "pause": _pause,
        "interrupt": _pause,
        "resume": _resume,
        "jump": _jump,
        "late": _late,
        "advise": _advise,
        "die": _die,
        "full": _full,
        "slow": _slow,
    }


def _nothing(*_: object) -> None:
    """There is no disk."""
