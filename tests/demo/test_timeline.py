"""A run is remembered, told and drawn as it was, with what went wrong in it."""

from __future__ import annotations

import io

import pytest

from callboard.demo.mischief import Mischief
from callboard.demo.record import Doing, Line, Recorder
from callboard.demo.show import Show
from callboard.demo.timeline import Down, Span, Timeline, draw
from callboard.messages import facts, notices
from callboard.messages.base import Message
from callboard.messages.values import Goal, Lease, Payload, Plan, Problem, Subtask, Token

GOAL = Goal(id="g", text="Analyze it")
PLAN = Plan(subtasks=(Subtask(uuid="t", name="Trends"), Subtask(uuid="r", name="Report")))
CRASH = Problem(error="SystemExit", text="SystemExit: out of memory")
HANG = Problem(error="AttemptTimedOut", text="gave no sign of life for 1.5 s")


def lease(agent: str, subtask: str = "t", number: int = 1) -> Lease:
    token = Token(boot=1, incarnation=1, counter=number)
    return Lease(goal="g", subtask=subtask, agent=agent, token=token)


def done(at: float, held: Lease) -> facts.SubtaskCompleted:
    return facts.SubtaskCompleted(
        at=at, goal="g", subtask=held.subtask, lease=held, result=Payload(), seconds=1.25
    )


CRASHED: list[Message] = [
    facts.GoalAccepted(at=100.0, goal=GOAL),
    facts.PlanAdopted(at=100.0, goal="g", plan=PLAN),
    facts.AgentStarted(at=100.0, agent="ann", incarnation=1),
    facts.SubtaskStarted(at=101.0, lease=lease("ann")),
    notices.ProgressMade(at=101.5, lease=lease("ann"), fraction=0.5, note="half"),
    facts.CheckpointSaved(at=101.5, lease=lease("ann"), checkpoint=Payload()),
    facts.AgentCrashed(at=102.0, agent="ann", incarnation=1, problem=CRASH),
    facts.RestartScheduled(at=102.0, address="agent/ann", attempt=1, delay=0.5, problem=CRASH),
    facts.SubtaskRequeued(at=102.0, goal="g", subtask="t", reason="ann is down"),
    facts.SubtaskStarted(at=102.5, lease=lease("bob", number=2)),
    facts.AgentStarted(at=103.0, agent="ann", incarnation=2),
    done(104.0, lease("bob", number=2)),
    facts.GoalCompleted(at=104.0, goal="g"),
]


def remember(events: list[Message]) -> Recorder:
    recorder = Recorder(["ann", "bob"])
    for event in events:
        recorder.see(event)
    return recorder


def test_a_crash_is_told_from_beginning_to_end() -> None:
    recorder = remember(CRASHED)

    assert recorder.timeline.story == [
        (0.0, "plan of 2 subtasks: Trends, Report"),
        (1.0, "ann begins Trends"),
        (2.0, "ann CRASHED in the middle of Trends: SystemExit: out of memory"),
        (2.0, "ann will be started again in 0.5 s"),
        (2.0, "Trends goes back to the front of the queue"),
        (2.5, "bob takes over Trends from its last checkpoint"),
        (3.0, "ann is back"),
        (4.0, "bob has finished Trends in 1.2 s"),
        (4.0, "the goal is reached"),
    ]
    assert recorder.timeline.spans == [
        Span(
            agent="ann",
            subtask="Trends",
            start=1.0,
            end=2.0,
            outcome="crashed",
            note="SystemExit: out of memory",
        ),
        Span(agent="bob", subtask="Trends", start=2.5, end=4.0, outcome="done"),
    ]
    assert recorder.timeline.downs == [Down(agent="ann", start=2.0, end=3.0)]
    assert (recorder.crashes, recorder.hangs) == (1, 0)


def test_a_lease_that_was_revoked_just_before_the_crash_counts_as_crashed() -> None:
    revoked = facts.LeaseRevoked(at=102.0, lease=lease("ann"), reason="ann is down")

    assert remember([*CRASHED[:6], revoked, *CRASHED[6:]]).timeline == remember(CRASHED).timeline


def test_a_hang_is_told_as_one() -> None:
    recorder = remember(
        [
            *CRASHED[:4],
            facts.LeaseRevoked(at=102.5, lease=lease("ann"), reason="silence"),
            facts.RetryScheduled(at=102.5, lease=lease("ann"), problem=HANG, delay=0.2),
            notices.ThreadAbandoned(at=102.6, lease=lease("ann"), problem=HANG),
            notices.StaleRefused(at=102.7, lease=lease("ann"), what="Completed"),
        ]
    )

    assert recorder.timeline.story[2:] == [
        (2.5, "ann HANGS: Trends is taken away from it; next try in 0.2 s"),
        (2.6, "the hanging thread of ann is given up"),
        (2.7, "a late word of ann on Trends is refused"),
    ]
    assert [span.outcome for span in recorder.timeline.spans] == ["hung"]
    assert (recorder.crashes, recorder.hangs) == (0, 1)


