"""How soon could it all be done at best: what no schedule can beat.

Three reasons bound the time until the last subtask has ended: the longest chain of
dependencies, all work shared evenly by all slots, and the work that only one group
of agents can do shared by that group. None knows of crashes and of bad luck, so what
is above the largest of them is the price of both, and of the scheduler's choices.

>>> works = [Work("a", 60.0, "sql"), Work("b", 30.0, "law", ("a",)), Work("c", 60.0, "law")]
>>> slots = {"ann": 1, "bob": 2, "eve": 1}
>>> found = bounds(works, slots, {"sql": {"ann", "bob"}, "law": {"eve"}})
>>> found.path, found.chain, found.work
(90.0, ('a', 'b'), 67.5)
>>> found.group, found.narrowest
(90.0, frozenset({'eve'}))
>>> found.seconds, found.reason, gap(135.0, found.seconds)
(90.0, 'path', 0.5)
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar

from callboard.messages.base import AgentId, SubtaskId

Reason: TypeAlias = Literal["path", "work", "group"]
Group: TypeAlias = frozenset[AgentId]
N = TypeVar("N", bound=Hashable)


class Work(NamedTuple, Generic[N]):
    """A subtask as far as its time matters.

    Attributes:
        seconds: That it takes, whoever does it.
        needs: What it requires; subtasks with equal needs can be done by the same agents.
        dependencies: Others that end before it begins; those not given are done already.
        since: Seconds from now before which it cannot begin.
    """

    uuid: SubtaskId
    seconds: float
    needs: N
    dependencies: tuple[SubtaskId, ...] = ()
    since: float = 0.0


class Bounds(NamedTuple):
    """What cannot be beaten, seconds from now.

    Attributes:
        path: The longest chain of dependencies.
        chain: Its subtasks, in their order.
        work: All work, shared by all slots.
        group: The work that only one group of agents can do, shared by its slots.
        narrowest: That group: the agents of whom there are too few.
    """

    path: float
    chain: tuple[SubtaskId, ...]
    work: float
    group: float
    narrowest: Group

    @property
    def seconds(self) -> float:
        """The largest of the three: the lower bound."""
        return max(self.path, self.work, self.group)

    @property
    def reason(self) -> Reason:
        """Which of the three that is; the first one where several are equal."""
        reasons: tuple[tuple[Reason, float], ...] = (
            ("path", self.path),
            ("work", self.work),
            ("group", self.group),
        )
        return max(reasons, key=lambda reason: reason[1])[0]


class _Placed(NamedTuple):
    """A subtask between what must come before it and what must come after it.

    Attributes:
        head: Seconds before which it cannot begin.
        tail: Seconds that its dependents take after it.
    """

    head: float
    seconds: float
    tail: float


def bounds(
    works: Iterable[Work[N]],
    slots: Mapping[AgentId, int],
    eligible: Mapping[N, Collection[AgentId]],
) -> Bounds:
    """The lower bounds of the time until all of *works* are done.

    The formula is that of list scheduling, max(critical path, work / slots), for each
    group of agents too. Work that begins late, or has a long way after it, is also
    looked at by itself: it cannot be shared out over time when it was not there.

    Args:
        works: Their dependencies have no cycle.
        slots: How many subtasks each agent runs at once, at least 1.
        eligible: From needs to those that may do it; agents without slots do not count.
            What nobody may do is never done: `group` and `work` are infinite then.

    Source: Graham, Bounds on multiprocessing timing anomalies, SIAM J. Appl. Math.
    17(2), 1969; heads and tails: Carlier, The one-machine sequencing problem, EJOR
    11(1), 1982.
    """
    by_uuid = {work.uuid: work for work in works}
    heads, tails = _heads_and_tails(by_uuid)
    placed = {u: _Placed(heads[u], work.seconds, tails[u]) for u, work in by_uuid.items()}
    groups: dict[Group, list[_Placed]] = {}
    able = {needs: frozenset(a for a in agents if a in slots) for needs, agents in eligible.items()}
    for uuid, work in by_uuid.items():
        groups.setdefault(able.get(work.needs, frozenset()), []).append(placed[uuid])
    narrow, narrowest = _narrowest(groups, slots)
    path, chain = _path(by_uuid, placed)
    everyone = sum(slots.values())
    return Bounds(path, chain, _shared(list(placed.values()), everyone), narrow, narrowest)


def gap(makespan: float, bound: float) -> float:
    """How far above the bound something took, as a part of it: 0.1 is ten per cent.

    >>> gap(0.0, 0.0)
    0.0
    """
    return makespan / bound - 1.0 if bound > 0 else (math.inf if makespan > 0 else 0.0)


def _heads_and_tails(
    works: Mapping[SubtaskId, Work[N]],
) -> tuple[dict[SubtaskId, float], dict[SubtaskId, float]]:
    heads = {uuid: max(0.0, work.since) for uuid, work in works.items()}
    tails = dict.fromkeys(works, 0.0)
    order = _in_order(works)
    for uuid in order:
        before = [d for d in works[uuid].dependencies if d in works]
        heads[uuid] = max([heads[uuid], *(heads[d] + works[d].seconds for d in before)])
    for uuid in reversed(order):
        after = works[uuid].seconds + tails[uuid]
        for dependency in works[uuid].dependencies:
            if dependency in works:
                tails[dependency] = max(tails[dependency], after)
    return heads, tails


def _in_order(works: Mapping[SubtaskId, Work[N]]) -> list[SubtaskId]:
    """Each after all that it depends on (Kahn)."""
    waiting: dict[SubtaskId, list[SubtaskId]] = {uuid: [] for uuid in works}
    missing: dict[SubtaskId, int] = {}
    for uuid, work in works.items():
        needed = {d for d in work.dependencies if d in works}
        missing[uuid] = len(needed)
        for dependency in needed:
            waiting[dependency].append(uuid)
    order = [uuid for uuid, count in missing.items() if not count]
    for uuid in order:  # it grows while it is read
        for dependent in waiting[uuid]:
            missing[dependent] -= 1
            if not missing[dependent]:
                order.append(dependent)
    return order


def _path(
    works: Mapping[SubtaskId, Work[N]], placed: Mapping[SubtaskId, _Placed]
) -> tuple[float, tuple[SubtaskId, ...]]:
    """The longest chain, from the subtask that nothing holds up to the last one."""
    if not works:
        return 0.0, ()
    last = max(works, key=lambda uuid: placed[uuid].head + placed[uuid].seconds)
    length = placed[last].head + placed[last].seconds
    chain = [last]
    while True:
        head = placed[chain[-1]].head
        before = (d for d in works[chain[-1]].dependencies if d in works)
        held_up_by = [d for d in before if placed[d].head + placed[d].seconds == head]
        if not held_up_by or not head:
            return length, tuple(reversed(chain))
        chain.append(held_up_by[0])


def _narrowest(
    groups: Mapping[Group, list[_Placed]], slots: Mapping[AgentId, int]
) -> tuple[float, Group]:
    """The group whose own work takes it longest, and how long that is."""
    longest, narrowest = 0.0, Group()
    for group in groups:
        own = [p for other, items in groups.items() if other <= group for p in items]
        seconds = _shared(own, sum(slots[agent] for agent in group))
        # Of two that take as long, the smaller one is the narrower.
        if (seconds, -len(group)) > (longest, -len(narrowest)):
            longest, narrowest = seconds, group
    return longest, narrowest


def _shared(items: list[_Placed], slots: int) -> float:
    """Seconds until all is done if it could be shared evenly; infinite without slots.

    Of all subsets those are tried that begin late and those that have long tails.
    """
    if not items:
        return 0.0
    if not slots:
        return math.inf
    turned = [_Placed(item.tail, item.seconds, item.head) for item in items]
    return max(_latest(items, slots), _latest(turned, slots))


def _latest(items: list[_Placed], slots: int) -> float:
    """The bound of the items that begin latest, for whichever number of them it is largest."""
    longest, work, tail = 0.0, 0.0, math.inf
    for item in sorted(items, reverse=True):
        work += item.seconds
        tail = min(tail, item.tail)
        longest = max(longest, item.head + work / slots + tail)
    return longest
