"""What `callboard run` does: a runtime, the user's agents, one goal, and a clean end."""

from __future__ import annotations

import contextlib
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import NamedTuple

from callboard.actors.logic.records import GoalRecord, GoalStatus, SubtaskStatus
from callboard.messages import facts, notices
from callboard.messages.errors import CallboardError, CallTimedOut
from callboard.messages.unions import Event
from callboard.messages.values import Plan
from callboard.runtime.config import Config
from callboard.runtime.gateways.cli.complaints import DONE, FAILED, STOPPED, Complaint
from callboard.runtime.gateways.cli.display import Display, display
from callboard.runtime.gateways.cli.drawing import draw
from callboard.runtime.gateways.cli.interrupts import Interrupts
from callboard.runtime.gateways.cli.members import Member, members_of
from callboard.runtime.gateways.cli.outcome import described, reasons, tell
from callboard.runtime.gateways.cli.planning import (
    STDIN,
    check_agents,
    equivalences,
    planned,
    planner,
)
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.story import Story
from callboard.runtime.gateways.cli.text import counted, one_line
from callboard.runtime.gateways.cli.verbose import logged
from callboard.runtime.gateways.cli.waiting import ENDS
from callboard.runtime.handle import GoalHandle
from callboard.runtime.runtime import Runtime
from callboard.runtime.subscription import Subscription

SETTINGS = Config(close_timeout=4.0, stop_grace=1.0)
"""Whoever stops it is a person who waits."""

_LOOK = 0.1
"""Seconds after which a wait is begun anew, so that Ctrl-C is heard."""


class Ended(NamedTuple):
    """What a run came to.

    Attributes:
        stopped: What Ctrl-C has cut off; "" for nothing.
        threads: Those that would not stop.
    """

    record: GoalRecord
    stopped: str
    threads: tuple[str, ...]

    @property
    def status(self) -> int:
        """Of the process."""
        if self.stopped:
            return STOPPED
        return DONE if self.record.status is GoalStatus.COMPLETED else FAILED


def reach(options: Namespace, screen: Screen) -> int:
    """Reach a goal; the exit status."""
    # What agents print must not get between the results.
    with contextlib.redirect_stdout(sys.stderr), logged(options.verbose, screen):
        # First: the users' folder comes before all others from now on.
        shown = display(screen.err, quiet=options.quiet, logs=bool(options.verbose))
        members = members_of(options.agents)
        agents = [member.agent for member in members]
        plan = planned(options, agents)
        known = equivalences(options)
        check_agents(plan, agents, known)
        if options.approve is not None and not _approved(plan, options, screen):
            return FAILED
        try:
            with Interrupts(screen.err) as interrupts:
                ended = _Run(options, members, plan, shown, interrupts).perform()
        finally:
            shown.end()
    _report(ended, screen, as_json=options.json)
    return ended.status


def _approved(plan: Plan, options: Namespace, screen: Screen) -> bool:
    """Whether the person at the terminal wants that plan carried out.

    Raises:
        Complaint: There is no terminal where they could be asked.
    """
    if options.approve != "plan":
        raise Complaint("nobody could approve a change while it runs: callboard submit has that")
    if options.plan == STDIN or not sys.stdin.isatty():
        raise Complaint("--approve asks at the terminal, and the standard input is none")
    draw(plan, options.goal, screen.err)
    screen.err.write("\ncarry it out? [y/N] ")
    wanted = sys.stdin.readline().strip().lower() in {"y", "yes"}
    if not wanted:
        why = "the plan was not approved, so nothing was begun"
        screen.err.line(f"callboard run: {why}", "bad")
        if options.json:
            screen.json({"error": why, "exit_status": FAILED})
    return wanted


def _report(ended: Ended, screen: Screen, *, as_json: bool) -> None:
    if as_json:
        screen.json(described(ended.record, ended.status, ended.threads))
    else:
        tell(ended.record, screen.out)
    said = list(reasons(ended.record)) if ended.status == FAILED else []
    if ended.stopped:
        said.append(ended.stopped)
    if ended.threads:
        said.append(f"would not stop, and was left: {one_line(', '.join(ended.threads))}")
    for line in said:
        screen.err.line(f"callboard run: {line}", "bad")


