"""What a side effect is done under: a name that all attempts share, and a fence.

permit = ctx.once("mail")
database.execute(
    "INSERT OR IGNORE INTO outbox (key, fence, text) VALUES (?, ?, ?)",
    (permit.key, permit.fence, text),
)
"""

from __future__ import annotations

from dataclasses import dataclass

from callboard.messages.errors.running import InvalidCall
from callboard.messages.values import Lease, Token


@dataclass(frozen=True, slots=True)
class Permit:
    """The scheduler's word that a lease stood, and how its effect is named.

    Attributes:
        key: Idempotency key: the subtask and the effect, the same for every attempt.
        token: Of the attempt; that of a later one is greater.
    """

    key: str
    token: Token

    @property
    def fence(self) -> str:
        """The token as a text that sorts as tokens do; for sinks that refuse older ones."""
        token = self.token
        return f"{token.boot:010d}.{token.incarnation:010d}.{token.counter:015d}"


def permit(lease: Lease, effect: str) -> Permit:
    """What the effect of that name is done under, if the lease stands.

    >>> token = Token(boot=1, incarnation=2, counter=3)
    >>> mail = permit(Lease(goal="g", subtask="u/1", agent="a", token=token), "mail")
    >>> mail.key, mail.fence
    ('u%2F1/mail', '0000000001.0000000002.000000000000003')
    """
    # Two names must not make one key: "a/b" and "c", "a" and "b/c".
    subtask = lease.subtask.replace("%", "%25").replace("/", "%2F")
    return Permit(key=f"{subtask}/{effect}", token=lease.token)


def effect_name(given: object) -> str:
    """The name of an effect that was *given*.

    Raises:
        InvalidCall: It is no text, or an empty one.
    """
    if not isinstance(given, str) or not given:
        raise InvalidCall("key", given, "a non-empty text")
    return given
