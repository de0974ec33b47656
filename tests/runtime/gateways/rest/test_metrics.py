"""Figures for Prometheus: the right ones, in a form that it reads."""

from __future__ import annotations

import math
import re
from pathlib import Path

import httpx

from callboard import Runtime
from callboard.messages.facts import (
    SubtaskAssigned,
    SubtaskCancelled,
    SubtaskCompleted,
    SubtaskQueued,
    SubtaskRequeued,
    SubtaskStarted,
)
from callboard.messages.notices import Unschedulable
from callboard.messages.values import Lease, Payload, Token
from callboard.runtime.gateways.rest.exposition import Family, Sample, text_of
from callboard.runtime.gateways.rest.metrics import Stopwatch
from tests.asked import Asked
from tests.knocking import Knock
from tests.live import LONG, eventually
from tests.runtime.settings import QUICK, count, helper

LINE = re.compile(
    r'(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?P<labels>[a-z_]+="([^"\\\n]|\\["\\n])*"'
    r'(,[a-z_]+="([^"\\\n]|\\["\\n])*")*)\})? (?P<value>[+-]?(\d+(\.\d+)?(e[+-]?\d+)?|Inf)|NaN)'
)
LEASE = Lease(goal="g", subtask="s", agent="ann", token=Token(boot=1, incarnation=1, counter=1))


def samples(text: str) -> dict[str, float]:
    """What a scrape holds, by name with labels; it must be in Prometheus's form."""
    found: dict[str, float] = {}
    described: dict[str, str] = {}
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, _, what = line.removeprefix("# HELP ").partition(" ")
            assert name not in described, name
            assert what, name
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            described[name] = kind
            assert (kind == "counter") == name.endswith("_total"), line
        else:
            match = LINE.fullmatch(line)
            assert match, line
            family = re.sub(r"_(bucket|sum|count)$", "", match["name"])
            assert match["name"] in described or described[family] == "histogram", line
            key = match["name"] + (f"{{{match['labels']}}}" if match["labels"] else "")
            assert key not in found, key
            found[key] = float(match["value"])
    return found


