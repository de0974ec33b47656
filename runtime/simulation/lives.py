"""The deaths of the process in a trial: what was acknowledged must be there afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.board import Board
from callboard.actors.logic.goals import Goals
from callboard.actors.logic.history import histories
from callboard.messages import facts
from callboard.messages.base import ORCHESTRATOR
from callboard.messages.work import Acknowledged
from callboard.runtime.simulation.disk import DiskJournal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.actors.ports import Route
    from callboard.messages.base import Address, Message, SubtaskId
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice
    from callboard.messages.values import Token
    from callboard.runtime.simulation.blows import Blows
    from callboard.runtime.simulation.customer import Customer
    from callboard.runtime.simulation.oracle import Oracle
    from callboard.runtime.simulation.scenario import Blow
    from callboard.runtime.simulation.simulation import Simulation

    Mark: TypeAlias = tuple[type, str, str, float]

_PARTS = 3
_KEPT = (
    facts.ResultSubmitted,
    facts.SubtaskCompleted,
    facts.SubtaskFailed,
    facts.SubtaskCancelled,
)
"""Of these word is kept once an agent was told that its own was heard."""


class Lives:
    """Ends the process and begins the next one, and compares what was told with what is kept.

    Args:
        simulation: Dies.
        oracle: Is told of it.
        blows: Register the agents again.
        customer: Looks for its goals.

    Attributes:
        deaths: So far.
    """

    def __init__(
        self, simulation: Simulation, oracle: Oracle, blows: Blows, customer: Customer
    ) -> None:
        self.deaths = 0
        self._simulation = simulation
        self._oracle = oracle
        self._blows = blows
        self._customer = customer
        self._seen: dict[Mark, Fact] = {}
        self._lessees: dict[Token, SubtaskId] = {}
        self._acknowledged: set[SubtaskId] = set()

    def see(self, event: Fact | Notice) -> None:
        """Note what is shown: what is durable may be relied on from then on."""
        if isinstance(event, facts.Fact) and event.durable:
            self._seen[_mark(event)] = event
        elif type(event) is facts.SubtaskAssigned:
            self._lessees[event.lease.token] = event.lease.subtask

    def hear(self, sender: Address, messages: Sequence[Message]) -> None:
        """Note what agents are told: what the orchestrator acknowledges has ended for good."""
        if sender == ORCHESTRATOR:
            told = (message.tokens for message in messages if isinstance(message, Acknowledged))
            self._acknowledged.update(self._lessees[t] for tokens in told for t in tokens)

    def die(self, blow: Blow) -> None:
        """The process dies and is started again, and those outside go on as they were."""
        self.compare()
        self.deaths += 1
        simulation = self._simulation
        simulation.kill(blow.part)
        simulation.advance(blow.amount)
        simulation.reopen()
        self._blows.asked[:] = [asked for asked in self._blows.asked if asked[1].done()]
        kept = self._kept()
        self._look_for_losses(kept)
        unseen = [fact for fact in kept if _mark(fact) not in self._seen]
        self._oracle.reopened(kept, unseen, simulation.stepper.now())
        for fact in kept:
            self.see(fact)
        self._oracle.violations += self._customer.complaints()
        self._blows.join_all()
        self._customer.insist(died=True)

    def compare(self) -> None:
        """The journal so far, replayed, says the same as the board of the living."""
        journal = self._simulation.runtime.journal
        assert isinstance(journal, DiskJournal)  # noqa: S101 - there is a disk
        if not journal.settled:
            return
        replayed, board = replay_all(tuple(journal.history())), self._simulation.runtime.hub.board
        for uuid, record in board.subtasks.items():
            kept, shown = replayed.subtasks[uuid].status.value, record.status.value
            self._oracle.check(
                kept == shown,
                lambda: f"{uuid}: the journal says {kept}, the board {shown}",  # noqa: B023
            )

    def _kept(self) -> tuple[Fact, ...]:
        journal = self._simulation.runtime.journal
        assert isinstance(journal, DiskJournal)  # noqa: S101 - there is a disk
        return journal.found

    def _look_for_losses(self, kept: Sequence[Fact]) -> None:
        marks = {_mark(fact) for fact in kept}
        for mark, fact in self._seen.items():
            if mark not in marks:
                self._oracle.violations.append(f"shown, and lost with the process: {fact}")
        ended = {fact.subtask_id for fact in kept if isinstance(fact, _KEPT)}
        lost = sorted(self._acknowledged - ended)
        self._oracle.check(not lost, lambda: f"acknowledged to their agents, and lost: {lost}")


class Listening:
    """A route on which somebody listens to what agents are told.

    Args:
        route: Carries the letters; None delivers each at once.
        hear: Is told by whom what arrives.
    """

    def __init__(
        self, route: Route | None, hear: Callable[[Address, Sequence[Message]], None]
    ) -> None:
        self._route = route
        self._hear = hear

    def __call__(
        self,
        sender: Address,
        to: Address,
        messages: Sequence[Message],
        deliver: Callable[[Sequence[Message]], None],
    ) -> None:
        """See `callboard.actors.ports.Route`."""
        if to.startswith("agent/"):
            self._hear(sender, messages)
        if self._route is None:
            deliver(messages)
        else:
            self._route(sender, to, messages, deliver)


def replay_all(told: Sequence[Fact]) -> Board:
    """The board that follows; each beginning of *told* is taken by everybody who folds facts."""
    board, goals = Board(), Goals()
    for fact in told:
        board.apply(fact)
        goals.apply(fact)
    for part in range(1, _PARTS + 1):
        histories(told[: len(told) * part // _PARTS])
    return board


def _mark(fact: Fact) -> Mark:
    return type(fact), fact.goal_id, fact.subtask_id, fact.at
