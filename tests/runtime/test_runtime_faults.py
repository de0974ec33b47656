"""The runtime's own actors fall, with real threads: work goes on, each piece counted once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from functools import partial

import pytest

from callboard import (
    Config,
    GoalHandle,
    Runtime,
    Task,
    UserMessage,
    handles,
    subtask,
)
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.messages import facts
from callboard.messages.errors import RuntimeBroken, UnknownAgent
from callboard.messages.supervision import Wake
from tests.live import LONG, eventually
from tests.runtime.settings import completions, count, helper, with_settings

ACTORS = ("orchestrator", "scheduler", "decomposer", "supervisor")


class Halt(UserMessage, frozen=True):
    pass


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


@pytest.mark.parametrize("address", [*ACTORS, "agent/one"])
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
    victims = [*ACTORS, "agent/one", "agent/two"]

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
    once = SupervisionOptions(intensity=0)
    config = with_settings(config, supervision=once)
    reached, go_on = threading.Event(), threading.Event()

    class Slow:
        def work(self, _: Task) -> None:
            reached.set()
            go_on.wait(LONG)

        @handles(Halt)
        def stop(self, _: Halt) -> None:
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
            waits(lambda: runtime.ask("Slow", Halt(), LONG)),
            waits(lambda: runtime.unregister("Slow", drain=True, timeout=LONG)),
            waits(lambda: list(events)),
        ]
        eventually(lambda: len(runtime._post._callers) == 2)  # pyright: ignore[reportPrivateUsage]

        runtime.crash("supervisor", "on purpose")
        for thread in threads:
            thread.join(LONG)

        assert [type(error) for error in errors] == [RuntimeBroken] * 3
        assert {str(error) for error in errors} == {
            (
                "the runtime has failed: supervisor is given up: 0 restarts within 60 s "
                "did not help; last: supervisor died: RuntimeError: on purpose"
            )
        }
        with pytest.raises(RuntimeBroken, match="supervisor is given up"):
            runtime.register(helper)
        go_on.set()
    assert runtime.status()["failure"] is not None


def test_wake_is_harmless_for_everybody(runtime: Runtime) -> None:
    """Timers of a predecessor may still go off."""
    runtime.register(helper)
    for address in ("orchestrator", "scheduler", "decomposer", "supervisor", "agent/helper"):
        runtime._post.tell(address, Wake())  # pyright: ignore[reportPrivateUsage]

    assert runtime.submit("go on").result(LONG)["Goal Execution"] == "did Goal Execution"
