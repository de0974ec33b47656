"""Why a subtask does not run: what it waits for."""

from __future__ import annotations

from typing import Literal

from callboard.messages.base import AgentId, GoalId, SubtaskId, Value
from callboard.messages.reasons.base import Reason
from callboard.messages.values import Problem
from callboard.messages.words import ahead, are, counted, listed

# It is not ready


class Dependency(Value):
    """Something that a subtask needs the result of.

    Attributes:
        status: "pending", "ready", "running" and so on, as `SubtaskStatus`.
        agent: Who holds it; "" where nobody does.
    """

    subtask: SubtaskId
    name: str
    status: str
    agent: AgentId = ""

    def __str__(self) -> str:
        at = f" at {self.agent}" if self.agent else ""
        return f"{self.name!r} ({self.status}{at})"


class WaitsForOthers(Reason):
    """Subtasks that it depends on have not ended well yet.

    Attributes:
        open: Those that have not, as they stand.
        met: How many have.
    """

    open: tuple[Dependency, ...]
    met: int = 0

    def said(self, at: float) -> str:
        """Which, and how they stand."""
        del at
        done = f"; {counted(self.met, 'other')} done" if self.met else ""
        return f"it needs the result of {listed([str(one) for one in self.open])}{done}"


class OnItsWay(Reason):
    """It has become ready in this moment, and the scheduler has not heard of it."""

    def said(self, at: float) -> str:
        """As it is."""
        del at
        return "word that it is ready is on its way to the scheduler"


class SchedulerRecovers(Reason):
    """The scheduler was rebuilt, and waits for the agents to say what they run."""

    def said(self, at: float) -> str:
        """As it is."""
        del at
        return "the scheduler was restarted and is asking the agents what they run"


class BeingRecorded(Reason):
    """It has ended, which the orchestrator is about to record."""

    def said(self, at: float) -> str:
        """As it is."""
        del at
        return "it has ended, and its end is being recorded"


# Somebody holds it back


class Paused(Reason):
    """Somebody has paused it, or something that it belongs to.

    Attributes:
        what: What was paused.
        name: The id of the goal or the subtask; "" for the runtime.
        why: What was said when it was paused.
    """

    what: Literal["subtask", "goal", "runtime"]
    name: str = ""
    why: str = ""

    def said(self, at: float) -> str:
        """What, and why."""
        del at
        which = f"the {self.what} {self.name}".rstrip()
        return f"{which} is paused" + (f": {self.why}" if self.why else "")


class Draining(Reason):
    """No attempt at it is begun any more: what runs may end, the rest is cancelled."""

    what: Literal["subtask", "goal"]
    name: str
    why: str = ""

    def said(self, at: float) -> str:
        """What, and why."""
        del at
        return f"the {self.what} {self.name} is being drained" + (
            f": {self.why}" if self.why else ""
        )


class WaitsForSubGoals(Reason):
    """Its attempt has handed in goals of its own, and they have not ended."""

    goals: tuple[GoalId, ...]

    def said(self, at: float) -> str:
        """Which."""
        del at
        goals = counted(len(self.goals), "goal")
        return f"{goals} that it has submitted {are(self.goals)} open: {listed(self.goals)}"


class BeingMended(Reason):
    """Something that it waits for has failed for good, and its plan is to be mended.

    Attributes:
        failed: What has.
        number: Which repair of the goal it is, from 1.
    """

    failed: tuple[Dependency, ...]
    number: int

    def said(self, at: float) -> str:
        """Which, and what is done about it."""
        del at
        names = listed([repr(one.name) for one in self.failed])
        return f"it waits for its plan to be mended: {names} failed, and its planner was asked"


class BeingVerified(Reason):
    """It has a result, and somebody has to find that good.

    Attributes:
        goal: The verification.
        agent: Who made it; "" where nobody held the subtask.
    """

    goal: GoalId
    agent: AgentId = ""

    def said(self, at: float) -> str:
        """Where to look on."""
        del at
        made = f" of {self.agent}" if self.agent else ""
        return f"its result{made} is being verified, by the goal {self.goal}"


class ToBeApproved(Reason):
    """It belongs to a plan, or waits for a change of one, that somebody has to approve.

    Attributes:
        goal: Whose plan it is.
        number: Of the proposal.
        until: When nobody need decide any more, seconds since the epoch.
        what: Is proposed.
    """

    goal: GoalId
    number: int
    until: float
    what: Literal["plan", "change"] = "plan"

    def said(self, at: float) -> str:
        """What has to be done, and how long that has time."""
        if self.what == "change":
            until = f"approve or reject it, else it fails {ahead(self.until, at)}"
            return f"a change of its plan (number {self.number}) waits to be approved: {until}"
        until = f"approve, edit or reject it, else its goal fails {ahead(self.until, at)}"
        return f"its plan (number {self.number}) waits to be approved: {until}"


# An earlier attempt


class BackingOff(Reason):
    """An attempt has failed, or was declined; it is tried again after a while.

    Attributes:
        until: When, seconds since the epoch.
        attempts: That have failed.
        problem: What the latest one failed with, if it is known.
    """

    until: float
    attempts: int
    problem: Problem | None = None

    def said(self, at: float) -> str:
        """When, and after what."""
        tried = counted(self.attempts, "failed attempt")
        after = f"after {tried}" if self.attempts else "its agent would not take it"
        text = f" ({self.problem.text})" if self.problem else ""
        return f"it is tried again {ahead(self.until, at)}, {after}{text}"


class KeptAside(Reason):
    """It is in quarantine, and waits for somebody's decision.

    Attributes:
        until: When it fails unless somebody decides, seconds since the epoch.
        agents: Those that it took down or failed at, each once.
    """

    until: float
    problem: Problem
    agents: tuple[AgentId, ...] = ()

    def said(self, at: float) -> str:
        """Why, and how long."""
        until = f"requeue, edit or cancel it, else it fails {ahead(self.until, at)}"
        return f"it is kept aside until somebody decides: {self.problem.text}; {until}"


class SkillRests(Reason):
    """Attempts that need one of its skills only failed, so that skill is given a rest.

    Attributes:
        until: When one may be made as a probe, seconds since the epoch; None while one is.
    """

    skill: str
    until: float | None

    def said(self, at: float) -> str:
        """Which skill, and how long."""
        then = (
            "one is being tried now"
            if self.until is None
            else f"one is tried {ahead(self.until, at)}"
        )
        return f"attempts that need {self.skill!r} only fail, so it is given a rest; {then}"
