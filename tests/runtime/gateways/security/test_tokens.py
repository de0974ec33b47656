"""Tokens, and the file of them."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest

from callboard.messages.errors import TokensUnusable, UnknownToken
from callboard.runtime.gateways.security.store import TokenStore
from callboard.runtime.gateways.security.tokens import Token, id_of, minted
from tests.live import together


@pytest.fixture
def store(tmp_path: Path) -> TokenStore:
    return TokenStore(tmp_path / "tokens.json")


def added(store: TokenStore, name: str = "ann", expires: float | None = None) -> tuple[str, Token]:
    text, token = minted(name=name, scope="reader", now=0.0, expires=expires)
    store.add(token)
    return text, token


def test_a_token_is_found_by_what_its_bearer_shows_and_by_nothing_else(store: TokenStore) -> None:
    text, token = added(store)
    other, _ = minted(name="bob", scope="operator", now=0.0)
    mixed = "_".join([*text.split("_", 2)[:2], other.split("_", 2)[2]])

    assert store.find(text, 1.0) == token
    assert [store.find(shown, 1.0) for shown in (other, mixed, text[:-1], "", token.id)] == [
        None
    ] * 5


def test_the_secret_is_nowhere_in_the_file_which_its_owner_alone_can_read(
    store: TokenStore,
) -> None:
    text, _ = added(store)

    assert text.split("_", 2)[2] not in store.path.read_text()
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert [path.name for path in store.path.parent.iterdir()] == [store.path.name]


def test_every_token_is_another_one() -> None:
    made = [minted(name="ann", scope="reader", now=0.0)[0] for _ in range(100)]

    assert len({id_of(text) for text in made}) == len(set(made)) == 100


def test_a_token_counts_until_it_expires(store: TokenStore) -> None:
    text, token = added(store, expires=10.0)

    assert store.find(text, 9.9) == token
    assert store.find(text, 10.0) is None
    assert [token.standing(now) for now in (9.9, 10.0)] == ["valid", "expired"]


def test_a_revoked_token_is_refused_by_a_store_that_knew_it(store: TokenStore) -> None:
    text, token = added(store)
    running = TokenStore(store.path)
    assert running.find(text, 1.0) == token

    assert store.revoke("ann", 2.0) == (token,)

    assert running.find(text, 3.0) is None
    assert not running.counts(token.id, 3.0)
    assert store.revoke(token.id, 4.0) == ()  # harmless
    assert store.all()[0].revoked == 2.0
    with pytest.raises(UnknownToken, match="bob"):
        store.revoke("bob", 5.0)


def test_all_tokens_of_a_name_are_revoked_together(store: TokenStore) -> None:
    first, second = added(store)[1], added(store)[1]
    added(store, "bob")

    assert store.revoke("ann", 1.0) == (first, second)
    assert [token.standing(2.0) for token in store.all()] == ["revoked", "revoked", "valid"]


def test_tokens_that_are_added_at_once_are_all_kept(store: TokenStore) -> None:
    def add(number: int) -> None:
        added(TokenStore(store.path), f"n{number}")

    together(8, add)

    assert sorted(token.name for token in store.all()) == [f"n{n}" for n in range(8)]


@pytest.mark.parametrize(
    "text", ["", "{", '{"tokens": 1}', '{"tokens": [{"id": "x"}]}', '{"version": 1, "more": 1}']
)
def test_a_file_that_cannot_be_understood_lets_nobody_in(store: TokenStore, text: str) -> None:
    shown, token = added(store)
    store.path.write_text(text)

    with pytest.raises(TokensUnusable, match="no file of tokens"):
        store.find(shown, 1.0)
    assert not store.counts(token.id, 1.0)


def test_a_file_that_is_gone_lets_nobody_in(store: TokenStore) -> None:
    shown, token = added(store)
    store.path.unlink()

    with pytest.raises(TokensUnusable, match="No such file"):
        store.find(shown, 1.0)
    assert not store.counts(token.id, 1.0)


def test_nothing_that_somebody_shows_is_more_than_refused(store: TokenStore) -> None:
    added(store)
    for shown in ("cb_", "cb_000000000000_" + 43 * "é", "\x00", "x" * 100_000, "cb__"):
        assert store.find(shown, 1.0) is None


def test_the_file_says_scopes_in_words(store: TokenStore) -> None:
    added(store)

    assert msgspec.json.decode(store.path.read_bytes())["tokens"][0]["scope"] == "reader"
