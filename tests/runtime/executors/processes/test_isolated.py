"""One agent's work in processes of its own, and what its actor hears of it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from callboard.actors.logic.effects import HandleMessage, ResumeWork, RunHook
from callboard.messages.errors import StaleLease
from callboard.messages.execution import (
    Deliver,
    HookDone,
    HookFailed,
    WorkCrashed,
    WorkDone,
    WorkFailed,
    WorkKilled,
    WorkProgressed,
    WorkStopped,
    WorkWaiting,
    WorkWaitOver,
)
from callboard.messages.user import Note, pack, pack_message
from callboard.messages.values import unpack
from callboard.runtime.executors.processes.isolated import ProcessExecutor
from tests.runtime.executors.lab import Lab, alive, start, stop, token, until
from tests.runtime.executors.processes import staff


def given(number: int, data: object) -> Any:
    return start(number, data=pack(data, what="it"))


def result(lab: Lab, count: int = 1) -> Any:
    return unpack(lab.wait_for(WorkDone, count).result)


# What it comes to


def test_work_is_done_elsewhere_and_its_result_comes_back(lab: Lab) -> None:
    lab.isolate(staff.twice).perform(given(1, 21))
    done = lab.wait_for(WorkDone)
    assert (done.token, unpack(done.result)) == (token(), {"twice": 42})


def test_a_process_is_used_again(lab: Lab) -> None:
    executor = lab.isolate(staff.who)
    executor.perform(start(1))
    first = result(lab)
    executor.perform(start(2))
    assert result(lab, 2) == first != os.getpid()
    assert executor.pids == (first,)


def test_there_are_as_many_processes_as_attempts_at_once(lab: Lab) -> None:
    executor = lab.isolate(staff.waits, max_load=2)
    for number in (1, 2):
        executor.perform(start(number))
    lab.wait_for(WorkProgressed, 2)
    assert len(set(executor.pids)) == 2
    for number in (1, 2):
        executor.perform(stop(number))
    lab.wait_for(WorkStopped, 2)


def test_large_inputs_and_results_cross(lab: Lab) -> None:
    lab.isolate(staff.size).perform(given(1, bytes(7 * staff.MEGABYTE)))
    assert result(lab) == [7 * staff.MEGABYTE, bytes(5 * staff.MEGABYTE)]


def test_an_error_comes_with_a_traceback_that_begins_in_the_users_code(lab: Lab) -> None:
    lab.isolate(staff.broken).perform(start())
    problem = lab.wait_for(WorkFailed).problem
    assert (problem.error, problem.text) == ("ValueError", "ValueError: no such column")
    assert problem.traceback.count("File ") == 1
    assert "in broken" in problem.traceback


def test_a_result_that_cannot_be_encoded_fails_for_good(lab: Lab) -> None:
    lab.isolate(staff.unspeakable).perform(start())
    problem = lab.wait_for(WorkFailed).problem
    assert (problem.error, problem.lasting) == ("NotEncodable", True)


# How it dies


@pytest.mark.parametrize(
    ("handler", "how"),
    [
        (staff.kills_itself, "a process of agent 'kills_itself' was killed by SIGKILL"),
        (staff.faults, "a process of agent 'faults' was killed by SIGSEGV"),
        (staff.exits_at_once, "a process of agent 'exits_at_once' ended with 3"),
        (staff.exits, "SystemExit: 3"),
    ],
)
def test_the_end_of_a_process_in_the_midst_of_work_is_a_crash(
    lab: Lab, handler: Any, how: str
) -> None:
    lab.isolate(handler).perform(start())
    crash = lab.wait_for(WorkCrashed)
    name = handler.__name__
    assert (crash.token, crash.problem.error) == (token(), "ActorDied")
    assert crash.problem.text == f"agent/{name} died: {how}"


def test_a_segmentation_fault_says_where_it_was(lab: Lab) -> None:
    lab.isolate(staff.faults).perform(start())
    assert "in faults" in lab.wait_for(WorkCrashed).problem.traceback


def test_the_death_of_an_idle_process_is_told_and_the_next_attempt_gets_another(lab: Lab) -> None:
    executor = lab.isolate(staff.who)
    executor.perform(start(1))
    first = result(lab)
    os.kill(first, signal.SIGKILL)
    lost = lab.wait_for(WorkKilled)
    assert (lost.token, lost.problem.error) == (None, "ProcessDied")
    executor.perform(start(2))
    assert result(lab, 2) != first


def test_too_much_memory_is_an_error_of_the_attempt_and_its_process_is_replaced(lab: Lab) -> None:
    executor = lab.isolate(staff.greedy, memory=500 * staff.MEGABYTE)
    executor.perform(start(1))
    problem = lab.wait_for(WorkFailed).problem
    assert (problem.error, problem.text) == (
        "MemoryError",
        "MemoryError: it needed more than its 524,288,000 bytes",
    )
    [first] = executor.pids or [0]
    executor.perform(given(2, "little"))
    assert result(lab) not in {0, first}


# How it is stopped


@pytest.mark.parametrize("handler", [staff.waits, staff.awaits])
def test_who_listens_stops_when_told_and_its_process_lives_on(lab: Lab, handler: Any) -> None:
    executor = lab.isolate(handler)
    executor.perform(start())
    lab.wait_for(WorkProgressed)
    pids = executor.pids
    executor.perform(stop())
    assert lab.wait_for(WorkStopped).token == token()
    assert lab.timers.fire() == [lab.equipment.grace]
    assert executor.pids == pids


def test_who_does_not_listen_is_killed_with_what_it_was_at(lab: Lab) -> None:
    executor = lab.isolate(staff.deaf)
    executor.perform(start(1))
    pid = int(lab.wait_for(WorkProgressed).note)
    executor.perform(stop(1))
    lab.timers.fire()
    killed = lab.wait_for(WorkKilled)
    why = "agent 'deaf' did not stop within 5 s of being told to: not wanted"
    assert (killed.token, killed.problem.text) == (token(), why)
    assert "in deaf" in killed.problem.traceback
    assert not alive(pid)
    executor.perform(given(2, "quickly"))
    assert result(lab) != pid


def test_what_is_told_to_stop_before_it_has_begun_never_begins(lab: Lab) -> None:
    executor = lab.isolate(staff.who)
    executor.perform(start(1))
    executor.perform(stop(1))
    assert lab.wait_for(WorkStopped).token == token(1)
    executor.perform(start(2))
    assert lab.wait_for(WorkDone).token == token(2)


def test_what_a_process_has_started_is_killed_with_it(lab: Lab) -> None:
    executor = lab.isolate(staff.breeds)
    executor.perform(start())
    grandchild = int(lab.wait_for(WorkProgressed).note)
    assert alive(grandchild)
    executor.perform(stop())
    lab.timers.fire()
    lab.wait_for(WorkKilled)
    until(lambda: not alive(grandchild))


def test_no_process_outlives_its_executor(lab: Lab) -> None:
    executor = lab.isolate(staff.deaf)
    executor.perform(start())
    lab.wait_for(WorkProgressed)
    [pid] = executor.pids
    assert executor.close(0.0) == 0
    lab.timers.fire()
    until(lambda: not alive(pid))
    assert lab.of(WorkKilled) == []  # closed: nobody wants to know


# What a handler can do meanwhile


def test_progress_and_signs_and_lines_cross(lab: Lab) -> None:
    executor = lab.isolate(staff.reports)
    executor.perform(start())
    lab.wait_for(WorkDone)
    first, *_ = lab.of(WorkProgressed)
    assert (first.fraction, first.note, unpack(first.checkpoint)) == (0.5, "half", {"row": 5})
    [line] = [line for line in lab.lines if line["event"] == "so far"]
    assert (line["rows"], line["subtask"], line["level"]) == (5, "s1", "info")
    assert executor.signs == {}


def test_each_frame_is_a_sign_of_life(lab: Lab) -> None:
    executor = lab.isolate(staff.waits)
    executor.perform(start())
    began = executor.signs[token()]
    lab.wait_for(WorkProgressed)
    assert executor.signs[token()] > began
    executor.perform(stop())
    lab.wait_for(WorkStopped)


def looked(executor: ProcessExecutor, number: int | None = 1) -> float | None:
    answers: list[float | None] = []
    executor.look(None if number is None else token(number), answers.append)
    until(lambda: answers)
    return answers[0]


def test_who_waits_in_a_call_of_ours_is_not_quiet(lab: Lab) -> None:
    executor = lab.isolate(staff.waits)
    executor.perform(start())
    lab.wait_for(WorkProgressed)
    until(lambda: looked(executor) == 0.0)
    assert looked(executor, None) == 0.0
    executor.perform(stop())
    lab.wait_for(WorkStopped)
    assert looked(executor) is None


def test_a_process_that_does_not_answer_is_judged_by_what_was_heard_of_it(lab: Lab) -> None:
    executor = lab.isolate(staff.deaf)
    executor.perform(start())
    lab.wait_for(WorkProgressed)
    answers: list[float | None] = []
    executor.look(token(), answers.append)
    lab.timers.fire()
    [quiet] = answers
    assert quiet is not None
    assert quiet > 0


def test_permits_messages_and_questions_cross(lab: Lab) -> None:
    lab.isolate(staff.asks).perform(start())
    lab.office.checked().set_result(None)
    lab.office.asked().set_result({"rows": 7})
    assert result(lab) == ["s1/mail", {"rows": 7}]
    assert [(d.agent, d.tag, d.sender) for d in lab.office.sent] == [("a2", "Note", "a1")] * 2


def test_a_refused_permit_stops_the_attempt_there(lab: Lab) -> None:
    lab.isolate(staff.asks).perform(start())
    lab.office.checked().set_exception(StaleLease("s1", "1.1.1"))
    lab.wait_for(WorkStopped)
    assert lab.office.sent == []


def test_the_runtimes_errors_cross(lab: Lab) -> None:
    lab.isolate(staff.asks_nobody).perform(start())
    assert lab.wait_for(WorkFailed).problem.error == "UnknownAgent"


def test_sub_goals_are_handed_in_and_waited_for(lab: Lab) -> None:
    executor = lab.isolate(staff.delegates)
    executor.perform(start())
    assert lab.wait_for(WorkWaiting).token == token()
    lab.office.goal.ending.set_result(None)
    lab.wait_for(WorkWaitOver)
    executor.perform(ResumeWork(token()))
    assert result(lab) == 7
    [submitted] = lab.office.submitted
    assert (submitted["goal"], submitted["key"], submitted["deadline"]) == ("more", "k", 30)


def test_messages_are_read_from_the_agents_inbox(lab: Lab) -> None:
    executor = lab.isolate(staff.reads)
    for text in ("one", "two"):
        note = Deliver(agent="a1", tag="Note", body=pack_message(Note(text=text)))
        executor.perform(HandleMessage(note))
    executor.perform(given(1, 2))
    assert result(lab) == ["one", "two", "None"]


def test_coroutines_of_one_process_share_its_loop(lab: Lab) -> None:
    executor = lab.isolate(staff.naps)
    executor.perform(start(1))
    first = result(lab)
    executor.perform(start(2))
    assert result(lab, 2) == first


# Its beginning and its end


def begun(lab: Lab, target: object) -> ProcessExecutor:
    executor = lab.isolate(target)
    executor.perform(RunHook("on_start"))
    lab.wait_for(HookDone)
    return executor


def test_it_has_started_when_a_process_is_warm(lab: Lab) -> None:
    executor = begun(lab, staff.who)
    [warm] = executor.pids
    executor.perform(start())
    assert result(lab) == warm


def test_an_object_lives_in_its_process_from_on_start_to_on_stop(lab: Lab, tmp_path: Path) -> None:
    executor = begun(lab, staff.Counter)
    file = tmp_path / "end"
    executor.perform(start(1))
    assert result(lab) == 101
    executor.perform(given(2, str(file)))
    assert result(lab, 2) == 102
    executor.perform(RunHook("on_stop"))
    lab.wait_for(HookDone, 2)
    assert file.read_text("utf-8") == "102 done"
    assert executor.pids == ()


def test_a_start_that_fails_says_why(lab: Lab) -> None:
    lab.isolate(staff.Unready).perform(RunHook("on_start"))
    assert lab.wait_for(HookFailed).problem.text == "ValueError: no licence"


def test_a_start_that_takes_too_long_is_ended(lab: Lab) -> None:
    executor = lab.isolate(staff.Slow)
    executor.perform(RunHook("on_start"))
    assert lab.timers.fire() == [lab.equipment.hook_seconds]
    failed = lab.wait_for(HookFailed)
    assert failed.problem.text == "agent 'Slow' took more than 30 s in on_start"
    assert executor.pids == ()
