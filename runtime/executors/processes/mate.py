"""A process of an agent, and what it has to do: the executor's own records."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callboard.messages.values import Lease, Ready
    from callboard.runtime.executors.processes.serving import Serving
    from callboard.runtime.executors.processes.worker import Worker
    from callboard.runtime.executors.runs import Run


class Job:
    """One attempt, given to a process or about to be.

    Attributes:
        number: Names it on the wire.
        run: Ends once.
        why: What it is killed for, once it has been told to stop.
    """

    def __init__(self, number: int, lease: Lease, ready: Ready, run: Run) -> None:
        self.number = number
        self.lease, self.ready = lease, ready
        self.run = run
        self.why = ""


class Mate:
    """One process.

    Attributes:
        worker: The process itself.
        serving: Does what its handlers want of the runtime.
        job: What it works on, or will when it has loaded.
        loaded: It can work.
        over: It gets no more, and its end is no news.
    """

    worker: Worker
    serving: Serving

    def __init__(self) -> None:
        self.job: Job | None = None
        self.loaded = False
        self.over = False

    @property
    def idle(self) -> bool:
        """Whether it can be given something."""
        return self.job is None and not self.over
