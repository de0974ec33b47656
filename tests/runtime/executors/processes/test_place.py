"""What can run in a process of its own, said at registration."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from callboard.messages.errors import InvalidOption, NotReachable
from callboard.messages.user import Note
from callboard.runtime.executors.decorator import handles
from callboard.runtime.executors.definition import definition_of
from callboard.runtime.executors.processes.place import found, place_of
from callboard.runtime.executors.processes.wire import Place
from callboard.runtime.executors.task import Task
from tests.runtime.executors.processes import staff


class Talker:
    """Has a handler for messages."""

    def work(self, _: Task) -> None: ...

    @handles(Note)
    def note(self, _: Note) -> None: ...


def nested() -> object:
    def inner(_: Task) -> None: ...

    return inner


def isolated(target: object, **options: Any) -> None:
    given: dict[str, Any] = {"skills": [], "id": "a", "isolation": "process", **options}
    definition_of(target, **given)


def test_what_is_found_is_what_was_meant() -> None:
    for thing in (staff.who, staff.Counter, staff.naps):
        assert found(place_of(thing)) is thing


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (nested(), "made inside of a function"),
        (staff.Counter(), "neither a function nor a class"),
        (staff.Counter().work, "neither a function nor a class"),
        (Talker, "handlers for Note"),
    ],
)
def test_what_another_process_could_not_find_is_refused(target: object, why: str) -> None:
    with pytest.raises(InvalidOption, match=why):
        isolated(target)


def test_what_has_another_name_by_now_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    was = staff.who
    monkeypatch.setattr(staff, "who", staff.twice)
    with pytest.raises(InvalidOption, match="something else, or nothing"):
        isolated(was)


def test_what_stands_in_no_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = ModuleType("__main__")
    exec("def cell(task): pass", vars(notebook))  # noqa: S102 - as notebooks do
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    with pytest.raises(InvalidOption, match="write it into a file and import it"):
        isolated(vars(notebook)["cell"])


def test_what_is_in_a_module_that_nobody_can_import_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = ModuleType("made_up")
    exec("def work(task): pass", vars(made))  # noqa: S102 - as some tools do
    monkeypatch.setitem(sys.modules, "made_up", made)
    with pytest.raises(InvalidOption, match="no module 'made_up' can be imported"):
        isolated(vars(made)["work"])


def test_a_name_that_is_gone_is_an_error_that_says_so() -> None:
    with pytest.raises(NotReachable, match="staff has no nothing"):
        found(Place(module=staff.__name__, name="nothing"))


@pytest.mark.parametrize(
    "options",
    [
        {"isolation": "thread", "memory": 10**9},
        {"isolation": "greenlet"},
        {"memory": 0},
        {"memory": "1 GB"},
        {"memory": True},
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InvalidOption):
        isolated(staff.who, **options)


def test_memory_is_limited_where_the_system_can(monkeypatch: pytest.MonkeyPatch) -> None:
    isolated(staff.who, memory=10**9)
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(InvalidOption, match="keeps no process to a limit"):
        isolated(staff.who, memory=10**9)
