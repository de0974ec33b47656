"""Markup is put together so that no text becomes part of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.demo.page.document import document, folded, items, section
from callboard.demo.page.html import Html, escape, join, number, tag
from tests.demo.wellformed import Page, faults


def test_texts_are_escaped_and_markup_is_not() -> None:
    assert tag("p", "a < b & 'c'", tag("b", '"')) == (
        "<p>a &lt; b &amp; &#x27;c&#x27;<b>&quot;</b></p>"
    )


def test_attributes_are_escaped_named_and_left_out() -> None:
    assert tag(
        "a", class_='x" onload="y', aria_label="<", hidden=True, title=None, open=False, x=1.5
    ) == ('<a class="x&quot; onload=&quot;y" aria-label="&lt;" hidden x="1.5"></a>')


def test_children_may_be_lists_numbers_and_nothing() -> None:
    assert tag("ul", [tag("li", 1), None, [tag("li", "2")]]) == "<ul><li>1</li><li>2</li></ul>"
    assert join("a", None, Html("<br>")) == "a<br>"


def test_an_element_that_holds_nothing_is_not_closed() -> None:
    assert tag("meta", charset="utf-8") == '<meta charset="utf-8">'


@pytest.mark.parametrize("character", ["\0", "\x1b", "\ud800", "\uffff"])
def test_what_no_page_may_hold_becomes_a_mark(character: str) -> None:
    assert escape(f"a{character}b") == "a\ufffdb"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.001, "0"), (10.0, "10"), (1 / 3, "0.33"), (-2.5, "-2.5"), (1e6, "1000000")],
)
def test_numbers_have_few_digits(value: float, text: str) -> None:
    assert number(value) == text


@given(st.text(), st.text())
def test_any_text_stands_in_a_page_as_it_is(title: str, text: str) -> None:
    source = document(title, section(text, items([text]), folded(text, text)))

    assert faults(source) == []
    assert Page(source).tags.count("script") == 1
    assert source.encode("utf-8")


def test_a_page_allows_itself_to_load_nothing() -> None:
    assert "default-src &#x27;none&#x27;" in document("a", "b")
