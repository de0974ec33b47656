"""Cuts a scenario that breaks a promise down to what it needs for that.

Faults go first, then subtasks and agents, then the order; what is left is small enough
to be understood. A cut is kept if a promise of the same kind is still broken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import msgspec

from callboard.runtime.simulation.executor import Fate
from callboard.runtime.simulation.trial import replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from callboard.runtime.simulation.scenario import Commission, Job, Scenario, Slip, Worker

T = TypeVar("T")

_LETTERS = 8
"""On the link of an agent, for each of its subtasks, at the most."""

PLAYS = 600
"""How often a scenario is played at the most while it is cut."""

_LEASE = r"Lease\([^()]*(?:\([^()]*\)[^()]*)*\)"
_NAMES = re.compile(rf"{_LEASE}|g\d+-s\d+|id-\d+|agent-\d+|\d+(\.\d+)*|\[.*?\]|\{{.*?\}}")


def kinds(violations: Iterable[str]) -> frozenset[str]:
    """What kinds of promises were broken, whoever they were made to.

    >>> sorted(kinds(["g1-s2 is leased twice: 1.1.3", "g0-s1 is leased twice: 1.1.9"]))
    ['- is leased twice: -']
    """
    return frozenset(_NAMES.sub("-", text.splitlines()[0]) for text in violations)


def shrink(
    scenario: Scenario,
    violations: Callable[[Scenario], Iterable[str]] = lambda s: replay(s).violations,
    plays: int = PLAYS,
) -> Scenario:
    """The smallest scenario found that breaks a promise of the same kind.

    Args:
        scenario: Breaks one, as it is.
        violations: What a scenario breaks.
        plays: How many may be tried.

    Raises:
        ValueError: It breaks none.
    """
    wanted = kinds(violations(scenario))
    if not wanted:
        raise ValueError("the scenario breaks no promise")
    cutter = _Cutter(scenario, lambda tried: bool(kinds(violations(tried)) & wanted), plays)
    while cutter.again():
        cutter.cut_faults()
        cutter.cut_subtasks()
        cutter.cut_order()
    return msgspec.structs.replace(cutter.best, broke=min(wanted))


class _Cutter:
    """Cuts, and keeps the cut where the promise is still broken.

    Attributes:
        best: The smallest one so far.
    """

    def __init__(self, scenario: Scenario, breaks: Callable[[Scenario], bool], plays: int) -> None:
        self.best = scenario
        self._breaks = breaks
        self._left = plays
        self._before: Scenario | None = None

    def again(self) -> bool:
        """Whether another round may find more: the last one did, and plays are left."""
        changed, self._before = self.best != self._before, self.best
        return changed and self._left > 0

    def cut_faults(self) -> None:
        """Blows, fates, letters that come to harm."""
        self._fewer(self.best.blows, lambda kept: self._with(blows=tuple(kept)))
        fates = list(self.best.fates.items())
        self._fewer(fates, lambda kept: self._with(fates=dict(kept)))
        slips = list(self.best.slips.items())
        self._fewer(slips, lambda kept: self._with(slips=dict(kept)))
        answers = list(self.best.answers.items())
        self._fewer(answers, lambda kept: self._with(answers=dict(kept)))
        self._try(self._with(journal_lag=0.0))
        for key, fate in self.best.fates.items():
            plain = Fate(seconds=fate.seconds, ends=fate.ends)
            self._try(self._with(fates={**self.best.fates, key: plain}))

    def cut_subtasks(self) -> None:
        """Goals, subtasks, agents, and what is special about them."""
        self._fewer(self.best.commissions, lambda kept: self._with(commissions=tuple(kept)))
        self._fewer(self.best.jobs, lambda kept: _only(self.best, {job.id for job in kept}))
        self._fewer_with_letters()
        self._fewer_demands()
        self._fewer(self.best.workers, lambda kept: self._with(workers=tuple(kept)))
        for index, worker in enumerate(self.best.workers):
            plain = msgspec.structs.replace(worker, slow=1.0, hooks=False, stateful=False)
            mute = msgspec.structs.replace(plain, bids=False)
            pushed = msgspec.structs.replace(mute, pull=False)
            for simple in (plain, mute, pushed, msgspec.structs.replace(pushed, load=1)):
                workers = list(self.best.workers)
                workers[index] = simple
                self._try(self._with(workers=tuple(workers)))
        self._try(self._with(together=False))
        for field, value in (("deadline", None), ("at", 0.0), ("planned", False), ("under", "")):
            self._try(self._each_commission(**{field: value}))

    def cut_order(self) -> None:
        """The order: none at all, or its beginning, or with less that is out of order."""
        if self._try(self._with(order=())):
            return
        while self._try(self._with(order=self.best.order[: len(self.best.order) // 2])):
            pass
        chunk = max(1, len(self.best.order) // 2)
        while chunk >= max(1, len(self.best.order) // 64):
            for begin in range(0, len(self.best.order), chunk):
                self._calm_down(begin, begin + chunk)
            chunk //= 2
        self._try(self._with(order=_without_zeros(self.best.order)))

    def _calm_down(self, begin: int, end: int) -> None:
        order = self.best.order
        if any(order[begin:end]):
            calm = (0,) * len(order[begin:end])
            self._try(self._with(order=order[:begin] + calm + order[end:]))

    def _fewer(self, items: Sequence[T], make: Callable[[Sequence[T]], Scenario]) -> None:
        """Leave out as much as can be: all, halves, quarters, and so on."""
        kept, chunk = list(items), len(items)
        while chunk:
            begin = 0
            while begin < len(kept):
                fewer = kept[:begin] + kept[begin + chunk :]
                if self._try(make(fewer)):
                    kept = fewer
                else:
                    begin += chunk
            chunk //= 2

    def _fewer_with_letters(self) -> None:
        """Leave out single subtasks, and let what happens to letters happen earlier by theirs."""
        for job in self.best.jobs if self.best.slips else ():
            fewer = _only(self.best, {other.id for other in self.best.jobs} - {job.id})
            tried = (_earlier(fewer, letters) for letters in range(1, _LETTERS + 1))
            any(self._try(scenario) for scenario in tried)

    def _fewer_demands(self) -> None:
        """Let subtasks demand less of resources, and goals have no budgets."""
        for job in self.best.jobs:
            for name in job.demands:
                demands = {n: amount for n, amount in job.demands.items() if n != name}
                self._try(_changed(self.best, job.id, demands=demands))
            if job.keys:
                self._try(_changed(self.best, job.id, keys=()))
        self._try(self._each_commission(budget=None))

    def _try(self, scenario: Scenario) -> bool:
        if scenario == self.best or not _sound(scenario) or self._left <= 0:
            return False
        self._left -= 1
        if not self._breaks(scenario):
            return False
        self.best = scenario
        return True

    def _with(self, **changes: object) -> Scenario:
        return msgspec.structs.replace(self.best, **changes)

    def _each_commission(self, **changes: object) -> Scenario:
        changed = (msgspec.structs.replace(c, **changes) for c in self.best.commissions)
        return self._with(commissions=tuple(changed))


def _sound(scenario: Scenario) -> bool:
    """Whether there is somebody who can do each subtask."""
    return bool(scenario.workers) and all(
        any(_able(worker, job) for worker in scenario.workers) for job in scenario.jobs
    )


def _able(worker: Worker, job: Job) -> bool:
    disk = job.demands.get("disk", 0.0)
    return set(worker.skills).issuperset(job.needs) and worker.offers.get("disk", 0.0) >= disk


def _earlier(scenario: Scenario, letters: int) -> Scenario:
    """What happens to letters happens to such as are so many before them on their link."""
    slips: dict[str, Slip] = {}
    for key, slip in scenario.slips.items():
        link, _, number = key.rpartition("/")
        slips[f"{link}/{max(1, int(number) - letters)}"] = slip
    return msgspec.structs.replace(scenario, slips=slips)


def _only(scenario: Scenario, kept: set[str]) -> Scenario:
    """The scenario with only these subtasks, and with the goals that have any."""
    commissions = (_reduced(commission, kept) for commission in scenario.commissions)
    return msgspec.structs.replace(scenario, commissions=tuple(c for c in commissions if c.jobs))


def _changed(scenario: Scenario, name: str, **changes: object) -> Scenario:
    """The scenario with a subtask that is otherwise."""
    commissions = tuple(
        msgspec.structs.replace(
            commission,
            jobs=tuple(
                msgspec.structs.replace(job, **changes) if job.id == name else job
                for job in commission.jobs
            ),
        )
        for commission in scenario.commissions
    )
    return msgspec.structs.replace(scenario, commissions=commissions)


def _reduced(commission: Commission, kept: set[str]) -> Commission:
    jobs = tuple(
        msgspec.structs.replace(job, after=tuple(name for name in job.after if name in kept))
        for job in commission.jobs
        if job.id in kept
    )
    return msgspec.structs.replace(commission, jobs=jobs)


def _without_zeros(order: tuple[int | float, ...]) -> tuple[int | float, ...]:
    end = len(order)
    while end and not order[end - 1]:
        end -= 1
    return order[:end]
