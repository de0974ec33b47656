"""Facts as bytes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.messages import facts
from callboard.runtime.journal.pages import VERSION, Pages, dictionary
from callboard.runtime.journal.upcasting import upcast
from tests.runtime.journal.stories import story

PAGES = Pages(dictionary())


@given(st.integers(0, 9), st.text(max_size=30))
def test_what_is_packed_comes_back(subtasks: int, goal: str) -> None:
    told = story(goal, subtasks=subtasks)
    assert PAGES.unpack(PAGES.pack(told), VERSION) == told


def test_a_subtask_alone_takes_less_than_600_bytes() -> None:
    told = story("1c0bba0a-6d6c-4b0e-b1b1-1c1df2b5e2f4", subtasks=1)
    assert sum(len(PAGES.pack([fact])) for fact in told) < 600


@given(st.integers(0), st.integers(0, 7))
def test_a_flipped_bit_is_an_error_or_other_facts_and_nothing_else(at: int, bit: int) -> None:
    body = bytearray(PAGES.pack(story("g")))
    body[at % len(body)] ^= 1 << bit
    with contextlib.suppress(ValueError):  # what is not noticed has another checksum
        PAGES.unpack(bytes(body), VERSION)


def test_a_page_that_was_cut_is_an_error() -> None:
    body = PAGES.pack(story("g"))
    with pytest.raises(ValueError, match="too early"):
        PAGES.unpack(body[:-5], VERSION)


def test_a_page_of_another_dictionary_is_no_page() -> None:
    other = Pages(dictionary()[::-1])
    told = [facts.SubtaskQueued(at=1.0, goal="g", subtask="s")]
    with contextlib.suppress(ValueError):
        assert other.unpack(PAGES.pack(told), VERSION) != told


def trailed(fact: dict[str, str], step: str) -> dict[str, str]:
    return {"trail": fact["trail"] + step}


def test_each_step_of_upcasting_is_taken_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: dict[int, Callable[[dict[str, str]], dict[str, str]]]
    steps = {1: lambda fact: trailed(fact, "1"), 3: lambda fact: trailed(fact, "3")}
    monkeypatch.setattr("callboard.runtime.journal.upcasting.STEPS", steps)
    monkeypatch.setattr("callboard.runtime.journal.upcasting.VERSION", 4)
    assert upcast([{"trail": ""}], 1) == [{"trail": "13"}]
    assert upcast([{"trail": ""}], 4) == [{"trail": ""}]
