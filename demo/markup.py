"""Puts lines together into Markdown.

>>> print(spaced(["# One", *bullets(["a", "b"])]))
# One
<BLANKLINE>
- a
- b
<BLANKLINE>
"""

from __future__ import annotations

from collections.abc import Iterable


def spaced(lines: Iterable[str]) -> str:
    """The lines as one text, with one blank line around a heading and none doubled."""
    kept: list[str] = []
    drawing = False
    for line in "\n".join(lines).splitlines():
        drawing ^= line.startswith("```")
        heading = line.startswith("#") and not drawing
        if heading and kept and kept[-1]:
            kept.append("")
        if line or drawing or (kept and kept[-1]):
            kept.append(line)
        if heading:
            kept.append("")
    return "\n".join(kept).rstrip() + "\n"


def bullets(sentences: Iterable[str]) -> list[str]:
    """A list."""
    return [f"- {sentence}" for sentence in sentences]


def paragraphs(sentences: Iterable[str]) -> list[str]:
    """Each sentence by itself."""
    return [line for sentence in sentences for line in (sentence, "")]


def fenced(lines: Iterable[str]) -> list[str]:
    """Text to be shown as it is."""
    return ["```text", *(line.replace("```", "'''") for line in lines), "```", ""]


def table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    """A table; cells hold Markdown."""
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]
