"""The pages as a browser shows them: on a desk, on a phone, in the dark and on paper.

Skipped where there is no Chromium. The pictures are kept if `CALLBOARD_PICTURES` names a
folder, for somebody to look at.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from callboard.demo.fleet.figures import figures
from callboard.demo.fleet.page import page
from callboard.demo.fleet.run import Setting, play
from callboard.demo.report_page import report_page
from callboard.demo.run_page import run_page
from tests.demo.analysed import findings, shipped
from tests.demo.browser import SIZES, VIEWS, Browser, View, browser, found
from tests.demo.test_pages import HOSTILE, RUN, hostile

pytestmark = [
    pytest.mark.skipif(found() is None, reason="no Chromium is installed"),
    pytest.mark.timeout(120),
]

LINES_UP = """
[...document.querySelectorAll(".lanes")].every((lanes) => {
  const names = lanes.querySelector(".names").lastElementChild.getBoundingClientRect();
  const rows = lanes.querySelector("svg.rows").getBoundingClientRect();
  return Math.abs(names.bottom - rows.bottom) < 3;
})
"""
POINT = """
(() => {
  const shape = document.querySelector("svg path[data-says]");
  shape.dispatchEvent(new PointerEvent("pointermove", {bubbles: true, clientX: 20, clientY: 20}));
  const tip = document.querySelector(".tip");
  return !tip.hidden && tip.textContent === shape.dataset.says;
})()
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each page as a file."""
    folder = tmp_path_factory.mktemp("pages")
    fleet = play(Setting(agents=60, goals=60, crash_rate=0.15, seed=7), heat=True)
    sources = {
        "fleet": page(fleet, figures(fleet)),
        "report": report_page(shipped(), RUN),
        "hostile": report_page(findings(hostile(), HOSTILE), RUN),
        "run": run_page(RUN, title="What drives damage?", again="python -m callboard.demo"),
    }
    for name, source in sources.items():
        (folder / f"{name}.html").write_text(source, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in sources}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go."""
    named = os.environ.get("CALLBOARD_PICTURES")
    folder = Path(named) if named else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def window() -> Generator[Browser]:
    with browser() as one:
        yield one


@pytest.mark.parametrize("name", ["fleet", "report", "hostile", "run"])
def test_a_page_is_sound_in_every_view(
    name: str, pages: dict[str, Path], pictures: Path, window: Browser
) -> None:
    for view in VIEWS:
        window.open(pages[name], view)
        sizes = window.ask(SIZES)
        picture = pictures / f"{name}-{view.name}.png"
        window.picture(picture)

        assert (sizes["scrolls"], sizes["over"], sizes["links"]) == (0, [], 0), view
        assert sizes["shapes"] > 0
        assert window.ask(LINES_UP)
        assert picture.read_bytes().startswith(b"\x89PNG")
    assert window.complaints == []
    assert window.requests == []


@pytest.mark.parametrize("name", ["fleet", "report"])
def test_a_page_can_be_printed(
    name: str, pages: dict[str, Path], pictures: Path, window: Browser
) -> None:
    window.open(pages[name], View("dark", 1280, 900, dark=True))
    paper = pictures / f"{name}.pdf"
    window.pdf(paper)

    assert paper.read_bytes().startswith(b"%PDF")
    window.call(
        "Emulation.setEmulatedMedia",
        media="print",
        features=[{"name": "prefers-color-scheme", "value": "dark"}],
    )
    assert window.ask("getComputedStyle(document.documentElement).backgroundColor") == (
        "rgb(255, 255, 255)"
    )


def test_the_page_is_dark_where_that_is_wanted(pages: dict[str, Path], window: Browser) -> None:
    colours: list[str] = []
    for view in VIEWS:
        window.open(pages["run"], view)
        colours.append(window.ask("getComputedStyle(document.documentElement).backgroundColor"))

    assert colours[0] == colours[1] == "rgb(255, 255, 255)"
    assert colours[2] == colours[3] != colours[0]


def test_what_a_shape_says_is_shown_where_it_is_pointed_at(
    pages: dict[str, Path], window: Browser
) -> None:
    window.open(pages["fleet"], VIEWS[1])

    assert window.ask(POINT)
    assert window.complaints == []


def test_a_timeline_can_be_looked_at_closer(pages: dict[str, Path], window: Browser) -> None:
    window.open(pages["fleet"], VIEWS[0])
    wide = "document.querySelector('.wide').getBoundingClientRect().width"
    before = window.ask(wide)
    window.ask("document.querySelector('label[for=all-3]').click()")

    assert window.ask(wide) == pytest.approx(3 * before, rel=0.01)
    assert window.ask(SIZES)["scrolls"] == 0
