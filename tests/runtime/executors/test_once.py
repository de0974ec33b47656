# ruff: noqa: ARG001 - handlers take what they are given
from __future__ import annotations

import pytest

from callboard.messages.errors import CallTimedOut, InvalidCall, StaleLease
from callboard.messages.execution import WorkDone, WorkFailed, WorkStopped
from callboard.messages.values import Lease, Timeouts, Token, unpack
from callboard.runtime.executors.context import Context, Task
from callboard.runtime.executors.permit import permit
from tests.runtime.executors.lab import Lab, start, stop


def mail(task: Task, ctx: Context) -> tuple[str, str]:
    given = ctx.once("mail")
    return given.key, given.fence


async def amail(task: Task, ctx: Context) -> tuple[str, str]:
    given = await ctx.aonce("mail")
    return given.key, given.fence


BOTH = pytest.mark.parametrize("work", [mail, amail])
FENCE = "0000000001.0000000001.000000000000001"


@BOTH
def test_an_effect_is_named_by_its_subtask_and_fenced_by_its_token(lab: Lab, work: object) -> None:
    effect = start()
    lab.hire(work).perform(effect)
    lab.office.checked().set_result(None)
    assert unpack(lab.wait_for(WorkDone).result) == ["s1/mail", FENCE]
    assert [lease.token for lease, _ in lab.office.checks] == [
        Token(boot=1, incarnation=1, counter=1)
    ]


@BOTH
def test_who_holds_the_lease_no_longer_is_stopped_right_there(lab: Lab, work: object) -> None:
    lab.hire(work).perform(start())
    lab.office.checked().set_exception(StaleLease("s1", "1.1.1"))
    lab.wait_for(WorkStopped)
    assert lab.of(WorkDone) == []


@BOTH
def test_who_is_told_to_stop_while_waiting_for_the_answer_stops(lab: Lab, work: object) -> None:
    executor = lab.hire(work)
    executor.perform(start())
    answer = lab.office.checked()
    executor.perform(stop())
    lab.wait_for(WorkStopped)
    assert not answer.done()  # it was not waited for


@BOTH
def test_without_an_answer_there_is_no_permit(lab: Lab, work: object) -> None:
    lab.hire(work).perform(start(timeouts=Timeouts(run=0.01)))
    assert lab.wait_for(WorkFailed).problem.error == CallTimedOut.__name__


@pytest.mark.parametrize("key", ["", None, 7])
def test_an_effect_has_a_name(lab: Lab, key: object) -> None:
    def nameless(task: Task, ctx: Context) -> None:
        ctx.once(key)  # type: ignore[arg-type]

    lab.hire(nameless).perform(start())
    assert lab.wait_for(WorkFailed).problem.error == InvalidCall.__name__
    assert lab.office.checks == []


def lease(subtask: str, *token: int) -> Lease:
    boot, incarnation, counter = token or (1, 1, 1)
    named = Token(boot=boot, incarnation=incarnation, counter=counter)
    return Lease(goal="g", subtask=subtask, agent="a", token=named)


def test_no_two_effects_have_one_key() -> None:
    pairs = [("a", "b/c"), ("a/b", "c"), ("a%2Fb", "c"), ("a%", "2Fb/c")]
    assert len({permit(lease(subtask), effect).key for subtask, effect in pairs}) == len(pairs)


def test_fences_sort_as_tokens_do() -> None:
    tokens = [(1, 1, 9), (1, 1, 10), (1, 2, 1), (1, 10, 1), (2, 1, 1), (10, 1, 1)]
    fences = [permit(lease("s", *token), "mail").fence for token in tokens]
    assert fences == sorted(fences)
