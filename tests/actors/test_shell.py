"""The one pykka actor: it contains every error, and what waits outlives it."""

from __future__ import annotations

import inspect
import threading
from importlib.metadata import version
from typing import Any

import pykka
import pytest
from pykka import _envelope, messages

from callboard.actors.logic.effects import Effect, Exit, Record, Show, StartActor, Tell
from callboard.actors.shell import HardActor, Shell
from callboard.messages.commands import Ping, Refused
from callboard.messages.errors.base import described, problem_of
from callboard.messages.errors.endings import ActorDied
from callboard.messages.facts import GoalCompleted
from callboard.messages.notices import HeartbeatSeen
from callboard.messages.supervision import Wake
from callboard.runtime.dispatchers.slots import BATCH
from tests.actors.troupe import Log, Troupe
from tests.live import LONG, eventually

# What is used of pykka's own affairs

PRIVATES: dict[str, tuple[object, str, list[str]]] = {
    "_create_actor_inbox": (pykka.ThreadingActor, "makes the mailbox", []),
    "_actor_loop": (pykka.ThreadingActor, "is replaced by the hardened loop", ["self"]),
    "_actor_loop_setup": (pykka.ThreadingActor, "calls on_start", ["self"]),
    "_actor_loop_teardown": (pykka.ThreadingActor, "answers who waits at the end", ["self"]),
    "_handle_receive": (pykka.ThreadingActor, "takes one message", ["self", "message"]),
    "_handle_failure": (
        pykka.ThreadingActor,
        "logs an error and ends the actor",
        ["self", "exception_type", "exception_value", "traceback"],
    ),
    "_ActorStop": (messages, "is the message that ends an actor", []),
    "Envelope": (_envelope, "holds a message and who waits", ["message", "reply_to"]),
}


@pytest.mark.parametrize("name", PRIVATES)
def test_pykka_still_has_what_the_shell_uses_of_it(name: str) -> None:
    home, purpose, parameters = PRIVATES[name]
    moved = f"pykka {version('pykka')} has renamed or changed {name!r}, which {purpose}"

    found = getattr(home, name, None)

    assert found is not None, moved
    assert list(inspect.signature(found).parameters) == parameters, moved


def test_pykkas_actors_still_have_the_attributes_that_the_shell_uses() -> None:
    actor = HardActor()

    assert isinstance(actor.actor_stopped, threading.Event)
    assert {"put", "get", "empty"} <= set(dir(actor.actor_inbox))
    assert actor._actor_ref is actor.actor_ref  # pyright: ignore[reportPrivateUsage]


def test_pykka_still_calls_our_loop_when_it_starts_an_actor() -> None:
    called = threading.Event()

    class Probe(HardActor):
        use_daemon_thread = True

        def _actor_loop(self) -> None:
            called.set()

    ref = Probe.start()
    pykka.ActorRegistry.unregister(ref)

    assert called.wait(LONG)


# Turns


def test_it_starts_with_what_its_logic_wants_first_and_then_takes_messages(troupe: Troupe) -> None:
    troupe.post.open_box("a")
    troupe.post.tell("a", Wake())
    log = Log()

    troupe.play("a", log, first=lambda: log("start"))

    assert eventually(lambda: log.heard[1:] and log.heard) == ["start", Wake()]


def test_a_turn_is_bounded_so_that_control_overtakes_a_long_queue(troupe: Troupe) -> None:
    log = Log()
    actor = troupe.actor("a", log)
    box = troupe.post.open_box("a")
    box.put_all([GoalCompleted(at=0.0, goal="") for _ in range(2 * BATCH)])

    actor.turn()
    troupe.post.tell("a", Wake())
    actor.turn()

    assert log.heard.index(Wake()) == BATCH
    assert actor.has_messages()


def test_a_batch_logic_decides_once_for_all_of_a_batch(troupe: Troupe) -> None:
    calls: list[str] = []

    class Batch:
        def start(self, now: float) -> list[Effect]:  # noqa: ARG002
            return []

        def handle(self, message: Any, now: float) -> list[Effect]:
            raise NotImplementedError

        def take(self, message: Any, now: float) -> list[Effect]:  # noqa: ARG002
            calls.append("take")
            return []

        def settle(self, now: float) -> list[Effect]:  # noqa: ARG002
            calls.append("settle")
            return []

    actor = Shell(troupe.stage, "a", 1, Batch())
    troupe.post.open_box("a").put_all([Wake()] * 3)

    actor.turn()

    assert calls == ["take", "take", "take", "settle"]


