# pyright: reportPrivateUsage=false
from __future__ import annotations

import io
import json
import logging
from typing import get_args

import pytest
import structlog

from callboard.messages import facts, notices
from callboard.messages.facts import ChangeProposed, Fact, PlanProposed
from callboard.messages.notices import Notice
from callboard.messages.unions import Event
from callboard.messages.values import Goal, Plan, PlanChange, Problem
from callboard.runtime.logs import _LEVELS, configure, fields, log, log_event, snake
from tests.actors.logic.happenings import (
    WRONG,
    accepted,
    adopted,
    assigned,
    completed,
    goal_cancelled,
    goal_failed,
    lease,
    progressed,
    registered,
    subtask,
)

L1 = lease("s1", "analyst", 7)
LOGGER = logging.getLogger("callboard")
TRACED = Problem(error="ValueError", text="no data", traceback="Traceback ...\nValueError")


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            assigned(L1),
            "INFO subtask_assigned goal=g1 subtask=s1 agent=analyst token=1.1.7 attempt=1",
        ),
        (
            completed("s1", L1),
            (
                "INFO subtask_completed goal=g1 subtask=s1 agent=analyst token=1.1.7 attempt=1"
                " bytes=1 seconds=2.0"
            ),
        ),
        (completed("s1", None), "INFO subtask_completed goal=g1 subtask=s1 bytes=1 seconds=2.0"),
        (accepted(), 'INFO goal_accepted goal=g1 text="analyze sales"'),
        (adopted(subtask("s1")), "INFO plan_adopted goal=g1 subtasks=1 source=caller"),
        (
            PlanProposed(at=1.0, goal="g1", number=2, plan=Plan(subtasks=(subtask("s1"),)), by="a"),
            "WARNING plan_proposed goal=g1 number=2 subtasks=1 source=caller by=a",
        ),
        (
            ChangeProposed(
                at=1.0,
                goal="g1",
                number=3,
                failed=("s1",),
                change=PlanChange(add=(subtask("s2"),), drop=("s3",), source="m"),
            ),
            (
                "WARNING change_proposed goal=g1 number=3 failed=s1 added=S2 source=m rewired=0"
                " dropped=1"
            ),
        ),
        (goal_failed(), 'ERROR goal_failed goal=g1 problems="ValueError: no data"'),
        (goal_cancelled(), 'WARNING goal_cancelled goal=g1 reason="not wanted"'),
        (
            registered("a1", "sql", "law"),
            "INFO agent_registered agent=a1 skills=sql,law max_load=1",
        ),
        (
            progressed(L1, 0.5, "100% of\nthem"),
            (
                "DEBUG progress_made goal=g1 subtask=s1 agent=analyst token=1.1.7 attempt=1"
                ' fraction=0.5 note="100% of\\nthem"'
            ),
        ),
        (
            facts.AgentCrashed(at=1.0, agent="a1", incarnation=2, problem=TRACED),
            (
                "WARNING agent_crashed agent=a1 incarnation=2 error=ValueError"
                ' problem="no data" fault=agent'
            ),
        ),
        (
            notices.DeadLetter(at=1.0, to="agent/a1", what="Assign", reason="unknown"),
            "WARNING dead_letter to=agent/a1 what=Assign reason=unknown",
        ),
        (
            notices.RuntimeFailed(at=1.0, problem=WRONG),
            'CRITICAL runtime_failed error=ValueError problem="ValueError: no data" fault=agent',
        ),
    ],
)
def test_an_event_is_a_readable_line(
    event: Fact | Notice, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "callboard"):
        log_event(event)
    assert [f"{r.levelname} {r.getMessage()}" for r in caplog.records] == [line]


def test_a_formatter_finds_the_fields(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "callboard"):
        log_event(assigned(L1))
    assert caplog.records[0].__dict__["callboard"] == {
        "event": "subtask_assigned",
        "goal": "g1",
        "subtask": "s1",
        "agent": "analyst",
        "token": "1.1.7",
        "attempt": 1,
        "at": 4.0,
    }


def test_every_kind_of_event_has_a_level_and_a_name() -> None:
    for kind in get_args(Event):
        assert kind.level in _LEVELS
        assert snake(kind.__name__).replace("_", "") == kind.__name__.lower()


