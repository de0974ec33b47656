"""One page that stands alone: no file beside it, no link to anywhere, light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from callboard.demo.page.html import Child, Html, join, tag

_HERE: Final = Path(__file__).parent
# Nothing may be loaded, not even by what a browser's extension or a mistake of ours adds.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def document(title: str, *body: Child) -> str:
    """The whole page.

    Args:
        title: Plain text, for the window.
        body: What it shows.
    """
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("title", title),
        tag("style", Html(style)),
    )
    page = tag("html", head, tag("body", tag("main", *body), tag("script", Html(script))),
               lang="en")  # fmt: skip
    return f"<!doctype html>\n{page}\n"


def section(title: str, *body: Child) -> Html:
    """A part of the page with its heading."""
    return tag("section", tag("h2", title), *body)


def figure(caption: Child, *body: Child) -> Html:
    """A drawing with a sentence that says what it shows."""
    return tag("figure", tag("figcaption", caption), *body)


def paragraph(*body: Child) -> Html:
    """A paragraph."""
    return tag("p", *body)


def items(entries: list[Child]) -> Html:
    """A list."""
    return tag("ul", [tag("li", entry) for entry in entries])


def folded(summary: Child, *body: Child) -> Html:
    """What most readers will not want to see, to be opened."""
    return tag("details", tag("summary", summary), join(*body))