class _Run:
    """One run, from the first agent's registration to the last one's end."""

    def __init__(
        self,
        options: Namespace,
        members: Sequence[Member],
        plan: Plan,
        shown: Display,
        interrupts: Interrupts,
    ) -> None:
        self._options = options
        self._members = members
        self._plan = plan
        self._shown = shown
        self._interrupts = interrupts

    def perform(self) -> Ended:
        """Do it all."""
        runtime = Runtime(
            SETTINGS, planner=planner(self._options), equivalences=equivalences(self._options)
        )
        stopped, threads = "", tuple[str, ...]()
        try:
            with runtime.events() as events:
                goal = self._begin(runtime)
                if not self._follow(runtime, goal, events):
                    stopped = _stopped(goal)
                    _stop(goal)
                elif goal.record.ended_at is None:
                    goal.result(timeout=1.0)  # raises what became of the runtime
        finally:
            threads = runtime.close().threads
        return Ended(goal.record, stopped, threads)

    def _begin(self, runtime: Runtime) -> GoalHandle:
        for member in self._members:
            runtime.register(member.target)
        goal = self._plan if self._options.goal is None else self._options.goal
        return runtime.submit(
            goal,
            plan=None if goal is self._plan else self._plan,
            context=self._options.context,
            priority=self._options.priority,
            deadline=self._options.deadline,
            planning=self._options.planning,
            repairs=self._options.repairs,
            budget=dict(self._options.budget),
        )

    def _follow(self, runtime: Runtime, goal: GoalHandle, events: Subscription) -> bool:
        """Tell what happens until the goal ends; False where somebody wants us to stop."""
        story = Story(goal.record.accepted_at)
        self._shown.begin(one_line(goal.text))
        while not self._interrupts.heard:
            try:
                event = events.next(timeout=_LOOK)
            except CallTimedOut:
                continue
            if event is None or self._see(runtime, goal, event, story):
                return True
        return False

    def _see(self, runtime: Runtime, goal: GoalHandle, event: Event, story: Story) -> bool:
        """Tell an event; whether it is the last one."""
        line = story.see(event)
        if line is not None:
            self._shown.say(line)
        self._shown.update(story)
        match event:
            case notices.Unschedulable():
                lacks = ", ".join(event.missing) or "all the skills it needs"
                _give_up(runtime, event, f"no agent that is left has {lacks}")
            case facts.SubtaskParked():
                _give_up(runtime, event, event.problem.text)
            case notices.RuntimeFailed():
                return True
            case _:
                pass
        return isinstance(event, ENDS) and event.goal == goal.id


def _stop(goal: GoalHandle) -> None:
    with contextlib.suppress(CallboardError):  # the runtime is closed next, whatever it says
        goal.cancel("stopped with Ctrl-C", timeout=2.0)


def _give_up(runtime: Runtime, event: Event, reason: str) -> None:
    """It would wait for somebody who does not come: nobody but us is at this runtime.

    Without a subtask that is optional its goal goes on, without another one it does not.
    """
    with contextlib.suppress(CallboardError):
        if runtime.hub.subtask(event.subtask_id).subtask.optional:
            runtime.cancel_subtask(event.subtask_id, reason)
        else:
            runtime.goal(event.goal_id).cancel(reason)


def _stopped(goal: GoalHandle) -> str:
    """What is cut off, in words."""
    kinds = {"done": 0, "waiting": 0}
    running: list[str] = []
    for record in goal.subtasks:
        if record.status is SubtaskStatus.RUNNING:
            running.append(f"{record.subtask.name} at {record.assigned_agent}")
        elif record.ended_at is None:
            kinds["waiting"] += 1
        else:
            kinds["done"] += 1
    cut = f"cut off: {', '.join(running)}" if running else "nothing was running"
    done = f"{counted(kinds['done'], 'subtask')} ended before"
    return one_line(f"stopped; {cut}; {kinds['waiting']} not begun; {done}")
