from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.pattern_text import NotAPattern
from callboard.actors.logic.patterns import compiled

ATOMS = [
    *("a", "b", "C", "1", " ", "_", r"\.", ".", "[ab]", "[^a]", "[a-c1]", r"[\d_]", r"[^\w ]"),
    *(r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", r"[\D]", "[]a]", "[^]a]", "[a-]"),
    *("-", "{", "{,"),
]
PLACES = ["^", "$", r"\b", r"\B"]
COUNTS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,}", "{,2}", "{0,1}", "{1,3}?"]


def bigger(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    groups = parts.map(lambda part: f"({part})") | parts.map(lambda part: f"(?:{part})")
    return (
        st.tuples(groups, st.sampled_from(COUNTS)).map("".join)
        | st.tuples(parts, parts).map("".join)
        | st.tuples(parts, parts).map("|".join)
        | groups
    )


EXPRESSIONS = st.recursive(st.sampled_from(ATOMS + PLACES), bigger, max_leaves=8)


@given(EXPRESSIONS, st.text("aAbBcC1_ .\n-]{,", min_size=1, max_size=12))
def test_it_finds_what_python_finds(expression: str, text: str) -> None:
    expected = re.search(expression, text, re.IGNORECASE | re.MULTILINE) is not None
    assert compiled(expression).find(text) == expected


@pytest.mark.parametrize("expression", ["(a+)+$", "^(a|a)*$", "^(a*)*$", ".*.*.*.*=", "(a|aa)+$"])
def test_what_takes_others_years_is_over_at_once(expression: str) -> None:
    assert not compiled(expression).find("a" * 20_000 + "!")


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("(", "a ( without its )"),
        (")", "a ) without its ("),
        ("[a", "a [ without its ]"),
        ("[]", "a [ without its ]"),
        ("[z-a]", "no range goes from 'z' to 'a'"),
        ("[a-\\d]", "no range goes from 'a' to '\\\\d'"),
        ("*a", "nothing to repeat before '*'"),
        ("^*", "nothing to repeat in '^*'"),
        ("a**", "repeated twice"),
        ("a{2}{3}", "repeated twice"),
        ("a{3,2}", "at least 3 times, but at most 2"),
        ("a{101}", "repeated more than 100 times"),
        ("a{99999999999}", "repeated more than 100 times"),
        ("(?=a)", "only (?:...) is known here"),
        ("(?P<name>a)", "only (?:...) is known here"),
        ("(?i)a", "only (?:...) is known here"),
        (r"(a)\1", r"\1 is not known here"),
        ("\\", "a \\ that escapes nothing"),
        ("(" * 51 + ")" * 51, "more than 50 brackets"),
        ("a" * 1_001, "at most 1,000 are taken"),
        ("(a{50}){50}", "more than 500 states"),
    ],
)
def test_what_is_no_pattern_is_refused_with_a_reason(expression: str, said: str) -> None:
    with pytest.raises(NotAPattern) as refused:
        compiled(expression)
    assert said in str(refused.value)


@given(st.text("a()[]{}|*+?\\^$-,1bdwBn:", max_size=20))
def test_any_text_is_a_pattern_or_refused(expression: str) -> None:
    try:
        found = compiled(expression)
    except NotAPattern:
        return
    found.find("a1 b\n-")
