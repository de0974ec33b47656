"""Where the attempts of a trial have their side effects, as handlers do with `ctx.once`.

The sink takes each key once. It does not trust who asks: an attempt of which the facts
say that it was revoked, and one that a later attempt has overtaken, must be refused. Of
several attempts at the same time each may have the effect, which is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.errors.lookups import StaleLease
from callboard.messages.facts import (
    CopyFailed,
    CopyStarted,
    LeaseRevoked,
    RetryScheduled,
    SubtaskCompleted,
)
from callboard.runtime.executors.permit import permit

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice
    from callboard.messages.values import Lease, Token


SEEN = frozenset({CopyFailed, CopyStarted, LeaseRevoked, RetryScheduled, SubtaskCompleted})
"""What it has to be shown; it passes over all else."""


class Sink:
    """Does effects, each once, and looks whether who asked was allowed to.

    Args:
        check: Asks whether a lease stands; the future has the error if it does not.

    Attributes:
        effects: By key, the attempt whose effect it is.
        repeated: How often an effect was wanted that was there already.
        refused: How often one was refused.
        violations: What was broken, in order.
    """

    def __init__(self, check: Callable[[Lease], Future[None]]) -> None:
        self.effects: dict[str, Token] = {}
        self.repeated = self.refused = 0
        self.violations: list[str] = []
        self._check = check
        self._revoked: set[Token] = set()
        self._wanted: set[Token] = set()
        self._granted: set[Token] = set()
        self._latest: dict[str, Token] = {}
        self._copied: dict[Token, Token] = {}

    def see(self, event: Fact | Notice) -> None:
        """Note which attempts have ended, and look whether one did so without its effect."""
        if type(event) is SubtaskCompleted:
            self._completed(event)
        elif type(event) is CopyStarted:
            self._copied[event.lease.token] = event.of.token
        elif isinstance(event, (LeaseRevoked, RetryScheduled, CopyFailed)):
            self._revoked.add(event.lease.token)

    def _completed(self, fact: SubtaskCompleted) -> None:
        if fact.lease is not None and fact.seconds:
            token = fact.lease.token  # else somebody has said so, whose attempt it was not
            if token in self._wanted and token not in self._granted:
                self.violations.append(f"{fact.lease} is completed without its effect")

    def want(self, lease: Lease, told: Callable[[bool], None]) -> None:
        """Have the effect of an attempt, if its lease stands.

        Args:
            lease: Of the attempt.
            told: Called with whether it stands, once that is known; never, where the
                question or the answer is lost.
        """
        self._wanted.add(lease.token)
        why_not = self._why_not(lease)

        def answered(answer: Future[None]) -> None:
            error = answer.exception()
            if error is None:
                self._do(lease, why_not)
            elif not isinstance(error, StaleLease):
                return
            else:
                self.refused += 1
            told(error is None)

        self._check(lease).add_done_callback(answered)

    def _why_not(self, lease: Lease) -> str:
        """Why an attempt that asks now must be refused; "" where it need not."""
        latest = self._latest.get(lease.subtask)
        if lease.token in self._revoked:
            return "it was revoked before it asked"
        if latest is not None and lease.token < latest and not self._beside(lease.token, latest):
            return f"{latest} has had its effect already"
        return ""

    def _beside(self, token: Token, latest: Token) -> bool:
        """Whether that later one is a copy of it, or a copy of a copy."""
        of: Token | None = latest
        while of is not None and of > token:
            of = self._copied.get(of)
        return of == token

    def _do(self, lease: Lease, why_not: str) -> None:
        if why_not:
            self.violations.append(f"{lease} may have its effect, but {why_not}")
        key, token = permit(lease, "effect").key, lease.token
        self.repeated += key in self.effects
        self.effects.setdefault(key, token)
        self._granted.add(token)
        self._latest[lease.subtask] = max(token, self._latest.get(lease.subtask, token))
