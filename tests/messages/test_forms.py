"""Facts that an earlier version has written can still be read, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from callboard.runtime.journal.upcasting import STEPS, VERSION
from tests.messages.make_forms import forms, recorded

if TYPE_CHECKING:
    from tests.messages.make_forms import Forms

EARLIER = recorded()


def cannot_be_read(old: Forms, new: Forms) -> list[str]:
    """What of the old forms the new ones do not take."""
    gone = [name for name in old if name not in new]
    kept = [(name, old[name], new[name]) for name in old if name in new]
    return gone + [f"{name}.{why}" for name, was, is_ in kept for why in _differences(was, is_)]


def _differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    had, has = old.get("properties", {}), new.get("properties", {})
    narrowed = [field for field in had if field in has and not _takes(has[field], had[field])]
    lost = [field for field in had if field not in has]
    demanded = [field for field in new.get("required", ()) if field not in had]
    unnamed = [str(value) for value in old.get("enum", ()) if value not in new.get("enum", ())]
    return narrowed + lost + demanded + unnamed


def _takes(new: dict[str, Any], old: dict[str, Any]) -> bool:
    """Whether each type that was allowed is allowed now; defaults may be others."""
    now = _types(new)
    return all(one in now for one in _types(old))


def _types(form: dict[str, Any]) -> list[dict[str, Any]]:
    plain = {key: value for key, value in form.items() if key != "default"}
    several: list[dict[str, Any]] = plain.pop("anyOf", [plain])
    return several


@pytest.mark.parametrize("version", sorted(EARLIER))
def test_what_was_written_can_be_read(version: int) -> None:
    """Where this fails, `upcasting` needs a step from that version, or the change must go."""
    if any(step >= version for step in STEPS):
        pytest.skip("a step leads from that version; the recorded journals show that it does")
    assert cannot_be_read(EARLIER[version], forms()) == []


def test_another_form_is_another_version() -> None:
    """An older Callboard refuses what it would not understand."""
    newest = max(EARLIER)
    assert newest <= VERSION
    assert forms() == EARLIER[newest] or newest < VERSION, "raise VERSION in upcasting.py"


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ({"S": {"properties": {"a": {"type": "integer"}}, "required": ["a"]}}, ["S.a"]),
        ({"S": {"properties": {}, "required": []}}, ["S.a"]),
        ({}, ["S"]),
        (
            {
                "S": {
                    "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
                    "required": ["a", "b"],
                }
            },
            ["S.b"],
        ),
        (
            {
                "S": {
                    "properties": {
                        "a": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
                    },
                    "required": [],
                }
            },
            [],
        ),
    ],
    ids=["another type", "a field gone", "a kind gone", "a field demanded", "wider"],
)
def test_changes_are_noticed(new: Forms, why: list[str]) -> None:
    old: Forms = {"S": {"properties": {"a": {"type": "string"}}, "required": ["a"]}}
    assert cannot_be_read(old, new) == why
