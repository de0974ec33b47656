from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest

from callboard.messages.errors import RuntimeClosed
from callboard.runtime.executors.threads import STREAK, Errand, Job, Worker, WorkerThreads
from tests.live import unhandled
from tests.runtime.executors.lab import LONG, Lab, until


def idle(threads: WorkerThreads) -> int:
    return len(threads._idle)  # pyright: ignore[reportPrivateUsage]


def not_started(_: threading.Thread) -> None:
    """The test plays it."""


def at_rest(_: Worker) -> bool:
    """It is idle, and the test plays what it does next."""
    return False


def begun(threads: WorkerThreads, work: Callable[[], object], what: str = "") -> Errand:
    """A job that a thread does by now."""
    job = Errand(work, what)
    threads.run(job)
    until(lambda: job.worker)
    return job


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
    first, second = _idle_pair(threads, monkeypatch)
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


# Those that have done a job run the actors that it has woken.


class Helper:
    """Stands for a dispatcher; what is to be run is a list of functions."""

    def __init__(self) -> None:
        self.ready: list[Callable[[], object]] = []
        self.notes: list[str] = []
        self.lend: Callable[[], threading.Lock | None] = lambda: None

    def borrow(self, lend: Callable[[], threading.Lock | None]) -> None:
        self.lend = lend

    def come(self, wanted: Callable[[], object]) -> None:
        self.notes.append("came")
        self.help(wanted)

    def offer(self) -> None:
        self.notes.append("offer")

    def leave(self) -> None:
        self.help(lambda: True)

    def help(self, wanted: Callable[[], object]) -> None:
        while self.ready and not wanted():
            self.ready.pop(0)()
        self.notes.append(f"{len(self.ready)} left")


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
    _idle_pair(threads, monkeypatch)
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
    _idle_pair(threads, monkeypatch)
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


def _idle_pair(threads: WorkerThreads, monkeypatch: pytest.MonkeyPatch) -> list[Worker]:
    """Two threads that the test plays; they have done a job each, and are idle."""
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", not_started)
        patch.setattr(threads, "_rest", at_rest)
        for _ in range(2):
            threads.run(Errand(lambda: None))
        workers = list(threads._all)  # pyright: ignore[reportPrivateUsage]
        for worker in [*workers, *workers]:
            threads.next(worker)
    return workers
