"""Markup, put together so that nothing a file says can become part of it.

>>> print(tag("p", "1 < 2 & ", tag("b", "done"), class_="note", hidden=True))
<p class="note" hidden>1 &lt; 2 &amp; <b>done</b></p>
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Final, TypeAlias

_VOID: Final = frozenset({"br", "hr", "input", "meta"})
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Html(str):
    """Text that is markup already; all other text is escaped."""

    __slots__ = ()


Child: TypeAlias = "str | int | Iterable[Child] | None"
Value: TypeAlias = "str | float | bool | None"


def escape(text: str) -> Html:
    """The text so that a browser shows it as it is; what no page may hold becomes a mark."""
    return text if isinstance(text, Html) else Html(html.escape(_FORBIDDEN.sub("\ufffd", text)))


def join(*children: Child) -> Html:
    """The children one after the other; texts are escaped, None is nothing."""
    return Html("".join(_markup(child) for child in children))


def tag(name: str, /, *children: Child, **attributes: Value) -> Html:
    """An element.

    Args:
        name: Of the element.
        children: What is in it.
        attributes: `class_` stands for `class`, and `_` for `-`; True has no value, None
            and False are left out.
    """
    head = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    return Html(head if name in _VOID else f"{head}{join(*children)}</{name}>")


def number(value: float) -> str:
    """The number with as few digits as a drawing needs.

    >>> number(2.0), number(0.126), number(-0.0001)
    ('2', '0.13', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _markup(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, str):
        return escape(child)
    if isinstance(child, int):
        return str(child)
    return "".join(_markup(each) for each in child)


def _attribute(key: str, value: Value) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = value if isinstance(value, str) else number(value)
    return f' {name}="{escape(str(text))}"'
