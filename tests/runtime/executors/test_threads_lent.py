"""Idle threads are lent to run actors."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from callboard.runtime.executors.threads import Errand, Worker, WorkerThreads
from tests.live import unhandled
from tests.runtime.executors.hands import Helper, idle, idle_pair, not_started
from tests.runtime.executors.lab import LONG, Lab, until


def test_an_idle_thread_is_lent_to_run_actors_and_does_what_they_bring_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = Helper()
    threads, ran = _two_idle(lab, helper), list[threading.Thread]()

    def work() -> None:
        ran.append(threading.current_thread())

    def hand_out() -> None:
        work()
        monkeypatch.setattr(threading.Thread, "start", not_started)  # it needs no other one
        threads.run(Errand(work))

    helper.ready, helper.notes = [hand_out, work], []
    ring(helper)

    until(lambda: len(ran) == 3)
    monkeypatch.undo()
    until(lambda: idle(threads) == 2)
    assert (len(set(ran)), threads.count) == (1, 2)
    assert helper.notes == ["came", "1 left", "0 left"]  # first the job, then who else was ready


def test_what_comes_from_elsewhere_does_not_wait_for_a_thread_that_was_lent(lab: Lab) -> None:
    helper, go_on, ran = Helper(), threading.Event(), threading.Event()
    threads = _two_idle(lab, helper)
    helper.ready = [lambda: go_on.wait(LONG)]
    ring(helper)
    until(lambda: not helper.ready)

    threads.run(Errand(ran.set))

    assert ran.wait(LONG)
    go_on.set()


def test_no_thread_is_lent_that_should_be_there_for_what_comes_next(lab: Lab) -> None:
    helper = Helper()
    threads = _two_idle(lab, helper)
    bell = helper.lend()
    assert bell is not None
    assert helper.lend() is None

    bell.release()
    until(lambda: idle(threads) == 2)
    threads.close(LONG)
    assert helper.lend() is None


def test_a_thread_that_was_lent_helps_after_its_first_job_and_then_has_others_go_on(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = Helper()
    threads = WorkerThreads(lab.log, helping=helper)
    idle_pair(threads, monkeypatch)
    helper.lend()
    lent = next(worker for worker in threads._all if worker.lent)  # pyright: ignore[reportPrivateUsage]
    hand_out = partial(threads.run, Errand(lambda: None))

    helper.ready = [hand_out, hand_out, hand_out]
    left: list[int] = []
    for _ in range(2):
        assert threads.next(lent) is not None
        threads.visit(lent)
        left.append(len(helper.ready))

    assert left == [1, 1]


def test_no_thread_is_lent_that_a_job_waits_for(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    helper = Helper()
    threads = WorkerThreads(lab.log, helping=helper)
    idle_pair(threads, monkeypatch)
    for _ in range(2):  # the first one wakes one of them, which will wake the other one
        threads.run(Errand(lambda: None))
    assert idle(threads) == 1
    assert helper.lend() is None


def test_a_signals_handler_may_wake_an_actor_wherever_it_strikes(lab: Lab) -> None:
    helper = Helper()
    threads = _two_idle(lab, helper)
    with threads._lock:  # pyright: ignore[reportPrivateUsage]
        ring(helper)
    until(lambda: idle(threads) == 2)


def test_a_thread_that_was_lent_and_is_thrown_out_is_waited_for_no_more(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors, helper = unhandled(monkeypatch), Helper()
    threads = _two_idle(lab, helper)

    def thrown(_: WorkerThreads, worker: Worker) -> None:
        raise SystemError(worker.thread.name)

    monkeypatch.setattr(WorkerThreads, "next", thrown)
    helper.notes = []
    worker = Worker(threads, "lent")
    worker.lent = True
    worker.thread.start()

    until(lambda: helper.notes)
    assert helper.notes[:2] == ["came", "0 left"]
    until(lambda: [str(error) for error in errors] == ["lent"])


def ring(helper: Helper) -> None:
    bell = helper.lend()
    assert bell is not None
    bell.release()


def _two_idle(lab: Lab, helper: Helper) -> WorkerThreads:
    """One thread that may be lent, and the one that should always be idle."""
    threads, go_on = WorkerThreads(lab.log, ahead=1, helping=helper), threading.Event()
    threads.run(Errand(lambda: go_on.wait(LONG)))  # until the other one is there
    go_on.set()
    until(lambda: idle(threads) == 2)
    return threads
