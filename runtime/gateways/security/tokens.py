"""Tokens: random, shown once, and kept as hashes.

A token is `cb_<id>_<secret>`. The id is public, names it in lists and logs, and finds its
entry; the secret is 32 random bytes. What is kept is the secret's SHA-256. A slow hash is
for passwords, which can be guessed: nobody guesses 256 random bits, however fast the hash,
and a server that hashes slowly could be kept busy by whoever sends it rubbish.

>>> token, entry = minted(name="ci", scope="reader", now=0.0, chance=bytes)
>>> token
'cb_000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
>>> entry.fits(token), entry.fits(token[:-1] + "B")
(True, False)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec

from callboard.messages.base import AgentId

ScopeName: TypeAlias = Literal["reader", "agent", "operator"]
"""A scope of `callboard.runtime.gateways.operations`, as it is written."""

SECRET = 32
"""Random bytes of a secret."""

_ID = 6
_FORM = re.compile(r"cb_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


class Token(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a token; not the token itself.

    Attributes:
        id: Names it everywhere but at the door.
        name: What people call it.
        sha256: Of its secret, in hexadecimal.
        scope: What its bearer may do.
        agents: As which agents its bearer may speak; () for all.
        created: Seconds since the epoch.
        expires: Seconds since the epoch; None for never.
        revoked: Seconds since the epoch; None for not.
    """

    id: str
    name: str
    sha256: str
    scope: ScopeName
    agents: tuple[AgentId, ...] = ()
    created: float
    expires: float | None = None
    revoked: float | None = None

    def fits(self, token: str) -> bool:
        """Whether it is this one; how long that takes says nothing of the secret."""
        found = _FORM.fullmatch(token)
        return found is not None and hmac.compare_digest(_hash(found[2]), self.sha256)

    def counts(self, now: float) -> bool:
        """Whether it still opens the door."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    def standing(self, now: float) -> str:
        """In a word: "valid", "expired" or "revoked"."""
        if self.revoked is not None:
            return "revoked"
        return "valid" if self.counts(now) else "expired"


def minted(  # noqa: PLR0913 - what a token has
    *,
    name: str,
    scope: ScopeName,
    now: float,
    agents: tuple[AgentId, ...] = (),
    expires: float | None = None,
    chance: Callable[[int], bytes] = secrets.token_bytes,
) -> tuple[str, Token]:
    """A new token, and what is kept of it.

    Args:
        name: What people call it.
        scope: What its bearer may do.
        now: Seconds since the epoch.
        agents: As which agents its bearer may speak; () for all.
        expires: Seconds since the epoch; None for never.
        chance: So many random bytes.
    """
    id_ = chance(_ID).hex()
    secret = base64.urlsafe_b64encode(chance(SECRET)).rstrip(b"=").decode()
    kept = Token(
        id=id_,
        name=name,
        sha256=_hash(secret),
        scope=scope,
        agents=agents,
        created=now,
        expires=expires,
    )
    return f"cb_{id_}_{secret}", kept


def id_of(token: str) -> str | None:
    """The id that a token names; None where it has not the form of one.

    >>> id_of("cb_0123456789ab_" + 43 * "x"), id_of("hunter2")
    ('0123456789ab', None)
    """
    found = _FORM.fullmatch(token)
    return None if found is None else found[1]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
