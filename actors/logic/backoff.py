"""How long to wait before trying again, for restarts and for retries alike.

The part that is drawn by lot comes from a hash of a seed, so that a replay and the
simulator wait exactly as long as the first run did.
"""

from __future__ import annotations

import zlib

from callboard.messages.values import Retry

_DOUBLINGS = 1000
"""More of them would leave the range of a float, and *longest* has long been reached."""


def backoff(attempt: int, *, first: float, longest: float) -> float:
    """Seconds to wait before *attempt*, doubling from *first* up to *longest*.

    Raises:
        ValueError: *attempt* is below 1.

    >>> [backoff(n, first=3, longest=30.0) for n in (1, 2, 5)]
    [3.0, 6.0, 30.0]
    """
    if attempt < 1:
        raise ValueError(f"attempts count from 1, so there is no attempt {attempt}")
    return float(min(longest, first * 2.0 ** min(attempt - 1, _DOUBLINGS)))


def jittered(seconds: float, jitter: float, seed: str) -> float:
    """A wait of at most *seconds*, of which the part *jitter* is drawn by lot.

    Never longer than *seconds*, so that a limit stays a limit; the same *seed* draws
    the same lot. Different seeds keep those apart that failed together.

    Args:
        seconds: The wait without jitter.
        jitter: Part of it in [0, 1]: 0 leaves it as it is, with 1 it may be none at all.
        seed: Names what waits and for which time it waits.

    Raises:
        ValueError: *jitter* is not in [0, 1].

    >>> jittered(8.0, 0.0, "agent/analyst 1")
    8.0
    >>> 4.0 <= jittered(8.0, 0.5, "agent/analyst 1") < 8.0
    True
    """
    if not 0.0 <= jitter <= 1.0:
        raise ValueError(f"jitter is a part in [0, 1], not {jitter}")
    lot = zlib.crc32(seed.encode("utf-8", "surrogatepass")) / 2**32
    return seconds * (1.0 - jitter + jitter * lot)


def retry_delay(retry: Retry, attempt: int, seed: str) -> float | None:
    """Seconds between the failed *attempt* and the next one; None where there is none.

    Args:
        retry: The policy.
        attempt: The one that has just failed, counted from 1.
        seed: Of the lot, see `jittered`; best the subtask and the attempt.

    Raises:
        ValueError: *attempt* is below 1, or the policy's jitter is not in [0, 1].

    >>> policy = Retry(attempts=3, first=1.0, jitter=0.0)
    >>> [retry_delay(policy, n, "a subtask") for n in (1, 2, 3)]
    [1.0, 2.0, None]
    """
    wait = backoff(attempt, first=retry.first, longest=retry.longest)
    return None if attempt >= retry.attempts else jittered(wait, retry.jitter, seed)
