"""Whatever falls ill, with real threads: work goes on, and each piece is counted once."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from callboard import (
    Config,
    Context,
    GoalHandle,
    Runtime,
    Task,
    UserMessage,
    agent,
    handles,
    subtask,
)
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.messages import facts, notices
from callboard.messages.errors import ActorDied, GoalFailed, RuntimeBroken, UnknownAgent
from callboard.messages.supervision import Wake
from tests.live import LONG, eventually
from tests.runtime.settings import helper, says, with_settings


def count(runtime: Runtime, kind: type) -> int:
    return runtime.hub.counts().get(kind.__name__, 0)


def completions(runtime: Runtime) -> Counter[str]:
    kept = runtime.journal.replay()
    return Counter(f.subtask for f in kept if isinstance(f, facts.SubtaskCompleted))


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


def test_what_a_fallen_agent_held_goes_to_another_at_once(runtime: Runtime) -> None:
    both, fall = threading.Barrier(2), threading.Event()

    def first(task: Task) -> str:
        both.wait(LONG)
        fall.wait(LONG)
        if task.name == "A":
            raise SystemExit
        return "too late"

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


# The runtime's own actors


def crash_in_the_middle(
    runtime: Runtime, blow: Callable[[int], None], size: int = 200
) -> GoalHandle:
    """A goal of *size* subtasks; *blow* is called with the number of each that is done."""
    lock, done = threading.Lock(), 0

    def work(task: Task) -> str:
        nonlocal done
        with lock:
            done += 1
            number = done
        blow(number)
        return task.name

    for name in ("one", "two"):
        runtime.register(work, id=name, skills=["general"], max_load=4)
    chain = [subtask("0")]
    for number in range(1, size):
        before = [f"{number - 4}"] if number >= 4 else []
        chain.append(subtask(f"{number}", dependencies=before))
    return runtime.submit("much", plan=chain)


@pytest.mark.parametrize("address", ["orchestrator", "scheduler", "decomposer", "agent/one"])
def test_an_actor_that_falls_in_the_middle_of_it_costs_nothing(
    runtime: Runtime, address: str
) -> None:
    def blow(number: int) -> None:
        if number == 50:
            runtime.crash(address, "on purpose")

    goal = crash_in_the_middle(runtime, blow)

    result = goal.result(LONG)

    assert dict(result) == {f"{n}": f"{n}" for n in range(200)}
    assert set(completions(runtime).values()) == {1}
    assert len(completions(runtime)) == 200
    restarted = facts.AgentStarted if address.startswith("agent") else facts.ActorRestarted
    eventually(lambda: count(runtime, restarted))
    eventually(lambda: not {"leased", "settling"} & _busy(runtime))


def _busy(runtime: Runtime) -> set[str]:
    return {name for name, number in runtime.health()["scheduler"].items() if number}


def test_all_of_them_fall_again_and_again_and_it_is_done_all_the_same(config: Config) -> None:
    patience = SupervisionOptions(intensity=100, runtime_intensity=300, first=0.001, longest=0.003)
    victims = ["orchestrator", "scheduler", "agent/one", "agent/two", "decomposer"]

    with Runtime(with_settings(config, supervision=patience, poison=99)) as runtime:

        def blow(number: int) -> None:
            if number % 12 == 0:
                with contextlib.suppress(UnknownAgent):  # it lies there already
                    runtime.crash(victims[number // 12 % len(victims)], f"blow {number}")

        goal = crash_in_the_middle(runtime, blow)

        assert dict(goal.result(LONG)) == {f"{n}": f"{n}" for n in range(200)}
        assert set(completions(runtime).values()) == {1}
        assert runtime.hub.faults == 0


def test_goals_come_in_while_the_runtime_is_mended(runtime: Runtime) -> None:
    runtime.register(helper)

    for address in ("orchestrator", "decomposer", "scheduler"):
        runtime.crash(address, "on purpose")
    goals = [runtime.submit(f"goal {n}") for n in range(10)]

    assert {goal.result(LONG)["Goal Execution"] for goal in goals} == {"did Goal Execution"}


def test_a_runtime_whose_actor_falls_too_often_fails_loudly(config: Config) -> None:
    patience = SupervisionOptions(intensity=1, runtime_intensity=9, first=0.001, longest=0.002)
    with Runtime(with_settings(config, supervision=patience)) as runtime:
        goal = runtime.submit("never done")
        runtime.health()  # everybody is there
        for restarts in range(2):
            eventually(partial(_restarted, runtime, restarts))
            runtime.crash("scheduler", "on purpose")

        with pytest.raises(RuntimeBroken, match=r"scheduler is given up: .*on purpose"):
            goal.result(LONG)
        with pytest.raises(RuntimeBroken, match=r"^the runtime has failed: scheduler is given up"):
            runtime.submit("another")


def _restarted(runtime: Runtime, times: int) -> bool:
    return count(runtime, facts.ActorRestarted) == times


def test_everybody_who_waits_learns_that_the_supervisor_has_fallen(config: Config) -> None:
    reached, go_on = threading.Event(), threading.Event()

    class Slow:
        def work(self, _: Task) -> None:
            reached.set()
            go_on.wait(LONG)

        @handles(Stop)
        def stop(self, _: Stop) -> None:
            go_on.wait(LONG)

    errors: list[BaseException] = []

    def waits(call: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                call()
            except BaseException as error:  # noqa: BLE001 - to be looked at
                errors.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    with Runtime(config) as runtime:
        runtime.register(Slow(), skills=["general"], concurrent_messages=True)
        goal = runtime.submit("wait")
        assert reached.wait(LONG)
        events = goal.events()
        threads = [
            waits(lambda: goal.result(LONG)),
            waits(lambda: runtime.ask("Slow", Stop(), LONG)),
            waits(lambda: runtime.unregister("Slow", drain=True, timeout=LONG)),
            waits(lambda: list(events)),
        ]
        eventually(lambda: len(runtime._post._callers) == 2)  # pyright: ignore[reportPrivateUsage]

        runtime.crash("supervisor", "on purpose")
        for thread in threads:
            thread.join(LONG)

        assert [type(error) for error in errors] == [RuntimeBroken] * 3
        assert {str(error) for error in errors} == {
            "the runtime has failed: supervisor died: RuntimeError: on purpose"
        }
        with pytest.raises(RuntimeBroken, match="supervisor died"):
            runtime.register(helper)
        go_on.set()
    assert runtime.status()["failure"] is not None


def test_wake_is_harmless_for_everybody(runtime: Runtime) -> None:
    """Timers of a predecessor may still go off."""
    runtime.register(helper)
    for address in ("orchestrator", "scheduler", "decomposer", "supervisor", "agent/helper"):
        runtime._post.tell(address, Wake())  # pyright: ignore[reportPrivateUsage]

    assert runtime.submit("go on").result(LONG)["Goal Execution"] == "did Goal Execution"
