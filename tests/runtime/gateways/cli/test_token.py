"""`callboard token`."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from callboard.runtime.gateways.security.store import TokenStore
from tests.runtime.gateways.cli.conftest import Run

FILE = ("--tokens", "tokens.json")


def test_a_token_is_printed_alone_and_only_once(callboard: Run, folder: Path) -> None:
    made = callboard("token", "create", "ann", "--scope", "operator", *FILE)
    token = TokenStore(folder / "tokens.json").find(made.out.strip(), time.time())

    assert made.status == 0
    assert token is not None
    assert (token.name, token.scope, token.agents, token.expires) == ("ann", "operator", (), None)
    assert made.err == f"callboard token: {token.id} is shown this once; keep it secret\n"
    assert made.out.strip() not in callboard("token", "list", *FILE).out


def test_a_token_of_agents_is_listed_with_them_and_with_its_end(
    callboard: Run, folder: Path
) -> None:
    options = ("--scope", "agent", "--agent", "r1", "--agent", "r2", "--expires", "2d")
    callboard("token", "create", "robots", *options, *FILE)
    callboard("token", "create", "any", "--scope", "agent", "--agent", "*", *FILE)

    robots, anybody = TokenStore(folder / "tokens.json").all()
    listed = callboard("token", "list", *FILE)

    assert robots.agents == ("r1", "r2")
    assert anybody.agents == ()
    assert robots.expires == pytest.approx(robots.created + 2 * 24 * 3600)
    lines = listed.out.splitlines()
    assert lines[0].startswith(f"{robots.id}  robots  agent     valid    as r1, r2, until ")
    assert lines[1] == f"{anybody.id}  any     agent     valid    as anybody"


def test_a_revoked_token_is_said_to_be_so(callboard: Run) -> None:
    callboard("token", "create", "ann", "--scope", "reader", *FILE)

    revoked = callboard("token", "revoke", "ann", *FILE, "--json").data
    again = callboard("token", "revoke", "ann", *FILE)
    listed = callboard("token", "list", *FILE, "--json").data

    assert revoked == {"revoked": [listed["tokens"][0]["id"]], "count": 1}
    assert (again.status, again.out) == (0, "")
    assert again.err == "callboard token: ann was revoked before\n"
    assert listed["tokens"][0]["standing"] == "revoked"


def test_what_is_made_can_be_read_by_programs(callboard: Run) -> None:
    made = callboard("token", "create", "x", "--scope", "agent", "--agent", "x", *FILE, "--json")

    assert made.data["token"].startswith(f"cb_{made.data['id']}_")
    assert {k: made.data[k] for k in ("name", "scope", "agents", "expires", "standing")} == {
        "name": "x",
        "scope": "agent",
        "agents": ["x"],
        "expires": None,
        "standing": "valid",
    }


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("create", "--scope", "reader"), "take a NAME"),
        (("list", "ann"), "take a NAME"),
        (("revoke",), "take a NAME"),
        (("create", " ", "--scope", "reader"), "the NAME is empty"),
        (("create", "ann"), "needs a --scope"),
        (("revoke", "ann", "--scope", "reader"), "needs a --scope"),
        (("revoke", "ann", "--agent", "x"), "go with `create`"),
        (("create", "ann", "--scope", "agent"), "says for which"),
        (("create", "ann", "--scope", "reader", "--agent", "x"), "says for which"),
        (("create", "ann", "--scope", "reader", "--expires", "0"), "expires at once"),
        (("create", "ann", "--scope", "chief"), "invalid choice"),
        (("revoke", "nobody"), "tokens in tokens.json: No such file"),
    ],
)
def test_wrong_usage_is_named(callboard: Run, arguments: tuple[str, ...], why: str) -> None:
    answer = callboard("token", *arguments, *FILE)

    assert (answer.status, answer.out) == (2, "")
    assert why in answer.err
    assert answer.err.startswith("callboard token: wrong input: ")


def test_a_token_that_nobody_knows_is_named(callboard: Run) -> None:
    callboard("token", "create", "ann", "--scope", "reader", *FILE)

    answer = callboard("token", "revoke", "bob", *FILE)

    assert answer.status == 2
    assert "no token has the id or the name 'bob'" in answer.err
