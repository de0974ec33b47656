"""A goal that is handed in to a server and waited for; how it goes is shown meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callboard.runtime.gateways.cli.complaints import DONE, FAILED, STOPPED, UNFINISHED, Complaint
from callboard.runtime.gateways.cli.data import data_of
from callboard.runtime.gateways.cli.display import display
from callboard.runtime.gateways.cli.interrupts import Interrupts
from callboard.runtime.gateways.cli.outcome import reasons, tell
from callboard.runtime.gateways.cli.revived import record_of, seconds_of
from callboard.runtime.gateways.cli.story import Story
from callboard.runtime.gateways.cli.text import duration, one_line
from callboard.runtime.gateways.cli.waiting import Feed, Outcome, Waiting

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

    from callboard.runtime.gateways.cli.client import Client
    from callboard.runtime.gateways.cli.screen import Screen
    from callboard.runtime.gateways.operations.goals import WholeGoal
    from callboard.runtime.gateways.operations.views import GoalView


def attend(client: Client, asked: Mapping[str, Any], options: Namespace, screen: Screen) -> int:
    """Hand it in, and wait until it has ended; the exit status.

    Raises:
        Complaint: It cannot be handed in, or nobody waits any longer.
    """
    goal = client.call("submit_goal", **asked).goal
    outcome = _wait(client, goal, options, screen)
    if outcome != "ended":
        raise _left(goal, outcome, options.timeout)
    return _report(client.call("get_goal", goal_id=goal.id), options, screen)


def _wait(client: Client, goal: GoalView, options: Namespace, screen: Screen) -> Outcome:
    """Show how it goes until it has ended, or nobody waits any longer."""

    def ended() -> bool:
        return client.call("goal_result", goal_id=goal.id).done is True

    shown = display(screen.err, quiet=options.quiet, logs=False)
    feed = Feed(client.events(goal=goal.id, after="0"))
    story = Story(seconds_of(goal.accepted_at))
    try:
        with Interrupts(screen.err) as interrupts:
            shown.begin(one_line(goal.text))
            return Waiting(feed, story, shown, interrupts, ended).wait(options.timeout)
    finally:
        shown.end()


def _left(goal: GoalView, outcome: Outcome, timeout: float | None) -> Complaint:
    on = f"goal {goal.id} goes on without this command"
    if outcome == "stopped":
        return Complaint(f"stopped; {on}", status=STOPPED)
    late = f"not done within {duration(timeout or 0.0)}"
    return Complaint(f"{late}; {on}", fault="system", status=UNFINISHED)


def _report(answer: WholeGoal, options: Namespace, screen: Screen) -> int:
    record = record_of(answer)
    if options.json:
        screen.json(data_of(answer))
    else:
        tell(record, screen.out)
    if answer.goal.status == "completed":
        return DONE
    for why in reasons(record):
        screen.err.line(f"callboard submit: {why}", "bad")
    return FAILED
