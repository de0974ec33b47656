"""Results beside their schemas: what is looked over, what fits, and what is said if not."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given, settings

from callboard.actors.logic.conforming import MOST_REASONS, complaints, refusals
from callboard.actors.logic.schemas import DEEPEST, BadSchema, look_over
from callboard.messages.values import Payload
from tests.strategies import json_values, schemas

ADULTS = {
    "type": "object",
    "required": ["name", "age"],
    "properties": {"name": {"type": "string", "minLength": 1}, "age": {"$ref": "#/$defs/age"}},
    "additionalProperties": False,
    "$defs": {"age": {"type": "integer", "minimum": 18}},
}


@given(schemas(), json_values())
@settings(max_examples=150, deadline=None)
def test_what_fits_is_what_another_validator_takes(schema: Any, value: Any) -> None:
    look_over(schema)
    theirs = jsonschema_rs.Draft202012Validator(schema).is_valid(value)

    assert (not complaints(schema, value)) == theirs


@pytest.mark.parametrize(
    ("schema", "value", "reasons"),
    [
        (ADULTS, {"name": "Ann", "age": 18}, ()),
        (
            ADULTS,
            {"name": "", "years": 3},
            (
                "$: age is missing",
                "$.name: expected a length of 1 or more, got 0",
                "$: years is not asked for",
            ),
        ),
        (ADULTS, {"name": "Bo", "age": 17}, ("$.age: expected 18 or more, got 17",)),
        (ADULTS, {"name": "Bo", "age": True}, ("$.age: expected integer, got boolean",)),
        ({"items": {"type": "null"}}, [None, 0], ("$[1]: expected null, got integer",)),
        ({"enum": [1, "a"]}, True, ("$: expected one of [1, 'a'], got True",)),
        ({"const": 1}, 1.0, ()),
        ({"uniqueItems": True}, [1, 1.0], ("$: some of its items are equal",)),
        ({"multipleOf": 0.1}, 0.3, ()),
        (
            {"anyOf": [{"type": "null"}, {"type": "string"}]},
            5,
            (
                (
                    "$: fits none of 2 ways: $: expected null, got integer;"
                    " $: expected string, got integer"
                ),
            ),
        ),
        (
            {"dependentRequired": {"card": ["address"]}},
            {"card": 1},
            ("$: card is there, and address is not",),
        ),
        (False, None, ("$: nothing may stand here",)),
    ],
)
def test_the_reasons_say_where_and_what(schema: Any, value: Any, reasons: tuple[str, ...]) -> None:
    look_over(schema)

    assert complaints(schema, value) == reasons


@pytest.mark.parametrize(
    ("schema", "path", "what"),
    [
        (3, "$", "expected a schema, got int"),
        ({"type": "text"}, "$.type", "expected one or several of null, boolean, "),
        ({"properties": {"a": {"pattern": "(a+)+$"}}}, "$.properties.a.pattern", "regular exp"),
        ({"allOf": [{"maximum": "3"}]}, "$.allOf[0].maximum", "expected a number"),
        ({"$ref": "https://example.org/x"}, "$.$ref", "nothing in this schema is called"),
        ({"$ref": "#/$defs/gone"}, "$.$ref", "nothing in this schema is called"),
        ({"$ref": "#/const", "const": {}}, "$.$ref", "only '#' and names in $defs"),
        ({"unevaluatedItems": False}, "$.unevaluatedItems", "this keyword is not checked here"),
        ({"minLength": -1}, "$.minLength", "expected a whole number, 0 or more"),
        ({"multipleOf": 0}, "$.multipleOf", "expected a number above 0"),
        ({"anyOf": []}, "$.anyOf", "expected a list of schemas"),
        ({"required": "name"}, "$.required", "expected a list of names"),
    ],
)
def test_what_nobody_would_check_is_refused(schema: Any, path: str, what: str) -> None:
    with pytest.raises(BadSchema) as refused:
        look_over(schema)

    assert refused.value.path == path
    assert refused.value.what.startswith(what)


def test_a_schema_that_is_too_deep_is_refused() -> None:
    deep: Any = {}
    for _ in range(DEEPEST):
        deep = {"items": deep}

    with pytest.raises(BadSchema, match="levels"):
        look_over(deep)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}] * 9}}, "$ref": "#/$defs/a"},
        {"allOf": [{"$ref": "#/$defs/b"}] * 9, "$defs": {"b": {"allOf": [{"$ref": "#"}] * 9}}},
    ],
)
def test_a_schema_that_leads_round_in_circles_ends(schema: Any) -> None:
    look_over(schema)

    assert "too large or too deep" in complaints(schema, 1)[-1]


def test_a_value_that_is_too_large_is_a_reason() -> None:
    [reason] = complaints({"items": {"type": "integer"}}, list(range(200_000)))

    assert "too large or too deep to be checked" in reason


def test_only_some_reasons_are_told() -> None:
    assert len(complaints({"items": {"type": "null"}}, [1] * 99)) == MOST_REASONS


def test_results_are_taken_as_json_writes_them() -> None:
    schema = Payload(data=msgspec.msgpack.encode({"items": {"type": "string"}}))
    no_json = Payload(data=msgspec.msgpack.encode(msgspec.msgpack.Ext(1, b"x")))
    plain = Payload(data=msgspec.msgpack.encode(["a", b"\x00"]))

    assert not refusals(schema, plain)
    assert "it is no JSON" in refusals(schema, no_json)[0]
    assert "it is no JSON" in refusals(schema, Payload(data=b"\xc1"))[0]


@pytest.mark.parametrize(
    "reference", ["#/enum/0/properties/x", "#/const/$defs/x", "#y/properties/x"]
)
def test_what_a_reference_leads_to_has_been_looked_over(reference: str) -> None:
    wild: dict[str, Any] = {
        "properties": {"x": {"minLength": "no"}},
        "$defs": {"x": {"pattern": "("}},
    }
    known: dict[str, Any] = {"x": {}}
    schema = {"enum": [wild], "const": wild, "properties": known, "$ref": reference}
    with pytest.raises(BadSchema):
        look_over(schema)


def test_a_value_that_is_too_deep_to_be_compared_is_a_reason() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert complaints({"enum": [1]}, deep) == ("$: too deep to be checked; return a part of it",)


def test_many_values_of_a_long_list_are_not_too_large() -> None:
    colours = [f"colour {n}" for n in range(200)]
    assert complaints({"items": {"enum": colours}}, colours * 10) == ()


def test_names_of_a_value_are_told_in_part() -> None:
    (reason,) = complaints({"additionalProperties": False}, {"x" * 10_000: 1})
    assert len(reason) < 100
    (reason,) = complaints({"additionalProperties": {"type": "null"}}, {"x" * 10_000: 1})
    assert len(reason) < 120


def test_of_many_ways_only_some_are_told() -> None:
    ways = [{"const": n} for n in range(5_000)]
    for keyword in ("anyOf", "oneOf"):
        (reason,) = complaints({keyword: ways}, "x")
        assert len(reason) < 1_000
