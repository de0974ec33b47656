"""Threads that do handlers' work, and are used again."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from callboard.messages.errors import RuntimeClosed
from callboard.runtime.executors.threads import Errand, WorkerThreads
from tests.runtime.executors.hands import begun, idle, idle_pair, not_started
from tests.runtime.executors.lab import LONG, Lab, until


def test_an_idle_thread_is_used_again(lab: Lab) -> None:
    names: list[str] = []
    for _ in range(3):
        lab.threads.run(Errand(lambda: names.append(threading.current_thread().name)))
        until(lambda: idle(lab.threads))
    assert (set(names), lab.threads.count) == ({"callboard-worker-1"}, 1)


def test_no_work_waits_for_other_work(lab: Lab) -> None:
    together = threading.Barrier(5, timeout=LONG)
    for _ in range(4):
        lab.threads.run(Errand(together.wait))
    together.wait()
    assert lab.threads.count == 4


def test_idle_threads_end(lab: Lab) -> None:
    threads = WorkerThreads(lab.log, idle_seconds=0.001)
    threads.run(Errand(lambda: None))
    until(lambda: threads.count == 0)
    ran = threading.Event()
    threads.run(Errand(ran.set))
    assert ran.wait(LONG)


def test_threads_are_daemons_and_an_error_does_not_end_them(lab: Lab) -> None:
    def broken() -> None:
        raise SystemExit

    daemons: list[bool] = []
    lab.threads.run(Errand(broken))
    until(lambda: lab.lines)
    lab.threads.run(Errand(lambda: daemons.append(threading.current_thread().daemon)))
    until(lambda: daemons)
    assert ([line["event"] for line in lab.lines], daemons) == (["worker_thread_error"], [True])
    assert lab.threads.count == 1


def test_an_abandoned_thread_is_named_and_not_used_again(lab: Lab) -> None:
    go_on = threading.Event()

    def hang() -> None:
        go_on.wait(LONG)

    job = Errand(hang, "analyst")
    lab.threads.run(job)
    until(lambda: job.worker)
    given_up = lab.threads.abandon(job)
    assert given_up is not None
    assert given_up.name == "callboard-worker-1"
    assert lab.threads.abandoned == ("callboard-worker-1 (analyst)",)
    go_on.set()
    until(lambda: lab.threads.count == 0)
    assert list(lab.threads.abandoned) == []


def test_work_that_is_done_cannot_be_abandoned(lab: Lab) -> None:
    job = Errand(lambda: None)
    lab.threads.run(job)
    until(lambda: idle(lab.threads))
    assert lab.threads.abandon(job) is None


@pytest.mark.parametrize("seconds", [0.0, 0.01])
def test_closing_takes_no_longer_than_it_may_and_names_what_is_left(
    lab: Lab, seconds: float
) -> None:
    """An idle thread is not left behind, even where it has not had the time to end."""
    threads = WorkerThreads(lab.log)
    go_on = threading.Event()
    begun(threads, lambda: go_on.wait(LONG), "stubborn")
    threads.run(Errand(lambda: None))
    until(lambda: idle(threads))
    assert threads.close(seconds) == ("callboard-worker-1 (stubborn)",)
    with pytest.raises(RuntimeClosed):
        threads.run(Errand(lambda: None))
    go_on.set()
    until(lambda: threads.count == 0)


def test_work_may_close_its_own_threads(lab: Lab) -> None:
    threads = WorkerThreads(lab.log)
    left: list[tuple[str, ...]] = []
    threads.run(Errand(lambda: left.append(threads.close(LONG)), "suicide"))
    until(lambda: left)
    assert left == [("callboard-worker-1 (suicide)",)]


# One that is ahead: to start a thread takes longer than the rest of a hand-over.


def test_a_thread_waits_already_when_there_is_more_work(lab: Lab) -> None:
    threads = WorkerThreads(lab.log, ahead=1)
    go_on = threading.Event()
    first = begun(threads, lambda: go_on.wait(LONG)).worker
    until(lambda: idle(threads) == 1)
    second = begun(threads, lambda: go_on.wait(LONG)).worker
    until(lambda: idle(threads) == 1)
    go_on.set()
    assert (first is not second, threads.count) == (True, 3)
    assert threads.close(LONG) == ()


def test_while_one_works_one_stays_ahead(lab: Lab) -> None:
    threads = WorkerThreads(lab.log, idle_seconds=0.001, ahead=1)
    go_on = threading.Event()
    begun(threads, lambda: go_on.wait(LONG))
    until(lambda: idle(threads))
    [spare] = threads._idle  # pyright: ignore[reportPrivateUsage]
    spare.thread.join(0.05)
    assert spare.thread.is_alive()
    go_on.set()
    until(lambda: threads.count == 0)


def test_who_hangs_for_good_keeps_no_thread_ahead(lab: Lab) -> None:
    threads = WorkerThreads(lab.log, idle_seconds=0.001, ahead=1)
    go_on = threading.Event()
    assert threads.abandon(begun(threads, lambda: go_on.wait(LONG)))
    until(lambda: threads.count == 1)
    go_on.set()
    until(lambda: threads.count == 0)


def test_without_another_thread_of_the_systems_it_goes_on(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = WorkerThreads(lab.log, ahead=1)
    ran, go_on = threading.Semaphore(0), threading.Event()

    def work() -> None:
        ran.release()
        go_on.wait(LONG)

    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    threads.run(Errand(work))
    monkeypatch.setattr(threading.Thread, "start", none_left)
    threads.run(Errand(work))
    assert all(ran.acquire(timeout=LONG) for _ in range(2))
    go_on.set()
    assert threads.close(LONG) == ()


# Jobs that take no time, and jobs that wait.


def test_a_thread_that_has_done_its_job_goes_on_with_the_next_one(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading.Thread, "start", not_started)  # the test plays them
    threads, jobs = WorkerThreads(lab.log), [Errand(lambda: None) for _ in range(3)]
    for job in jobs:
        threads.run(job)
    first = next(iter(threads._all))  # pyright: ignore[reportPrivateUsage]
    assert [threads.next(first) for _ in jobs] == jobs
    assert [job.worker for job in jobs] == [None, None, first]


def test_jobs_that_wait_do_not_keep_those_behind_them_waiting(lab: Lab) -> None:
    go_on, ran = threading.Event(), list[int]()
    for number in range(20):
        if number % 5:
            lab.threads.run(Errand(partial(ran.append, number)))
        else:
            lab.threads.run(Errand(lambda: go_on.wait(LONG)))
    until(lambda: len(ran) == 16)
    go_on.set()


def test_no_idle_thread_leaves_while_there_is_a_job_for_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = WorkerThreads(lab.log, idle_seconds=0.001)
    first, second = idle_pair(threads, monkeypatch)
    jobs = [Errand(lambda: None), Errand(lambda: None)]
    for job in jobs:
        threads.run(job)  # the second one is woken, and will wake the first
    rested: list[bool] = []
    rest = threads._rest  # pyright: ignore[reportPrivateUsage]
    resting = threading.Thread(target=lambda: rested.append(rest(first)), daemon=True)
    resting.start()
    resting.join(0.05)
    assert rested == []
    assert threads.next(second) is jobs[0]
    resting.join(LONG)
    assert (rested, threads.next(first)) == ([True], jobs[1])