def test_an_effect_that_it_does_not_have_is_an_error_of_its_own(troupe: Troupe) -> None:
    troupe.play("a", Log(), first=lambda: [StartActor("b", 1)])

    ((address, incarnation, problem),) = eventually(lambda: troupe.ended)

    assert (address, incarnation) == ("a", 1)
    assert problem is not None
    assert problem.text.startswith("a died: TypeError")


# Errors


class Boom(BaseException):
    """Not even an Exception."""


def failing_at(number: int, error: BaseException, log: Log) -> Any:
    def react(message: Ping) -> list[Effect]:
        if message.reply_to == f"{number}":
            raise error
        return log(message)

    return react


@pytest.mark.parametrize(
    "error", [ValueError("no"), SystemExit(3), KeyboardInterrupt(), Boom("no"), GeneratorExit()]
)
def test_an_error_ends_one_actor_and_its_supervisor_is_told_with_a_traceback(
    troupe: Troupe, error: BaseException
) -> None:
    other = Log()
    troupe.play("b", other)
    troupe.play("a", failing_at(1, error, Log()), incarnation=7)

    troupe.post.tell("a", Ping(reply_to="1"))

    ((address, incarnation, problem),) = eventually(lambda: troupe.ended)
    assert (address, incarnation) == ("a", 7)
    assert problem is not None
    assert problem.text == f"a died: {described(error)}"
    assert "in failing_at" in problem.traceback or "in react" in problem.traceback
    troupe.post.tell("b", Wake())
    assert eventually(lambda: other.heard) == [Wake()]


def test_what_waits_behind_a_poisonous_message_is_for_the_successor(troupe: Troupe) -> None:
    first, second = Log(), Log()
    box = troupe.post.open_box("a")
    box.put_all([Ping(reply_to=f"{n}") for n in range(5)])
    troupe.play("a", failing_at(2, ValueError("no"), first))
    eventually(lambda: troupe.ended)

    troupe.play("a", second, incarnation=2)

    eventually(lambda: len(second.heard) == 2)
    assert [m.reply_to for m in first.heard] == ["0", "1"]
    assert [m.reply_to for m in second.heard] == ["3", "4"]


def test_what_was_decided_before_the_poisonous_message_is_done(troupe: Troupe) -> None:
    def react(message: Ping) -> list[Effect]:
        if message.reply_to == "1":
            raise ValueError
        return [Show(HeartbeatSeen(at=1.0, agent=message.reply_to))]

    troupe.post.open_box("a").put_all([Ping(reply_to=f"{n}") for n in range(3)])

    troupe.play("a", react)

    eventually(lambda: troupe.ended)
    seen = [e for e in troupe.witness.events if isinstance(e, HeartbeatSeen)]
    assert seen == [HeartbeatSeen(at=1.0, agent="0")]


def test_the_sender_of_the_poisonous_message_is_not_left_waiting(troupe: Troupe) -> None:
    here, answer = troupe.post.expect()
    troupe.play("a", failing_at(int(here.partition("/")[2]), ValueError("no"), Log()))

    def react(message: Ping) -> list[Effect]:
        raise ValueError(message.reply_to)

    troupe.play("b", react)
    troupe.post.tell("b", Ping(reply_to=here))

    died = ActorDied("b", f"ValueError: {here}")
    assert answer.result(LONG) == Refused(problem=problem_of(died))


def test_an_error_at_the_start_ends_it_and_its_messages_wait(troupe: Troupe) -> None:
    def first() -> list[Effect]:
        raise ValueError("cannot start")

    troupe.post.open_box("a")
    troupe.post.tell("a", Wake())
    log = Log()

    troupe.play("a", Log(), first=first)

    ((_, _, problem),) = eventually(lambda: troupe.ended)
    assert problem is not None
    assert problem.text == "a died: ValueError: cannot start"
    troupe.play("a", log, incarnation=2)
    assert eventually(lambda: log.heard) == [Wake()]


def test_an_error_whose_text_cannot_be_had_is_contained_too(troupe: Troupe) -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    troupe.play("a", failing_at(1, MuteError(), Log()))

    troupe.post.tell("a", Ping(reply_to="1"))

    ((_, _, problem),) = eventually(lambda: troupe.ended)
    assert problem is not None
    assert problem.text == "a died: MuteError, whose text cannot be had (RuntimeError)"


# Ends


