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

    # Asked several times for each subtask, so these are spelt out.

    def queue(self, ready: Ready) -> float | None:
        """Seconds that it may wait for an agent; None as for `run`."""
        limit = ready.subtask.timeouts.queue
        if limit is None:
            limit = self._timeouts.queue
        return DAY if limit is None and ready.deadline is None else limit

    def total(self, ready: Ready) -> float | None:
        """Seconds that it may take over all attempts; None as for `run`."""
        limit = ready.subtask.timeouts.total
        if limit is None:
            limit = self._timeouts.total
        return DAY if limit is None and ready.deadline is None else limit

    def run(self, ready: Ready, agent: Agent) -> float | None:
        """Seconds for one attempt; None where nothing but the goal's deadline limits it.

        An agent that pulls has no limit unless one is stated.
        """
        limit = ready.subtask.timeouts.run
        if limit is None:
            limit = agent.timeouts.run
        if limit is None:
            limit = self._timeouts.run
        if limit is None and ready.deadline is None and not agent.pull:
            return DAY
        return limit

    def silence(self, ready: Ready, agent: Agent) -> float | None:
        """Seconds without a sign of life; None where it is not watched."""
        limit = ready.subtask.timeouts.silence
        if limit is None:
            limit = agent.timeouts.silence
        return self._timeouts.silence if limit is None else limit

    def stall(self, ready: Ready, agent: Agent) -> float | None:
        """Seconds without progress; None where it is not watched."""
        limit = ready.subtask.timeouts.stall
        if limit is None:
            limit = agent.timeouts.stall
        return self._timeouts.stall if limit is None else limit

    def retry(self, ready: Ready, agent: Agent | None) -> Retry:
        """The policy for a failed attempt; None where its agent has gone since."""
        own = None if agent is None else agent.retry
        return ready.subtask.retry or own or self._retry
