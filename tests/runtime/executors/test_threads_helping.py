"""Threads that have done a job run the actors that it has woken."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from callboard.runtime.executors.threads import STREAK, Errand, Job, WorkerThreads
from tests.live import unhandled
from tests.runtime.executors.hands import Helper, begun, idle, not_started
from tests.runtime.executors.lab import LONG, Lab, until


def test_a_thread_that_has_done_its_job_helps_and_does_at_once_what_comes_of_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = Helper()
    threads, ran = WorkerThreads(lab.log, helping=helper), list[threading.Thread]()

    def work() -> None:
        ran.append(threading.current_thread())

    def hand_out() -> None:
        monkeypatch.setattr(threading.Thread, "start", not_started)  # it needs no other one
        threads.run(Errand(work))

    helper.ready = [hand_out, lambda: ran.append(threading.current_thread())]
    threads.run(Errand(work))

    until(lambda: len(ran) == 3)
    monkeypatch.undo()
    until(lambda: idle(threads))
    assert (len(set(ran)), threads.count) == (1, 1)
    assert helper.notes == ["1 left", "0 left"]  # first the job, then who else was ready


def test_where_there_is_another_job_others_are_to_help(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading.Thread, "start", not_started)  # the test plays it
    helper = Helper()
    threads = WorkerThreads(lab.log, helping=helper)
    for _ in range(2):
        threads.run(Errand(lambda: None))
    first = next(iter(threads._all))  # pyright: ignore[reportPrivateUsage]
    threads.next(first)
    helper.ready = [lambda: pytest.fail("it has better things to do")]
    threads.visit(first)
    assert helper.notes == ["1 left"]


def test_a_thread_that_has_helped_for_long_has_others_go_on_until_it_was_woken_again(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading.Thread, "start", not_started)  # the test plays it
    helper, ran = Helper(), list[int]()
    threads = WorkerThreads(lab.log, helping=helper)
    threads.run(Errand(lambda: None))
    first = next(iter(threads._all))  # pyright: ignore[reportPrivateUsage]
    for number in range(STREAK + 1):
        threads.next(first)
        helper.ready = [partial(ran.append, number), partial(threads.run, Errand(lambda: None))]
        threads.visit(first)
    assert ran == list(range(STREAK))
    assert len(helper.ready) == 2


def test_a_thread_that_was_given_up_helps_nobody(lab: Lab) -> None:
    helper, go_on = Helper(), threading.Event()
    threads = WorkerThreads(lab.log, helping=helper)
    helper.ready = [lambda: pytest.fail("it may have been given up for a reason")]
    threads.abandon(begun(threads, lambda: go_on.wait(LONG)))
    go_on.set()
    until(lambda: threads.count == 0)
    assert set(helper.notes) == {"1 left"}


def test_a_thread_that_is_thrown_out_of_its_job_has_others_go_on(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have offered to run whom it wakes; the next thread may have the same number."""
    errors = unhandled(monkeypatch)

    def broken(self: WorkerThreads, job: Job) -> None:
        self.offer()
        raise SystemError(job.what)

    monkeypatch.setattr(WorkerThreads, "do", broken)
    helper = Helper()
    threads = WorkerThreads(lab.log, helping=helper)
    threads.run(Errand(lambda: None, "fatal"))
    until(lambda: threads.count == 0)
    assert helper.notes == ["offer", "0 left"]
    until(lambda: [str(error) for error in errors] == ["fatal"])


def test_who_comes_from_elsewhere_does_not_wait_for_one_that_helps(lab: Lab) -> None:
    helper, go_on, ran = Helper(), threading.Event(), threading.Event()
    threads = WorkerThreads(lab.log, helping=helper)
    helper.ready = [lambda: go_on.wait(LONG)]
    threads.run(Errand(lambda: None))
    until(lambda: not helper.ready)
    threads.run(Errand(ran.set))
    assert ran.wait(LONG)
    go_on.set()
