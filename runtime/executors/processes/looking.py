"""Looks at the signs of life that handlers give in other processes.

The process is asked, for it alone knows when its handler last gave one, and whether it
waits in a call of ours. One that does not answer soon, because C code holds its
interpreter's lock, is judged by what was heard of it.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence

from callboard.actors.ports import Timers
from callboard.runtime.executors.processes import wire
from callboard.runtime.executors.processes.mate import Job, Mate
from callboard.runtime.executors.runs import Answer

PATIENCE = 0.5
"""Seconds that a process has to answer in."""


class Looks:
    """Questions about signs of life that were not answered yet.

    Args:
        timers: For those that never are.
    """

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._open: dict[int, Answer] = {}

    def look(self, mate: Mate, job: Job, answer: Answer) -> None:
        """Tell for how long the handler has been quiet; soon, and once."""
        if not mate.loaded:
            answer(job.run.quiet)
            return
        with self._lock:
            number = next(self._numbers)
            self._open[number] = answer
        mate.worker.say(wire.Look(look=number, job=job.number))
        self._timers.after(PATIENCE, lambda: self._tell(number, lambda: job.run.quiet))

    def look_at_all(self, pairs: Sequence[tuple[Mate, Job]], answer: Answer) -> None:
        """Tell for how long the liveliest of them has been quiet."""
        told: list[float | None] = []

        def gather(quiet: float | None) -> None:
            with self._lock:
                told.append(quiet)
                complete = len(told) == len(pairs)
            if complete:
                answer(min((one for one in told if one is not None), default=None))

        for mate, job in pairs:
            self.look(mate, job, gather)
        if not pairs:
            answer(None)

    def looked(self, looked: wire.Looked) -> None:
        """A process has answered."""
        self._tell(looked.look, lambda: looked.quiet)

    def _tell(self, number: int, quiet: Callable[[], float | None]) -> None:
        with self._lock:
            answer = self._open.pop(number, None)
        if answer is not None:
            answer(quiet())
