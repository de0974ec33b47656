"""A naive model of what a run must come to: no queue, no lease, no clock, no messages.

It knows the plans, what was asked for, and what the agents really did, and says of
each subtask and goal how it may have ended and what its result must be. It is so
simple that it can be seen to be right, and shares no code with the runtime.
"""

from __future__ import annotations

import zlib
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from callboard.runtime.simulation.ledger import Promises
    from callboard.runtime.simulation.scenario import Commission, Job


def result_of(name: str, inputs: Iterable[object]) -> int:
    """What an attempt returns; wrong or stale inputs are seen in it for ever.

    Args:
        name: Of the subtask.
        inputs: The results of all that it depends on, in order; None for one that is
            optional and failed.
    """
    return zlib.crc32(repr([name, *inputs]).encode())


class Deeds:
    """What the agents really did, told by those who did it.

    Attributes:
        begun: How many attempts at each subtask.
        able: Subtasks of which an attempt was begun that would end well.
    """

    def __init__(self) -> None:
        self.begun = Counter[str]()
        self.able: set[str] = set()


class Ending:
    """How a subtask or a goal ended, as the runtime says.

    Attributes:
        how: "completed", "failed" or "cancelled".
        why: Name of the error of one that failed, or the reason of a cancellation.
        result: Of one that was completed.
    """

    def __init__(self, how: str, why: str = "", result: object = None) -> None:
        self.how, self.why, self.result = how, why, result


class Reference:
    """Compares what a runtime says with what must be so.

    Args:
        promises: What its settings say.
        deeds: Of the agents.
        asked: Names of goals and subtasks that somebody cancelled.
        late: The planner may have been too late.
    """

    def __init__(
        self, promises: Promises, deeds: Deeds, asked: set[str], *, late: bool = False
    ) -> None:
        self._promises = promises
        self._deeds = deeds
        self._asked = asked
        self._late = late

    def disagreements(
        self,
        commission: Commission,
        goal: Ending,
        ends: Mapping[str, Ending],
        spared: frozenset[str] = frozenset(),
    ) -> Iterator[str]:
        """What is wrong with the end of one goal.

        Args:
            commission: What was asked for.
            goal: How it ended.
            ends: How each of its subtasks did.
            spared: What its plan goes on without, since it was mended.
        """
        jobs = {job.id: job for job in commission.jobs}
        results: dict[str, int] = {}
        cut = goal.how == "cancelled" or goal.why == "DeadlinePassed"
        unplanned = self._late and goal.why == "PlanningError" and commission.planned
        unplanned = unplanned or _undecided(commission, goal)
        if (cut or unplanned) and not ends:  # it ended before it had a plan
            return
        for job in commission.jobs:
            if job.id not in ends:
                yield f"{job.id} is not known"
            else:
                wanted = cut or job.id in spared
                yield from self._job(job, jobs, ends, results, cut=wanted)
        yield from self._goal(commission, goal, ends, spared)

    def _job(
        self,
        job: Job,
        jobs: Mapping[str, Job],
        ends: Mapping[str, Ending],
        results: dict[str, int],
        *,
        cut: bool,
    ) -> Iterator[str]:
        end = ends[job.id]
        broken = [name for name in job.after if self._breaks(jobs[name], ends)]
        match end.how:
            case "completed":
                if broken:
                    yield f"{job.id} is completed, but {broken} were not"
                if job.id not in self._deeds.able:
                    yield f"{job.id} is completed, but nobody did it"
                if end.result != self._result(job, jobs, ends, results):
                    yield f"{job.id} has a wrong result: {end.result}"
            case "failed" if end.why == "DependencyFailed":
                if not broken:
                    yield f"{job.id} failed for what it depends on, and nothing did"
            case "failed":
                yield from self._failed(job, end.why)
            case "cancelled":
                if not cut and job.id not in self._asked:
                    yield f"{job.id} is cancelled, and nobody wanted it to be"
            case _:
                yield f"{job.id} has not ended: it is {end.how}"

    def _failed(self, job: Job, why: str) -> Iterator[str]:
        """It may fail by itself only after as many setbacks as the settings allow."""
        if why == "BudgetUsedUp" and "usd" in job.demands:
            return
        if why == "NotVerified" and job.verify:
            return  # who was to verify it has failed; that it did is seen elsewhere
        begun, promises = self._deeds.begun[job.id], self._promises
        least = promises.poison if why == "Poison" else promises.attempts
        if begun < least:
            yield f"{job.id} failed by {why} after {begun} attempts"

    def _breaks(self, job: Job, ends: Mapping[str, Ending]) -> bool:
        """Whether what depends on it cannot go on."""
        how = ends[job.id].how
        return how != "completed" and not (job.optional and how == "failed")

    def _result(
        self,
        job: Job,
        jobs: Mapping[str, Job],
        ends: Mapping[str, Ending],
        found: dict[str, int],
    ) -> int:
        """What it must have returned; *found* has those that are known already."""
        todo = [job]
        while todo:
            one = todo[-1]
            done = [jobs[name] for name in one.after if ends[name].how == "completed"]
            missing = [needed for needed in done if needed.id not in found]
            if missing:
                todo += missing
                continue
            inputs = [found[name] if ends[name].how == "completed" else None for name in one.after]
            found[one.id] = result_of(one.id, inputs)
            todo.pop()
        return found[job.id]

    def _goal(
        self,
        commission: Commission,
        goal: Ending,
        ends: Mapping[str, Ending],
        spared: frozenset[str],
    ) -> Iterator[str]:
        name = commission.name
        lost = [
            job.id
            for job in commission.jobs
            if not job.optional
            and job.id not in spared
            and ends.get(job.id, _LOST).how != "completed"
        ]
        if goal.how == "completed" and lost:
            yield f"{name} is completed without {lost}"
        elif goal.how == "cancelled" and name not in self._asked:
            yield f"{name} is cancelled, and nobody wanted it to be"
        elif goal.how == "failed" and goal.why == "DeadlinePassed":
            if commission.deadline is None:
                yield f"{name} had no deadline to pass"
        elif goal.how == "failed" and not lost:
            yield f"{name} failed, but nothing of it did"


def _undecided(commission: Commission, goal: Ending) -> bool:
    """Whether it may have ended because its plan was not approved."""
    if commission.word is None:
        return False
    rejected = goal.why == "Rejected" and commission.word.does == "rejects"
    return rejected or goal.why == "NotApproved"


_LOST = Ending("not known")
