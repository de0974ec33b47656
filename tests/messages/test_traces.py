"""What a dead actor leaves reads as any traceback does."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable

import pytest

from callboard.messages.errors.traces import plain_trace


def raised(call: Callable[[], object]) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - whichever
        call()
    return caught.value


def unmarked(text: str) -> str:
    return re.sub(r"(?m)^\s+[~^]+\n", "", text)


def fail() -> None:
    raise ValueError("no data")


def fail_with_cause() -> None:
    try:
        fail()
    except ValueError as error:
        raise LookupError from error


def fail_meanwhile() -> None:
    try:
        fail()
    except ValueError:
        fail_with_cause()


def fail_for_no_reason() -> None:
    try:
        fail()
    except ValueError:
        raise KeyError("q4") from None


def fail_without_a_source() -> None:
    exec(compile("1 / 0", "<nowhere>", "exec"))  # noqa: S102 - a frame without a file


def fail_with_a_note() -> None:
    error = ValueError("no data")
    error.add_note("in March")
    raise error


def fail_together() -> None:
    raise ExceptionGroup("both", [ValueError("one"), KeyError("two")])


def fail_deep(depth: int = 200) -> None:
    if depth:
        fail_deep(depth - 1)
    fail()


def misread() -> None:
    compile("1 +", "<here>", "exec")


def fail_without_a_text() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    raise Mute


def fail_by_a_name() -> None:
    fail.nam  # type: ignore[attr-defined]  # noqa: B018 - it is wrong


@pytest.mark.parametrize(
    "call",
    [
        fail,
        fail_with_cause,
        fail_meanwhile,
        fail_for_no_reason,
        fail_without_a_source,
        fail_with_a_note,
        fail_together,
        fail_deep,
        misread,
        fail_without_a_text,
        fail_by_a_name,
    ],
)
def test_it_reads_as_the_standard_librarys_without_marks(call: Callable[[], object]) -> None:
    error = raised(call)
    assert unmarked(plain_trace(error)) == unmarked("".join(traceback.format_exception(error)))


def test_a_chain_that_goes_round_has_an_end() -> None:
    first, second = raised(fail), raised(fail)
    first.__cause__, second.__cause__ = second, first
    assert plain_trace(first).count("ValueError: no data") >= 1


def test_an_error_that_was_never_raised_has_no_frames() -> None:
    assert plain_trace(ValueError("no data")) == "ValueError: no data\n"
