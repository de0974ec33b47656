"""`ctx.once` with everything that is behind it."""

from __future__ import annotations

import threading

from callboard import Context, Runtime, Task, agent
from callboard.messages import facts, notices
from tests.live import LONG, eventually
from tests.runtime.settings import count


def test_every_attempt_at_a_subtask_has_the_same_key_and_a_greater_fence(runtime: Runtime) -> None:
    seen: list[tuple[str, str]] = []

    @agent(skills=["general"], max_load=2)
    def writer(task: Task, ctx: Context) -> str:
        permit = ctx.once("write")
        seen.append((permit.key, permit.fence))
        if task.attempt < 3:
            raise ValueError("once more")
        return task.uuid

    runtime.register(writer)
    uuid = runtime.submit("write it down").result(LONG)["Goal Execution"]
    assert {key for key, _ in seen} == {f"{uuid}/write"}
    fences = [fence for _, fence in seen]
    assert (len(fences), fences) == (3, sorted(set(fences)))


def test_who_was_given_up_gets_no_permit(runtime: Runtime) -> None:
    go_on, effects = threading.Event(), list[str]()
    told: list[str] = []

    @agent(skills=["general"], silence=0.05, max_load=2)
    def zombie(task: Task, ctx: Context) -> str:
        if task.attempt == 1:
            go_on.wait(LONG)  # deaf and dumb
            try:
                effects.append(ctx.once("mail").key)
            except BaseException as error:
                told.append(type(error).__name__)
                raise
        return "done"

    runtime.register(zombie)
    goal = runtime.submit("send a mail")
    assert goal.result(LONG)["Goal Execution"] == "done"
    go_on.set()
    eventually(lambda: told, "the zombie's end")
    assert (effects, told) == ([], ["AttemptCancelled"])


def test_the_scheduler_refuses_a_lease_that_has_ended(runtime: Runtime) -> None:
    kept: list[Context] = []
    found: list[BaseException] = []

    @agent(skills=["general"])
    def leaky(_: Task, ctx: Context) -> None:
        kept.append(ctx)

    runtime.register(leaky)
    goal = runtime.submit("leak the context")
    goal.result(LONG)
    try:
        kept[0].once("mail")  # long after its attempt has ended
    except BaseException as error:  # noqa: BLE001 - the test looks at it
        found.append(error)
    assert [type(error).__name__ for error in found] == ["AttemptCancelled"]
    uuid = goal.subtasks[0].subtask.uuid
    stale = [e for e in runtime.story(uuid) if isinstance(e, notices.StaleRefused)]
    assert [notice.what for notice in stale] == ["CheckLease"]


def test_a_restarted_scheduler_still_knows_whose_lease_stands(runtime: Runtime) -> None:
    begun, go_on = threading.Event(), threading.Event()

    @agent(skills=["general"])
    def patient(_: Task, ctx: Context) -> str:
        begun.set()
        go_on.wait(LONG)
        return ctx.once("mail").key

    runtime.register(patient)
    goal = runtime.submit("send a mail")
    assert begun.wait(LONG)
    runtime.crash("scheduler", "on purpose")
    go_on.set()
    [uuid] = [s.subtask.uuid for s in goal.subtasks]
    assert goal.result(LONG)["Goal Execution"] == f"{uuid}/mail"
    assert count(runtime, facts.ActorRestarted) == 1
