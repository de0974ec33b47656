"""How likely each agent is to get what nobody has yet, as far as it is known who is faster.

Work goes to whoever would end it first (`binding`), and what has to wait for that is given
away when a slot is free. Where all are busy with such work, a slot of an agent that takes
*f* times as long as usual is free *1/f* times as often, and so much of the work it gets.
So its chance is its speed by the sum of all speeds:

    p(a) = (1 / f(a)) / sum over b of 1 / f(b),  of those whose skills allow it

That is the choice rule of Luce (Individual Choice Behavior, 1959), and the chance to be
first of independent times that are exponential with these means. The factors are those
that the scheduler itself goes by (`paces`): a difference that may be chance is none, and
where nobody is known to be faster everybody has the same chance.

Left out is what changes from moment to moment: load, and what is short. While hardly
anything waits the fast get more than this says. How well skills fit decides only between
those who would end it at the same time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from callboard.messages.base import AgentId


def speeds(
    factors: Sequence[Mapping[AgentId, float]], agents: Iterable[AgentId]
) -> NDArray[np.float64]:
    """How fast each agent is, float64[n_classes, n_agents]; 1.0 is as usual.

    O(what is known of anybody), beside making the array.

    Args:
        factors: Of each class of work: how many times as long as usual some agents take.
        agents: Of the columns.

    >>> speeds([{}, {"ann": 2.0, "gone": 3.0}], ["bob", "ann"])
    array([[1. , 1. ],
           [1. , 0.5]])
    """
    columns = {agent: number for number, agent in enumerate(agents)}
    found = np.ones((len(factors), len(columns)))
    for row, known in zip(found, factors, strict=True):
        for agent, factor in known.items():
            column = columns.get(agent)
            if column is not None:
                row[column] = 1.0 / factor
    return found


def chances(may: NDArray[np.bool_], fast: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each class of work, who gets it: each row sums to 1, or is 0 where nobody may.

    Args:
        may: bool[n_classes, n_agents]; whose skills allow it.
        fast: As of `speeds`.

    >>> may = np.array([[True, True, True], [False, False, False]])
    >>> chances(may, speeds([{"ann": 0.5}, {}], ["ann", "bob", "sue"]))
    array([[0.5 , 0.25, 0.25],
           [0.  , 0.  , 0.  ]])
    """
    shares = np.where(may, fast, 0.0)
    sums = shares.sum(axis=1, keepdims=True)
    return shares / np.where(sums > 0.0, sums, 1.0)
