"""Reads a page as strictly as a person who writes by hand never does."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = frozenset({"meta", "br", "hr", "input"})
LOADS = frozenset({"src", "srcset", "href", "action", "data", "poster", "background", "ping"})
CODE = re.compile(r"<(style|script).*?</\1>", re.DOTALL)
NO_NUMBER = re.compile(r"\b(?:nan|inf)\b")
FETCHES = re.compile(r"url\(|@import|\bfetch\(|XMLHttpRequest|\bimport\b\s*[(\"']|https?:")


class Page(HTMLParser):
    """A page, taken apart.

    Attributes:
        faults: What is wrong with it.
        tags: The elements, in order.
        titles: Of drawings.
        text: What a reader sees, without markup.
    """

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.tags: list[str] = []
        self.titles: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self._ids: set[str] = set()
        self.feed(source)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> says something twice: {names}")
        for name, value in attrs:
            self._attribute(tag, name, value or "")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        if inside in ("style", "script"):
            self.faults += [f"{inside}: {found}" for found in FETCHES.findall(data)]
        else:
            self.text += data
        if inside == "title" and "svg" in self._open:
            self.titles.append(data)

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name in LOADS or (name == "style" and FETCHES.search(value)):
            self.faults.append(f"<{tag}> loads {value!r}")
        if name.startswith("on"):
            self.faults.append(f"<{tag}> runs {value!r}")
        if name == "id":
            if value in self._ids:
                self.faults.append(f"two elements are called {value!r}")
            self._ids.add(value)


def faults(source: str) -> list[str]:
    """What is wrong with a page; nothing, if it is sound and loads nothing."""
    found = Page(source).faults
    if not source.startswith("<!doctype html>\n<html lang="):
        found.append("it does not begin as a page")
    if "\0" in source or re.search("[\ud800-\udfff]", source):
        found.append("it holds what no page may hold")
    if NO_NUMBER.search(CODE.sub("", source)):
        found.append("it holds a number that is none")
    return found
