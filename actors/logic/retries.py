"""What a retry policy says of one error: which of its rules holds, and how long to wait.

>>> policy = Retry(attempts=2, on=(OnError(errors=(OSError,), attempts=9),), never=(KeyError,))
>>> reset = Problem(error="ConnectionResetError", text="", bases=("ConnectionError", "OSError"))
>>> rule = rule_for(policy, reset)
>>> rule.errors if rule else None, applied(policy, rule).attempts
(('OSError',), 9)
>>> rule_for(policy, Problem(error="ValueError", text="")) is None
True
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from callboard.actors.logic.backoff import retry_delay
from callboard.messages.values import OnError, Problem, Retry

if TYPE_CHECKING:
    from callboard.messages.values import Errors

_EVERY = ("Exception", "BaseException")


def rule_for(retry: Retry, problem: Problem) -> OnError | None:
    """The rule that holds for that error; None where the policy has none for it.

    The rule with the closest class holds, as with `functools.singledispatch`; of equals
    `never`, then the one that is stated first.
    """
    kinds = (problem.error, *problem.bases, *_EVERY)
    never = OnError(errors=retry.never, attempts=1)
    near = [(_distance(rule.errors, kinds), rule) for rule in (never, *retry.on)]
    distance, closest = min(near, key=lambda one: one[0])
    return closest if distance < len(kinds) else None


def _distance(errors: Errors, kinds: tuple[str, ...]) -> int:
    """How far up the closest of these classes is; the number of *kinds* for nowhere."""
    return next((n for n, kind in enumerate(kinds) if kind in errors), len(kinds))


def applied(retry: Retry, rule: OnError | None) -> Retry:
    """The policy with the numbers of the rule, and without any rules."""
    if rule is None:
        return Retry(
            attempts=retry.attempts, first=retry.first, longest=retry.longest, jitter=retry.jitter
        )
    return Retry(
        attempts=retry.attempts if rule.attempts is None else rule.attempts,
        first=retry.first if rule.first is None else rule.first,
        longest=retry.longest if rule.longest is None else rule.longest,
        jitter=retry.jitter if rule.jitter is None else rule.jitter,
    )


@dataclass(slots=True)
class Charges:
    """To which rules the failed attempts of one subtask are charged.

    What no rule with a number of its own stands for is charged to the policy itself.

    >>> charges, policy = Charges(), Retry(attempts=2, jitter=0, on=(OnError(errors=(OSError,)),))
    >>> charges.delay(policy, Problem(error="ValueError", text=""), 1, "s1")
    0.5
    """

    _counts: dict[tuple[str, ...], int] = field(default_factory=dict[tuple[str, ...], int])

    def delay(self, retry: Retry, problem: Problem, attempts: int, seed: str) -> float | None:
        """Seconds until the next attempt after one has failed; None where there is none.

        Args:
            retry: The policy.
            problem: What the attempt failed with.
            attempts: How many have failed in all, this one included.
            seed: Of the lot, see `jittered`.
        """
        if problem.lasting:
            return None
        rule = rule_for(retry, problem)
        numbers = applied(retry, rule)
        wait = retry_delay(numbers, self._charge(rule, attempts), seed)
        if wait is None or problem.retry_after is None:
            return wait
        return max(wait, problem.retry_after)

    def rule(self, retry: Retry, problem: Problem) -> tuple[str, ...]:
        """The rule that such a failure is charged to; empty for the policy itself."""
        rule = rule_for(retry, problem)
        return () if rule is None or rule.attempts is None else tuple(map(str, rule.errors))

    def add(self, rule: tuple[str, ...]) -> None:
        """A failed attempt was charged to that rule."""
        if rule:
            self._counts[rule] = self._counts.get(rule, 0) + 1

    def forgive(self, attempts: int) -> None:
        """All attempts that failed so far count no more."""
        self._counts = {(): attempts} if attempts else {}

    def _charge(self, rule: OnError | None, attempts: int) -> int:
        """How many attempts are charged to that rule now."""
        if rule is None or rule.attempts is None:
            return max(1, attempts - sum(self._counts.values()))
        names = tuple(map(str, rule.errors))
        self.add(names)
        return self._counts[names]
