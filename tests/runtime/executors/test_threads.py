from __future__ import annotations

import threading

import pytest

from callboard.messages.errors import RuntimeClosed
from callboard.runtime.executors.threads import WorkerThreads
from tests.runtime.executors.lab import LONG, Lab, until


def idle(threads: WorkerThreads) -> int:
    return len(threads._idle)  # pyright: ignore[reportPrivateUsage]


def test_an_idle_thread_is_used_again(lab: Lab) -> None:
    names: list[str] = []
    for _ in range(3):
        lab.threads.run(lambda: names.append(threading.current_thread().name))
        until(lambda: idle(lab.threads))
    assert (set(names), lab.threads.count) == ({"callboard-worker-1"}, 1)


def test_no_work_waits_for_other_work(lab: Lab) -> None:
    together = threading.Barrier(5, timeout=LONG)
    for _ in range(4):
        lab.threads.run(together.wait)
    together.wait()
    assert lab.threads.count == 4


def test_idle_threads_end(lab: Lab) -> None:
    threads = WorkerThreads(lab.log, idle_seconds=0.001)
    threads.run(lambda: None)
    until(lambda: threads.count == 0)
    ran = threading.Event()
    threads.run(ran.set)
    assert ran.wait(LONG)


def test_threads_are_daemons_and_an_error_does_not_end_them(lab: Lab) -> None:
    def broken() -> None:
        raise SystemExit

    worker = lab.threads.run(broken)
    until(lambda: lab.lines)
    assert (lab.lines[0]["event"], worker.thread.daemon) == ("worker_thread_error", True)
    assert lab.threads.count == 1


def test_an_abandoned_thread_is_named_and_not_used_again(lab: Lab) -> None:
    go_on = threading.Event()

    def hang() -> None:
        go_on.wait(LONG)

    worker = lab.threads.run(hang, "analyst")
    assert lab.threads.abandon(worker, hang)
    assert lab.threads.abandoned == ("callboard-worker-1 (analyst)",)
    go_on.set()
    until(lambda: lab.threads.count == 0)
    assert list(lab.threads.abandoned) == []


def test_work_that_is_done_cannot_be_abandoned(lab: Lab) -> None:
    def work() -> None: ...

    worker = lab.threads.run(work)
    until(lambda: idle(lab.threads))
    assert not lab.threads.abandon(worker, work)


def test_closing_takes_no_longer_than_it_may_and_names_what_is_left(lab: Lab) -> None:
    threads = WorkerThreads(lab.log)
    go_on = threading.Event()
    threads.run(lambda: go_on.wait(LONG), "stubborn")
    threads.run(lambda: None)
    assert threads.close(0.01) == ("callboard-worker-1 (stubborn)",)
    with pytest.raises(RuntimeClosed):
        threads.run(lambda: None)
    go_on.set()
    until(lambda: threads.count == 0)


def test_work_may_close_its_own_threads(lab: Lab) -> None:
    threads = WorkerThreads(lab.log)
    left: list[tuple[str, ...]] = []
    threads.run(lambda: left.append(threads.close(LONG)), "suicide")
    until(lambda: left)
    assert left == [("callboard-worker-1 (suicide)",)]


# One that is ahead: to start a thread takes longer than the rest of a hand-over.


def test_a_thread_waits_already_when_there_is_more_work(lab: Lab) -> None:
    threads = WorkerThreads(lab.log, ahead=1)
    go_on = threading.Event()
    first = threads.run(lambda: go_on.wait(LONG))
    waiting = list(threads._idle)  # pyright: ignore[reportPrivateUsage]
    second = threads.run(lambda: go_on.wait(LONG))
    go_on.set()
    assert (waiting, threads.count) == ([second], 3)
    assert first is not second
    assert threads.close(LONG) == ()


def test_while_one_works_one_stays_ahead(lab: Lab) -> None:
    threads = WorkerThreads(lab.log, idle_seconds=0.001, ahead=1)
    go_on = threading.Event()
    threads.run(lambda: go_on.wait(LONG))
    [spare] = threads._idle  # pyright: ignore[reportPrivateUsage]
    spare.thread.join(0.05)
    assert spare.thread.is_alive()
    go_on.set()
    until(lambda: threads.count == 0)


def test_who_hangs_for_good_keeps_no_thread_ahead(lab: Lab) -> None:
    threads = WorkerThreads(lab.log, idle_seconds=0.001, ahead=1)
    go_on = threading.Event()

    def hang() -> None:
        go_on.wait(LONG)

    assert threads.abandon(threads.run(hang), hang)
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

    threads.run(work)
    monkeypatch.setattr(threading.Thread, "start", none_left)
    threads.run(work)
    assert all(ran.acquire(timeout=LONG) for _ in range(2))
    go_on.set()
    assert threads.close(LONG) == ()
