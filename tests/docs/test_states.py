"""What the state diagrams show is what the tables say."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from callboard.actors.logic import attempts, breaker, lifecycle, liveness, lives
from docs import states
from tests.tooling.project import ROOT

SVG = "{http://www.w3.org/2000/svg}"


def shown(name: str) -> list[tuple[str, str, str]]:
    """The transitions in a picture of the pages, read from where its arrows begin and end."""
    root = ET.parse(states.PICTURES / f"states-{name}.svg").getroot()  # noqa: S314 - our own
    columns = {
        float(text.attrib["x"]): text.text or ""
        for text in root.iter(f"{SVG}text")
        if text.attrib["class"] == "state"
    }
    found: list[tuple[str, str, str]] = []
    for group in root.iter(f"{SVG}g"):
        (dot,) = group.iter(f"{SVG}circle")
        (when,) = group.iter(f"{SVG}text")
        line = group.find(f"{SVG}line")  # where there is none, it leads back to where it was
        tip = float(dot.attrib["cx"] if line is None else line.attrib["x2"])
        end = columns[min(columns, key=lambda x: abs(x - tip))]
        found.append((columns[float(dot.attrib["cx"])], end, when.text or ""))
    return found


def test_the_picture_of_a_subtask_shows_each_transition_once() -> None:
    pairs = [(start, end) for start, end, _ in shown("subtask")]

    assert sorted(pairs) == sorted((a.value, b.value) for a, b in lifecycle.TRANSITIONS)


def test_the_picture_of_an_attempt_shows_each_transition_once() -> None:
    pairs = [(start, end) for start, end, _ in shown("attempt")]

    assert sorted(pairs) == sorted((a.value, b.value) for a, b in attempts.TRANSITIONS)


def test_the_picture_of_a_life_shows_each_transition_once() -> None:
    table = [(str(a), str(b), change.value) for (a, change), b in lives.TRANSITIONS.items()]

    assert sorted(shown("life")) == sorted(table)


def test_the_picture_of_health_shows_each_transition_once() -> None:
    table = [(a.value, b.value, change.value) for a, change, b in liveness.TRANSITIONS]

    assert sorted(shown("health")) == sorted(table)


def test_the_picture_of_a_breaker_shows_each_transition_once() -> None:
    table = [(str(a), str(b), turn.value) for (a, turn), b in breaker.TRANSITIONS.items()]

    assert sorted(shown("breaker")) == sorted(table)


@pytest.mark.parametrize("machine", states.machines(), ids=lambda machine: machine.name)
def test_the_pictures_are_up_to_date(machine: states.Machine) -> None:
    committed = (states.PICTURES / f"states-{machine.name}.svg").read_text("utf-8")

    assert committed == states.draw(machine), "python -m docs.states brings them up to date"


def test_the_page_shows_every_picture() -> None:
    page = (ROOT / "docs" / "states.md").read_text("utf-8")

    assert [f"images/states-{m.name}.svg" in page for m in states.machines()] == [True] * 6
