"""Which time limits and which retry policy hold for an attempt.

A limit is the subtask's own, else its agent's, else the runtime's; in the end, for
queue, run and total, the goal's deadline, or 24 hours. The deadline is kept by the
orchestrator, which ends the goal with it; here it is no limit of its own, so that two
clocks do not race for the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from callboard.messages.values import DAY, Retry, Timeouts

if TYPE_CHECKING:
    from callboard.messages.values import Agent, Ready

AttemptLimits: TypeAlias = tuple[float | None, float | None, float | None]
"""Of an attempt: "run", "silence" and "stall", seconds each."""


_UNSTATED = Timeouts()


class Limits:
    """The limits of a runtime."""

    def __init__(self, timeouts: Timeouts | None = None, retry: Retry | None = None) -> None:
        self._timeouts = timeouts or Timeouts()
        self._retry = retry or Retry()
        run = DAY if self._timeouts.run is None else self._timeouts.run
        self._usual = run, self._timeouts.silence, self._timeouts.stall

    # Asked several times for each subtask, so these are spelt out.

    def queue(self, ready: Ready) -> float | None:
        """Seconds that it may wait for an agent; None where only the goal's deadline limits it."""
        limit = ready.subtask.timeouts.queue
        if limit is None:
            limit = self._timeouts.queue
        return DAY if limit is None and ready.deadline is None else limit

    def total(self, ready: Ready) -> float | None:
        """Seconds that it may take over all attempts; None as for `queue`."""
        limit = ready.subtask.timeouts.total
        if limit is None:
            limit = self._timeouts.total
        return DAY if limit is None and ready.deadline is None else limit

    def attempt(self, ready: Ready, agent: Agent) -> AttemptLimits:
        """Seconds for one attempt, without a sign of life, and without progress.

        None where that is not watched; the first is, but for a goal's deadline, unless the
        agent pulls: then it has no limit that is not stated.
        """
        own, its, usual = ready.subtask.timeouts, agent.timeouts, self._timeouts
        if own == its == _UNSTATED and ready.deadline is None and not agent.pull:
            return self._usual  # as mostly
        run, silence, stall = own.run, own.silence, own.stall
        if run is None:
            run = its.run if its.run is not None else usual.run
            if run is None and ready.deadline is None and not agent.pull:
                run = DAY
        if silence is None:
            silence = its.silence if its.silence is not None else usual.silence
        if stall is None:
            stall = its.stall if its.stall is not None else usual.stall
        return run, silence, stall

    def retry(self, ready: Ready, agent: Agent | None) -> Retry:
        """The policy for a failed attempt; None where its agent has gone since."""
        own = None if agent is None else agent.retry
        return ready.subtask.retry or own or self._retry
