"""Which time limits and which retry policy hold for an attempt.

A limit is the subtask's own, else its agent's, else the runtime's; in the end, for
queue, run and total, the time to the goal's deadline, or 24 hours.
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

    def queue(self, ready: Ready, now: float) -> float:
        """Seconds that it may wait for an agent."""
        return _first(ready.subtask.timeouts.queue, self._timeouts.queue, _left(ready, now))

    def total(self, ready: Ready, now: float) -> float:
        """Seconds that it may take over all attempts."""
        return _first(ready.subtask.timeouts.total, self._timeouts.total, _left(ready, now))

    def run(self, ready: Ready, agent: Agent, now: float) -> float | None:
        """Seconds for one attempt; None for an agent that pulls and was given no limit."""
        stated = _stated(ready.subtask.timeouts.run, agent.timeouts.run, self._timeouts.run)
        if stated is not None:
            return stated
        return None if agent.pull else _left(ready, now)

    def silence(self, ready: Ready, agent: Agent) -> float | None:
        """Seconds without a sign of life; None where it is not watched."""
        own = ready.subtask.timeouts.silence
        return _stated(own, agent.timeouts.silence, self._timeouts.silence)

    def retry(self, ready: Ready, agent: Agent) -> Retry:
        """The policy for a failed attempt."""
        return ready.subtask.retry or agent.retry or self._retry


def _left(ready: Ready, now: float) -> float:
    return DAY if ready.deadline is None else max(0.0, ready.deadline - now)


def _stated(*limits: float | None) -> float | None:
    return next((limit for limit in limits if limit is not None), None)


def _first(own: float | None, default: float | None, last: float) -> float:
    found = _stated(own, default)
    return last if found is None else found
