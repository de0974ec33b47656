"""A function that says whether results are good, as an agent that verifies them."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeAlias, cast

from callboard.messages.errors.running import InvalidCall
from callboard.runtime.executors.task import Task

Verdict: TypeAlias = dict[str, Any]


def checker(look: Callable[..., object]) -> Callable[[Task], Verdict | Awaitable[Verdict]]:
    """The function, as one to register: `runtime.register(checker(look), id="totals", ...)`.

    Args:
        look: Is given a result. None, True and nothing at all mean that it is good; False,
            a text or several texts that it is not, and why. What it raises is a failed
            attempt to verify it, and says nothing of the result.

    A coroutine function is one afterwards, too.

    >>> verdict_of("the sum is wrong"), verdict_of(None)
    ({'accepted': False, 'reasons': ['the sum is wrong']}, {'accepted': True})
    """
    if inspect.iscoroutinefunction(look):

        async def wait(task: Task) -> Verdict:
            return verdict_of(await look(result_in(task)))

        return wait

    def verify(task: Task) -> Verdict:
        return verdict_of(look(result_in(task)))

    return verify


def result_in(task: Task) -> Any:  # noqa: ANN401 - the user's
    """The result that is to be verified; a copy each time.

    Raises:
        InvalidCall: There is none: it is work like any other, which nobody who checks
            results should be given.
    """
    for result in task.inputs.values():
        return result
    expected = "a verification; have it require a skill that no checker has"
    raise InvalidCall("what a checker is given", task.name, expected)


def verdict_of(said: object) -> Verdict:
    """What a checker has said, as a verdict.

    Raises:
        InvalidCall: It has said something else.
    """
    if said is None or said is True:
        return {"accepted": True}
    if said is False:
        return {"accepted": False, "reasons": ["the checker has not accepted it"]}
    given, listed = said, [said] if isinstance(said, str) else said
    expected = "None, True, False, a text or several texts"
    if not isinstance(listed, Iterable) or isinstance(said, (bytes, dict)):
        raise InvalidCall("what a checker says", given, expected)
    reasons = list(cast("Iterable[object]", listed))
    if not all(isinstance(reason, str) and reason for reason in reasons):
        raise InvalidCall("what a checker says", given, expected)
    return {"accepted": False, "reasons": reasons} if reasons else {"accepted": True}
