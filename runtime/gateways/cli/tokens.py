"""What `callboard token` does and shows."""

from __future__ import annotations

import datetime as dt
import time
from argparse import Namespace
from typing import Any

from callboard.runtime.gateways.cli.commands.token import ANY
from callboard.runtime.gateways.cli.complaints import DONE
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.text import counted, one_line, pad
from callboard.runtime.gateways.security.store import TokenStore
from callboard.runtime.gateways.security.tokens import Token, minted


def perform(options: Namespace, screen: Screen) -> int:
    """Do what was asked for.

    Raises:
        TokensUnusable: The file is not there, or none of tokens.
        UnknownToken: There is none of that name or id.
    """
    store = TokenStore(options.tokens)
    return _ACTIONS[options.action](options, store, screen)


def _create(options: Namespace, store: TokenStore, screen: Screen) -> int:
    now = time.time()
    text, token = minted(
        name=options.name,
        scope=options.scope,
        now=now,
        agents=() if ANY in options.agent else tuple(options.agent),
        expires=None if options.expires is None else now + options.expires,
    )
    store.add(token)
    if options.json:
        screen.json({"token": text, **_data(token, now)})
        return DONE
    screen.out.line(text)
    screen.err.line(f"callboard token: {token.id} is shown this once; keep it secret", "dim")
    return DONE


def _list(options: Namespace, store: TokenStore, screen: Screen) -> int:
    now = time.time()
    tokens = store.all()
    if options.json:
        screen.json({"tokens": [_data(token, now) for token in tokens], "count": len(tokens)})
        return DONE
    names = [one_line(token.name) for token in tokens]
    room = max(map(len, names), default=0)
    for token, name in zip(tokens, names, strict=True):
        line = f"{token.id}  {pad(name, room)}  {token.scope:8}  {token.standing(now):7}"
        screen.out.line(f"{line}  {_details(token)}".rstrip())
    screen.err.line(f"callboard token: {counted(len(tokens), 'token')}", "dim")
    return DONE


def _revoke(options: Namespace, store: TokenStore, screen: Screen) -> int:
    now = time.time()
    ended = store.revoke(options.name, now)
    if options.json:
        screen.json({"revoked": [token.id for token in ended], "count": len(ended)})
        return DONE
    for token in ended:
        screen.out.line(f"{token.id} is revoked")
    if not ended:
        screen.err.line(f"callboard token: {one_line(options.name)} was revoked before", "dim")
    return DONE


_ACTIONS = {"create": _create, "list": _list, "revoke": _revoke}


def _data(token: Token, now: float) -> dict[str, Any]:
    """What may be known of a token."""
    agents = list(token.agents) or [ANY]
    return {
        "id": token.id,
        "name": token.name,
        "scope": token.scope,
        **({"agents": agents} if token.scope == "agent" else {}),
        "created": _when(token.created),
        "expires": _when(token.expires),
        "revoked": _when(token.revoked),
        "standing": token.standing(now),
    }


def _details(token: Token) -> str:
    said: list[str] = []
    if token.scope == "agent":
        said.append(f"as {one_line(', '.join(token.agents) or 'anybody')}")
    if token.expires is not None:
        said.append(f"until {_when(token.expires)}")
    return ", ".join(said)


def _when(at: float | None) -> str | None:
    return None if at is None else dt.datetime.fromtimestamp(at, dt.UTC).isoformat()
