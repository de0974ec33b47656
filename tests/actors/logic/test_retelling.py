"""Why something stood as it did, told from facts alone."""

from __future__ import annotations

import pytest

from callboard.actors.logic.learning import Learning, Sample
from callboard.actors.logic.limits import Limits
from callboard.actors.logic.remembering import learnt
from callboard.actors.logic.retelling import Rules, retold
from callboard.actors.logic.skills import Equivalences
from callboard.messages.errors import UnknownSubtask
from callboard.messages.facts import Fact, GoalPaused, LearningKept, LearningReset
from callboard.messages.values import Timeouts
from tests.actors.logic.happenings import (
    WRONG,
    accepted,
    adopted,
    assigned,
    completed,
    failed,
    lease,
    parked,
    queued,
    registered,
    retried,
    started,
    started_up,
    subtask,
)

RULES = Rules(Equivalences())
BEGUN: list[Fact] = [
    registered("a1", "sql"),
    started_up("a1"),
    accepted(),
    adopted(
        subtask("s1", skills=["sql"]),
        subtask("s2", skills=["sql"]),
        subtask("s3", "s1"),
        subtask("s4", skills=["law"]),
        subtask("s5", skills=["sql"]),
    ),
    *(queued(uuid) for uuid in ("s1", "s2", "s4", "s5")),
    assigned(lease("s1", "a1")),
]


def told(uuid: str, *more: Fact, at: float = 10.0, rules: Rules = RULES) -> list[str]:
    return retold([*BEGUN, *more], uuid, at, rules).text.split("\n")


def test_who_had_it() -> None:
    assert told("s1") == ["'S1' is running", "- a1 was given it 6 s ago and has not begun yet"]
    assert told("s1", started(lease("s1", "a1"))) == [
        "'S1' is running",
        "- a1 has had it for 6 s",
    ]


def test_who_was_ahead_and_who_was_busy() -> None:
    assert told("s5")[2] == "- it waits for 8 s, and 1 subtask goes first: 'S2' (it came earlier)"
    assert told("s5")[1].endswith("can take nothing now: a1 runs 1 of 1, free in 59.9 min")


def test_what_it_depended_on_and_what_nobody_could_do() -> None:
    assert told("s3") == ["'S3' is pending", "- it needs the result of 'S1' (running at a1)"]
    assert told("s4")[1] == "- no registered agent covers law; it fails in 23 h 60 min".replace(
        "23 h 60 min", "24 h"
    )
    limits = Limits(Timeouts(queue=100.0))
    assert told("s4", rules=RULES._replace(limits=limits))[1].endswith("it fails in 1.55 min")


def test_pauses_backoffs_and_quarantine() -> None:
    paused = GoalPaused(at=5.0, goal="g1", reason="lunch")
    assert told("s2", paused) == ["'S2' is ready", "- the goal g1 is paused: lunch"]
    held = lease("s1", "a1")
    assert told("s1", started(held), retried(held, 30.0, 7.0))[1] == (
        f"- it is tried again in 27 s, after 1 failed attempt ({WRONG.text})"
    )
    assert told("s2", parked("s2"))[1] == (
        f"- it is kept aside until somebody decides: {WRONG.text}; "
        "requeue, edit or cancel it, else it fails in 1.48 min"
    )


def test_what_was_learnt_counts_where_its_attempts_are_compacted_away() -> None:
    learning = Learning()
    for _ in range(40):
        learning.finished(Sample("S", "sql", "a1"), estimate=3600.0, seconds=7200.0)
    kept = LearningKept(at=0.0, learnt=learnt(learning))
    [taken] = [
        line
        for line in retold([kept, *BEGUN], "s5", 10.0, RULES).text.split("\n")
        if "runs 1 of 1" in line
    ]
    assert taken.endswith("a1 runs 1 of 1, free in 2 h")
    reset = LearningReset(at=9.0)
    assert retold([kept, *BEGUN, reset], "s5", 10.0, RULES).text == "\n".join(told("s5"))


def test_how_it_had_ended() -> None:
    held = lease("s1", "a1")
    assert told("s1", completed("s1", held))[1] == "- a1 completed it 3 s ago, in 2 s"
    assert told("s2", failed("s2"))[1] == f"- it failed 3 s ago: {WRONG.text}"


def test_what_was_not_there_yet_is_not_known() -> None:
    with pytest.raises(UnknownSubtask):
        retold(BEGUN[:3], "s1", 10.0, RULES)
