"""Whatever falls ill, with real threads: work goes on, and each piece is counted once."""

from __future__ import annotations

import threading

import pytest

from callboard import (
    Config,
    Context,
    Runtime,
    Task,
    UserMessage,
    agent,
    handles,
    subtask,
)
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.messages import facts, notices
from callboard.messages.errors import ActorDied, GoalFailed
from tests.live import LONG, eventually
from tests.runtime.settings import completions, count, helper, says, with_settings

# Handlers


def test_a_handler_that_raises_is_tried_again_and_then_every_reason_is_told(
    runtime: Runtime,
) -> None:
    def failing(task: Task) -> None:
        raise ValueError(f"{task.name}, attempt {task.attempt}")

    runtime.register(failing, skills=["general"], retry={"attempts": 2, "first": 0.001})
    goal = runtime.submit("fail", plan=[subtask("A"), subtask("B")])

    with pytest.raises(GoalFailed) as caught:
        goal.result(LONG)

    reasons = sorted(problem.text for problem in caught.value.problems)
    assert reasons == ["ValueError: A, attempt 2", "ValueError: B, attempt 2"]
    assert all("in failing" in problem.traceback for problem in caught.value.problems)
    assert all(reason in str(caught.value) for reason in reasons)
    assert count(runtime, facts.RetryScheduled) == 2
    assert runtime.agents()["failing"].incarnation == 1


def test_the_wait_between_attempts_doubles(runtime: Runtime) -> None:
    def failing(_: Task) -> None:
        raise ValueError

    retry = {"attempts": 4, "first": 0.002, "longest": 1.0, "jitter": 0.0}
    runtime.register(failing, skills=["general"], retry=retry)
    goal = runtime.submit("fail")
    with pytest.raises(GoalFailed):
        goal.result(LONG)

    delays = [e.delay for e in goal.events() if isinstance(e, facts.RetryScheduled)]

    assert delays == [0.002, 0.004, 0.008]


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt()])
def test_a_handler_that_would_end_the_process_ends_its_agent_which_is_restarted(
    runtime: Runtime, error: BaseException
) -> None:
    ends = [error]

    @agent(skills=["general"])
    def exiting(task: Task) -> str:
        if ends:
            raise ends.pop()
        return task.name

    runtime.register(exiting)

    goal = runtime.submit("exit")

    assert goal.result(LONG)["Goal Execution"] == "Goal Execution"
    assert runtime.agents()["exiting"].incarnation == 2
    kinds = [type(e) for e in goal.events()]
    assert facts.SubtaskRequeued in kinds
    assert facts.RetryScheduled not in kinds
    assert [count(runtime, k) for k in (facts.AgentCrashed, facts.RestartScheduled)] == [1, 1]


def test_what_a_fallen_agent_held_goes_to_another_at_once(config: Config) -> None:
    both, fall = threading.Barrier(2), threading.Event()

    def first(task: Task) -> str:
        both.wait(LONG)
        fall.wait(LONG)
        if task.name == "A":
            raise SystemExit
        return "too late"

    ill = SupervisionOptions(first=2 * LONG, longest=2 * LONG)  # so nobody waits for its return
    with Runtime(with_settings(config, supervision=ill)) as runtime:
        runtime.register(first, skills=["general"], max_load=2)
        goal = runtime.submit("two", plan=[subtask("A"), subtask("B")])
        eventually(lambda: count(runtime, facts.SubtaskStarted) == 2)
        runtime.register(helper)

        fall.set()

        assert dict(goal.result(LONG)) in (
            {"A": "did A", "B": "did B"},
            {"A": "did A", "B": "too late"},  # it ended before its agent was down
        )


class Stop(UserMessage, frozen=True):
    pass


def test_a_message_handler_that_would_end_the_process_ends_its_agent_only(
    runtime: Runtime,
) -> None:
    class Fragile:
        def work(self, task: Task) -> str:
            return task.name

        @handles(Stop)
        def stop(self, _: Stop) -> None:
            raise SystemExit

    runtime.register(Fragile, skills=["general"])
    with pytest.raises(ActorDied, match="SystemExit"):
        runtime.ask("Fragile", Stop(), timeout=LONG)

    assert runtime.submit("go on").result(LONG)["Goal Execution"] == "Goal Execution"
    assert runtime.agents()["Fragile"].incarnation == 2


