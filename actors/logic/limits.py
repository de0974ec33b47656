"""Which time limits and which retry policy hold for an attempt.

A limit is the subtask's own, else its agent's, else the runtime's; in the end, for
queue, run and total, the goal's deadline, or 24 hours. The deadline is kept by the
orchestrator, which ends the goal with it; here it is no limit of its own, so that two
clocks do not race for the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.values import DAY, Retry, Timeouts

if TYPE_CHECKING:
    from callboard.messages.values import Agent, Ready


class Limits:
    """The limits of a runtime."""

    def __init__(self, timeouts: Timeouts | None = None, retry: Retry | None = None) -> None:
        self._timeouts = timeouts or Timeouts()
        self._retry = retry or Retry()

    def queue(self, ready: Ready) -> float | None:
        """Seconds that it may wait for an agent; None as for `run`."""
        return _stated(ready.subtask.timeouts.queue, self._timeouts.queue, _last(ready))

    def total(self, ready: Ready) -> float | None:
        """Seconds that it may take over all attempts; None as for `run`."""
        return _stated(ready.subtask.timeouts.total, self._timeouts.total, _last(ready))

    def run(self, ready: Ready, agent: Agent) -> float | None:
        """Seconds for one attempt; None where nothing but the goal's deadline limits it.

        An agent that pulls has no limit unless one is stated.
        """
        last = None if agent.pull else _last(ready)
        return _stated(ready.subtask.timeouts.run, agent.timeouts.run, self._timeouts.run, last)

    def silence(self, ready: Ready, agent: Agent) -> float | None:
        """Seconds without a sign of life; None where it is not watched."""
        own = ready.subtask.timeouts.silence
        return _stated(own, agent.timeouts.silence, self._timeouts.silence)

    def stall(self, ready: Ready, agent: Agent) -> float | None:
        """Seconds without progress; None where it is not watched."""
        return _stated(ready.subtask.timeouts.stall, agent.timeouts.stall, self._timeouts.stall)

    def retry(self, ready: Ready, agent: Agent) -> Retry:
        """The policy for a failed attempt."""
        return ready.subtask.retry or agent.retry or self._retry


def _last(ready: Ready) -> float | None:
    return DAY if ready.deadline is None else None


def _stated(*limits: float | None) -> float | None:
    for limit in limits:
        if limit is not None:
            return limit
    return None
