"""Which connections are let in, and which have to go, without any socket."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import Server as Uvicorn

from callboard.runtime.gateways.rest.gate import CALM_AT_ONCE, CALM_ROUND, STRANGERS, Gate
from callboard.runtime.gateways.rest.limits import Limits
from callboard.runtime.gateways.rest.tally import Tally


class Visitor:
    """A connection, as the gate sees it."""

    def __init__(self, address: str = "127.0.0.1", due: float = math.inf) -> None:
        self.address = address
        self.due = due
        self.why = "late"
        self.dropped = False

    def drop(self) -> None:
        self.dropped = True


def gate(connections: int = 3, per_address: int | None = None) -> Gate:
    return Gate(Limits(connections=connections, per_address=per_address), Tally())


def test_the_one_that_rests_for_longest_gives_way_and_one_that_works_never() -> None:
    ours = gate()
    works, first, second, third = (Visitor() for _ in range(4))
    for visitor in (works, first, second):
        assert ours.enter(visitor, 0.0) == ""
        ours.rests(visitor)
    ours.works(works)

    assert ours.enter(third, 0.0) == ""
    assert [v.dropped for v in (works, first, second, third)] == [False, True, False, False]
    assert len(ours) == 3


def test_who_rests_again_is_the_last_to_give_way() -> None:
    ours = gate(connections=2)
    first, second = Visitor(), Visitor()
    for visitor in (first, second):
        ours.enter(visitor, 0.0)
        ours.rests(visitor)
    ours.works(first)
    ours.rests(first)

    ours.enter(Visitor(), 0.0)

    assert (first.dropped, second.dropped) == (False, True)


def test_where_all_work_nobody_is_let_in() -> None:
    ours = gate(connections=1)
    ours.enter(Visitor(), 0.0)

    assert ours.enter(Visitor(), 0.0) == "connections"
    assert ours.tally.counts == {"too_many_connections": 1}


def test_strangers_have_a_share_and_the_machine_itself_has_none_unless_it_is_said() -> None:
    ours = gate(connections=10_000)
    strangers = [ours.enter(Visitor("10.0.0.7"), 0.0) for _ in range(STRANGERS + 1)]
    own = [ours.enter(Visitor(), 0.0) for _ in range(STRANGERS + 1)]

    assert strangers == [""] * STRANGERS + ["connections of one address"]
    assert own == [""] * (STRANGERS + 1)
    assert ours.enter(Visitor("10.0.0.8"), 0.0) == ""


def test_those_that_are_late_are_dropped() -> None:
    ours = gate()
    late, early = Visitor(due=1.0), Visitor(due=1.1)
    for visitor in (late, early):
        ours.enter(visitor, 0.0)

    ours.sweep(1.0)

    assert (late.dropped, early.dropped) == (True, False)
    assert ours.tally.counts == {"late": 1}


def test_of_whom_nothing_is_expected_is_looked_at_now_and_then_until_something_is() -> None:
    ours = gate(connections=10_000)
    calm = [Visitor(due=1.0) for _ in range(CALM_ROUND * CALM_AT_ONCE)]
    for visitor in calm:
        ours.enter(visitor, 0.0)
        ours.calms(visitor)
    ours.stirs(calm[0])

    ours.sweep(1.0)
    assert calm[0].dropped
    assert sum(visitor.dropped for visitor in calm) == 1 + CALM_AT_ONCE
    for _ in range(CALM_ROUND):
        ours.sweep(1.0)
    assert all(visitor.dropped for visitor in calm)


@given(
    st.lists(
        st.tuples(st.sampled_from(["enter", "leave", "rests", "works"]), st.integers(0, 7)),
        max_size=60,
    )
)
def test_the_books_of_a_gate_are_those_of_its_connections(steps: list[tuple[str, int]]) -> None:
    ours = gate(connections=4, per_address=3)
    visitors = [Visitor(f"10.0.0.{number % 3}") for number in range(8)]
    inside: list[Visitor] = []
    for step, number in steps:
        visitor = visitors[number]
        if step == "enter":
            if visitor in inside:
                continue
            visitor.dropped = False
            if ours.enter(visitor, 0.0) == "":
                inside.append(visitor)
            inside = [one for one in inside if not one.dropped]
        elif step == "leave":
            ours.leave(visitor)
            inside = [one for one in inside if one is not visitor]
        elif visitor in inside:
            getattr(ours, step)(visitor)

        assert len(ours) == len(inside) <= 4
        for address in {one.address for one in inside}:
            assert len([one for one in inside if one.address == address]) <= 3
    for visitor in visitors:
        ours.leave(visitor)
    assert len(ours) == 0
    assert [ours.enter(visitor, 0.0) for visitor in visitors[:4]] == [""] * 4  # nothing is left


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (
            HttpToolsProtocol,
            {
                "connection_made",
                "connection_lost",
                "data_received",
                "pause_writing",
                "resume_writing",
                "on_message_begin",
                "on_headers_complete",
                "on_body",
                "on_message_complete",
                "on_response_complete",
                "handle_websocket_upgrade",
                "send_400_response",
                "shutdown",
            },
        ),
        (
            WebSocketsSansIOProtocol,
            {"connection_made", "connection_lost", "pause_writing", "resume_writing"},
        ),
        (Uvicorn, {"startup", "main_loop", "on_tick", "shutdown", "serve"}),
        (RequestResponseCycle, {"run_asgi", "send", "receive"}),
    ],
)
def test_what_our_limits_hang_on_is_there_in_uvicorn(kind: type, names: set[str]) -> None:
    """Behaviour is tried by `test_slow_clients`; this says what to look at if that fails."""
    assert names <= set(vars(kind))
