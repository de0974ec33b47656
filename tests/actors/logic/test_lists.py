from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.lists import items_in


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", []),
        (" \n ", []),
        ("Q4", ["Q4"]),
        ("one\n\n two \n", ["one", "two"]),
        ("- one\n- two", ["one", "two"]),
        (
            "The pages:\n  * one\n\u2022 two\n1. three\n2) four\nThanks.",
            ["one", "two", "three", "four"],
        ),
        ("- one\n  goes on\n- two\nnot here\n  nor here", ["one goes on", "two"]),
        ("-5 degrees\n1.5 m", ["-5 degrees", "1.5 m"]),
        ('["a", " b ", "", 3, {"c": [null]}]', ["a", "b", "3", '{"c":[null]}']),
        ("[]", []),
        ("[draft] one\ntwo", ["[draft] one", "two"]),
        ('{"files": ["a"]}', ['{"files": ["a"]}']),
        ("[" * 100_000, ["[" * 100_000]),
    ],
)
def test_what_a_text_lists(text: str, items: list[str]) -> None:
    assert items_in(text) == items


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ('{"files": ["a", "b"], "other": ["c"]}', ["a", "b"]),
        ('{"files": "a"}', []),
        ('{"other": ["a"]}', []),
        ('["a"]', []),
        ("- a", []),
        ('{"files": ["a"]', []),
    ],
)
def test_a_list_of_an_object_is_found_by_its_key_alone(text: str, items: list[str]) -> None:
    assert items_in(text, "files") == items


@given(st.text(), st.sampled_from(["", "a"]))
def test_any_text_has_a_list_or_none(text: str, key: str) -> None:
    assert all(item.strip() for item in items_in(text, key))