def test_a_failed_attempt_is_told_with_its_reason() -> None:
    problem = Problem(error="ValueError", text="ValueError: no\nway")
    retry = facts.RetryScheduled(at=102.0, lease=lease("ann"), problem=problem, delay=0.5)

    assert Recorder([]).see(retry) == [
        Line(0.0, "t failed at ann: ValueError: no way; next try in 0.5 s", "bad")
    ]


def test_what_is_being_done_is_known() -> None:
    recorder = remember(CRASHED[:5])

    assert recorder.doing == [Doing("ann", "Trends", 0.5, "half")]
    assert remember(CRASHED).doing == []


def test_a_run_is_drawn_in_80_columns() -> None:
    drawing = draw(remember(CRASHED).timeline)

    assert drawing.splitlines() == [
        "     0 s               1 s                2 s                3 s",
        "     |-----------------|------------------|------------------|-----------------|",
        "ann                    aaaaaaaaaaaaaaaaaa#...................^",
        "bob                                                AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "",
        "A Trends",
        "Capitals: done   small letters: lost, and done again",
        "# crashed   ! hung   . down   ^ started again",
    ]
    assert max(map(len, drawing.splitlines())) <= 80


def test_an_agent_that_does_two_things_at_once_has_two_lines() -> None:
    spans = [
        Span(agent="ann", subtask=name, start=start, end=start + 2.0, outcome="done")
        for name, start in (("One", 0.0), ("Two", 1.0), ("Three", 2.0))
    ]

    assert draw(Timeline(spans=spans, agents=["zoe"]), width=25).splitlines()[2:5] == [
        "zoe",
        "ann  AAAAAAAAAACCCCCCCCC",
        "          BBBBBBBBB",
    ]


@pytest.mark.parametrize("seconds", [0.0, 0.01, 3.0, 100.0, 1e6])
def test_any_length_is_drawn(seconds: float) -> None:
    spans = [Span(agent="a" * 30, subtask="One", start=0.0, end=seconds, outcome="hung")]

    lines = draw(Timeline(spans=spans)).splitlines()

    assert lines[2].startswith("aaaaaaaaaaaaaaa~  ")
    assert lines[2].endswith("!")
    assert max(map(len, lines)) <= 80


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw(Timeline(spans=[])).splitlines()[0].strip() == "0 s"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_plain_lines() -> None:
    stream = io.StringIO()
    show = Show(stream)
    show.title("Analyze it")
    show.progress([Doing("ann", "Trends", 0.5, "half")])
    show.say(Line(2.0, "ann CRASHED", "bad"))
    show.done()

    assert stream.getvalue() == "Analyze it\n   2.0 s  ann CRASHED\n"


def test_a_terminal_gets_colours_and_a_line_of_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    show = Show(stream)
    show.progress([Doing("ann", "Trends", 0.5, "half")])
    show.say(Line(2.0, "ann CRASHED", "bad"))
    show.done()

    status = "\x1b[36mann Trends ███     50%\x1b[0m"
    assert stream.getvalue() == (
        f"\r\x1b[K{status}\r\x1b[K   2.0 s  \x1b[1;31mann CRASHED\x1b[0m\n{status}\r\x1b[K"
    )


def test_what_does_not_fit_a_terminal_is_shortened_or_wrapped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    stream = Terminal()
    show = Show(stream)
    show.say(Line(2.0, "Trends goes back to the front of the queue", "plain"))
    show.progress([Doing("ann", "Trends", 0.5, ""), Doing("bob", "Comparison", 1.0, "")])

    assert stream.getvalue() == (
        "   2.0 s  Trends goes back to the front\n"
        "          of the queue\n"
        "\r\x1b[Kann ███     50%   bob ██████ 100%"
    )


def test_colours_can_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    Show(stream).say(Line(2.0, "ann is back", "good"))

    assert stream.getvalue() == "   2.0 s  ann is back\n"


def test_a_stream_that_knows_ascii_only_gets_ascii() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Show(stream).title("é ███")

    assert raw.getvalue() == b"? ###\n"


def test_mischief_happens_once_and_half_way() -> None:
    mischief = Mischief(crash="Trends")
    for step in range(5):
        mischief.tempt("Trends", step, 10)
        mischief.tempt("Other", 9, 10)

    with pytest.raises(SystemExit):
        mischief.tempt("Trends", 5, 10)
    mischief.tempt("Trends", 6, 10)


def test_mischief_happens_also_where_there_is_nothing_to_do() -> None:
    with pytest.raises(SystemExit):
        Mischief(crash="Trends").tempt("Trends", 0, 0)


def test_a_hang_ends_when_nobody_watches_any_more() -> None:
    mischief = Mischief(hang="Trends")
    mischief.end()
    mischief.tempt("Trends", 0, 0)