def test_it_ends_when_its_logic_says_so_after_all_else_is_done(troupe: Troupe) -> None:
    log = Log()
    troupe.play("b", log)

    troupe.play("a", Log(), first=lambda: [Exit(), Tell("b", Wake())])

    assert eventually(lambda: troupe.ended) == [("a", 1, None)]
    assert eventually(lambda: log.heard) == [Wake()]


def test_it_is_told_once_that_it_ended(troupe: Troupe) -> None:
    actor = troupe.play("a", Log(), first=lambda: [Exit()])
    eventually(lambda: troupe.ended)

    actor.die(ValueError())
    again = actor.end()

    assert (troupe.ended, again) == ([("a", 1, None)], False)


def test_who_is_ended_from_outside_tells_nobody_and_leaves_its_messages(troupe: Troupe) -> None:
    log = Log()
    actor = troupe.play("a", log)

    ended = actor.end()
    troupe.post.tell("a", Wake())
    actor.turn()

    assert (ended, log.heard, troupe.ended) == (True, [], [])
    assert troupe.post.open_box("a").take(9) == [Wake()]


def test_who_is_ended_in_the_middle_of_a_turn_leaves_all_of_it_to_its_successor(
    troupe: Troupe,
) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def react(message: Ping) -> list[Effect]:
        reached.set()
        go_on.wait(LONG)
        return [Show(HeartbeatSeen(at=1.0, agent=message.reply_to))]

    troupe.post.open_box("a").put_all([Ping(reply_to=f"{n}") for n in range(3)])
    first = troupe.play("a", react)
    assert reached.wait(LONG)

    first.end()
    second = Log()
    troupe.play("a", second, incarnation=2)
    go_on.set()

    eventually(lambda: len(second.heard) == 3)
    assert [m.reply_to for m in second.heard] == ["0", "1", "2"]
    assert troupe.witness.events == []


def test_a_crash_from_outside_happens_in_its_own_turn(troupe: Troupe) -> None:
    log = Log()
    actor = troupe.play("a", log)

    actor.crash(ValueError("on purpose"))

    ((_, _, problem),) = eventually(lambda: troupe.ended)
    assert problem is not None
    assert problem.text == "a died: ValueError: on purpose"


def test_facts_of_an_actor_that_crashes_are_recorded_whole_or_not_at_all(troupe: Troupe) -> None:
    """Whoever takes its place rebuilds itself from them, and must not miss one."""
    reached, go_on = threading.Event(), threading.Event()

    def react(_: object) -> list[Effect]:
        reached.set()
        go_on.wait(LONG)
        return [Record(GoalCompleted(at=1.0, goal="g"))]

    actor = troupe.play("a", react)
    troupe.post.tell("a", Wake())
    assert reached.wait(LONG)

    actor.crash(ValueError("on purpose"))
    assert troupe.ended == []
    go_on.set()

    eventually(lambda: troupe.ended)
    assert troupe.journal.replay() == (GoalCompleted(at=1.0, goal="g"),)


# The host's own actors


class HostActor(pykka.ThreadingActor):
    """An actor of an application that embeds us, on stock pykka."""

    use_daemon_thread = True

    def on_receive(self, message: Any) -> Any:
        if isinstance(message, BaseException):
            raise message
        return "here"


def test_nothing_of_ours_stands_in_pykkas_registry(troupe: Troupe) -> None:
    log = Log()
    troupe.play("a", log)
    troupe.post.tell("a", Wake())
    eventually(lambda: log.heard)

    assert pykka.ActorRegistry.get_all() == []


@pytest.mark.parametrize("how", ["stop_all", "SystemExit in an actor"])
def test_what_the_host_does_to_its_actors_does_not_touch_ours(troupe: Troupe, how: str) -> None:
    log = Log()
    troupe.play("a", log)
    host = HostActor.start()
    assert host.ask("there?", timeout=LONG) == "here"

    if how == "stop_all":
        pykka.ActorRegistry.stop_all(timeout=LONG)
    else:
        host.tell(SystemExit())
    eventually(lambda: not host.is_alive())

    troupe.post.tell("a", Wake())
    assert eventually(lambda: log.heard) == [Wake()]


def test_an_error_in_ours_does_not_touch_the_hosts_actors(troupe: Troupe) -> None:
    host = HostActor.start()
    troupe.play("a", failing_at(1, SystemExit(), Log()))

    troupe.post.tell("a", Ping(reply_to="1"))
    eventually(lambda: troupe.ended)

    assert host.ask("there?", timeout=LONG) == "here"
    host.stop(timeout=LONG)
