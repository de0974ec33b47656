"""What `callboard submit` does: hands in a goal, and perhaps waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callboard.runtime.gateways.cli.complaints import DONE, FAILED, STOPPED, UNFINISHED, Complaint
from callboard.runtime.gateways.cli.data import data_of
from callboard.runtime.gateways.cli.display import display
from callboard.runtime.gateways.cli.doors import serving, writing
from callboard.runtime.gateways.cli.interrupts import Interrupts
from callboard.runtime.gateways.cli.outcome import reasons, tell
from callboard.runtime.gateways.cli.planning import planned
from callboard.runtime.gateways.cli.revived import record_of, seconds_of
from callboard.runtime.gateways.cli.story import Story
from callboard.runtime.gateways.cli.text import duration, one_line
from callboard.runtime.gateways.cli.waiting import Feed, Outcome, Waiting
from callboard.runtime.gateways.operations.stating import stated_again

if TYPE_CHECKING:
    from argparse import Namespace

    from callboard.runtime.gateways.cli.client import Client
    from callboard.runtime.gateways.cli.screen import Screen
    from callboard.runtime.gateways.operations.goals import WholeGoal
    from callboard.runtime.gateways.operations.views import GoalView


def submit(options: Namespace, screen: Screen) -> int:
    """Hand it in, and wait for it where that is wanted; the exit status.

    Raises:
        Complaint: It cannot be handed in.
    """
    asked = _asked(options)
    if not options.wait:
        with writing(options, new=True) as door:
            answer = door.call("submit_goal", **asked)
        if options.json:
            screen.json(data_of(answer))
        else:
            screen.out.line(answer.goal.id)
        return DONE
    with serving(options) as client:
        goal = client.call("submit_goal", **asked).goal
        outcome = _wait(client, goal, options, screen)
        if outcome != "ended":
            raise _left(goal, outcome, options.timeout)
        answer = client.call("get_goal", goal_id=goal.id)
    return _report(answer, options, screen)


def _asked(options: Namespace) -> dict[str, Any]:
    """What is handed in; a plan is checked here, before anything is sent."""
    asked = {name: getattr(options, name) for name in ("context", "priority", "deadline", "key")}
    asked |= {name: getattr(options, name) for name in ("planning", "repairs", "approve")}
    asked["budget"] = dict(options.budget)
    if options.plan is not None:
        asked["plan"] = [stated_again(subtask) for subtask in planned(options).subtasks]
    return {"goal": options.goal or "", **{n: v for n, v in asked.items() if v is not None}}


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
