"""The task tensor: who does each subtask, or how likely each agent is to get it.

Nothing else imports numpy but `chances` and `sparse`, so that `import callboard` stays quick.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from callboard.actors.logic.chances import chances, speeds
from callboard.actors.logic.paces import unknown
from callboard.actors.logic.rows import FREE, GONE, LARGEST, LEVELS, Rows
from callboard.actors.logic.skills import Equivalences, all_of, can_do
from callboard.actors.logic.sparse import SparseTensor, dense_bytes, guard
from callboard.messages.base import AgentId, SubtaskId
from callboard.messages.errors.lookups import UnknownSubtask
from callboard.messages.values import Priority, Skill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from callboard.actors.logic.board import Board
    from callboard.actors.logic.paces import Paces

Floats: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = NDArray[np.int64]

PRIORITIES = tuple(p.name for p in Priority)
"""Labels of the third axis."""

_CHUNK = 2**26
"""Bytes of rows that are filled at once."""


class Tensor:
    """T_task as it was at one moment, with the labels of its axes.

    Its values are made when they are first asked for: dense (`values`), or only those
    that are not 0 (`sparse`). All of them are in [0, 1]; each task's sum to 1, or are all
    0, and only those of its own priority are not 0.

    Attributes:
        subtasks: Uuids on axis 0, in the order in which they were accepted.
        agents: Ids on axis 1, in the order in which they registered.
        priorities: Names on axis 2.
        limit: Bytes that the dense array may take.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what it is made of
        self,
        kinds: Numbers,
        holders: Numbers,
        shares: Floats,
        subtasks: tuple[SubtaskId, ...],
        agents: tuple[AgentId, ...],
        limit: int = LARGEST,
    ) -> None:
        """A tensor of rows that share their values.

        Args:
            kinds: int64[n_tasks]; 4 times the row of *shares*, plus the priority.
            holders: int64[n_tasks]; the column of who has it, or `FREE`, or `NOBODY`.
            shares: float64[n_classes, n_agents]; what each agent gets of what nobody has.
            subtasks: Labels of axis 0.
            agents: Labels of axis 1.
            limit: Bytes that the dense array may take.
        """
        self._kinds, self._holders, self._shares = kinds, holders, shares
        self.subtasks, self.agents, self.priorities = subtasks, agents, PRIORITIES
        self.limit = limit

    @property
    def shape(self) -> tuple[int, int, int]:
        """(n_tasks, n_agents, 4)."""
        return len(self.subtasks), len(self.agents), LEVELS

    @property
    def nbytes(self) -> int:
        """What `values` takes, or would take."""
        return dense_bytes(self.shape)

    @cached_property
    def values(self) -> Floats:
        """T_task, float64[n_tasks, n_agents, 4]; made once, at the speed of memory.

        Raises:
            TensorTooLarge: It would take more than `limit`.
        """
        guard(self.shape, self.limit)
        values = np.empty(self.shape)
        for part in _parts(len(self.subtasks), 8 * LEVELS * len(self.agents)):
            self._fill(values[part], part)
        held = np.flatnonzero(self._holders >= 0)
        values[held, self._holders[held], self._kinds[held] % LEVELS] = 1.0
        return values

    def _fill(self, values: Floats, part: slice) -> None:
        """Everything but who has something: as many copies of a few blocks as there are rows."""
        codes = np.where(self._holders[part] == FREE, self._kinds[part], -1)
        used, which = np.unique(codes, return_inverse=True)
        blocks = np.zeros((len(used), *values.shape[1:]))
        free = np.flatnonzero(used >= 0)
        blocks[free, :, used[free] % LEVELS] = self._shares[used[free] // LEVELS]
        np.take(blocks, which, axis=0, out=values, mode="clip")

    def sparse(self) -> SparseTensor:
        """Only what is not 0, as coordinates (COO); sorted by subtask, then agent."""
        classes, agents = self._shares.shape
        rows, columns = np.nonzero(self._shares)
        # Whoever holds something is a class of its own, with all of the share.
        everybody = np.arange(agents, dtype=np.int64)
        columns = np.concatenate((columns, everybody))
        shares = np.concatenate((self._shares[rows, columns[: len(rows)]], np.ones(agents)))
        sizes = np.concatenate((np.bincount(rows, minlength=classes), np.ones(agents, np.int64)))
        starts = np.cumsum(sizes) - sizes
        held = self._holders >= 0
        which = np.where(held, classes + self._holders, self._kinds // LEVELS)
        counts = np.where(held | (self._holders == FREE), sizes[which], 0)
        places = np.arange(counts.sum(), dtype=np.int64)
        found = places + np.repeat(starts[which] - (np.cumsum(counts) - counts), counts)
        coords = np.empty((3, len(found)), dtype=np.int32)
        coords[0] = np.repeat(np.arange(len(counts)), counts)
        coords[1] = columns[found]
        coords[2] = np.repeat(self._kinds % LEVELS, counts)
        return SparseTensor(
            coords, shares[found], self.shape, self.subtasks, self.agents, self.priorities
        )

    def row(self, subtask: SubtaskId) -> dict[AgentId, float]:
        """What each agent has of one subtask, where that is not 0.

        Raises:
            UnknownSubtask: It is not on axis 0.
        """
        if subtask not in self.subtasks:
            raise UnknownSubtask(subtask)
        place = self.subtasks.index(subtask)
        holder = int(self._holders[place])
        if holder >= 0:
            return {self.agents[holder]: 1.0}
        share = self._shares[self._kinds[place] // LEVELS] * float(holder == FREE)
        return {self.agents[n]: float(share[n]) for n in np.flatnonzero(share)}


class Keeper:
    """Keeps the tensor of a board, from the first look at it on.

    Args:
        board: Whose; a board has one keeper.
        equivalences: Which skills stand in for which.
        paces: Who is faster than others, as it is known when somebody looks.
    """

    def __init__(
        self, board: Board, equivalences: Equivalences, paces: Callable[[], Paces] = unknown
    ) -> None:
        self._board = board
        self._paces = paces
        self._rows = Rows(board)
        self._verdicts = _Verdicts(equivalences)
        self._known: tuple[object, ...] = ()
        self._shares = np.zeros((0, 0))

    def look(self, limit: int = LARGEST) -> Tensor:
        """The tensor as it is now: O(what has changed since the last look), and the labels."""
        rows, board, paces = self._rows, self._board, self._paces()
        rows.update(tuple(paces.uneven))
        agents = tuple(board.agents)
        column = {agent: number for number, agent in enumerate(agents)}
        columns = np.array([column.get(agent, FREE) for agent in rows.agents] or [FREE])
        kinds, holders = np.array(rows.kinds, np.int64), np.array(rows.holders, np.int64)
        if rows.dead:
            there = holders != GONE
            kinds, holders = kinds[there], holders[there]
        holders = np.where(holders >= 0, columns[np.maximum(holders, 0)], holders)
        return Tensor(kinds, holders, self._shared(paces), tuple(board.subtasks), agents, limit)

    def _shared(self, paces: Paces) -> Floats:
        """float64[n_classes, n_agents]: the chances of those whose skills allow it."""
        classes, agents = self._rows.classes, self._board.agents
        offered = [all_of(agent.agent) for agent in agents.values()]
        who = tuple(agents) if paces.uneven else ()
        known = (self._rows.made, len(classes), paces, paces.changes, who, *offered)
        if known != self._known:
            may = self._verdicts.of([needs for needs, _ in classes], offered)
            usual: Mapping[AgentId, float] = {}
            factors = [usual if kind is None else paces.factors(kind) for _, kind in classes]
            self._shares = chances(may, speeds(factors, agents))
            self._known = known
        return self._shares


def task_tensor(
    board: Board,
    equivalences: Equivalences,
    limit: int = LARGEST,
    paces: Callable[[], Paces] = unknown,
) -> Tensor:
    """The tensor of all subtasks and agents that are on *board*.

    Only the slice of a subtask's own priority is not 0. There it has 1.0 at the agent
    that holds or completed it, while that agent is registered; zeros if it failed or
    was cancelled; else the chance of each agent whose skills allow it, whatever its
    load, and zeros where there is none: 1/k for k of them, or by how fast they are known
    to be (`chances`). No agents: shape (n_tasks, 0, 4).
    """
    touched = board.touched
    tensor = Keeper(board, equivalences, paces).look(limit)
    board.touched = touched  # whoever keeps it goes on
    return tensor


class _Verdicts:
    """Who may do what, asked once for each set of required skills and of offered ones."""

    def __init__(self, equivalences: Equivalences) -> None:
        self._equivalences = equivalences
        self._known: dict[tuple[Skill, ...], dict[tuple[Skill, ...], bool]] = {}

    def of(
        self, required: list[tuple[Skill, ...]], offered: list[tuple[Skill, ...]]
    ) -> NDArray[np.bool_]:
        """bool[n_required, n_offered]."""
        trades = {skills: number for number, skills in enumerate(dict.fromkeys(offered))}
        self._known = {needs: self._known.get(needs, {}) for needs in required}
        verdicts = np.array(
            [[self._may(needs, trade) for trade in trades] for needs in required], dtype=np.bool_
        ).reshape(len(required), len(trades))
        return verdicts[:, [trades[skills] for skills in offered]]

    def _may(self, needs: tuple[Skill, ...], trade: tuple[Skill, ...]) -> bool:
        known = self._known[needs]
        verdict = known.get(trade)
        if verdict is None:
            verdict = known[trade] = can_do(trade, needs, self._equivalences)
        return verdict


def _parts(rows: int, size: int) -> Iterator[slice]:
    """All rows, in parts that fit into a chunk."""
    step = max(1, _CHUNK // max(size, 1))
    return (slice(first, first + step) for first in range(0, rows, step))