def test_what_nobody_listens_to_is_not_even_put_together(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callboard.runtime.logs.fields", None)
    with caplog.at_level(logging.INFO, "callboard"):
        log_event(progressed(L1, 0.5))
    assert caplog.records == []


def test_nor_is_a_warning_where_only_our_own_handler_does_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("callboard.runtime.logs.fields", None)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    log_event(facts.AgentCrashed(at=1.0, agent="a1", incarnation=2, problem=TRACED))


@pytest.mark.parametrize("name", ["callboard", "root"])
def test_whoever_listens_hears_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(logging.getLogger(name), "handlers", [logging.NullHandler(), Ear()])
    log_event(facts.AgentCrashed(at=1.0, agent="a1", incarnation=2, problem=WRONG))
    assert [line.partition(" ")[0] for line in heard] == ["agent_crashed"]


def test_a_long_goal_is_shown_in_part() -> None:
    goal = Goal(id="g1", text="x" * 1000)
    assert fields(facts.GoalAccepted(at=1.0, goal=goal))["text"] == "x" * 200


def test_json_lines_can_be_read_by_programs() -> None:
    out = io.StringIO()
    undo = configure(json=True, stream=out)
    log_event(facts.AgentCrashed(at=1.0, agent="a1", incarnation=2, problem=TRACED))
    log.info("slow_disk", seconds=3.0, where={1})
    logging.getLogger("callboard.other").warning("by %s", "hand")
    undo()
    crashed, slow, by_hand = map(json.loads, out.getvalue().splitlines())
    assert crashed == {
        "timestamp": "1970-01-01T00:00:01.000000+00:00",
        "level": "warning",
        "event": "agent_crashed",
        "agent": "a1",
        "incarnation": 2,
        "error": "ValueError",
        "problem": "no data",
        "fault": "agent",
        "exception": "Traceback ...\nValueError",
    }
    assert (slow["event"], slow["seconds"], slow["where"]) == ("slow_disk", 3.0, "{1}")
    assert (by_hand["event"], by_hand["level"]) == ("by hand", "warning")


def test_an_exception_comes_with_its_traceback() -> None:
    out = io.StringIO()
    undo = configure(json=True, stream=out)
    log.error("broken", exc_info=ValueError("no data"))
    undo()
    assert json.loads(out.getvalue())["exception"].endswith("ValueError: no data")


def test_pretty_lines_are_for_people() -> None:
    out = io.StringIO()
    undo = configure(json=False, level="warning", stream=out)
    log_event(assigned(L1))
    log_event(goal_cancelled())
    undo()
    (line,) = out.getvalue().splitlines()
    assert line.split() == [
        *("1970-01-01T00:00:09.000000+00:00", "[warning", "]", "goal_cancelled"),
        *("goal=g1", "reason='not", "wanted'"),
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("out", "is_json"), [(io.StringIO(), True), (Terminal(), False)])
def test_unless_told_it_is_json_except_on_a_terminal(out: io.StringIO, *, is_json: bool) -> None:
    undo = configure(stream=out)
    log_event(goal_cancelled())
    undo()
    assert out.getvalue().startswith("{") is is_json


def test_configuring_touches_no_other_logger_and_can_be_undone() -> None:
    root = logging.getLogger()
    before = (LOGGER.level, LOGGER.propagate, list(LOGGER.handlers), list(root.handlers))
    structured = structlog.get_config()
    first, second = io.StringIO(), io.StringIO()
    configure(json=True, stream=first)
    undo = configure(json=True, level="DEBUG", stream=second)
    log_event(progressed(L1, 0.5))
    assert root.handlers == before[3]
    undo()
    undo()
    log_event(goal_cancelled())
    assert (LOGGER.level, LOGGER.propagate, LOGGER.handlers, root.handlers) == before
    assert structlog.get_config() == structured
    assert (first.getvalue(), len(second.getvalue().splitlines())) == ("", 1)


def test_a_level_that_there_is_not_changes_nothing() -> None:
    before = (LOGGER.level, LOGGER.propagate, list(LOGGER.handlers))
    with pytest.raises(ValueError, match="LOUD"):
        configure(level="loud")
    assert (LOGGER.level, LOGGER.propagate, LOGGER.handlers) == before


def test_a_hosts_structlog_does_not_change_our_lines(caplog: pytest.LogCaptureFixture) -> None:
    with structlog.testing.capture_logs() as captured, caplog.at_level("INFO", "callboard"):
        log_event(goal_cancelled())
    assert captured == []
    assert caplog.messages == ['goal_cancelled goal=g1 reason="not wanted"']
