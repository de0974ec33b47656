"""Texts that were worked out before are those that the interpreter would print."""

from __future__ import annotations

import gc
import traceback
import weakref
from typing import TYPE_CHECKING, NoReturn

import pytest

from callboard.messages.errors.tracebacks import formatted

if TYPE_CHECKING:
    from collections.abc import Callable


def _printed(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _plain(text: str) -> NoReturn:
    raise ValueError(text)


def _elsewhere(text: str) -> NoReturn:
    raise ValueError(text)


def _caused(text: str) -> NoReturn:
    try:
        _plain(text)
    except ValueError as error:
        raise RuntimeError from error


def _in_between(text: str) -> NoReturn:
    try:
        _plain(text)
    except ValueError:
        raise KeyError(text)  # noqa: B904 - that is what is tried


def _hidden(text: str) -> NoReturn:
    try:
        _plain(text)
    except ValueError:
        raise KeyError(text) from None


def _noted(text: str) -> NoReturn:
    error = ValueError("noted")
    error.add_note(text)
    raise error


def _unnamed(text: str) -> NoReturn:
    raise AttributeError(name=text, obj=text)


def _grouped(text: str) -> NoReturn:
    raise ExceptionGroup("several", [ValueError(text)])


def _deep(text: str, depth: int = 20) -> NoReturn:
    try:
        if depth:
            _deep(text, depth - 1)
        _plain(text)
    except ValueError as error:
        raise ValueError from error


class _Wordless(Exception):
    def __str__(self) -> str:
        raise TypeError(self.args)


def _wordless(text: str) -> NoReturn:
    raise _Wordless(text)


def _long(text: str) -> NoReturn:
    raise ValueError(2_000 * text)


def _caught(fail: Callable[[str], NoReturn], text: str) -> BaseException:
    try:
        fail(text)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return error


ALL = (
    _plain, _elsewhere, _caused, _in_between, _hidden, _noted, _unnamed, _grouped, _deep,
    _wordless, _long,
)  # fmt: skip


@pytest.mark.parametrize("fail", ALL)
def test_each_is_told_as_the_interpreter_prints_it_however_often(
    fail: Callable[[str], NoReturn],
) -> None:
    for text in ("this", "that", "this", "that"):
        error = _caught(fail, text)
        assert formatted(error) == _printed(error)


def test_what_fails_alike_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = formatted(_caught(_in_between, "once"))

    def again(_: BaseException) -> NoReturn:
        pytest.fail("again")

    monkeypatch.setattr(traceback, "format_exception", again)
    assert formatted(_caught(_in_between, "once")) == first


def test_the_same_text_in_another_file_is_told_of_that_file() -> None:
    def of(file: str) -> BaseException:
        names: dict[str, Callable[[str], NoReturn]] = {}
        exec(compile("def fail(text): raise ValueError(text)", file, "exec"), names)  # noqa: S102
        return _caught(names["fail"], "here")

    assert 'File "one.py"' in formatted(of("one.py"))
    assert 'File "two.py"' in formatted(of("two.py"))


def test_nothing_that_failed_is_kept_alive() -> None:
    class Held:
        pass

    def fail(text: str) -> NoReturn:
        held.append(weakref.ref(mine := Held()))
        raise ValueError(text, id(mine))

    held: list[weakref.ref[Held]] = []
    formatted(_caught(fail, "kept"))
    gc.collect()
    assert held[0]() is None
