from __future__ import annotations

import tomllib
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.runtime.planners.positions import line_of, positions

TEXT = '''\
# "not = this"
title = "a # b" # c
"quoted key" = 'x = 1'
dotted.inner."a.b" = 1979-05-27T07:32:00Z

many = """
[not.a.table]
key = "in \\""" here"
""""
raw = \'\'\'
[[nor.this]]
\'\'\'
list = [
    1, [2, 3],  # [4]
    { x = "}", y = [ "]" ] },
    "last",
]

[[rules]]
name = "one"
[rules.any]
words = ["a", "b"]
[[rules.steps]]
name = "s"
[rules.steps.retry]
attempts = 2
[[rules.steps]]
[[rules]]
steps = [{ name = "t" }, { name = "u",
 after = ["t"] }] # no line ends in an inline table, but in a list
'''.replace('{ name = "u",\n after', '\n{ name = "u", after')

EXPECTED = {
    "$.title": 2,
    "$.quoted key": 3,
    "$.dotted": 4,
    "$.dotted.inner": 4,
    "$.dotted.inner.a.b": 4,
    "$.many": 6,
    "$.raw": 10,
    "$.list": 13,
    "$.list[0]": 14,
    "$.list[1]": 14,
    "$.list[1][0]": 14,
    "$.list[1][1]": 14,
    "$.list[2]": 15,
    "$.list[2].x": 15,
    "$.list[2].y": 15,
    "$.list[2].y[0]": 15,
    "$.list[3]": 16,
    "$.rules": 19,
    "$.rules[0]": 19,
    "$.rules[0].name": 20,
    "$.rules[0].any": 21,
    "$.rules[0].any.words": 22,
    "$.rules[0].any.words[0]": 22,
    "$.rules[0].any.words[1]": 22,
    "$.rules[0].steps": 23,
    "$.rules[0].steps[0]": 23,
    "$.rules[0].steps[0].name": 24,
    "$.rules[0].steps[0].retry": 25,
    "$.rules[0].steps[0].retry.attempts": 26,
    "$.rules[0].steps[1]": 27,
    "$.rules[1]": 28,
    "$.rules[1].steps": 29,
    "$.rules[1].steps[0]": 29,
    "$.rules[1].steps[0].name": 29,
    "$.rules[1].steps[1]": 30,
    "$.rules[1].steps[1].name": 30,
    "$.rules[1].steps[1].after": 30,
    "$.rules[1].steps[1].after[0]": 30,
}


def paths(data: object, path: str = "$") -> set[str]:
    below: list[tuple[str, object]] = []
    if isinstance(data, dict):
        table = cast("dict[str, object]", data)
        below = [(f"{path}.{key}", value) for key, value in table.items()]
    elif isinstance(data, list):
        listed = cast("list[object]", data)
        below = [(f"{path}[{n}]", value) for n, value in enumerate(listed)]
    return {p for p, _ in below}.union(*(paths(value, p) for p, value in below))


def test_every_value_has_the_line_in_which_it_begins() -> None:
    assert positions(TEXT) == EXPECTED
    assert paths(tomllib.loads(TEXT)) == EXPECTED.keys()


@pytest.mark.parametrize(
    ("path", "line"),
    [("$.list[1][5]", 14), ("$.rules[0].colour", 19), ("$.nothing", 0), ("$", 0), ("", 0)],
)
def test_what_is_missing_has_the_line_of_what_it_would_be_in(path: str, line: int) -> None:
    assert line_of(EXPECTED, path) == line


KEYS = st.sampled_from(["a", "b", '"c d"', "'e'", '"f\\"g"', "a.b", "b.a"])
SCALARS = st.sampled_from(["1", '"x"', "'#'", '"""\n]\n"""', "'''\n[x]'''", "2.5e1", "true", '""'])
VALUES = st.recursive(
    SCALARS,
    lambda below: (
        st.lists(below, max_size=3).map(lambda parts: "[ " + ", # ]\n".join(parts) + "\n]")
        | st.lists(st.tuples(KEYS, SCALARS), max_size=2).map(
            lambda pairs: f"{{{', '.join(f'{k} = {v}' for k, v in pairs)}}}"
        )
    ),
    max_leaves=4,
)
LINES = (
    st.tuples(KEYS, VALUES).map(lambda pair: f"{pair[0]} = {pair[1]} # end")
    | KEYS.map(lambda key: f"[ {key} ]")
    | KEYS.map(lambda key: f"[[{key}]]")
)


@given(st.lists(LINES, max_size=6))
def test_whatever_can_be_read_is_found(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        positions(text)  # never raises
        return
    assert positions(text).keys() == paths(data)


@given(st.text("[]{}\"'=.,\n#ab1\\ ", max_size=30))
def test_what_is_no_toml_does_no_harm(text: str) -> None:
    positions(text)
