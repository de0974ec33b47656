"""Names and texts survive in every medium and become markup in none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from callboard.demo import ink
from callboard.demo.page.document import document
from tests.demo.wellformed import Page, faults


def test_a_name_looks_like_one_everywhere() -> None:
    sentence = f"{ink.name('a|`b')} is {ink.strong('large')}"

    assert ink.markdown(sentence) == "`a/'b` is **large**"
    assert ink.page(sentence) == "<code>a|`b</code> is <b>large</b>"
    assert ink.plain(sentence) == "a|`b is large"


def test_a_text_is_shown_as_it_is() -> None:
    sentence = f"{ink.text('*x* & <y> _z_')}: 1 < 2"

    assert ink.markdown(sentence) == r"\*x\* \& \<y\> \_z\_: 1 < 2"
    assert ink.page(sentence) == "*x* &amp; &lt;y&gt; _z_: 1 &lt; 2"


@given(st.text(), st.text())
def test_no_text_ends_its_own_mark(one: str, two: str) -> None:
    sentence = f"{ink.name(one)} and {ink.text(two)}"
    source = document("a", ink.page(sentence))

    assert faults(source) == []
    assert Page(source).tags.count("code") == 1
    for mark in "\ue000\ue001\ue002\ue003":
        assert mark not in ink.markdown(sentence) + ink.plain(sentence) + source