@pytest.mark.parametrize("limit", ["timeout", "silence"])
@pytest.mark.parametrize("kind", ["function", "object"])
def test_a_handler_that_hangs_loses_its_work_and_what_it_says_later_is_refused(
    runtime: Runtime, limit: str, kind: str
) -> None:
    go_on, ended = threading.Event(), threading.Event()

    class Hanging:
        def work(self, _: Task) -> str:
            go_on.wait(LONG)
            ended.set()
            return "too late"

    def hanging(_: Task) -> str:
        return Hanging().work(_)

    seconds = 0.03
    runtime.register(
        Hanging() if kind == "object" else hanging,
        id="hanging",
        skills=["general"],
        timeout=seconds if limit == "timeout" else None,
        silence=seconds if limit == "silence" else None,
        retry={"attempts": 9, "first": 0.02},
    )
    goal = runtime.submit("hang")
    eventually(lambda: count(runtime, facts.SubtaskStarted))

    runtime.register(helper)
    eventually(lambda: count(runtime, notices.ThreadAbandoned))
    runtime.unregister("hanging")

    assert goal.result(LONG)["Goal Execution"] == "did Goal Execution"
    go_on.set()
    assert ended.wait(LONG)
    assert completions(runtime) == {goal.subtasks[0].subtask.uuid: 1}
    revoked = [e.reason for e in goal.events() if isinstance(e, facts.LeaseRevoked)]
    assert revoked[0].startswith("subtask 'Goal Execution' ")


def test_signs_of_life_keep_a_long_attempt_alive(runtime: Runtime) -> None:
    def lively(_: Task, ctx: Context) -> str:
        for number in range(20):
            ctx.progress(number / 20)
            ctx.sleep(0.01)
        return "done"

    runtime.register(lively, skills=["general"], silence=0.15)

    assert runtime.submit("be lively").result(LONG)["Goal Execution"] == "done"
    assert count(runtime, facts.LeaseRevoked) == 0


def test_a_subtask_that_takes_agents_down_is_kept_aside_until_somebody_decides(
    config: Config,
) -> None:
    poisonous = [True]

    def victim(_: Task) -> str:
        if poisonous:
            raise SystemExit
        return "done"

    with Runtime(with_settings(config, poison=2)) as runtime:
        runtime.register(victim, skills=["general"])
        goal = runtime.submit("poison")
        eventually(lambda: count(runtime, facts.SubtaskParked))
        poisonous.clear()
        runtime.requeue(goal.subtasks[0].subtask.uuid)

        assert goal.result(LONG)["Goal Execution"] == "done"


def test_an_agent_that_cannot_start_is_tried_again(runtime: Runtime) -> None:
    fails = [1, 2]

    class Late:
        def on_start(self) -> None:
            if fails:
                raise OSError(f"no connection, {fails.pop()}")

        def work(self, task: Task) -> str:
            return task.name

    runtime.register(Late, skills=["general"])

    assert runtime.submit("go").result(LONG)["Goal Execution"] == "Goal Execution"
    assert runtime.agents()["Late"].incarnation == 3


def test_an_agent_that_falls_too_often_is_given_up_and_its_work_goes_elsewhere(
    config: Config,
) -> None:
    patience = SupervisionOptions(intensity=2, first=0.001, longest=0.002)

    def falling(_: Task) -> str:
        raise SystemExit

    with Runtime(with_settings(config, supervision=patience, poison=99)) as runtime:
        runtime.register(falling, skills=["general"])
        goal = runtime.submit("fall")
        eventually(lambda: count(runtime, facts.Escalated))
        eventually(lambda: not runtime.agents())

        runtime.register(helper)

        assert goal.result(LONG)["Goal Execution"] == "did Goal Execution"
        assert count(runtime, facts.AgentCrashed) == 3
        assert list(runtime.agents()) == ["helper"]
        runtime.register(says("back"), id="falling", skills=["general"])
