"""Pages lead where they say, and the reference leaves nothing out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import callboard
from callboard.messages import errors
from callboard.runtime.runtime import Runtime
from docs import tables
from tests.tooling.project import ROOT

PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")]
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)")
FENCE = re.compile(r"^(`{3,}).*?^\1$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))

    assert [to for to in LINK.findall(text) if not (page.parent / to).exists()] == []


def test_every_public_name_is_in_the_reference() -> None:
    reference = "".join(page.read_text("utf-8") for page in ROOT.glob("docs/reference/*.md"))
    named = set(re.findall(r"^\.\. auto\w+:: callboard\.(\w+)(?:\(\))?$", reference, re.MULTILINE))

    assert set(callboard.__all__) - named == {"TaskPriority"}  # another name of Priority


def test_every_call_of_a_runtime_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "runtime.md").read_text("utf-8")
    parts = re.findall(r"^\.\. runtime-calls:: (\w+)$", page, re.MULTILINE)
    shown = {name for part in parts for name, _ in tables.calls(part)}

    assert {name for name in dir(Runtime) if not name.startswith("_")} - shown == set()


def test_every_page_is_in_the_list_of_pages() -> None:
    listed = (ROOT / "docs" / "README.md").read_text("utf-8")
    unlisted = {"README.md", "index.md"}
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in ROOT.glob("docs/**/*.md")}
    written = {page for page in pages if not page.startswith("reference/")}

    assert {page for page in written if f"({page})" not in listed} == unlisted


def test_every_how_to_is_in_the_menu_of_the_site() -> None:
    menu = (ROOT / "docs" / "index.md").read_text("utf-8").splitlines()

    assert {f"how-to/{page.stem}" for page in ROOT.glob("docs/how-to/*.md")} - set(menu) == set()


def test_the_table_of_errors_has_each_of_them_once() -> None:
    found = sorted(row[0].lstrip(tables.INDENT).strip("`") for row in tables.error_rows())
    classes = {name for name in errors.__all__ if isinstance(getattr(errors, name), type)}

    assert found == sorted(classes)


def test_a_row_of_each_table_says_what_the_class_says() -> None:
    (taken,) = (row for row in tables.error_rows() if "`AgentIdTaken`" in row[0])
    (accepted,) = (row for row in tables.fact_rows() if row[0] == "`GoalAccepted`")
    (lost,) = (row for row in tables.notice_rows() if row[0] == "`EventsLost`")

    assert [taken, accepted, lost] == [
        [
            2 * tables.INDENT + "`AgentIdTaken`",
            "`agent`",
            "caller",
            "no",
            "Another agent has that id.",
        ],
        [
            "`GoalAccepted`",
            "`goal`",
            "info",
            "yes",
            "The runtime has promised that this goal will end.",
        ],
        [
            "`EventsLost`",
            "`count`",
            "warning",
            "A watcher read too slowly; so many events were dropped for it, progress first.",
        ],
    ]
