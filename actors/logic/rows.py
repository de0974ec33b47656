"""The rows of the task tensor, kept as things happen, without their values.

A row needs two whole numbers: what kind of subtask it is (the class of its required
skills, and its priority), and who has it. Where agents are known to be of unequal speed at
some kind of work, that kind with the skills is a class of its own. Values are made of that
on demand (`tensor`). The board notes whose row has changed; the next look sets those anew,
in O(1) each, however many subtasks and agents there are.

>>> from callboard.actors.logic.board import Board
>>> rows = Rows(Board())
>>> rows.update()
>>> list(rows.kinds), list(rows.holders)
([], [])
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.learning import kind_of
from callboard.actors.logic.records import SubtaskStatus
from callboard.messages.values import Priority

if TYPE_CHECKING:
    from collections.abc import Collection

    from callboard.actors.logic.board import Board
    from callboard.actors.logic.records import SubtaskRecord
    from callboard.messages.base import AgentId, SubtaskId
    from callboard.messages.values import Skill, Subtask

Class: TypeAlias = "tuple[tuple[Skill, ...], str | None]"
"""Required skills, and the kind of work where speeds are known to differ at it; else None."""

FREE, NOBODY, GONE = -1, -2, -3
"""In place of a holder: nobody has it yet, nobody ever will, or the row is not there."""

LEVELS = len(Priority)
LARGEST = 2**31
"""Bytes that a dense tensor may take, unless somebody says otherwise."""

_LOST = (SubtaskStatus.FAILED, SubtaskStatus.CANCELLED)
_SLACK = 1024


class Rows:
    """Every row of a board's tensor, in the order in which the subtasks were accepted.

    From its making on the board notes what changes. A board has one at a time.

    Attributes:
        kinds: Of each row: `LEVELS` times its class, plus its priority.
        holders: Of each row: the number of its agent in `agents`, or one of the above.
        classes: All of which there was a subtask, numbered.
        agents: Who ever held something of it, numbered.
        made: How often all was made anew, so that the numbers of before mean nothing.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self.made = 0
        self._uneven: frozenset[str] = frozenset()
        self._rebuild()

    def update(self, uneven: Collection[str] = ()) -> None:
        """Take over what has changed on the board since.

        Args:
            uneven: Kinds of work at which somebody is known to be faster than others.
        """
        touched, board = self._board.touched, self._board.subtasks
        apart = self._uneven.issuperset(uneven)
        if not apart or touched is None or self._untidy():  # too much for the board to note
            self._uneven = frozenset(uneven)
            self._rebuild()
            return
        for uuid, removed in touched.items():
            if removed:
                self._take_out(uuid)
            record = board.get(uuid)
            if record is not None:
                self._set(uuid, record)
        touched.clear()

    @property
    def dead(self) -> int:
        """How many rows are not there any more."""
        return len(self.kinds) - len(self._places)

    def _untidy(self) -> bool:
        too_many = self.dead > len(self._places) + _SLACK
        names = len(self.agents) + len(self.classes)
        return too_many or names > 2 * self._names + _SLACK

    def _rebuild(self) -> None:
        self.made += 1
        self.kinds, self.holders = array("q"), array("q")
        self.classes: dict[Class, int] = {}
        self.agents: dict[AgentId, int] = {}
        self._places: dict[SubtaskId, int] = {}
        for uuid, record in self._board.subtasks.items():
            self._set(uuid, record)
        self._names = len(self.agents) + len(self.classes)
        self._board.touched = {}

    def _take_out(self, uuid: SubtaskId) -> None:
        place = self._places.pop(uuid, None)
        if place is not None:
            self.holders[place] = GONE

    def _set(self, uuid: SubtaskId, record: SubtaskRecord) -> None:
        subtask, classes = record.subtask, self.classes
        own = (subtask.required_skills, self._kind(subtask) if self._uneven else None)
        number = classes.setdefault(own, len(classes))
        kind, holder = LEVELS * number + subtask.priority, self._holder(record)
        place = self._places.setdefault(uuid, len(self.kinds))
        if place == len(self.kinds):
            self.kinds.append(kind)
            self.holders.append(holder)
        else:
            self.kinds[place], self.holders[place] = kind, holder

    def _kind(self, subtask: Subtask) -> str | None:
        kind = kind_of(subtask)
        return kind if kind in self._uneven else None

    def _holder(self, record: SubtaskRecord) -> int:
        if record.assigned_agent is not None:
            return self.agents.setdefault(record.assigned_agent, len(self.agents))
        return NOBODY if record.status in _LOST else FREE
