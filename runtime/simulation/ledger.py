"""What the oracle has seen so far: agents, plans, who holds what, and how all has ended.

Those who check one theme each (`endings`, `tenures`, `attendance`) write it down and read
it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callboard.actors.logic.learning import kind_of
from callboard.actors.logic.places import AGEING
from callboard.runtime.simulation.abilities import Abilities
from callboard.runtime.simulation.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

    from callboard.actors.logic.paces import Paces
    from callboard.actors.logic.skills import Equivalences
    from callboard.messages.base import AgentId, GoalId, SubtaskId
    from callboard.messages.facts import ResultSubmitted
    from callboard.messages.resources import Claim, Supply
    from callboard.messages.values import Agent, Lease, Plan, PlanChange, Subtask, Token

GRACE = 120.0
"""Virtual seconds that may pass until everybody knows, restarts included."""


class Promises(msgspec.Struct, frozen=True, kw_only=True):
    """What a simulation's settings promise.

    Attributes:
        run: Seconds that an attempt may take.
        attempts: How many a subtask may have that its agents live through.
        poison: Agents that a subtask may take down before it is parked.
        copies: Attempts that may go on beside the first one at a subtask that allows it.
        tau: Seconds of waiting that promote a subtask by one class.
        ahead: Subtasks that an agent may be given before it has a slot for them.
    """

    run: float
    attempts: int
    poison: int = 3
    copies: int = 1
    tau: float = AGEING
    ahead: int = 0


class Held:
    """A lease that was not ended yet.

    Attributes:
        since: When it was assigned, started or adopted, whichever was last; without the
            seconds that nobody had.
        given: When it was assigned or adopted, by the clock.
    """

    __slots__ = ("given", "lease", "since")

    def __init__(self, lease: Lease, since: float, given: float) -> None:
        self.lease = lease
        self.since = since
        self.given = given


class Ledger:
    """What was seen, and what was wrong with it.

    Args:
        equivalences: Which skills stand in for which.
        promises: What the settings promise.
        lent: Attempts that wait for something else and hold no slot meanwhile.

    Attributes:
        violations: What was broken, in order.
        events: How many facts and notices were seen.
        hanging: Attempts that cannot end by themselves; whoever decides fates adds them.
        lending: Attempts that lend their slot at some time, likewise.
        decided: Proposals that were approved, by goal and number.
        lost: Seconds by which the clock has leapt; nobody had them.
    """

    def __init__(
        self, equivalences: Equivalences, promises: Promises, lent: AbstractSet[Token]
    ) -> None:
        self.violations: list[str] = []
        self.events: int = 0
        self.hanging: set[Token] = set()
        self.lending: set[Token] = set()
        self._promises = promises
        self._abilities = Abilities(equivalences)
        self._lent = lent
        self._agents: dict[AgentId, Agent] = {}
        self._subtasks: dict[SubtaskId, Subtask] = {}
        self._goals: dict[GoalId, list[SubtaskId]] = {}
        self._mending: dict[GoalId, tuple[int, tuple[SubtaskId, ...]]] = {}
        self._repaired: dict[GoalId, int] = {}
        self.decided: set[tuple[GoalId, int]] = set()
        self._proposals: dict[
            GoalId, tuple[int, Plan | PlanChange | None]
        ] = {}  # who has to approve them
        self._superseded: set[SubtaskId] = set()  # which their plans go on without
        self._held: dict[SubtaskId, list[Held]] = {}  # the oldest first
        self._loads: dict[AgentId, set[Token]] = {}
        self._largest: dict[AgentId, int] = {}  # that it was ever let run
        self._waiting_ahead: dict[AgentId, dict[Token, Lease]] = {}
        self._ended: dict[SubtaskId, tuple[str, float]] = {}
        self._orphans: dict[SubtaskId, list[Held]] = {}
        self._hung: dict[AgentId, float] = {}
        self._forgiven: dict[SubtaskId, int] = {}
        self._newest: Token | None = None
        self._doers: dict[SubtaskId, list[Lease]] = {}  # by which it is held, or was completed
        self._copying: Lease | None = None
        self._last: dict[SubtaskId, list[Lease]] = {}  # when it failed or was cancelled
        self._over_tokens: set[Token] = set()
        self._followers: set[Token] = set()  # that agents went on to
        self._paused: set[str] = set()  # goals, subtasks, and "" for everything
        self._resting: dict[SubtaskId, str] = {}
        self._saves: dict[SubtaskId, tuple[Token, int]] = {}
        self._supplies: dict[str, Supply] = {}
        self._budgets: dict[tuple[GoalId, str], float] = {}
        self._idle: set[SubtaskId] = set()
        self._rations: dict[Token, tuple[Claim, ...]] = {}
        self._leases: dict[Token, Lease] = {}  # of all that has reserved anything
        self._fallen: dict[AgentId, float] = {}  # when an agent fell or left last
        self._used: dict[tuple[str, str, str], float] = {}
        self._flows: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
        self._drawn: set[tuple[Token, tuple[str, str, str]]] = set()
        self._calls: dict[SubtaskId, tuple[Token, dict[AgentId, bool]]] = {}  # who has bid
        self._results: dict[SubtaskId, ResultSubmitted] = {}  # that are being verified
        self._submissions: dict[SubtaskId, int] = {}
        self._verified: dict[GoalId, tuple[SubtaskId, int]] = {}
        self._verdicts: dict[tuple[SubtaskId, int], object] = {}
        self._turns = Turns(self._abilities, promises.tau, GRACE, self.violations)
        self._leaps: list[tuple[float, float]] = []
        self.lost = 0.0

    def leap(self, seconds: float, at: float) -> None:
        """The clock leaps: what is held now may be late, through no fault of its own.

        Args:
            seconds: How far, and forward.
            at: What the clock has said until then, seconds since the epoch.
        """
        self.lost += seconds
        self._leaps.append((at, seconds))
        for kept in (*self._held.values(), *self._orphans.values()):
            self.hanging.update(held.lease.token for held in kept)

    def had(self, at: float) -> float:
        """A time as if the clock had never leapt; it may be one before its latest leap."""
        if not self._leaps:
            return at
        return at - sum(seconds for before, seconds in self._leaps if at > before)

    def check(self, holds: bool, otherwise: Callable[[], str]) -> None:  # noqa: FBT001
        """Note what is broken unless it *holds*."""
        if not holds:
            self.violations.append(otherwise())

    def row(
        self, uuid: SubtaskId, agents: tuple[AgentId, ...], paces: Paces | None = None
    ) -> list[float]:
        """How sure it is that each of *agents* does that subtask, as the facts have it.

        Args:
            uuid: Of the subtask.
            agents: Who is registered.
            paces: Who the scheduler thinks is faster than others; None for nobody.
        """
        doers = self._doers.get(uuid)
        holder = doers[0].agent if doers else ""
        row = [0.0] * len(agents)
        if holder in agents:
            row[agents.index(holder)] = 1.0
            return row
        ended = self._ended.get(uuid)
        if ended is not None and ended[0] in ("failed", "cancelled"):
            return row
        kind = kind_of(self._subtasks[uuid])
        places = self._abilities.among(agents, uuid)
        speeds = [1.0 / paces.factor(kind, agents[n]) if paces else 1.0 for n in places]
        total = sum(speeds)
        for place, speed in zip(places, speeds, strict=True):
            row[place] = speed / total
        return row

    # Looked up

    def _is_completed(self, uuid: SubtaskId) -> bool:
        return self._ended.get(uuid, ("", 0.0))[0] == "completed"

    def _missed(self, uuid: SubtaskId) -> bool:
        """Whether its goal cannot be completed without it."""
        how, _ = self._ended.get(uuid, ("still open", 0.0))
        spared = uuid in self._superseded or self._subtasks[uuid].optional
        return how != "completed" and not spared

    def _hindered(self, uuid: SubtaskId) -> bool:
        """Whether what depends on it must not go on."""
        how, _ = self._ended.get(uuid, ("still open", 0.0))
        optional = self._subtasks[uuid].optional
        return how not in (("completed", "failed") if optional else ("completed",))

    # Written down

    def _hold(self, lease: Lease, at: float) -> None:
        self._held.setdefault(lease.subtask, []).append(Held(lease, at - self.lost, at))
        self._load(lease)

    def _load(self, lease: Lease) -> None:
        """It takes a slot of its agent, which does it."""
        self._loads.setdefault(lease.agent, set()).add(lease.token)
        # What has failed or was cancelled is nobody's, also where an assignment crossed
        # its end and is revoked as soon as the scheduler hears of that.
        if lease.subtask not in self._ended:
            doers = self._doers.setdefault(lease.subtask, [])
            if lease not in doers:
                doers.append(lease)

    def _find(self, lease: Lease) -> Held | None:
        """Where it is held."""
        for held in self._held.get(lease.subtask, ()):
            if held.lease == lease:
                return held
        return None

    def _drop(self, lease: Lease) -> bool:
        """It is held no more; the answer is whether it was."""
        orphans = self._orphans.get(lease.subtask, [])
        self._orphans[lease.subtask] = [one for one in orphans if one.lease != lease]
        kept = self._held.get(lease.subtask, [])
        rest = [held for held in kept if held.lease != lease]
        self._held[lease.subtask] = rest
        if not rest:
            del self._held[lease.subtask]
        if len(rest) < len(kept):
            self._undo(lease)
        return len(rest) < len(kept)

    def _undo(self, lease: Lease) -> None:
        """Its agent does it no more."""
        doers = [doer for doer in self._doers.get(lease.subtask, ()) if doer != lease]
        self._doers[lease.subtask] = doers
        if not doers:
            del self._doers[lease.subtask]

    def _unload(self, lease: Lease) -> None:
        held = self._loads.get(lease.agent)
        if held is not None:
            held.discard(lease.token)
        self._waiting_ahead.get(lease.agent, {}).pop(lease.token, None)