def scrape(door: Asked) -> dict[str, float]:
    answer = door.ask("GET", "/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return samples(answer.text)


def test_figures_of_work_that_was_done(door: Asked, runtime: Runtime) -> None:
    runtime.register(helper, skills=["data_collection", "data_analysis", "report_writing"])
    runtime.submit("analyze sales").result(timeout=20)
    runtime.submit("nobody can", plan=[{"name": "fly", "required_skills": ["wings"]}])
    eventually(lambda: count(runtime, Unschedulable))

    found = scrape(door)

    assert {name: found[name] for name in EXPECTED} == EXPECTED
    assert found['callboard_queue_wait_seconds_bucket{le="+Inf"}'] == 3
    assert found["callboard_queue_wait_seconds_count"] == 3
    assert found["callboard_run_seconds_count"] == 3
    assert found["callboard_journal_position"] == runtime.journal.count
    assert found["process_cpu_seconds_total"] > 0
    assert found['callboard_mailbox_messages{actor="agents"}'] == 0


EXPECTED = {
    'callboard_goals{state="completed"}': 1,
    'callboard_goals{state="running"}': 1,
    'callboard_goals{state="failed"}': 0,
    'callboard_goals_total{outcome="accepted"}': 2,
    'callboard_goals_total{outcome="completed"}': 1,
    'callboard_subtasks{state="completed"}': 3,
    'callboard_subtasks{state="ready"}': 1,
    'callboard_subtasks_total{outcome="completed"}': 3,
    'callboard_agents{state="up"}': 1,
    "callboard_agent_slots": 1,
    "callboard_agent_slots_used": 0,
    "callboard_assignments_total": 3,
    "callboard_retries_total": 0,
    "callboard_unschedulable_total": 1,
    'callboard_events_total{kind="GoalAccepted"}': 2,
    "callboard_journal_trouble": 0,
    "callboard_event_readers": 0,
    "callboard_hub_faults": 0,
    "callboard_draining": 0,
}


def test_commits_are_measured_where_there_are_any(tmp_path: Path) -> None:
    with Runtime(QUICK) as runtime, Asked(runtime) as door:
        assert not any("journal_commit" in name for name in scrape(door))
    with Runtime.open(tmp_path / "w.db", QUICK) as runtime, Asked(runtime) as door:
        runtime.pause()
        found = scrape(door)
        assert found["callboard_journal_commit_seconds_count"] >= 1
        assert found["callboard_journal_commit_seconds_sum"] > 0
        assert found["callboard_paused"] == 1


def test_two_runtimes_have_figures_of_their_own(door: Asked) -> None:
    with Runtime(QUICK) as other, Asked(other) as second:
        other.register(helper)
        assert scrape(second)['callboard_agents{state="up"}'] == 1
        assert scrape(door)['callboard_agents{state="up"}'] == 0


def test_waiting_and_running_are_measured_from_what_the_journal_keeps() -> None:
    watch = Stopwatch()
    watch.take(
        1,
        [
            SubtaskQueued(at=10.0, goal="g", subtask="s"),
            SubtaskQueued(at=10.0, goal="g", subtask="cancelled"),
            SubtaskAssigned(at=10.5, lease=LEASE),
            SubtaskRequeued(at=11.0, goal="g", subtask="s", reason="it died"),
            SubtaskCancelled(at=11.0, goal="g", subtask="cancelled", reason=""),
            SubtaskAssigned(at=13.0, lease=LEASE),
            SubtaskAssigned(at=14.0, lease=LEASE),  # a copy, which has not waited
            SubtaskCompleted(
                at=15.0, goal="g", subtask="s", lease=LEASE, result=Payload(), seconds=2.0
            ),
        ],
    )

    waits, runs = watch.timings
    assert (waits.count, waits.total, runs.count, runs.total) == (2, 2.5, 1, 2.0)
    assert watch.queued == {}


def test_what_is_leased_ahead_waits_until_it_starts() -> None:
    watch = Stopwatch()
    queued = SubtaskQueued(at=10.0, goal="g", subtask="s")
    watch.take(1, [queued, SubtaskAssigned(at=10.0, lease=LEASE, ahead=True)])
    assert watch.timings.waits.count == 0
    watch.take(3, [SubtaskStarted(at=12.0, lease=LEASE)])
    assert (watch.timings.waits.count, watch.timings.waits.total) == (1, 2.0)


def test_a_server_counts_whom_it_turns_away(runtime: Runtime) -> None:
    with (
        runtime.serve(port=0) as server,
        httpx.Client(timeout=LONG) as client,
        Knock(server) as knock,
    ):
        knock.say(b"this is no HTTP\r\n\r\n")
        knock.rest()
        seen = samples(client.get(f"{server.url}/metrics").text)

    assert seen['callboard_server_turned_away_total{reason="malformed"}'] == 1
    assert seen["callboard_server_connections"] >= 1


def test_what_stands_in_a_label_cannot_break_out_of_it() -> None:
    family = Family("n", "a\\b\nc", "gauge", [Sample(math.nan, {"who": 'a"b\\c\nd'})])

    assert text_of([family]) == '# HELP n a\\\\b\\nc\n# TYPE n gauge\nn{who="a\\"b\\\\c\\nd"} NaN\n'
    assert list(samples(text_of([family]))) == ['n{who="a\\"b\\\\c\\nd"}']


def test_the_page_of_metrics_lists_each_and_nothing_else(tmp_path: Path) -> None:
    page = (Path(__file__).parents[4] / "docs/reference/metrics.md").read_text()
    with Runtime.open(tmp_path / "w.db", QUICK) as runtime, runtime.serve(port=0) as server:
        text = httpx.get(f"{server.url}/metrics", timeout=LONG).text

    families = re.findall(r"# HELP (\w+) (.*)\n# TYPE \w+ (\w+)\n", text)
    listed = re.findall(r"^\| `(\w+)`.*? \| (\w+) \| (.*) \|$", page, re.MULTILINE)
    assert listed == [(name, kind, what) for name, what, kind in families]
