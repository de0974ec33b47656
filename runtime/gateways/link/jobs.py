"""The attempts that an agent elsewhere was given, and what is said of them.

Whatever is said may be said twice, or be lost with a link: what comes for the second time
changes nothing, and `resume` says again what the worker has perhaps not heard.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING

from callboard.messages.errors.base import problem_of
from callboard.messages.errors.data import MalformedMessage, NotEncodable
from callboard.messages.errors.endings import AgentLost
from callboard.messages.execution import (
    WorkAbandoned,
    WorkFailed,
    WorkProgressed,
    WorkReturned,
    WorkWaiting,
    WorkWaitOver,
)
from callboard.messages.values import replace
from callboard.runtime.executors.endings import told
from callboard.runtime.executors.runs import (
    Crashed,
    GivenUp,
    Killed,
    Outcome,
    Raised,
    Returned,
    Stopped,
)
from callboard.runtime.executors.task import deadline_of
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.assignments import assignment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from callboard.messages.base import SubtaskId
    from callboard.messages.resources import Amount
    from callboard.messages.unions import AgentMessage
    from callboard.messages.values import Agent, Lease, Problem, Ready, Token
    from callboard.runtime.executors.processes.wire import Frame
    from callboard.runtime.gateways.link.codec import Codec

REMEMBERED = 1_000
"""Attempts of one agent of which it is still known afterwards how they ended."""

STOPPED = "it was to be stopped"
UNKNOWN = "nobody knows of such an attempt any more"


class Job:
    """One attempt that the worker has, or is about to hear of.

    Attributes:
        began: When it was given to it, seconds since the epoch.
        heard: When something was last heard of it.
        told_to_stop: Why it was; None where it was not.
        waits: How often it has waited for a sub-goal.
        wants: It wants its slot back after that.
        granted: The last of its waits after which it got its slot back.
        ended: How it ended is known and not acknowledged yet.
    """

    __slots__ = (
        "began", "ended", "granted", "heard", "lease", "ready", "told_to_stop", "waits", "wants",
    )  # fmt: skip

    def __init__(self, lease: Lease, ready: Ready, now: float) -> None:
        self.lease = lease
        self.ready = ready
        self.began = self.heard = now
        self.told_to_stop: str | None = None
        self.waits = 0
        self.wants = False
        self.granted = 0
        self.ended = False


class Jobs:
    """All attempts of one agent; pure, and time is an argument.

    Args:
        say: Tells the worker; what it does not hear is said again by `resume`.
        report: Tells the agent's actor.
        recorded: Whether that attempt's completion of the subtask is in the journal.

    Attributes:
        grace: Seconds that a handler has to end in after it was told to.
    """

    def __init__(
        self,
        say: Callable[[Frame], None],
        report: Callable[[AgentMessage], None],
        recorded: Callable[[SubtaskId, str], bool],
    ) -> None:
        self._say = say
        self._report = report
        self._recorded = recorded
        self.grace = 5.0
        self._open: dict[str, Job] = {}
        self._past: OrderedDict[str, str] = OrderedDict()
        self._given_up: dict[str, Token] = {}

    def __len__(self) -> int:
        """How many are not over."""
        return len(self._open)

    def get(self, token: str) -> Job | None:
        """That attempt, unless it is over."""
        return self._open.get(token)

    @property
    def tokens(self) -> tuple[str, ...]:
        """Names of all that are not over."""
        return tuple(self._open)

    @property
    def running(self) -> list[Job]:
        """Those whose end is not known."""
        return [job for job in self._open.values() if not job.ended]

    @property
    def unacknowledged(self) -> bool:
        """Whether of any the end is known, and not that it is kept."""
        return any(job.ended for job in self._open.values())

    # The runtime's side

    def assign(self, agent: Agent, lease: Lease, ready: Ready, codec: Codec, now: float) -> None:
        """Give it to the worker."""
        job = self._open[str(lease.token)] = Job(lease, ready, now)
        self._offer(agent, job, codec, now)

    def stop(self, token: Token, reason: str, *, heard: bool = True) -> None:
        """Tell the worker to stop; one that cannot hear that is not waited for."""
        job = self._open.get(str(token))
        if job is None or job.ended:  # word of its end is on the way
            return
        job.told_to_stop = reason
        if not heard:
            self.give_up(token, "its worker has no link")
            return
        self._say(frames.Stop(token=str(token), reason=reason, grace=self.grace))

    def give_up(self, token: Token, why: str) -> None:
        """It was told to stop, and nothing was heard of that: the slot is free again."""
        name = str(token)
        job = self._open.get(name)
        if job is None or job.ended or job.told_to_stop is None:
            return
        self._close(name, why)
        self._given_up[name] = token
        problem = problem_of(AgentLost(job.lease.agent, f"{why}: {job.told_to_stop}"))
        self._report(WorkAbandoned(token=token, problem=problem))

    def grant(self, token: Token) -> None:
        """It has its slot again."""
        job = self._open.get(str(token))
        if job is not None:
            job.granted, job.wants = job.waits, False
            self._say(frames.Granted(token=str(token), number=job.waits))

    def forget(self, tokens: Iterable[Token], refused: str = "") -> None:
        """It is kept how these ended, or does not count for that reason."""
        for token in tokens:
            name = str(token)
            job = self._open.get(name)
            if job is not None and job.ended:
                self._close(name, refused)
                self._say(frames.Ack(token=name, refused=refused))

    def void(self, why: str) -> None:
        """The agent's actor has ended: whatever the worker has is nobody's any more."""
        for name, job in list(self._open.items()):
            if job.ended:
                refused = "" if self._recorded(job.lease.subtask, name) else why
                self._say(frames.Ack(token=name, refused=refused))
                self._close(name, refused)
            else:
                self._say(frames.Stop(token=name, reason=why, grace=self.grace))
                self._close(name, why)
        self._given_up.clear()

    # The worker's side

    def reconcile(
        self, agent: Agent, held: Sequence[frames.Held], codec: Codec, now: float
    ) -> tuple[str, ...]:
        """Compare with what the worker has, and say what it lacks.

        Returns:
            Tokens of ends that it may forget.
        """
        known = {each.token for each in held}
        acknowledged = tuple(
            each.token
            for each in held
            if each.token not in self._open and self._is_kept(each)
        )  # fmt: skip
        for each in held:
            if each.token not in self._open and each.token not in acknowledged:
                self._tell_off(each)
        for name, job in list(self._open.items()):
            if name not in known:
                self._said_nothing(agent, name, job, codec, now)
            elif job.told_to_stop is not None and not job.ended:
                reason = job.told_to_stop
                self._say(frames.Stop(token=name, reason=reason, grace=self.grace))
        return acknowledged

    def progress(self, said: frames.Progress, codec: Codec, now: float) -> None:
        """A sign of life.

        Raises:
            MalformedMessage: A figure makes no sense.
        """
        fraction = said.fraction
        if fraction is not None and not 0.0 <= fraction <= 1.0:
            raise MalformedMessage("$.fraction", f"{fraction} is not from 0 to 1")
        _check_spent(said.spent)
        checkpoint = codec.given(said.checkpoint)
        job = self._open.get(said.token)
        if job is None or job.ended:
            return
        job.heard = now
        self._report(
            WorkProgressed(
                token=job.lease.token,
                fraction=fraction,
                note=said.note,
                checkpoint=checkpoint,
                spent=said.spent,
            )
        )

    def waiting(self, said: frames.Waiting, now: float) -> None:
        """It waits for a sub-goal."""
        job = self._open.get(said.token)
        if job is None or job.ended or said.number != job.waits + 1:
            return
        job.heard, job.waits = now, said.number
        self._report(WorkWaiting(token=job.lease.token))

    def wait_over(self, said: frames.WaitOver, now: float) -> None:
        """It wants its slot back."""
        self.waiting(frames.Waiting(token=said.token, number=said.number), now)  # if that was lost
        job = self._open.get(said.token)
        if job is None or job.ended or said.number != job.waits or job.wants:
            return
        job.heard = now
        if job.granted == said.number:  # it did not hear that
            self._say(frames.Granted(token=said.token, number=said.number))
            return
        job.wants = True
        self._report(WorkWaitOver(token=job.lease.token))

    def ended(self, end: frames.End, codec: Codec, now: float) -> bool:
        """The handler has ended; False where that does not count."""
        outcome = _outcome(end, codec)
        job = self._open.get(end.token)
        if job is None:
            self._ended_late(end.token)
            return False
        if job.ended:  # the acknowledgement follows
            return True
        token, stopped = job.lease.token, job.told_to_stop
        job.ended, job.heard = True, now
        if stopped is not None:  # that it has ended is all that matters
            refused = "" if isinstance(end, frames.Stopped) else stopped or STOPPED
            self._close(end.token, refused)
            self._say(frames.Ack(token=end.token, refused=refused))
        self._report(told(token, job.lease.agent, outcome, now - job.began))
        return True

    # Within

    def _offer(self, agent: Agent, job: Job, codec: Codec, now: float) -> None:
        ends = deadline_of(agent, job.ready, job.began)
        seconds = None if ends is None else max(0.0, ends - now)
        try:
            self._say(assignment(job.lease, job.ready, codec, seconds))
        except NotEncodable as error:
            self._close(str(job.lease.token), "")
            problem = replace(problem_of(error), lasting=True)
            self._report(WorkFailed(token=job.lease.token, problem=problem, seconds=0.0))

    def _said_nothing(self, agent: Agent, name: str, job: Job, codec: Codec, now: float) -> None:
        """The worker does not have it: it has not heard of it, or of the acknowledgement."""
        if job.ended:  # it will hear of that, whatever it has forgotten
            return
        if job.told_to_stop is not None:
            self._close(name, "")
            self._report(told(job.lease.token, job.lease.agent, Stopped(), now - job.began))
        else:
            self._offer(agent, job, codec, now)

    def _is_kept(self, held: frames.Held) -> bool:
        if not held.ended:
            return False
        return self._past.get(held.token) == "" or self._recorded(held.subtask, held.token)

    def _tell_off(self, held: frames.Held) -> None:
        why = self._past.get(held.token) or UNKNOWN
        if held.ended:
            self._say(frames.Ack(token=held.token, refused=why))
        else:
            self._say(frames.Stop(token=held.token, reason=why, grace=self.grace))

    def _ended_late(self, name: str) -> None:
        token = self._given_up.pop(name, None)
        if token is not None:
            self._report(WorkReturned(token=token))
        self._say(frames.Ack(token=name, refused=self._past.get(name, UNKNOWN)))

    def _close(self, name: str, why: str) -> None:
        self._open.pop(name, None)
        self._past[name] = why
        if len(self._past) > REMEMBERED:
            gone, _ = self._past.popitem(last=False)
            self._given_up.pop(gone, None)


def _outcome(end: frames.End, codec: Codec) -> Outcome:
    match end:
        case frames.Done():
            return Returned(codec.payload(end.result))
        case frames.Failed():
            return Raised(_agents(end.problem))
        case frames.Crashed():
            return Crashed(_agents(end.problem))
        case frames.Stopped(given_up=None, killed=None):
            return Stopped()
        case frames.Stopped(given_up=None):
            return Killed(_agents(end.killed))
        case frames.Stopped():
            return GivenUp(_agents(end.given_up))


def _agents(problem: Problem | None) -> Problem:
    """A problem that a worker tells of is nobody else's fault."""
    if problem is None:
        raise MalformedMessage("$.problem", "there is none")
    return replace(problem, fault="agent") if problem.fault != "agent" else problem


def _check_spent(spent: Sequence[Amount]) -> None:
    for one in spent:
        if not (math.isfinite(one.amount) and one.amount >= 0.0):
            raise MalformedMessage("$.spent", f"{one.amount} is no amount of {one.resource}")
