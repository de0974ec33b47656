"""Events as text: whoever reads them gets what was said."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from callboard.messages.facts import CheckpointSaved, PlanAdopted, SubtaskCompleted
from callboard.messages.unions import Event
from callboard.messages.user import pack
from callboard.messages.values import Lease, Payload, Plan, Subtask, Token
from callboard.runtime.gateways.rest.filters import KINDS, Wanted, agents_of
from callboard.runtime.gateways.rest.frames import encoded, event_of, framed, mark, opening
from callboard.runtime.journal.store import Store

RECORDED = sorted((Path(__file__).parents[2] / "journal" / "recorded").glob("*.db"))
LEASE = Lease(goal="g", subtask="s", agent="ann", token=Token(boot=1, incarnation=1, counter=1))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_every_fact_of_recorded_journals_is_understood_again(path: Path) -> None:
    with contextlib.closing(Store(path, reading=True)) as store:
        for fact in store.facts():
            assert event_of(encoded(fact)) == fact


def test_data_of_users_is_plain_json_and_comes_back_as_it_is_kept() -> None:
    given = {"rows": [1, 2.5, None], "data": {"result": "x"}, "text": "two\nlines"}
    plan = Plan(subtasks=(Subtask(uuid="s", name="a", data=pack(given, what="it")),))
    for event, place in (
        (PlanAdopted(at=1.0, goal="g", plan=plan), "data"),
        (CheckpointSaved(at=1.0, lease=LEASE, checkpoint=pack(given, what="it")), "checkpoint"),
    ):
        said = encoded(event)
        told = json.loads(said)
        assert event_of(said) == event
        assert (told if place in told else told["plan"]["subtasks"][0])[place] == given
        assert b"\n" not in said


def test_no_result_is_null() -> None:
    done = SubtaskCompleted(
        at=1.0, goal="g", subtask="s", lease=LEASE, result=Payload(), seconds=1.0
    )

    assert json.loads(encoded(done))["result"] is None
    assert event_of(encoded(done)) == done


def test_a_frame_says_id_and_data_and_a_mark_only_the_id() -> None:
    fact = PlanAdopted(at=1.0, goal="g", plan=Plan(subtasks=()))

    assert framed(fact, 7).startswith(b'id: 7\ndata: {"kind":"PlanAdopted"')
    assert framed(fact, None).startswith(b"data: ")
    assert framed(fact, 7).endswith(b"}\n\n")
    assert (mark(7), opening(7)) == (b": here\nid: 7\n\n", b"retry: 1000\n: here\nid: 7\n\n")


def test_every_kind_can_be_asked_for_by_its_name() -> None:
    kinds = {kind.__name__ for kind in get_args(Event)}

    assert set(KINDS) == kinds | {"Fact", "Notice"}
    assert len(KINDS["Fact"]) + len(KINDS["Notice"]) == len(kinds)


def test_where_an_agent_is_named_it_is_found() -> None:
    named: set[str] = set()
    for kind in get_args(Event):
        fields = {field.name for field in msgspec.structs.fields(kind)}
        if fields & {"agent", "lease", "agents"}:
            named.add(kind.__name__)
    wanted = Wanted(frozenset(), frozenset(), frozenset({"ann"}), frozenset())

    assert "SubtaskCompleted" in named
    assert wanted(CheckpointSaved(at=1.0, lease=LEASE, checkpoint=Payload()))
    for path in RECORDED:
        with contextlib.closing(Store(path, reading=True)) as store:
            for fact in store.facts():
                if type(fact).__name__ in named and getattr(fact, "lease", LEASE) is not None:
                    assert agents_of(fact), fact
